"""An address such as ``smtp://user@mail.example:587`` → a mail server, and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from inkmerge.errors import SMTP_URL_INVALID, SendError

PASSWORD: Final = "INKMERGE_SMTP_PASSWORD"  # noqa: S105  the name of the variable that holds it
"""Name of the environment variable with the password."""

Security = Literal["tls", "starttls", "none"]

_SECONDS: Final = 60.0
_FORM: Final = "write smtp://user@mail.example:587 or smtps://user@mail.example"
_PORTS: Final = {"smtps": 465, "smtp": 25}
_SUBMISSION: Final = 587  # https://www.rfc-editor.org/rfc/rfc6409#section-3.1


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server.

    Attributes:
        host: Its name or address.
        port: Its port.
        user: Whom to log in as, with the password of the environment variable `PASSWORD`; None to log in as nobody.
        security: `tls` from the start, `starttls` before anything else is said, or `none`.
        ca: A PEM file with the certificates that are trusted in place of the system's, or None.
        seconds: How long one message may take, from the connection to the server's last word.
    """

    host: str
    port: int
    user: str | None = None
    security: Security = "starttls"
    ca: Path | None = None
    seconds: float = _SECONDS

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Read the address of a server.

        ``smtps://`` is encrypted from the start, on port 465. ``smtp://`` is encrypted by STARTTLS, which the server must
        offer, on port 587 with a user and 25 without; only a server on this machine's loopback addresses is spoken to in
        clear, as test servers want it. ``?starttls=required`` or ``?starttls=never`` says otherwise, ``?ca=FILE`` names
        certificates to be trusted.

        Raises:
            SendError: It is no such address, holds a password, or would send one in clear.
        """
        try:
            parts = urlsplit(url)
            host, port, password = parts.hostname, parts.port, parts.password
        except ValueError:
            raise _invalid("the address of the mail server does not parse", _FORM) from None
        if password is not None:  # and is not repeated in a message
            raise _invalid(
                "the address of the mail server holds a password, which logs and process lists would show",
                f"leave it out, and set the environment variable {PASSWORD}",
            )
        if parts.scheme not in _PORTS:
            raise _invalid(f"{url!r} is no address of a mail server", _FORM)
        if not host or parts.path not in {"", "/"} or parts.fragment:
            raise _invalid(f"{url!r} names no mail server, or more than one", _FORM)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        user = unquote(parts.username) if parts.username else None
        security = _security(parts.scheme, host, options.pop("starttls", None))
        ca = options.pop("ca", None)
        if options:
            raise _invalid(
                f"the address of the mail server has {min(options)!r}, which is not known",
                "known are starttls=required, starttls=never and ca=FILE",
            )
        if user and security == "none" and not _is_loopback(host):
            raise _invalid(
                f"the password for {host} would be sent in clear", "leave out `starttls=never`, or the user"
            )
        usual = _SUBMISSION if user and parts.scheme == "smtp" else _PORTS[parts.scheme]
        return cls(host, port or usual, user, security, Path(ca) if ca else None)

    def __str__(self) -> str:
        """Give host and port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _security(scheme: str, host: str, starttls: str | None) -> Security:
    if scheme == "smtps":
        if starttls is not None:
            raise _invalid("smtps:// is encrypted from the start", "leave out starttls, or write smtp://")
        return "tls"
    match starttls:
        case None:
            return "none" if _is_loopback(host) else "starttls"
        case "required":
            return "starttls"
        case "never":
            return "none"
    raise _invalid(f"starttls is {starttls!r}", "write starttls=required or starttls=never")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


def _invalid(message: str, hint: str) -> SendError:
    return SendError(message, code=SMTP_URL_INVALID, hint=hint)
