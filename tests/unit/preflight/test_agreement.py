"""A preflight counts what a batch then does, on two thousand awkward recipients."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge.batch import Delivery, Job, ManifestLine, RecipientFile, read_manifest, run_batch
from inkmerge.campaign import Campaign
from inkmerge.errors import NOT_IN_GROUP
from inkmerge.preflight import Preflight, run_preflight

AWKWARD = 2_000
KINDS = 600
"""Sets of attributes: each is drawn, which takes the time."""
SETTINGS = """
name = "Awkward"
[attributes]
points = "integer"
[groups]
german = 'language == "de"'
loyal = "points >= 1000"
known = 'not (language is empty) and language != "tr"'
[sources.shop]
location = "sources/shop.json"
[sources.shop.keys]
sku = "sku"

[elements.hero]
template = "templates/base.svg"
source = "shop"
select = { sku = "{{ favourite|default('a') }}" }
texts = { words = "{{ content.title }} {{ first_name|default('for you') }}" }
[[elements.hero.variants]]
group = "german"
template = "templates/german.svg"
[[elements.hero.variants]]
group = "loyal"
template = "templates/loyal.svg"
texts = { words = "{{ first_name }}: {{ points }}" }

[elements.offer]
template = "templates/base.svg"
overlap = "all"
outside = "fallback"
texts = { words = "{{ city|default('here') }}" }
[[elements.offer.variants]]
group = "german"
[[elements.offer.variants]]
group = "loyal"
values = { words = "loyal" }

[elements.badge]
template = "templates/badge.svg"
outside = "skip"
[[elements.badge.variants]]
group = "known"
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>NAME {{ content.words }}</title>'
    '<text id="words" y="9" font-size="8">{{ content.words }}</text></svg>'
)
SIDECAR = """
[fallback]
image = "../assets/spare.png"
alt = "NAME stands in"
[text.words]
width = 58
fit = "shrink"
min_size = 0.4
[fields."content.words"]
max_length = 80
"""
BADGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>badge {{ first_name }} {{ story|default("") }}</title>'
    '<rect width="9" height="9" fill="{{ colour }}"/><image href="{{ photo }}" width="9" height="9"/>'
    '<text y="9" font-size="8" data-width="59">{{ first_name }}</text></svg>'
)
BADGE_SIDECAR = """
[fields.first_name]
missing = "skip"
[fields.colour]
default = "#12355b"
[fields.photo]
type = "image"
default = "assets/whole.png"
[fallback]
image = "../assets/spare.png"
alt = "badge stands in"
"""
SHOP = [
    {"sku": "a", "title": "Tea"},
    {"sku": "b", "title": "Cup"},
    {"sku": "b", "title": "Mug"},
    {"sku": "c"},
]
DEEP: list[Any] = []
for _ in range(9):
    DEEP = [DEEP]
VALUES: dict[str, list[Any]] = {
    "first_name": [
        *(
            "Anna",
            "Bo",
            "Zoë",
            "Siobhán",
            "محمد",
            "สมชาย ใจดี",
            "王小明",
            "Zoë 🎉",
            "👩‍👩‍👧‍👦",
            "\u0378",
            "A\u0378B",
            "",
            "   ",
        ),
        *(
            "An\x07na",
            "A\x01\x02\x03\x04nna",
            "\u202eannA",
            "Wolfeschlegelsteinhausenbergerdorff",
            "Wolfe " * 15,
            "W" * 40,
            "W" * 3_000,
            "e\u0301" * 12,
        ),
        *(
            "{{ points }}",
            "<b>bold</b>",
            "image of",
            "logo.png",
            42,
            True,
            None,
            ["Anna"],
            {"first": "Anna"},
            "i\u0307z",
        ),
    ],
    "points": [0, 999, 1_000, "1500", "many", -3, 1e300, None, "", "  ", True, [1], "1e3"],
    "language": ["de", "de", "en", "ar", "tr", "xx!", "", None, 7, "de-AT"],
    "favourite": ["a", "a", "a", "b", "c", "zz", None, 4711, " a "],
    "city": ["Berlin", None, "الرياض", "กรุงเทพ", "", "N" * 90, "Nowhere \ufdd0"],
    "colour": ["#12355b", "red", "no colour", "url(#x)", "", None, 7],
    "photo": [
        *(
            "assets/whole.png",
            "assets/whole.png",
            "assets/cut.png",
            "assets/words.png",
            "missing.png",
            "../spare.png",
        ),
        *("https://shop.example/a.png", "data:image/png;base64,AAAA", "", None),
    ],
    "story": [None, "short", "long " * 30, "longer " * 40],
    "unread": ["x", None, DEEP, "\x00\x01", "W" * 9_000, {"content": 1}],
}
_WIDE = re.compile(r"([\d.]+) wide where ([\d.]+) fit")
OF_GROUPS = {"group-unknown", "group-value-invalid"}
OF_FIRST = {"value-cleaned"}
"""What a batch says of the first of equal images only."""


