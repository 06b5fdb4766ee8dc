"""A composed message and one recipient whom the caller named → a mail server that took it, or an error that says why not."""

from __future__ import annotations

import os
import smtplib
import ssl
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from email.message import EmailMessage
from email.parser import HeaderParser
from email.policy import default as default_policy
from typing import Any, Final

from inkmerge.errors import (
    MESSAGE_REFUSED,
    RECIPIENT_NOT_ALLOWED,
    RECIPIENT_REFUSED,
    SENDER_REFUSED,
    SMTP_LOGIN_REFUSED,
    SMTP_NOT_TRUSTED,
    SMTPUTF8_MISSING,
    Location,
    SendError,
)
from inkmerge.mailing.header_values import is_international
from inkmerge.mailing.headers import address
from inkmerge.mailing.message_stores import with_crlf
from inkmerge.mailing.smtp_faults import DATA, LOGIN, Moment, said
from inkmerge.mailing.smtp_server import PASSWORD, SmtpServer
from inkmerge.mailing.smtp_session import Session, TlsSession

__all__ = ["SmtpServer", "send"]

_GREETING: Final = "[127.0.0.1]"
"""What the server is told in place of this machine's name."""


def send(
    message: EmailMessage | bytes,
    server: SmtpServer,
    to: str,
    allowed: Collection[str],
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Hand a message to a mail server, for one recipient, over a connection of its own.

    Args:
        message: The composed message; its From (or Sender) is whom the server takes it from.
        server: The server.
        to: The recipient's address, whatever the message's To says.
        allowed: The addresses that may be sent to, such as those of test profiles.
        environment: Where the password is.

    Raises:
        SendError: The recipient is none of those allowed, or the server cannot be reached or trusted, or does not take the
            login, sender, recipient or message. Its code says which.
        InvalidValue: `to` or the sender is no address.
    """
    recipient = _allowed_recipient(to, allowed)
    data = _wire_form(message)
    sender = _sender_of(data)
    conversation = _Conversation(server, recipient)
    try:
        conversation.begin(environment.get(PASSWORD))
        conversation.hand_over(sender, data)
    except (OSError, smtplib.SMTPException) as fault:
        raise conversation.error_of(fault) from None
    finally:
        conversation.end()


def _allowed_recipient(to: str, allowed: Collection[str]) -> str:
    recipient = address(to)[0].addr_spec
    if recipient.casefold() not in {address(one)[0].addr_spec.casefold() for one in allowed}:
        raise SendError(
            f"{recipient} is none of the addresses that may be sent to; nothing was sent",
            code=RECIPIENT_NOT_ALLOWED,
            hint="only addresses of test profiles are sent to: name one, or add a profile with this address",
        )
    return recipient


def _wire_form(message: EmailMessage | bytes) -> bytes:
    """Return the bytes of a message as a server gets them: CRLF, and 7 bits but for addresses that need more."""
    if isinstance(message, bytes):
        return with_crlf(message)
    policy: Any = message.policy
    return message.as_bytes(
        policy=policy.clone(linesep="\r\n", utf8=is_international(message), cte_type="7bit")
    )


def _head_of(data: bytes) -> str:
    return data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")


def _sender_of(data: bytes) -> str:
    head: Any = HeaderParser(policy=default_policy).parsestr(_head_of(data))
    for name in ("sender", "from"):
        for found in getattr(head[name], "addresses", ()):
            return address(found.addr_spec)[0].addr_spec
    raise SendError("the message has no sender", code=SENDER_REFUSED, hint="set `from` in [mailing]")


class _Conversation:
    """What is said to the server, and at which step it ended."""

    def __init__(self, server: SmtpServer, recipient: str) -> None:
        self._server = server
        self._recipient = recipient
        self._deadline = time.monotonic() + server.seconds
        self._session: Session | None = None
        self._step = "the connection"

    def begin(self, password: str | None) -> None:
        """Connect, encrypt and log in.

        Raises:
            SendError: The server is not safe to talk to, or takes no login.
            OSError: Anything that `error_of` understands.
        """
        user = self._server.user
        if user is not None and (password is None or not (user + password).isascii()):
            what = "no password for" if password is None else "a password with other letters than ASCII for"
            raise self._error(
                f"there is {what} {user!r}", SMTP_LOGIN_REFUSED, f"set the environment variable {PASSWORD}"
            )
        self._session = session = self._connected()
        self._step = "EHLO"
        session.ehlo_or_helo_if_needed()
        if self._server.security == "starttls":
            self._encrypt(session)
        if user is not None and password is not None:
            self._step = LOGIN
            session.login(user, password)

    def hand_over(self, sender: str, data: bytes) -> None:
        """Give the server sender, recipient and message.

        Raises:
            SendError: It does not take them.
            OSError: Anything that `error_of` understands.
        """
        session = self._session
        assert session is not None
        options = self._options(session, sender, data)
        self._step = "MAIL FROM"
        self._require(session.mail(sender, options), SENDER_REFUSED, f"the sender {sender}")
        self._step = "RCPT TO"
        self._require(session.rcpt(self._recipient), RECIPIENT_REFUSED, "the recipient")
        self._step = DATA
        self._require(session.data(data), MESSAGE_REFUSED, "the message")

    def end(self) -> None:
        """Take leave without waiting for an answer: the server has given the one that counts."""
        if self._session is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._session.putcmd("quit")
            self._session.close()

    def error_of(self, fault: Exception) -> SendError:
        """Return the error for what the connection or the library says."""
        is_late = time.monotonic() >= self._deadline
        return self._error(*Moment(self._server, self._step, is_late).cause_of(fault))

    def _connected(self) -> Session:
        server = self._server
        options = {"local_hostname": _GREETING, "timeout": server.seconds}
        if server.security == "tls":
            return TlsSession(self._deadline, server.host, server.port, **options, context=self._trust())
        return Session(self._deadline, server.host, server.port, **options)

    def _encrypt(self, session: Session) -> None:
        self._step = "STARTTLS"
        if not session.has_extn("starttls"):
            raise self._error(
                "the server offers no encryption (STARTTLS)",
                SMTP_NOT_TRUSTED,
                "use its port for smtps://, or say ?starttls=never where everybody on the way may read the mail",
            )
        session.starttls(context=self._trust())
        session.ehlo()

    def _trust(self) -> ssl.SSLContext:
        ca = self._server.ca
        try:
            return ssl.create_default_context(cafile=ca)
        except (OSError, ssl.SSLError) as fault:
            raise self._error(
                f"the certificates {ca} cannot be read: {fault.strerror or fault}",
                SMTP_NOT_TRUSTED,
                "?ca= names a PEM file",
            ) from None

    def _options(self, session: Session, sender: str, data: bytes) -> list[str]:
        """Return what MAIL FROM has to announce.

        Raises:
            SendError: The server cannot take it.
        """
        options = []
        if not (sender + self._recipient + _head_of(data)).isascii():
            if not session.has_extn("smtputf8"):
                raise self._error(
                    "the server takes no addresses with other letters than ASCII in front of the @ (SMTPUTF8)",
                    SMTPUTF8_MISSING,
                    "use an address in ASCII, or a server with SMTPUTF8",
                )
            options.append("SMTPUTF8")
        if not data.isascii():
            if not session.has_extn("8bitmime"):
                raise self._error(
                    "the server takes only 7 bits, and the message has bytes of 8 (8BITMIME)",
                    MESSAGE_REFUSED,
                    "hand over the composed message in place of its bytes",
                )
            options.append("BODY=8BITMIME")
        return options

    def _require(self, reply: tuple[int, bytes], code: str, what: str) -> None:
        number, words = reply
        if not 200 <= number <= 299:
            reason = said(smtplib.SMTPResponseException(number, words))
            hint = "try again later" if 400 <= number <= 499 else None
            raise self._error(f"the server does not take {what}: {reason}", code, hint)

    def _error(self, what: str, code: str, hint: str | None) -> SendError:
        return SendError(
            f"sending to {self._recipient} failed: {what}",
            code=code,
            location=Location(str(self._server)),
            hint=hint,
        )
