"""`inkmerge preview`: the page, the table, and what is said of a profile that there is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from inkmerge.campaign import Campaign
from inkmerge.campaign.preview import Preview, previews
from inkmerge.campaign.preview_page import preview_page

Run = Callable[..., Result]


def shown(folder: Path, *profiles: str) -> dict[str, Preview]:
    with closing(Campaign.open(folder)) as campaign:
        return {one.element: one for one in previews(campaign, profiles)}


def test_a_preview_tells_where_each_value_is_from(shop: Path) -> None:
    (picture,) = shown(shop, "anna")["week"].pictures
    assert {one.field: (one.text, one.origin, one.is_drawn) for one in picture.values} == {
        "content.head": ("Anna", "texts of the element", True),
        "content.title": ("وعاء", "catalogue: product = 3", True),
        "content.color": ("", "default", True),
        "favourite": ("3", "attribute", False),
        "first_name": ("Anna", "attribute", False),
    }


def test_what_a_text_lacks_and_has_a_default_for_is_a_default(shop: Path) -> None:
    (picture,) = shown(shop, "neutral")["week"].pictures
    assert {one.field: one.origin for one in picture.values if not one.is_drawn} == {
        "favourite": "default",
        "first_name": "default",
    }


def test_a_preview_names_groups_and_why_one_is_unknown(shop: Path) -> None:
    week = shown(shop, "jo")["week"]
    assert (week.groups, week.unknown, week.pictures[0].variant) == (("abroad",), (), "abroad")
    week = shown(shop, "neutral")["week"]
    assert (week.groups, week.unknown, week.pictures[0].variant) == ((), ("abroad",), "base")
    assert [one.code for one in week.findings] == ["group-unknown"]


def test_a_profile_that_gets_nothing_is_no_fallback(shop: Path) -> None:
    plain = shown(shop, "anna")["plain"]
    assert [one.outcome for one in plain.pictures] == ["nothing"]
    assert not plain.has_fallback


def test_a_selector_that_matches_nothing_shows_the_fallback_and_its_reason(shop: Path) -> None:
    (shop / "profiles" / "odd.toml").write_text('country = "DE"\nfavourite = "99"\n')
    week = shown(shop, "odd")["week"]
    assert week.has_fallback
    (picture,) = week.pictures
    assert picture.outcome == "selector-matched-nothing"
    assert picture.outcome not in [one.code for one in picture.findings]
    assert "selector-matched-nothing" in preview_page("odd", [week])


def test_a_preview_counts_nothing(shop: Path) -> None:
    settings = shop / "inkmerge.toml"
    settings.write_text(settings.read_text() + "\n[quota]\nimages = 1\n")
    assert {one.outcome for one in shown(shop, "jo")["week"].pictures} == {"image"}
    with closing(Campaign.open(shop)) as campaign:
        assert campaign.quota is not None
        assert campaign.quota.take("another")


def test_the_page_holds_its_images_and_escapes_what_people_wrote(shop: Path, inkmerge: Run) -> None:
    (shop / "profiles" / "anna.toml").write_text('first_name = "<b>A</b>"\ncountry = "DE"\n')
    done = inkmerge("preview", shop, "--all", "-o", shop / "page.html")
    assert done.exit_code == 0, done.exception
    page = (shop / "page.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") == 2 * 4  # with the matrix
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "&lt;b&gt;A&lt;/b&gt;" in page
    assert "<b>A</b>" not in page
    assert "Shop &lt;&amp;&gt;" in page
    assert "abroad: unknown" in page


def test_the_table_has_a_line_an_image_and_the_page_goes_into_the_state_folder(
    shop: Path, inkmerge: Run
) -> None:
    done = inkmerge("preview", shop, "--profile", "jo")
    assert done.exit_code == 0
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["jo", "week", "abroad", "image"],
        ["jo", "plain", "abroad", "image"],
    ]
    assert '<table class="matrix">' not in (shop / ".inkmerge" / "preview.html").read_text(encoding="utf-8")


def test_a_fallback_in_a_preview_is_exit_code_3(shop: Path, inkmerge: Run) -> None:
    (shop / "profiles" / "odd.toml").write_text('country = "DE"\nfavourite = "99"\n')
    assert inkmerge("preview", shop, "--profile", "odd").exit_code == 3


def test_open_hands_the_page_to_the_browser(
    shop: Path, inkmerge: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert inkmerge("preview", shop, "--profile", "jo", "--open").exit_code == 0
    assert opened == [(shop / ".inkmerge" / "preview.html").resolve().as_uri()]


def test_an_unknown_profile_names_the_nearest(shop: Path, inkmerge: Run) -> None:
    fault = inkmerge("preview", shop, "--profile", "ana").exception
    assert "did you mean 'anna'?" in str(fault)


def test_a_campaign_without_profiles_says_how_to_write_one(shop: Path, inkmerge: Run) -> None:
    for path in (shop / "profiles").iterdir():
        path.unlink()
    assert "profiles/anna.toml" in str(inkmerge("preview", shop).exception)


def test_profile_and_all_exclude_each_other(shop: Path, inkmerge: Run) -> None:
    assert inkmerge("preview", shop, "--all", "--profile", "jo").exit_code == 2


MAILING = """
[mailing]
html = "page.html"
subject = "For {{ first_name|default('you') }}"
from = "Shop <post@shop.example>"
to = "{{ email|default('a@shop.example') }}"
"""


def with_mailing(shop: Path, page: str = '<img data-inkmerge="week">') -> Path:
    settings = shop / "inkmerge.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + MAILING, encoding="utf-8")
    (shop / "page.html").write_text(page, encoding="utf-8")
    return shop


def test_a_campaign_with_a_mailing_gets_a_second_page_which_the_first_leads_to(
    shop: Path, inkmerge: Run
) -> None:
    done = inkmerge("preview", with_mailing(shop), "--profile", "jo")
    assert done.exit_code == 0, done.exception
    state = shop / ".inkmerge"
    assert '<a href="mailing.html">' in (state / "preview.html").read_text(encoding="utf-8")
    assert "srcdoc=" in (state / "mailing.html").read_text(encoding="utf-8")
    assert re.search(r"^jo +For Jo +\d+ kB", done.stdout, re.MULTILINE)


def test_the_second_page_is_called_after_the_first(shop: Path, inkmerge: Run) -> None:
    assert (
        inkmerge("preview", with_mailing(shop), "--profile", "jo", "-o", shop / "my page.html").exit_code == 0
    )
    assert (shop / "my page-mailing.html").is_file()
    assert 'href="my%20page-mailing.html"' in (shop / "my page.html").read_text(encoding="utf-8")


def test_a_profile_without_a_message_is_exit_code_3(shop: Path, inkmerge: Run) -> None:
    done = inkmerge("preview", with_mailing(shop, "<p>{{ city }}</p>"), "--profile", "jo")
    assert done.exit_code == 3
    assert re.search(r"^jo +no message +0 kB +missing-value", done.stdout, re.MULTILINE)


def test_what_the_check_of_a_mailing_finds_is_on_its_page(shop: Path, inkmerge: Run) -> None:
    inkmerge("preview", with_mailing(shop, '<img src="https://a.example/x.png">'), "--profile", "jo")
    page = (shop / ".inkmerge" / "mailing.html").read_text(encoding="utf-8")
    assert "<code>image-alt-missing</code>" in page
