"""`inkmerge fallback make`: the image, and the lines that name it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from inkmerge.campaign import Campaign

Run = Callable[..., Result]


def test_the_image_is_written_and_its_lines_make_the_sidecar(
    shop: Path, inkmerge: Run, size_of: Callable[[Path], tuple[int, int]]
) -> None:
    done = inkmerge("fallback", "make", shop, "card", "--profile", "neutral")
    assert done.exit_code == 0, done.exception
    assert tomllib.loads(done.stdout) == {"fallback": {"image": "fallbacks/card.png", "alt": "You: Mug"}}
    assert size_of(shop / "fallbacks" / "card.png") == (240, 60)
    (shop / "card.toml").write_text(done.stdout, encoding="utf-8")
    with closing(Campaign.open(shop)) as campaign:
        image, *_ = campaign.render(campaign.container("card", product="99"), {})
    assert image.fallback is not None
    assert (image.fallback.code, image.alt) == ("selector-matched-nothing", "You: Mug")


def test_a_template_is_named_by_its_path_too_and_a_variants_is_filled_without_its_group(
    shop: Path, inkmerge: Run
) -> None:
    done = inkmerge("fallback", "make", shop, "plain.svg", "--profile", "anna", "-o", shop / "hi.png")
    assert done.exit_code == 0, done.exception
    assert tomllib.loads(done.stdout)["fallback"] == {"image": "hi.png", "alt": "Hi Anna"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("cards", "--profile", "neutral"), "did you mean 'card'?"),
        (("card", "--profile", "neutrl"), "did you mean 'neutral'?"),
        (("plain", "--profile", "neutral"), "missing-value"),
        (("card", "--profile", "neutral", "-o", "/nowhere/card.png"), "outside of the campaign"),
    ],
)
def test_what_cannot_be_made_is_an_error_with_the_cure_and_writes_nothing(
    shop: Path, inkmerge: Run, arguments: tuple[str, ...], words: str
) -> None:
    assert words in str(inkmerge("fallback", "make", shop, *arguments).exception)
    assert not (shop / "fallbacks").exists()


def test_a_fallback_image_is_a_png(shop: Path, inkmerge: Run) -> None:
    assert inkmerge("fallback", "make", shop, "card", "--profile", "anna", "-o", "a.jpg").exit_code == 2