def write_campaign(folder: Path) -> None:
    for name in ("templates", "assets", "sources"):
        (folder / name).mkdir(parents=True)
    (folder / "inkmerge.toml").write_text(SETTINGS, "utf-8")
    (folder / "sources" / "shop.json").write_text(json.dumps(SHOP), "utf-8")
    for name in ("base", "german", "loyal"):
        (folder / "templates" / f"{name}.svg").write_text(SVG.replace("NAME", name), "utf-8")
        sidecar = SIDECAR.replace("NAME", name)
        (folder / "templates" / f"{name}.toml").write_text(sidecar, "utf-8")
    (folder / "templates" / "badge.svg").write_text(BADGE, "utf-8")
    (folder / "templates" / "badge.toml").write_text(BADGE_SIDECAR, "utf-8")
    assets = folder / "assets"
    Image.new("RGB", (60, 20)).save(assets / "spare.png")
    Image.effect_noise((40, 40), 90).save(assets / "whole.png")
    (assets / "cut.png").write_bytes((assets / "whole.png").read_bytes()[:600])
    (assets / "words.png").write_text("no picture")


def write_recipients(path: Path) -> None:
    chance = random.Random(5)  # noqa: S311  the same each time

    def attributes() -> dict[str, Any]:
        return {
            name: chance.choice(values if chance.random() < 0.6 else values[:2])
            for name, values in VALUES.items()
            if chance.random() < 0.85
        }

    kinds = [attributes() for _ in range(KINDS)]
    lines = []
    for number in range(AWKWARD):
        row = {"id": f"r-{number if number % 40 else 0}"} | chance.choice(kinds)
        if number % 53 == 0:
            row["id"] = chance.choice([[], {}, True, None, 7.5, f"r-{number}"])
        lines.append(json.dumps(row))
        if number % 71 == 0:
            lines[-1] = chance.choice(["{", "[1, 2]", "null", '{"id": "r-1", "id"', "\ufeff{}", "7"])
    path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agreement") / "awkward"
    write_campaign(folder)
    write_recipients(folder / "audience.jsonl")
    return folder


@pytest.fixture(scope="module")
def recipients(folder: Path) -> RecipientFile:
    return RecipientFile.open(folder / "audience.jsonl")


@pytest.fixture(scope="module")
def found(folder: Path, recipients: RecipientFile) -> Preflight:
    return run_preflight(folder, recipients, workers=2)


@pytest.fixture(scope="module")
def drawn(
    folder: Path, recipients: RecipientFile, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[list[ManifestLine]]]:
    """The manifests of each image element: one, or one for each of its variants."""
    out = tmp_path_factory.mktemp("drawn")
    manifests: dict[str, list[list[ManifestLine]]] = {}
    for name, element in Campaign.open(folder).elements.items():
        manifests[name] = []
        for piece in element.pieces:
            place = out / f"{name}-{piece}"
            run_batch(
                Job(folder, element=name, variant=piece, dpi=24), recipients, Delivery(place, workers=2)
            )
            manifests[name].append(list(read_manifest(place / "manifest.jsonl")))
    return manifests


def code_of(line: ManifestLine) -> str | None:
    return line.fallback["code"] if line.fallback else None


def images_of(manifests: list[list[ManifestLine]]) -> list[ManifestLine]:
    """Return the lines of the images of those who were looked at, fallback images too."""
    beside = {"duplicate-recipient", "invalid-row", NOT_IN_GROUP}
    return [line for lines in manifests for line in lines if code_of(line) not in beside]


