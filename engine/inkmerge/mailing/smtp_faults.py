"""What a connection or the standard library says → the cause in words, with a code and the cure."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Final, NamedTuple

from inkmerge.errors import MESSAGE_REFUSED, SMTP_LOGIN_REFUSED, SMTP_NOT_TRUSTED, SMTP_UNREACHABLE
from inkmerge.mailing.smtp_server import PASSWORD, SmtpServer

LOGIN: Final = "the login"
DATA: Final = "DATA"
_SHOWN: Final = 300
_PORTS: Final = "check the port: 465 wants smtps://, 587 and 25 want smtp://"


class Cause(NamedTuple):
    """Why a message was not taken: what happened, the code of the error, and the cure."""

    what: str
    code: str
    hint: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """When something went wrong.

    Attributes:
        server: The server.
        step: What was being said.
        is_late: Whether the time limit has passed.
    """

    server: SmtpServer
    step: str
    is_late: bool

    def cause_of(self, fault: Exception) -> Cause:
        """Return what a fault comes to."""
        return self._of_connection(fault) or self._of_reply(fault)

    def _of_connection(self, fault: Exception) -> Cause | None:
        match fault:
            case ssl.SSLCertVerificationError():
                return Cause(
                    f"the server's certificate is not trusted: {fault.verify_message}",
                    SMTP_NOT_TRUSTED,
                    "check the name of the server; name a certificate of your own with ?ca=FILE",
                )
            case socket.gaierror():
                return Cause(
                    "no such host is known", SMTP_UNREACHABLE, "check the name of the server, and the network"
                )
            case ConnectionRefusedError():
                return Cause("nothing listens there", SMTP_UNREACHABLE, "check the port")
            case _ if self.is_late or isinstance(fault, TimeoutError):
                what = f"the server did not finish within {self.server.seconds:g} seconds, at {self.step}"
                return Cause(what + self._doubt, SMTP_UNREACHABLE, _PORTS)
            case ssl.SSLError():
                return Cause(
                    f"the server does not speak TLS as it should: {fault.reason}", SMTP_NOT_TRUSTED, _PORTS
                )
            case smtplib.SMTPServerDisconnected():
                said = str(fault).removeprefix("Connection unexpectedly closed").lstrip(": ")
                what = f"the connection broke at {self.step}" + (f" ({said})" if said else "")
                return Cause(what + self._doubt, SMTP_UNREACHABLE, "try again later")
        return None

    def _of_reply(self, fault: Exception) -> Cause:
        words = said(fault)
        if self.step == LOGIN:
            return Cause(
                f"the server does not take the login of {self.server.user!r}: {words}",
                SMTP_LOGIN_REFUSED,
                f"check the user in the address of the server, and {PASSWORD}",
            )
        match fault:
            case smtplib.SMTPDataError():
                return Cause(f"the server does not take the message: {words}", MESSAGE_REFUSED, None)
            case smtplib.SMTPResponseException() if fault.smtp_code <= 0:
                what = f"the server does not speak SMTP; at {self.step} the server says: {words}"
                return Cause(what, SMTP_UNREACHABLE, "check the port")
            case smtplib.SMTPResponseException():
                return Cause(f"at {self.step} the server says: {words}", SMTP_UNREACHABLE, "try again later")
        return Cause(f"at {self.step}: {words}", SMTP_UNREACHABLE, "check the network")

    @property
    def _doubt(self) -> str:
        return "; whether it took the message is not known" if self.step == DATA else ""


def said(fault: Exception) -> str:
    """Return a server's words, which may be anything, on one short line."""
    if not isinstance(fault, smtplib.SMTPResponseException):
        return str(fault)[:_SHOWN]
    words = fault.smtp_error
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    number = f"{fault.smtp_code} " if fault.smtp_code > 0 else ""
    return number + "".join(one if one.isprintable() else " " for one in text)[:_SHOWN]
