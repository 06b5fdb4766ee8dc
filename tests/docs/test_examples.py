"""The examples of how a mailing is sent, each run against a real server on loopback."""

from __future__ import annotations

import importlib.util
import io
import re
import smtplib
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from inkmerge import Mailing, errors
from inkmerge.mailing.mail_manifest import read_mail_manifest
from mail_servers import Inbox, serving

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
RECIPIENTS = [
    {"id": "a", "email": "anna@example.com", "first_name": "Anna"},
    {"id": "b", "email": "bjoern@example.com", "first_name": "Björn"},
]
OFF = "https://marlmoss.example/off/" + "0123456789" * 10
CAMPAIGN = {
    "inkmerge.toml": f"""name = "Spring"
[elements.one]
template = "templates/card.svg"
values = {{ title = "One" }}
[elements.two]
template = "templates/card.svg"
values = {{ title = "Two" }}
[mailing]
html = "mailing/page.html"
subject = "{{{{ first_name }}}}, your spring"
from = "Marl & Moss <post@marlmoss.example>"
headers = {{ List-Unsubscribe = "<{OFF}>" }}
""",
    "templates/card.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><title>{{ content.title }}</title>'
    '<text y="12" font-size="9">{{ content.title }}</text></svg>',
    "mailing/page.html": '<p>Hello {{ first_name }}</p><img data-inkmerge="one" alt=""><img data-inkmerge="two" alt="">',
}


@pytest.fixture(autouse=True)
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in CAMPAIGN.items():
        path = tmp_path / "campaign" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    with serving(inbox) as port:
        yield port


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_both_got_theirs(inbox: Inbox) -> None:
    """Look for a message each that arrived as it was composed, with both images."""
    assert [envelope.rcpt_tos for envelope in inbox.taken] == [[one["email"]] for one in RECIPIENTS]
    for recipient, envelope in zip(RECIPIENTS, inbox.taken, strict=True):
        found: Any = message_from_bytes(envelope.content, policy=SMTP)
        assert found["Subject"] == f"{recipient['first_name']}, your spring"
        text = f"Hello {recipient['first_name']}\r\n\r\nOne Two\r\n"
        assert found.get_body(("plain",)).get_content() == text
        images = [part for part in found.walk() if part.get_content_type() == "image/png"]
        assert [part.get_filename() for part in images] == ["one.png", "two.png"]
        assert [Image.open(io.BytesIO(part.get_content())).size for part in images] == [(80, 40)] * 2
        assert f"List-Unsubscribe: <{OFF}>\r\n".encode() in envelope.content
        html = found.get_body(("related", "html"))
        assert html.get_content_type() == "multipart/related"


def test_the_standard_library_sends_to_all_of_a_file_but_those_without_a_message(
    inbox: Inbox,
    port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [*(",".join(one.values()) for one in RECIPIENTS), "c,c@example.com,", "d,nobody@example.com,Dora"]
    (tmp_path / "r.csv").write_text("\n".join(["id,email,first_name", *rows]), encoding="utf-8")
    inbox.refused["nobody@example.com"] = "550 no such user"
    for name, value in (("SMTP_HOST", "localhost"), ("SMTP_PORT", str(port))):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["smtplib_send.py", "campaign", str(tmp_path / "r.csv")])
    example("smtplib_send").main()
    assert_both_got_theirs(inbox)
    said = capsys.readouterr()
    assert said.out == "2 sent\n"
    assert "c: error[missing-value]" in said.err
    assert "550" in said.err


@pytest.mark.parametrize("backend", ["smtp", "locmem"])
def test_django_sends_through_whichever_backend(inbox: Inbox, port: int, backend: str) -> None:
    from django.conf import settings
    from django.core import mail
    from django.test import override_settings

    if not settings.configured:
        settings.configure()
    with override_settings(
        EMAIL_BACKEND=f"django.core.mail.backends.{backend}.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
    ):
        mail.outbox = []
        assert example("django_send").send("campaign", RECIPIENTS) == 2
    if backend == "smtp":
        assert_both_got_theirs(inbox)
    else:
        assert [(one.subject, one.to) for one in mail.outbox] == [
            (f"{one['first_name']}, your spring", [one["email"]]) for one in RECIPIENTS
        ]


def test_celery_sends_from_a_worker_and_tries_again_when_the_server_is_away(
    inbox: Inbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery.contrib.testing.worker import start_worker

    monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
    monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("SMTP_PORT", str(port))
    module = example("celery_task")
    module.app.conf.update(
        result_backend="cache+memory://",
        worker_hijack_root_logger=False,
        broker_transport_options={"polling_interval": 0.01},
    )
    module.send.default_retry_delay = 0
    calls: list[tuple[str, int]] = []

    def away_at_first(*place: Any, **options: Any) -> smtplib.SMTP:
        calls.append(place)
        if len(calls) == 1:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return smtplib.SMTP(*place, **options)

    monkeypatch.setattr(module, "smtplib", SimpleNamespace(SMTP=away_at_first))
    with start_worker(module.app, pool="solo", perform_ping_check=False, shutdown_timeout=30):
        for recipient in RECIPIENTS:
            module.send.delay("campaign", recipient).get(timeout=30)
    assert_both_got_theirs(inbox)
    assert calls == [("127.0.0.1", port)] * 3


def test_the_guide_puts_messages_into_a_folder_and_names_every_code(
    tmp_path: Path,
) -> None:
    guide = (EXAMPLES.parent / "sending.md").read_text(encoding="utf-8")
    code = guide.split("```python\n")[1].split("```")[0]
    mailing = Mailing.open("campaign")
    messages = [(one["id"], mailing.compose(one)) for one in RECIPIENTS]
    for _ in range(2):
        exec(code, {"messages": messages})  # noqa: S102  our own guide
    assert [line.recipient for line in read_mail_manifest(tmp_path / "out" / "mail.jsonl")] == ["a", "b"]
    codes = [
        value
        for name, value in vars(errors).items()
        if re.match("SMTP|SENDER_|MESSAGE_|RECIPIENT_[RN]", name)
    ]
    assert len(codes) == 9
    assert [code for code in codes if f"`{code}`" not in guide] == []
