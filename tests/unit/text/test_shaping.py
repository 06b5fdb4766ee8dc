"""Shaping, one line a case: see `shaping.tests`."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.fonts import FontCatalog, FontQuery
from inkmerge.text.bidi import embedding_levels
from inkmerge.text.itemizing import Flow, TextStyle
from inkmerge.text.shaping import Cluster, shape

FONTS = Path(__file__).parents[2] / "fonts"
CASES = [
    tuple(part.strip() for part in line.split(";"))
    for line in Path(__file__).with_name("shaping.tests").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]


def shaped(text: str, style: TextStyle, catalog: FontCatalog) -> tuple[Cluster, ...]:
    return shape(text, [(0, len(text), style)], Flow(embedding_levels(text, "ltr")), catalog)


@pytest.mark.parametrize(("family", "options", "text", "expected"), CASES)
def test_a_text_is_shaped_into_these_glyphs(family: str, options: str, text: str, expected: str) -> None:
    settings_ = dict(option.split("=") for option in options.split())
    features = (("kern", int(settings_["kern"])),) if "kern" in settings_ else ()
    style = TextStyle(
        FontQuery((family,)), 10, features=features, letter_spacing=float(settings_.get("letter", "0"))
    )
    catalog = FontCatalog.open([FONTS], bundled=False)
    found = [
        f"{glyph.font.hb_font.get_glyph_name(glyph.glyph_id)}={cluster.start}+{glyph.x_advance:g}"
        for cluster in shaped(text, style, catalog)
        for glyph in cluster.glyphs
    ]
    assert "|".join(found) == expected


def test_arabic_joins_over_the_border_of_spans() -> None:
    catalog = FontCatalog.open()
    style = TextStyle(FontQuery(("Noto Sans Arabic",)), 10)
    other = TextStyle(FontQuery(("Noto Sans Arabic",)), 12)
    text = "سلام"
    flow = Flow(embedding_levels(text, "ltr"))
    whole = [
        glyph.glyph_id for cluster in shape(text, [(0, 4, style)], flow, catalog) for glyph in cluster.glyphs
    ]
    parts = shape(text, [(0, 2, style), (2, 4, other)], flow, catalog)
    halves = [glyph.glyph_id for cluster in parts[:1] for glyph in cluster.glyphs]
    assert halves[0] == whole[0]


@pytest.mark.parametrize(
    ("text", "clusters", "face"),
    [
        ("👩‍👩‍👧", 1, "NotoColorEmoji.ttf"),
        ("🇩🇪", 1, "NotoColorEmoji.ttf"),
        ("1️⃣", 1, "NotoColorEmoji.ttf"),
        ("❤️", 1, "NotoColorEmoji.ttf"),
        ("कि", 1, "NotoSansDevanagari.ttf"),
        ("กี", 1, "NotoSansThai.ttf"),
        ("田", 1, "NotoSansCJK.otf"),
        ("é", 1, "Inter.ttf"),
    ],
)
def test_each_cluster_comes_whole_from_the_first_face_that_has_it(
    text: str, clusters: int, face: str
) -> None:
    found = shaped(text, TextStyle(FontQuery(("Inter",)), 10), FontCatalog.open())
    assert len(found) == clusters
    assert {glyph.font.face.path.name for cluster in found for glyph in cluster.glyphs} == {face}


def test_what_no_face_has_is_a_box_and_said_to_be_missing() -> None:
    catalog = FontCatalog.open([FONTS], bundled=False)
    found = shaped("A田", TextStyle(FontQuery(("Inkmerge Boxes",)), 10), catalog)
    assert [cluster.is_missing for cluster in found] == [False, True]


def test_small_caps_come_from_the_face_or_are_made_smaller() -> None:
    catalog = FontCatalog.open([FONTS], bundled=False)
    style = TextStyle(FontQuery(("Inkmerge Boxes",)), 10, small_caps=True)
    assert [glyph.size for cluster in shaped("Ab", style, catalog) for glyph in cluster.glyphs] == [10, 8]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=30))
def test_clusters_partition_any_text(text: str) -> None:
    found = shaped(text, TextStyle(FontQuery(("Inter",)), 10), FontCatalog.open())
    assert [cluster.start for cluster in found] == [0, *(cluster.end for cluster in found)][: len(found)]
    assert not text or found[-1].end == len(text)


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("Inter", "AVATo fi ffl"),
        ("Inter", "Łódź – e\u0301x\u0323\u0302 1/2"),
        ("Noto Serif", "AVATo fi ffl"),
        ("Noto Sans Devanagari", "नमस्ते दुनिया"),
    ],
)
def test_a_text_joined_into_one_cluster_has_its_glyphs_where_its_clusters_have_them(
    family: str, text: str
) -> None:
    spans = [(0, len(text), TextStyle(FontQuery((family,)), 10))]
    levels = embedding_levels(text, "ltr")
    apart = shape(text, spans, Flow(levels), FontCatalog.open())
    (joined,) = shape(text, spans, Flow(levels, may_join=True), FontCatalog.open())
    starts = [0.0, *accumulate(cluster.advance for cluster in apart)]
    assert [(one.glyph_id, one.x_offset, one.y_offset) for one in joined.glyphs] == [
        (glyph.glyph_id, pytest.approx(start + glyph.x_offset), pytest.approx(glyph.y_offset))
        for start, cluster in zip(starts, apart, strict=False)
        for glyph in cluster.glyphs
    ]
    assert (joined.start, joined.end, joined.advance) == (0, len(text), starts[-1])
