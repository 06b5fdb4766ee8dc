"""Messages handed to mail servers on loopback: taken, or refused with the reason and the cure."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import trustme

from inkmerge.errors import InvalidValue, SendError
from inkmerge.mailing.header_values import AddressValue
from inkmerge.mailing.headers import address
from inkmerge.mailing.smtp import SmtpServer, send
from mail_servers import Inbox, misbehaving, scripted, serving

ANNA = "anna@example.com"
EHLO = b"250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
Authority = tuple[trustme.CA, Path]


def composed(to: str = ANNA, sender: str = "Marl & Moss <post@marl.example>") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Grüße"
    message["From"] = AddressValue("From", [address(sender)[0]])
    message["To"] = AddressValue("To", [address(to)[0]])
    message.set_content("Größe\n.\nend\n", cte="8bit")
    return message


def server_at(port: int, query: str = "", user: str = "", scheme: str = "smtp") -> SmtpServer:
    return SmtpServer.parse(f"{scheme}://{user}127.0.0.1:{port}{query}")


def sent(port: int, message: EmailMessage | bytes | None = None, to: str = ANNA, **options: Any) -> None:
    environment = options.pop("environment", {})
    send(message or composed(), server_at(port, **options), to, {to}, environment)


def refusal(port: int, *arguments: Any, **options: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        sent(port, *arguments, **options)
    assert str(caught.value.location) == f"127.0.0.1:{port}"
    return caught.value


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that nobody trusts, and the file that says to trust it."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(path)
    return made, path


@contextmanager
def serving_with_tls(authority: Authority, name: str = "127.0.0.1", **options: Any) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert(name).configure_cert(context)
    with serving(
        options.pop("inbox", Inbox()), tls_context=context, require_starttls=True, **options
    ) as port:
        yield port


def test_a_message_arrives_from_its_sender_for_the_one_recipient_as_it_was() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        sent(port, composed(to="Somebody else <else@example.com>"))
    (envelope,) = inbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("post@marl.example", [ANNA])
    found = message_from_bytes(envelope.content, policy=SMTP)
    assert (found["Subject"], found.get_content()) == ("Grüße", "Größe\n.\nend\n")
    assert envelope.content.isascii()


def test_the_bytes_of_a_message_arrive_too_from_its_sender_header_if_there_is_one() -> None:
    inbox = Inbox()
    message = composed()
    message["Sender"] = "office@marl.example"
    with serving(inbox) as port:
        sent(port, message.as_bytes().replace(b"\r\n", b"\n"))
    assert inbox.taken[0].mail_from == "office@marl.example"
    assert b"Gr\xc3\xb6\xc3\x9fe\r\n.\r\nend\r\n" in inbox.taken[0].content


def test_nobody_is_sent_to_whom_the_caller_did_not_name() -> None:
    server = SmtpServer.parse("smtp://127.0.0.1:1")
    for allowed in ([], ["bo@example.com", "anna@example.com.evil.example"]):
        with pytest.raises(SendError, match="nothing was sent") as caught:
            send(composed(), server, ANNA, allowed)
        assert caught.value.code == "recipient-not-allowed"
    with pytest.raises(SendError, match=r": evil@example\.com is none of"):
        send(composed(), server, f"{ANNA}\r\nRCPT TO:<evil@example.com>", [ANNA])
    with pytest.raises(InvalidValue):
        send(composed(), server, f"{ANNA}\r\nRSET", [ANNA])


def test_whom_the_caller_named_is_sent_to_however_the_address_is_written() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        send(composed(), server_at(port), "Anna <Anna@EXAMPLE.com>", ["anna@example.com"], {})
    assert inbox.taken[0].rcpt_tos == ["Anna@EXAMPLE.com"]


def test_a_message_without_a_sender_is_refused() -> None:
    with pytest.raises(SendError, match="has no sender") as caught:
        sent(1, b"Subject: x\r\n\r\ntext\r\n")
    assert caught.value.code == "sender-refused"


def test_starttls_with_a_certificate_of_ones_own_is_trusted_when_it_is_named(authority: Authority) -> None:
    inbox = Inbox()
    with serving_with_tls(authority, inbox=inbox) as port:
        sent(port, query=f"?starttls=required&ca={authority[1]}")
    assert len(inbox.taken) == 1


def test_a_certificate_that_nobody_signed_is_not_trusted(authority: Authority) -> None:
    with serving_with_tls(authority) as port:
        fault = refusal(port, query="?starttls=required")
    assert fault.code == "smtp-not-trusted"
    assert "certificate is not trusted" in fault.message
    assert "?ca=FILE" in (fault.hint or "")


def test_a_certificate_of_another_host_is_not_trusted(authority: Authority) -> None:
    with serving_with_tls(authority, "other.example") as port:
        fault = refusal(port, query=f"?starttls=required&ca={authority[1]}")
    assert (fault.code, "127.0.0.1" in fault.message) == ("smtp-not-trusted", True)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_named(
    text: str | None, tmp_path: Path, authority: Authority
) -> None:
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    with serving_with_tls(authority) as port:
        fault = refusal(port, query=f"?starttls=required&ca={path}")
    assert "ca.pem cannot be read" in fault.message


def test_a_server_without_encryption_is_refused_where_it_is_required() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        fault = refusal(port, query="?starttls=required")
    assert (fault.code, inbox.taken) == ("smtp-not-trusted", [])
    assert "offers no encryption" in fault.message


def test_a_server_that_takes_starttls_back_is_refused() -> None:
    replies = (b"220 mail.test\r\n", b"250-mail.test\r\n250 STARTTLS\r\n", b"454 not now\r\n")
    with misbehaving(scripted(*replies)) as port:
        fault = refusal(port, query="?starttls=required")
    assert "at STARTTLS the server says: 454 not now" in fault.message


def test_what_is_said_in_clear_behind_starttls_is_thrown_away() -> None:
    replies = (b"220 mail.test\r\n", b"250-mail.test\r\n250 STARTTLS\r\n", b"220 go\r\n250 injected\r\n")
    with misbehaving(scripted(*replies, None)) as port:
        fault = refusal(port, query="?starttls=required")
    assert fault.code in {"smtp-not-trusted", "smtp-unreachable"}


def test_a_server_may_be_encrypted_from_the_start(authority: Authority) -> None:
    inbox = Inbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority[0].issue_cert("127.0.0.1").configure_cert(context)
    with serving(inbox, context) as port:
        sent(port, scheme="smtps", query=f"?ca={authority[1]}")
        assert len(inbox.taken) == 1
        fault = refusal(port, scheme="smtps")
    assert fault.code == "smtp-not-trusted"


def test_smtps_to_a_port_without_it_says_so() -> None:
    with misbehaving(scripted(b"220 mail.test ESMTP\r\n", None)) as port:
        fault = refusal(port, scheme="smtps")
    assert fault.code == "smtp-not-trusted"
    assert "smtp://" in (fault.hint or "")


def test_the_password_comes_from_the_environment(authority: Authority) -> None:
    inbox = Inbox()
    query = f"?starttls=required&ca={authority[1]}"
    with serving_with_tls(authority, inbox=inbox, authenticator=inbox.login, auth_required=True) as port:
        sent(port, user="post%40marl@", query=query, environment={"INKMERGE_SMTP_PASSWORD": "secret"})
        assert (inbox.logins[0], len(inbox.taken)) == (b"post@marl", 1)
        fault = refusal(port, user="post@", query=query, environment={"INKMERGE_SMTP_PASSWORD": "wrong"})
    assert fault.code == "smtp-login-refused"
    assert "does not take the login of 'post': 535" in fault.message
    assert "wrong" not in str(fault)


@pytest.mark.parametrize("environment", [{}, {"INKMERGE_SMTP_PASSWORD": "Größe"}])
def test_a_password_that_is_missing_or_cannot_be_sent_is_said_before_anything_is(
    environment: dict[str, str],
) -> None:
    fault = refusal(1, user="post@", environment=environment)
    assert fault.code == "smtp-login-refused"
    assert "password" in fault.message
    assert "Größe" not in str(fault)
    assert "INKMERGE_SMTP_PASSWORD" in (fault.hint or "")


def test_a_server_without_logins_says_so() -> None:
    with serving(Inbox()) as port:
        fault = refusal(port, user="post@", environment={"INKMERGE_SMTP_PASSWORD": "secret"})
    assert (fault.code, "AUTH" in fault.message) == ("smtp-login-refused", True)


@pytest.mark.parametrize(
    ("reply", "hint"), [("550 5.1.1 no such user", None), ("450 4.2.1 greylisted", "try again later")]
)
def test_a_refused_recipient_is_an_error_with_the_servers_words(reply: str, hint: str | None) -> None:
    inbox = Inbox(refused={ANNA: reply})
    with serving(inbox) as port:
        fault = refusal(port)
    assert (fault.code, fault.hint, inbox.taken) == ("recipient-refused", hint, [])
    assert fault.message == f"sending to {ANNA} failed: the server does not take the recipient: {reply}"


def test_a_refused_sender_is_an_error_with_the_servers_words() -> None:
    with misbehaving(scripted(b"220 mail.test\r\n", EHLO, b"553 5.7.1 not you\r\n")) as port:
        fault = refusal(port)
    assert (fault.code, "post@marl.example: 553 5.7.1 not you" in fault.message) == ("sender-refused", True)


@pytest.mark.parametrize("replies", [(b"554 5.7.1 spam\r\n",), (b"354 go\r\n", b"554 5.7.1 spam\r\n")])
def test_a_refused_message_is_an_error_with_the_servers_words(replies: tuple[bytes, ...]) -> None:
    with misbehaving(scripted(b"220 mail.test\r\n", EHLO, *[b"250 OK\r\n"] * 2, *replies)) as port:
        fault = refusal(port)
    assert fault.code == "message-refused"
    assert "does not take the message: 554 5.7.1 spam" in fault.message


def test_a_message_beyond_the_servers_limit_is_refused() -> None:
    with serving(Inbox(), data_size_limit=100) as port:
        fault = refusal(port)
    assert fault.code == "message-refused"


@pytest.mark.parametrize(
    ("replies", "step"),
    [
        ([], "the connection"),
        ([b"220 mail.test\r\n"], "EHLO"),
        ([b"220 mail.test\r\n", EHLO], "MAIL FROM"),
        ([b"220 mail.test\r\n", EHLO, b"250 OK\r\n"], "RCPT TO"),
        ([b"220 mail.test\r\n", EHLO, b"250 OK\r\n", b"250 OK\r\n"], "DATA"),
    ],
)
def test_a_connection_that_breaks_is_an_error_with_the_step(replies: list[bytes], step: str) -> None:
    with misbehaving(scripted(*replies, None)) as port:
        fault = refusal(port)
    assert (fault.code, f"the connection broke at {step}" in fault.message) == ("smtp-unreachable", True)


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_connection_that_breaks_in_the_message_leaves_it_open_whether_it_was_taken(size: int) -> None:
    message = composed()
    message.set_content("x" * size)
    replies = (b"220 mail.test\r\n", EHLO, *[b"250 OK\r\n"] * 2, b"354 go\r\n", None)
    with misbehaving(scripted(*replies, reads_message=size < 100)) as port:
        fault = refusal(port, message)
    assert fault.code == "smtp-unreachable"
    assert "whether it took the message is not known" in fault.message


@pytest.mark.parametrize("replies", [[b""], [b"220 mail.test\r\n", EHLO, b"250-OK\r\n"], [b"220-slow\r\n22"]])
def test_a_server_that_hangs_is_given_up(replies: list[bytes]) -> None:
    with (
        misbehaving(scripted(*replies)) as port,
        pytest.raises(SendError, match=r"within 0.1 seconds") as caught,
    ):
        send(composed(), replace(server_at(port), seconds=0.1), ANNA, {ANNA}, {})
    assert caught.value.code == "smtp-unreachable"


def test_a_server_that_drips_is_given_up_all_the_same() -> None:
    def talk(connection: socket.socket, is_over: threading.Event) -> None:
        while not is_over.wait(0.01):
            connection.sendall(b"2")

    with misbehaving(talk) as port, pytest.raises(SendError, match=r"within 0.2 seconds"):
        send(composed(), replace(server_at(port), seconds=0.2), ANNA, {ANNA}, {})


def test_a_server_that_does_not_stop_talking_is_given_up() -> None:
    def talk(connection: socket.socket, is_over: threading.Event) -> None:
        while not is_over.is_set():
            connection.sendall(b"220-and another thing\r\n" * 1000)

    with misbehaving(talk) as port:
        fault = refusal(port)
    assert "does not stop talking" in fault.message


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\x1b[31m\r\n",
        b"x" * 20_000,
        b"SSH-2.0-x\r\n",
        b"220\r\n\xff\r\n",
    ],
)
def test_a_server_that_speaks_something_else_is_an_error_with_what_it_said(greeting: bytes) -> None:
    with misbehaving(scripted(greeting, b"rubbish\r\n", b"rubbish\r\n")) as port:
        fault = refusal(port)
    assert fault.code == "smtp-unreachable"
    assert fault.message.isprintable()
    assert len(fault.message) < 500


def test_a_server_that_is_busy_says_so() -> None:
    with misbehaving(scripted(b"421 too busy\r\n")) as port:
        fault = refusal(port)
    assert "at the connection the server says: 421 too busy" in fault.message


def test_a_port_where_nothing_listens_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "nothing listens there" in refusal(port).message


def test_a_host_that_nobody_knows_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SendError, match="no such host") as caught:
        send(composed(), SmtpServer.parse("smtp://mail.invalid"), ANNA, {ANNA}, {})
    assert str(caught.value.location) == "mail.invalid:25"


def test_letters_in_front_of_the_at_are_sent_to_a_server_that_takes_them() -> None:
    inbox = Inbox()
    with serving(inbox, enable_SMTPUTF8=True) as port:
        sent(port, composed(to="jörg@marl.example"), to="Jörg <jörg@marl.example>")
    (envelope,) = inbox.taken
    assert (envelope.rcpt_tos, envelope.smtp_utf8) == (["jörg@marl.example"], True)
    assert "To: jörg@marl.example\r\n".encode() in envelope.content


def test_letters_in_front_of_the_at_are_an_error_where_the_server_does_not_take_them() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        fault = refusal(port, composed(to="jörg@marl.example"), to="jörg@marl.example")
    assert (fault.code, inbox.taken) == ("smtputf8-missing", [])


def test_a_domain_with_letters_needs_no_server_that_takes_them() -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        sent(port, composed(to="anna@bücher.example"), to="anna@bücher.example")
    assert inbox.taken[0].rcpt_tos == ["anna@xn--bcher-kva.example"]


def test_bytes_of_8_bits_are_refused_by_a_server_of_7() -> None:
    with misbehaving(scripted(b"220 mail.test\r\n", b"250 mail.test\r\n")) as port:
        fault = refusal(port, composed().as_bytes())
    assert (fault.code, "7 bits" in fault.message) == ("message-refused", True)
