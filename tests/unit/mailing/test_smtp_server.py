"""The address of a mail server says how it is spoken to, and never in clear by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge.errors import SendError
from inkmerge.mailing.smtp_server import SmtpServer


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://post@mail.example", SmtpServer("mail.example", 587, "post")),
        ("smtp://post@mail.example:2525/", SmtpServer("mail.example", 2525, "post")),
        ("smtp://post%40marl.example@mail.example", SmtpServer("mail.example", 587, "post@marl.example")),
        ("SMTPS://mail.example", SmtpServer("mail.example", 465, security="tls")),
        ("smtps://post@mail.example:466", SmtpServer("mail.example", 466, "post", "tls")),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, security="none")),
        ("smtp://127.0.0.9", SmtpServer("127.0.0.9", 25, security="none")),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, security="none")),
        ("smtp://post@localhost:1025", SmtpServer("localhost", 1025, "post", "none")),
        ("smtp://localhost?starttls=required", SmtpServer("localhost", 25)),
        ("smtp://mail.example?starttls=never", SmtpServer("mail.example", 25, security="none")),
        ("smtp://mail.example?ca=certs/ca.pem", SmtpServer("mail.example", 25, ca=Path("certs/ca.pem"))),
    ],
)
def test_an_address_says_host_port_user_and_encryption(url: str, server: SmtpServer) -> None:
    assert SmtpServer.parse(url) == server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example", "no address of a mail server"),
        ("https://mail.example", "no address of a mail server"),
        ("smtp://", "names no mail server"),
        ("smtp://mail.example/x", "names no mail server, or more"),
        ("smtp://mail.example#x", "names no mail server, or more"),
        ("smtp://mail.example:port", "does not parse"),
        ("smtp://mail.example:99999", "does not parse"),
        ("smtp://[::1", "does not parse"),
        ("smtp://mail.example?tls=1", "'tls', which is not known"),
        ("smtp://mail.example?starttls=maybe", "starttls is 'maybe'"),
        ("smtps://mail.example?starttls=never", "encrypted from the start"),
        ("smtp://post@mail.example?starttls=never", "would be sent in clear"),
    ],
)
def test_what_is_no_such_address_or_not_safe_is_refused_with_the_cure(url: str, said: str) -> None:
    with pytest.raises(SendError, match=said) as caught:
        SmtpServer.parse(url)
    assert caught.value.code == "smtp-url-invalid"
    assert caught.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "smtp://post:secret@mail.example",
        "smtp://post:se@cret@mail.example",
        "https://post:secret@x",
        "smtp://:secret@x",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SendError, match="holds a password") as caught:
        SmtpServer.parse(url)
    assert "INKMERGE_SMTP_PASSWORD" in (caught.value.hint or "")
    assert "cret" not in str(caught.value)


def test_a_server_is_called_by_host_and_port() -> None:
    assert [str(SmtpServer.parse(url)) for url in ("smtps://mail.example", "smtp://[::1]:25")] == [
        "mail.example:465",
        "[::1]:25",
    ]
