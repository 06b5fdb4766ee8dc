"""A preflight tells who would get no message, and agrees with what `inkmerge mail` then does."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from inkmerge.batch import RecipientFile
from inkmerge.mailing.run import MailJob, run_mailing
from inkmerge.preflight import preflight_page, run_preflight

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>Hi {{ name }}</title>'
    '<text y="9" font-size="6">{{ name }}</text></svg>'
)
SETTINGS = """
name = "Spring"
[groups]
german = 'language == "de"'
[elements.hero]
template = "templates/hero.svg"
[elements.gift]
template = "templates/gift.svg"
outside = "skip"
[[elements.gift.variants]]
group = "german"
[mailing]
html = "mailing/page.html"
subject = "Spring"
from = "post@marlmoss.example"
[preflight]
max_skipped_share = 0.2
"""
PAGE = (
    '<html lang="en"><p>Hello {{ greeting }}</p><img data-inkmerge="hero"><img data-inkmerge="gift"></html>'
)
ROWS = [
    {"id": "ok", "email": "ok@example.org", "name": "Anna", "greeting": "Anna"},
    {"id": "no-address", "name": "Anna", "greeting": "Anna"},
    {"id": "bad-address", "email": "a@b@c", "name": "Anna", "greeting": "Anna"},
    {"id": "no-greeting", "email": "x@example.org", "name": "Anna"},
    {"id": "no-name", "email": "x@example.org", "greeting": "you"},
    {"id": "left-out", "email": "x@example.org", "greeting": "du", "language": "de"},
    {"id": "ok", "email": "again@example.org", "name": "Anna", "greeting": "Anna"},
    {"id": "german", "email": "x@example.org", "name": "Änne", "greeting": "Änne", "language": "de"},
]


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    written = {
        "inkmerge.toml": SETTINGS,
        "templates/hero.svg": SVG,
        "templates/gift.svg": SVG,
        "templates/gift.toml": '[fields.name]\nmissing = "skip"\n',
        "mailing/page.html": PAGE,
        "recipients.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
    }
    for name, text in written.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_who_gets_no_message_is_told_as_mail_then_does(campaign: Path) -> None:
    recipients = RecipientFile.open(campaign / "recipients.jsonl")
    found = run_preflight(campaign, recipients, workers=1)
    done = run_mailing(MailJob(campaign, campaign / "out", workers=1), recipients)
    assert found.mailing is not None
    assert found.mailing.messages == done.done - sum(done.skipped.values()) == 3
    assert (
        found.mailing.skipped
        == done.skipped
        == Counter({"missing-value": 2, "invalid-value": 1, "recipient-skipped": 1, "duplicate-recipient": 1})
    )


def test_examples_page_and_threshold_name_the_messages(campaign: Path) -> None:
    found = run_preflight(campaign, RecipientFile.open(campaign / "recipients.jsonl"), workers=1)
    assert found.mailing is not None
    assert found.mailing.examples["missing-value"].recipient == "no-address"
    assert "unsubscribe-missing" in found.mailing.findings
    assert found.mailing.checked == 3
    assert any(line.startswith("mailing: 62.5%") for line in found.over)
    page = preflight_page(found)
    assert "Who gets no message" in page
    assert "bad-address" in page
    assert found.facts()["mailing"]["skipped"]["recipient-skipped"] == 1
