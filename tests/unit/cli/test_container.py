"""`inkmerge container`: what is listed, shown, saved and rendered."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from inkmerge.campaign import Campaign

Run = Callable[..., Result]


def test_list_names_template_source_and_selectors(shop: Path, inkmerge: Run) -> None:
    lines = inkmerge("container", "list", shop).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["name", "template", "source", "selectors"],
        ["card", "card.svg", "catalogue", "product", "=", "1"],
    ]


def test_show_prints_the_file(shop: Path, inkmerge: Run) -> None:
    assert (
        inkmerge("container", "show", shop, "card").stdout == (shop / "containers" / "card.toml").read_text()
    )


def test_save_writes_an_image_element_with_its_comments(shop: Path, inkmerge: Run) -> None:
    done = inkmerge("container", "save", shop, "kept", "--from", "week")
    assert done.exit_code == 0, done.exception
    text = (shop / "containers" / "kept.toml").read_text(encoding="utf-8")
    assert "# a key" in text
    settings = tomllib.loads((shop / "inkmerge.toml").read_text(encoding="utf-8"))
    assert tomllib.loads(text) == settings["elements"]["week"]
    with closing(Campaign.open(shop)) as campaign:
        assert campaign.container("kept").variants[0].name == "abroad"


def test_save_takes_an_element_whose_parts_lie_apart(shop: Path, inkmerge: Run) -> None:
    settings = shop / "inkmerge.toml"
    settings.write_text(settings.read_text() + '\n[output]\ndpi = 96\n\n[elements.week.values]\nx = "y"\n')
    done = inkmerge("container", "save", shop, "kept", "--from", "week")
    assert done.exit_code == 0, done.exception
    kept = tomllib.loads((shop / "containers" / "kept.toml").read_text(encoding="utf-8"))
    assert kept == tomllib.loads(settings.read_text())["elements"]["week"]


def test_save_overwrites_only_when_it_is_told_to(shop: Path, inkmerge: Run) -> None:
    before = (shop / "containers" / "card.toml").read_text()
    assert "--force" in str(inkmerge("container", "save", shop, "card", "--from", "plain").exception)
    assert (shop / "containers" / "card.toml").read_text() == before
    assert inkmerge("container", "save", shop, "card", "--from", "plain", "--force").exit_code == 0
    assert "plain.svg" in (shop / "containers" / "card.toml").read_text()


def test_an_element_is_not_saved_over_the_container_that_it_is_made_of(shop: Path, inkmerge: Run) -> None:
    settings = shop / "inkmerge.toml"
    settings.write_text(settings.read_text() + '\n[elements.again]\ncontainer = "card"\n')
    fault = inkmerge("container", "save", shop, "card", "--from", "again", "--force").exception
    assert "would lead back to itself" in str(fault)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "cart"), "did you mean 'card'?"),
        (("save", "kept", "--from", "weeks"), "did you mean 'week'?"),
        (("save", "../kept", "--from", "week"), "no name of a container"),
        (("render", "cart", "-o", "a.png"), "did you mean 'card'?"),
        (("render", "card", "--profile", "ana", "-o", "a.png"), "did you mean 'anna'?"),
    ],
)
def test_a_wrong_name_is_an_error_with_the_cure(
    shop: Path, inkmerge: Run, arguments: tuple[str, ...], words: str
) -> None:
    command, *rest = arguments
    assert words in str(inkmerge("container", command, shop, *rest).exception)


def test_render_takes_other_selectors_and_the_suffix_says_the_format(
    shop: Path, inkmerge: Run, size_of: Callable[[Path], tuple[int, int]]
) -> None:
    first, second = shop / "1.png", shop / "2.png"
    assert inkmerge("container", "render", shop, "card", "-o", first).exit_code == 0
    done = inkmerge(
        "container", "render", shop, "card", "--select", "product=2", "--profile", "jo", "-o", second
    )
    assert done.exit_code == 0, done.exception
    assert first.read_bytes() != second.read_bytes()
    assert size_of(second) == (240, 60)


def test_a_key_that_no_item_has_is_the_fallback_image_and_exit_code_3(shop: Path, inkmerge: Run) -> None:
    done = inkmerge("container", "render", shop, "card", "--select", "product=99", "-o", shop / "a.png")
    assert done.exit_code == 3
    assert "selector-matched-nothing" in done.stderr


def test_selectors_need_a_source_and_a_key(shop: Path, inkmerge: Run) -> None:
    inkmerge("container", "save", shop, "plain", "--from", "plain")
    wrong = ("container", "render", shop, "plain", "-o", shop / "a.png", "--select")
    assert "has no content source" in str(inkmerge(*wrong, "product=1").exception)
    assert inkmerge(*wrong, "product").exit_code == 2