@pytest.mark.parametrize("name", ["hero", "offer", "badge"])
def test_a_batch_does_what_the_preflight_said(
    found: Preflight, drawn: dict[str, list[list[ManifestLine]]], name: str
) -> None:
    manifests, tally = drawn[name], found.elements[name]
    assert {len(lines) for lines in manifests} == {found.recipients} == {AWKWARD}
    for lines in manifests:
        assert sum(code_of(line) == "duplicate-recipient" for line in lines) == found.duplicates > 0
        assert sum(code_of(line) == "invalid-row" for line in lines) == found.invalid_rows > 0
    images = images_of(manifests)
    fallbacks = Counter(code for line in images if (code := code_of(line)) and not line.is_skipped)
    assert fallbacks == tally.fallbacks
    skipped = Counter(code for line in images if (code := code_of(line)) and line.is_skipped)
    nothing = sum(
        all(code_of(line) == NOT_IN_GROUP for line in lines) for lines in zip(*manifests, strict=True)
    )
    skipped[NOT_IN_GROUP] = nothing
    assert +skipped == tally.skipped
    digests = [{line.digest for line in lines if line.fallback is None} for lines in manifests]
    assert len(set.union(*digests)) == tally.distinct > 10
    assert sum(not line.is_skipped for line in images) == tally.images


def test_the_variants_are_those_that_are_drawn(
    found: Preflight, drawn: dict[str, list[list[ManifestLine]]]
) -> None:
    (hero,) = drawn["hero"]
    assert Counter(line.alt.split()[0] for line in images_of([hero])) == found.elements["hero"].variants
    german, loyal = drawn["offer"]
    variants = dict(found.elements["offer"].variants)
    outside = variants.pop("base", 0)
    assert outside == found.elements["offer"].fallbacks["no-group"]
    assert variants == {"german": len(images_of([german])) - outside, "loyal": len(images_of([loyal]))}


@pytest.mark.parametrize("name", ["hero", "offer", "badge"])
def test_the_findings_are_those_of_the_images(
    found: Preflight, drawn: dict[str, list[list[ManifestLine]]], name: str
) -> None:
    said: Counter[str] = Counter()
    for line in images_of(drawn[name]):
        codes = [one.partition(":")[0] for one in line.findings]
        said.update(one for one in codes if one != code_of(line))
    assert without(said) == without(found.elements[name].findings)


def without(findings: Counter[str]) -> Counter[str]:
    return Counter({code: count for code, count in findings.items() if code not in OF_GROUPS | OF_FIRST})


def test_the_audience_is_awkward_indeed(found: Preflight) -> None:
    hero, offer, badge = (found.elements[name] for name in ("hero", "offer", "badge"))
    assert {
        *(
            "selector-matched-nothing",
            "selector-matched-several",
            "text-overflow",
            "missing-glyph",
            "missing-value",
        ),
        *("invalid-value", "limit-exceeded"),
    } <= hero.fallbacks.keys()
    assert {
        "not-an-image",
        "asset-not-found",
        "asset-not-allowed",
        "alt-text-insufficient",
    } <= badge.fallbacks.keys()
    assert badge.skipped["recipient-skipped"] > 0
    assert min(offer.several_groups, hero.several_groups, hero.no_group) > 0
    assert {*OF_GROUPS, *OF_FIRST} <= hero.findings.keys()
    assert hero.unknown_groups.keys() == {"german", "loyal"}


def test_the_example_of_an_overflow_is_the_largest(
    found: Preflight, drawn: dict[str, list[list[ManifestLine]]]
) -> None:
    (hero,) = drawn["hero"]
    shares = {
        line.recipient: float(words[1]) / float(words[2]) - 1
        for line in images_of([hero])
        if line.fallback and (words := _WIDE.search(line.fallback["message"]))
    }
    example = found.elements["hero"].examples["text-overflow"]
    worst = max(shares.values())
    assert example.weight == pytest.approx(worst, abs=0.01)
    assert example.weight > 2 * min(shares.values())
    assert shares[example.recipient] == worst


def test_the_example_of_a_missing_value_lacks_most(found: Preflight) -> None:
    assert found.elements["badge"].examples["recipient-skipped"].weight >= 1
    assert found.elements["hero"].examples["value-cleaned"].weight > 1
