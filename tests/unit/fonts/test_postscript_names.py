"""Families as Illustrator and Affinity write them, and which folder's word counts for one that is not at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge.fonts import FontCatalog, FontQuery
from inkmerge.fonts.postscript_names import PostScriptName, read_name

FONTS = Path(__file__).parents[2] / "fonts"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MyriadPro-Bold", PostScriptName("MyriadPro", 700, is_italic=False, stretch=None)),
        ("OpenSans-SemiBoldItalic", PostScriptName("OpenSans", 600, is_italic=True, stretch=None)),
        ("Arial-BoldItalicMT", PostScriptName("Arial", 700, is_italic=True, stretch=None)),
        ("ArialMT", PostScriptName("Arial", None, is_italic=False, stretch=None)),
        ("TimesNewRomanPS-BoldMT", PostScriptName("TimesNewRoman", 700, is_italic=False, stretch=None)),
        ("TimesNewRomanPSMT", PostScriptName("TimesNewRoman", None, is_italic=False, stretch=None)),
        ("HelveticaNeue-CondensedBlack", PostScriptName("HelveticaNeue", 900, is_italic=False, stretch=75)),
        ("MyriadPro-It", PostScriptName("MyriadPro", None, is_italic=True, stretch=None)),
        ("Inter", None),
        ("Noto-Thing", None),
        ("-apple-system", None),
        ("", None),
    ],
)
def test_a_postscript_name_is_taken_apart(name: str, expected: PostScriptName | None) -> None:
    assert read_name(name) == expected


@pytest.mark.parametrize(
    ("name", "family", "weight", "is_italic"),
    [
        ("Inter-Bold", "Inter", 700, False),
        ("NotoSerif-SemiBoldItalic", "Noto Serif", 600, True),
        ("Arial-BoldMT", "Arimo", 700, False),
    ],
)
def test_it_finds_the_face_at_hand(name: str, family: str, weight: float, is_italic: bool) -> None:
    catalog = FontCatalog.open()
    found = catalog.match(FontQuery((name,)))
    assert found.face.family == family
    assert dict(found.variations).get("wght") == weight
    assert (found.face.style == "italic" or found.synthetic_slant > 0) == is_italic
    assert catalog.has_family(name)


def test_a_weight_that_css_gives_beside_it_comes_first() -> None:
    found = FontCatalog.open().match(FontQuery(("Inter-Bold",), weight=300))
    assert dict(found.variations)["wght"] == 300


def test_a_folders_default_comes_before_stand_ins_of_the_bundled_folder(tmp_path: Path) -> None:
    (tmp_path / "Boxes.ttf").write_bytes((FONTS / "Boxes-Regular.ttf").read_bytes())
    catalog = FontCatalog.open([tmp_path])
    assert catalog.match(FontQuery(("Arial",))).face.family == "Arimo"
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "fonts.toml").write_text('default = "Inkmerge Boxes"\n')
    (tmp_path / "own" / "Boxes.ttf").write_bytes((FONTS / "Boxes-Regular.ttf").read_bytes())
    catalog = FontCatalog.open([tmp_path / "own"])
    assert catalog.match(FontQuery(("Arial",))).face.family == "Inkmerge Boxes"
    assert catalog.match(FontQuery(("Inter",))).face.family == "Inkmerge Boxes"


def test_an_alias_brings_a_bundled_family_back_behind_a_folders_default(tmp_path: Path) -> None:
    (tmp_path / "fonts.toml").write_text('default = "Inkmerge Boxes"\n[aliases]\nInter = "Inter"\n')
    (tmp_path / "Boxes.ttf").write_bytes((FONTS / "Boxes-Regular.ttf").read_bytes())
    catalog = FontCatalog.open([tmp_path])
    assert catalog.match(FontQuery(("Inter",))).face.family == "Inter"
    assert catalog.match(FontQuery(("Lobster",))).face.family == "Inkmerge Boxes"
