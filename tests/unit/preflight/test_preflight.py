"""What a preflight counts, whose example it shows, and its page."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from inkmerge.batch import RecipientFile
from inkmerge.campaign import Campaign
from inkmerge.preflight import Preflight, preflight_page, run_preflight

TEASERS = Path(__file__).resolve().parents[3] / "fixtures" / "teasers"
AWKWARD = 200
"""Recipients; one in each few lacks something, has something wrong, or comes twice."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preflight") / "teasers"
    shutil.copytree(TEASERS, folder)
    settings = folder / "inkmerge.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.partition("[quota]")[0] + "[preflight]\nmax_fallback_share = 0.01\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def recipients(folder: Path) -> RecipientFile:
    with (TEASERS / "recipients.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    path = folder / "audience.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for number in range(AWKWARD):
            row = dict(rows[number * 7 % len(rows)])
            row["id"] = f"r-{number if number % 50 else 0}"
            blank = list(row)[1 + number % (len(row) - 1)]
            if number % 3 == 0:
                row[blank] = ""
            if number % 17 == 0:
                row["favourite"] = "nothing-like-it"
            if number % 29 == 0:
                row["first_name"] = "Wolfeschlegelsteinhausenbergerdorff " * 3
            if number % 31 == 0:
                row["points"] = "many"
            writer.writerow(row)
    return RecipientFile.open(path)


@pytest.fixture(scope="module")
def found(folder: Path, recipients: RecipientFile) -> Preflight:
    return run_preflight(folder, recipients, workers=1)


def test_shares_above_those_allowed_are_named(found: Preflight) -> None:
    assert not found.is_clean
    assert any(line.startswith("teaser: ") and "allowed are 1.0%" in line for line in found.over)


def test_fields_groups_and_examples_are_counted(found: Preflight) -> None:
    teaser = found.elements["teaser"]
    assert teaser.images == AWKWARD - found.duplicates
    assert teaser.unknown_groups["german"] > 0
    assert found.elements["offer"].several_groups > 0
    assert teaser.examples["selector-matched-nothing"].hint
    assert all(found.forecasts[name].bytes > 0 for name in ("teaser", "newest", "story"))


def test_workers_and_chunks_do_not_show(folder: Path, recipients: RecipientFile, found: Preflight) -> None:
    def facts(one: Preflight) -> str:
        return json.dumps(
            {name: (t.fallbacks, t.skipped, t.findings, t.variants) for name, t in one.elements.items()},
            sort_keys=True,
        )

    again = run_preflight(folder, recipients, workers=2)
    assert facts(again) == facts(found)
    assert {n: t.examples for n, t in again.elements.items()} == {
        n: t.examples for n, t in found.elements.items()
    }


def test_the_page_escapes_what_recipients_bring(found: Preflight) -> None:
    tally = found.elements["teaser"]
    tally.variants["<script>alert(1)</script>"] = 3
    page = preflight_page(found)
    del tally.variants["<script>alert(1)</script>"]
    assert "<script>" not in page
    assert "Do not send yet" in page


def test_the_demo_campaign_is_ready_to_be_sent(tmp_path: Path) -> None:
    shutil.copytree(TEASERS, tmp_path / "teasers")
    audience = RecipientFile.open(tmp_path / "teasers" / "recipients.csv")
    found = run_preflight(tmp_path / "teasers", audience, workers=1)
    assert found.is_clean
    assert list(found.elements) == list(Campaign.open(tmp_path / "teasers").elements)
