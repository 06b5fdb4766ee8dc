"""`inkmerge new` and `inkmerge schema`: a campaign that works as it is, and what completes its files."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import Result

from inkmerge.campaign import Campaign
from inkmerge.campaign.preview import previews
from inkmerge.mailing import Mailing
from inkmerge.mailing.inbox_line import inbox_line

Run = Callable[..., Result]


def test_a_new_campaign_checks_clean_and_draws_every_element_for_every_profile(
    tmp_path: Path, inkmerge: Run
) -> None:
    done = inkmerge("new", tmp_path / "spring")
    assert done.exit_code == 0, done.exception
    with closing(Campaign.open(tmp_path / "spring")) as campaign:
        assert campaign.spec.name == "spring"
        assert campaign.check() == ()
        shown = list(previews(campaign, tuple(campaign.profiles)))
        assert len(shown) == 4
        assert {picture.outcome for one in shown for picture in one.pictures} == {"image"}
        assert [one for preview in shown for picture in preview.pictures for one in picture.findings] == []
        (image,) = campaign.render(campaign.container("teaser", product="0"), {})
    assert image.fallback is not None
    assert image.alt == "Picked for you: Teapot, €52."


def test_a_new_campaign_has_a_mailing_that_composes_for_every_profile(tmp_path: Path, inkmerge: Run) -> None:
    inkmerge("new", tmp_path / "spring")
    with closing(Mailing.open(tmp_path / "spring")) as mailing:
        profiles = mailing.campaign.profiles
        filled = {name: mailing.fill(profile) for name, profile in profiles.items()}
    assert {name: one.headers["Subject"] for name, one in filled.items()} == {
        "anna": "Anna, etwas für dich",
        "neutral": "Something for you",
    }
    assert [(len(one.images), one.findings) for one in filled.values()] == [(2, ()), (2, ())]
    assert '<html lang="de"' in filled["anna"].html
    assert inbox_line(filled["neutral"].html) == "One piece for you, and one that is new."
    done = inkmerge("preview", tmp_path / "spring")
    assert done.exit_code == 0, done.exception


def test_a_new_campaign_has_its_schemas_and_keeps_its_state_out_of_git(tmp_path: Path, inkmerge: Run) -> None:
    inkmerge("new", tmp_path / "spring")
    for file in ("inkmerge.toml", "templates/teaser.toml"):
        path = tmp_path / "spring" / file
        hint = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("#:schema ")
        assert json.loads((path.parent / hint).read_text(encoding="utf-8"))["type"] == "object"
    assert ".inkmerge/" in (tmp_path / "spring" / ".gitignore").read_text().splitlines()


def test_a_name_may_hold_what_toml_has_to_escape(tmp_path: Path, inkmerge: Run) -> None:
    assert inkmerge("new", tmp_path / 'Früh"ling \\ 27').exit_code == 0
    with closing(Campaign.open(tmp_path / 'Früh"ling \\ 27')) as campaign:
        assert campaign.spec.name == 'Früh"ling \\ 27'


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, inkmerge: Run) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "not empty" in str(inkmerge("new", tmp_path).exception)
    assert "not empty" in str(inkmerge("new", tmp_path / "notes.txt").exception)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert inkmerge("new", tmp_path / "empty").exit_code == 0


def test_schema_prints_that_of_the_campaign_or_of_sidecars(inkmerge: Run) -> None:
    campaign = json.loads(inkmerge("schema").stdout)
    assert {"elements", "groups", "sources", "quota"} <= set(campaign["properties"])
    assert {"fields", "alt", "text"} <= set(json.loads(inkmerge("schema", "--sidecar").stdout)["properties"])
