"""The demo campaign `fixtures/teasers/`: its templates check clean, and all that its content names is there."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from inkmerge import Template

CAMPAIGN = Path(__file__).resolve().parents[2] / "fixtures" / "teasers"
TEMPLATES = sorted((CAMPAIGN / "templates").glob("*.svg"))
LANGUAGES = {"en", "de", "ar"}
LARGEST = 700_000


def examples(template: Template) -> dict[str, Any]:
    content = {one.name.removeprefix("content."): one.example for one in template.fields}
    return {"locale": "ar-AE" if template.name.endswith("-rtl") else "en-US", "content": content}


def settings() -> dict[str, Any]:
    return tomllib.loads((CAMPAIGN / "inkmerge.toml").read_text("utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_of_the_teasers_draws_its_examples_without_a_finding(path: Path) -> None:
    template = Template.load(path, asset_dirs=[CAMPAIGN])
    assert not template.check()
    image = template.render(examples(template), 96, on_error="raise")
    assert not image.findings
    assert 1 <= len(image.alt) <= 125


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_of_the_teasers_draws_in_layers(path: Path) -> None:
    assert not Template.load(path, asset_dirs=[CAMPAIGN]).prepare(192, "png")


def test_every_product_has_a_picture_and_speaks_all_languages() -> None:
    products = json.loads((CAMPAIGN / "sources" / "catalogue.json").read_text("utf-8"))["products"]
    assert len({product["sku"] for product in products}) == len(products) == 12
    for product in products:
        assert (CAMPAIGN / product["picture"]).is_file()
        assert set(product["kind"]) == set(product["name"]) == set(product["note"]) == LANGUAGES
        assert set(product["price"]) == {"USD", "EUR", "AED"}


def test_every_post_has_a_picture_and_every_chosen_post_is_in_the_feed() -> None:
    posts = {
        item.findtext("guid"): item for item in etree.parse(CAMPAIGN / "sources" / "journal.xml").iter("item")
    }
    assert len(posts) == 6
    for item in posts.values():
        assert (CAMPAIGN / item.find("enclosure").get("url")).is_file()
    story = settings()["elements"]["story"]
    assert {one["select"]["post"] for one in (story, *story["variants"])} <= set(posts)


def test_every_variant_is_of_a_target_group() -> None:
    campaign = settings()
    container = tomllib.loads((CAMPAIGN / "containers" / "teaser.toml").read_text("utf-8"))
    elements = (*campaign["elements"].values(), container)
    variants = [one for element in elements for one in element.get("variants", ())]
    named = {
        name for text in campaign["groups"].values() for name in re.findall(r'in_group\("(.+?)"\)', text)
    }
    assert {one["group"] for one in variants} | named == set(campaign["groups"])
    for one in (*elements, *variants):
        assert "template" not in one or (CAMPAIGN / one["template"]) in TEMPLATES


def test_the_recipients_are_awkward_and_the_folder_is_small() -> None:
    with (CAMPAIGN / "recipients.csv").open(encoding="utf-8", newline="") as file:
        recipients = list(csv.DictReader(file))
    assert len({one["id"] for one in recipients}) == len(recipients) == 40
    for name in ("language", "country", "first_name", "last_name", "favourite", "points"):
        assert any(not one[name] for one in recipients)
    kept = [path for path in CAMPAIGN.rglob("*") if path.is_file() and ".inkmerge" not in path.parts]
    assert sum(path.stat().st_size for path in kept) <= LARGEST
