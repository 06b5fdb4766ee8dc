"""`inkmerge mail`: messages into an outbox, checks, and a test send to test profiles alone."""

from __future__ import annotations

import json
import mailbox
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from inkmerge import InkmergeError
from mail_servers import Inbox, serving

Run = Callable[..., Result]
MAILING = """
[mailing]
html = "mailing/page.html"
subject = "News for {{ first_name }}"
from = "Shop <post@shop.example>"
"""
PAGE = '<html lang="en"><p>Hello {{ first_name }}</p><img data-inkmerge="week" alt=""></html>'
RECIPIENTS = """id,email,first_name,country
1,anna@example.org,Anna,DE
2,,Nobody,DE
3,jo@example.org,Jo,FR
3,jo2@example.org,Jo,FR
4,mari@example.org,,FR
5,"x, y@example.org",Xy,FR
"""


@pytest.fixture
def mailing(shop: Path) -> Path:
    """A campaign with a mailing, and recipients of whom some can get no message."""
    with (shop / "inkmerge.toml").open("a", encoding="utf-8") as file:
        file.write(MAILING)
    (shop / "mailing").mkdir()
    (shop / "mailing" / "page.html").write_text(PAGE, encoding="utf-8")
    (shop / "recipients.csv").write_text(RECIPIENTS, encoding="utf-8")
    with (shop / "profiles" / "anna.toml").open("a", encoding="utf-8") as file:
        file.write('email = "anna@example.org"\n')
    return shop


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "mail.jsonl").read_text(encoding="utf-8").splitlines()]


def compose(inkmerge: Run, shop: Path, *options: str) -> Result:
    recipients = shop / "recipients.csv"
    return inkmerge("mail", shop, recipients, "--out", shop / "out", "--workers", "1", *options)


def test_each_recipient_has_a_message_or_a_reason(inkmerge: Run, mailing: Path) -> None:
    result = compose(inkmerge, mailing)
    assert result.exit_code == 3
    assert "2 messages" in result.stderr.replace("\n", " ")
    found = lines(mailing / "out")
    assert [(one["recipient"], one["skipped"] and one["skipped"]["code"]) for one in found] == [
        ("1", None),
        ("2", "missing-value"),
        ("3", None),
        ("3", "duplicate-recipient"),
        ("4", "missing-value"),
        ("5", "invalid-value"),
    ]
    message = message_from_bytes((mailing / "out" / found[0]["path"]).read_bytes(), policy=default)
    assert message["To"] == "anna@example.org"
    assert message["Subject"] == "News for Anna"


def test_the_same_command_again_finds_all_done(inkmerge: Run, mailing: Path) -> None:
    compose(inkmerge, mailing)
    before = {path: path.read_bytes() for path in (mailing / "out").rglob("*.eml")}
    result = compose(inkmerge, mailing, "--json")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[-1]["event"] == "finish"
    assert (events[-1]["done"], events[-1]["resumed"]) == (6, 6)
    assert before == {path: path.read_bytes() for path in (mailing / "out").rglob("*.eml")}


def test_a_run_goes_on_behind_half_a_manifest(inkmerge: Run, mailing: Path) -> None:
    compose(inkmerge, mailing)
    manifest = mailing / "out" / "mail.jsonl"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole[: len(whole) // 2])
    compose(inkmerge, mailing)
    assert manifest.read_bytes() == whole


def test_a_folder_of_another_page_is_refused(inkmerge: Run, mailing: Path) -> None:
    compose(inkmerge, mailing)
    (mailing / "mailing" / "page.html").write_text(PAGE + "<p>more", encoding="utf-8")
    result = compose(inkmerge, mailing)
    assert isinstance(result.exception, InkmergeError)
    assert compose(inkmerge, mailing, "--restart").exit_code == 3


def test_messages_may_go_into_an_mbox(inkmerge: Run, mailing: Path) -> None:
    compose(inkmerge, mailing, "--as", "mbox")
    with_subjects = mailbox.mbox(mailing / "out" / "messages.mbox")
    assert [one["Subject"] for one in with_subjects] == ["News for Anna", "News for Jo"]
    with_subjects.close()


def test_hosted_images_are_written_as_a_batch_writes_them(inkmerge: Run, mailing: Path) -> None:
    settings = (mailing / "inkmerge.toml").read_text(encoding="utf-8")
    hosted = 'images = "hosted"\nbase_url = "https://img.example"\n'
    (mailing / "inkmerge.toml").write_text(settings + hosted, encoding="utf-8")
    compose(inkmerge, mailing, "--images", str(mailing / "hosted"))
    recipients = mailing / "recipients.csv"
    inkmerge("batch", mailing, recipients, "-o", mailing / "drawn", "--element", "week", "--workers", "1")
    mine = {path.name: path.read_bytes() for path in (mailing / "hosted" / "week").rglob("*.png")}
    theirs = {path.name: path.read_bytes() for path in (mailing / "drawn" / "week").rglob("*.png")}
    assert mine
    assert mine.items() <= theirs.items()


def test_a_check_names_each_kind_of_finding_once(inkmerge: Run, mailing: Path) -> None:
    result = inkmerge("mail", mailing, "--check", "--profile", "anna", "--json")
    found = json.loads(result.stdout)
    assert found["messages"] == 1
    codes = [one["code"] for one in found["findings"]]
    assert len(codes) == len(set(codes))


def test_a_check_of_an_audience_counts_who_gets_no_message(inkmerge: Run, mailing: Path) -> None:
    result = inkmerge("mail", mailing, mailing / "recipients.csv", "--check", "--json")
    counts = {one["code"]: one["messages"] for one in json.loads(result.stdout)["findings"]}
    assert counts["missing-value"] == 2
    assert result.exit_code == 3


def test_a_test_send_goes_to_the_profile(inkmerge: Run, mailing: Path) -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        result = inkmerge("mail", mailing, "--smtp", f"smtp://localhost:{port}", "--profile", "anna")
    assert result.exit_code == 0, result.stderr
    (envelope,) = inbox.taken
    assert envelope.rcpt_tos == ["anna@example.org"]
    assert envelope.mail_from == "post@shop.example"
    message = message_from_bytes(envelope.content or b"", policy=default)  # type: ignore[arg-type]
    assert message["Date"]
    assert message["Message-ID"].endswith("@shop.example>")


def test_a_test_send_goes_nowhere_else(inkmerge: Run, mailing: Path) -> None:
    settings = (mailing / "inkmerge.toml").read_text(encoding="utf-8")
    (mailing / "inkmerge.toml").write_text(settings + 'to = "all@example.org"\n', encoding="utf-8")
    inbox = Inbox()
    with serving(inbox) as port:
        result = inkmerge("mail", mailing, "--smtp", f"smtp://localhost:{port}", "--profile", "anna")
    assert isinstance(result.exception, InkmergeError)
    assert result.exception.code == "recipient-not-allowed"
    assert inbox.taken == []


@pytest.mark.parametrize(
    "options", [(), ("--check", "--smtp", "smtp://localhost"), ("--smtp", "smtp://localhost")]
)
def test_what_is_to_be_done_is_said_once(inkmerge: Run, mailing: Path, options: tuple[str, ...]) -> None:
    assert inkmerge("mail", mailing, *options).exit_code == 2


def test_out_needs_recipients(inkmerge: Run, mailing: Path) -> None:
    assert inkmerge("mail", mailing, "--out", mailing / "out").exit_code == 2
