"""Text layout measured in boxes: at size 10 a capital is 10 wide, a small letter or a space 5, ascent 8, descent 2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from fontTools.misc.transform import Identity
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from inkmerge.errors import Location
from inkmerge.fonts import FontCatalog
from inkmerge.limits import Limits
from inkmerge.svg.references import href
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Viewport
from inkmerge.text import GLYPHS, CleanSetting, FlatText, TextBox, TextContext, flatten_text, read_frame

FONTS = Path(__file__).parents[2] / "fonts"
VIEWPORT = Viewport(100, 100)


def element_of(
    source: str, box: TextBox | None = None, paths: dict[str, str] | None = None
) -> tuple[etree._Element, TextContext]:
    root = etree.fromstring(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" '
        f'font-family="Inkmerge Boxes" font-size="10">{source}</svg>'
    )
    styles = ComputedStyles(VIEWPORT)
    context = TextContext(
        catalog=FontCatalog.open([FONTS]),
        style_of=styles,
        length=lambda value, element, axis: (
            Viewport(100, 100, styles.font_size(element)).length(value, axis) or 0.0
        ),
        path_of=lambda one: (paths[(href(one) or "")[1:]], Identity) if paths else None,
        scale=1.0,
        language="en",
        box=box,
        limits=Limits(),
        location=Location("t.svg"),
    )
    return root[0], context


def set_text(source: str, box: TextBox | None = None, paths: dict[str, str] | None = None) -> FlatText:
    element, context = element_of(source, box, paths)
    flat = flatten_text(element, read_frame(element, context))
    for path, attributes in flat.paths:
        path.attrib.update(attributes)
        if (number := path.get(GLYPHS)) is not None:
            path.set("d", flat.runs[int(number)].outline())
    return flat


def boxes(flat: FlatText) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of each glyph's box, from left to right in drawing order."""
    found = []
    for element in flat.elements:
        for path in element.iter("{http://www.w3.org/2000/svg}path"):
            for outline in re.findall(r"M[^Z]*Z", path.get("d", "")):
                numbers = [float(number) for number in re.findall(r"-?[\d.]+", outline)]
                xs, ys = numbers[::2], numbers[1::2]
                found.append((min(xs), min(ys), max(xs), max(ys)))
    return found


def lefts(flat: FlatText) -> list[float]:
    return [round(box[0], 2) for box in boxes(flat)]


def baselines(flat: FlatText) -> list[float]:
    return [round(box[3], 2) for box in boxes(flat)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<text x="5" y="20">AB</text>', [5, 15]),
        ('<text x="5" y="20" text-anchor="middle">AB</text>', [-5, 5]),
        ('<text x="5" y="20" text-anchor="end">AB</text>', [-15, -5]),
        ('<text x="5 30" y="20">AB</text>', [5, 30]),
        ('<text x="5" dx="0 3" y="20">AB</text>', [5, 18]),
        ('<text x="5" y="20" textLength="60"><tspan textLength="30">ABC</tspan></text>', [5, 30, 55]),
        ('<text x="5" y="20" letter-spacing="2">AB</text>', [5, 17]),
        ('<text x="5" y="20" word-spacing="4">A B</text>', [5, 24]),
        ('<text x="5" y="20">A  B</text>', [5, 20]),
        ('<text x="5" y="20" xml:space="preserve">A  B</text>', [5, 25]),
        ('<text x="5" y="20">  A\n B  </text>', [5, 20]),
        ('<text x="5" y="20">A<tspan>B</tspan>C</text>', [5, 15, 25]),
        ('<text x="5" y="20">A<tspan x="50">B</tspan>C</text>', [5, 50, 60]),
        ('<text x="5" y="20">A<tspan display="none">B</tspan>C</text>', [5, 15]),
        ('<text x="5" y="20">A<tspan visibility="hidden">B</tspan>C</text>', [5, 25]),
        ('<text x="5" y="20" textLength="40">AB</text>', [5, 35]),
        ('<text x="5" y="20" textLength="40" lengthAdjust="spacingAndGlyphs">AB</text>', [5, 25]),
        ('<text x="5" y="20">AV</text>', [5, 13]),
        ('<text x="5" y="20" font-kerning="none">AV</text>', [5, 15]),
        ('<text x="5" y="20" text-transform="uppercase">ab</text>', [5, 15]),
        ('<text x="5" y="20" direction="rtl">AB</text>', [-15, -5]),
        ('<text x="50" y="20">Aאב</text>', [50, 70, 60]),
        ('<text x="5" y="20">A<tspan fill="red">V</tspan></text>', [5, 13]),
        ('<text x="5" y="20">A<tspan font-size="20">V</tspan></text>', [5, 13]),
        ('<text x="5" y="20">A<tspan font-weight="700">V</tspan></text>', [5, 13]),
        ('<text x="5" y="20 20">AV</text>', [5, 15]),
        ('<text x="5" y="20" kerning="0">AV</text>', [5, 15]),
        ('<text x="5" y="20">fi</text>', [5]),
        ('<text x="5" y="20" letter-spacing="1">fi</text>', [5, 11]),
        ('<text x="5" y="20" font-variant-ligatures="none">fi</text>', [5, 10]),
        ('<text x="5" y="20" font-variant="no-common-ligatures">fi</text>', [5, 10]),
        ('<text x="5" y="20" textLength="20">fi</text>', [5, 20]),
        ('<text x="40" y="20" text-anchor="end" letter-spacing="2">AB</text>', [18, 30]),
        ('<text x="50" y="20" textLength="40">אב</text>', [80, 50]),
        ('<text x="50" y="20" dx="0 3">אב</text>', [57, 50]),
        ('<text x="5" y="20" xml:space="preserve"> <tspan xml:space="default"> A</tspan></text>', [10]),
        ('<text x="5" y="20">A <textPath xlink:href="#no">B</textPath> C</text>', [5, 25]),
        ('<text x="50" y="20" unicode-bidi="bidi-override" direction="rtl">AB</text>', [40, 30]),
    ],
)
def test_glyphs_stand_where_the_specification_puts_them(source: str, expected: list[float]) -> None:
    assert lefts(set_text(source)) == expected


@pytest.mark.parametrize(
    ("attributes", "baseline"),
    [
        ("", 20),
        ('dominant-baseline="central"', 23),
        ('dominant-baseline="middle"', 22.5),
        ('dominant-baseline="hanging"', 26.4),
        ('dominant-baseline="text-before-edge"', 28),
        ('dominant-baseline="text-after-edge"', 18),
        ('dy="2"', 22),
    ],
)
def test_the_baseline_that_is_asked_for_stands_at_y(attributes: str, baseline: float) -> None:
    assert baselines(set_text(f'<text x="5" y="20" {attributes}>A</text>')) == [baseline]


def test_a_baseline_shift_moves_a_span_and_what_it_holds() -> None:
    source = '<text x="0" y="20">A<tspan baseline-shift="super">B</tspan><tspan baseline-shift="-3">C</tspan></text>'
    assert baselines(set_text(source)) == [20, 16, 23]


def test_superscripts_and_subscripts_stand_where_the_face_says() -> None:
    source = (
        '<text y="20"><tspan baseline-shift="sub">B<tspan baseline-shift="super">C</tspan></tspan></text>'
    )
    assert baselines(set_text(source)) == [21, 17]


def test_a_shift_of_the_baseline_is_up_whatever_the_rotation() -> None:
    source = '<text x="10" y="20" rotate="90">A<tspan baseline-shift="4">B</tspan></text>'
    assert boxes(set_text(source))[1] == pytest.approx((20, 16, 28, 26))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        # turned by 90°, the middle between ascent 8 and descent 2 on x = 50, that is the baseline at 47
        ("", [(47, 20, 55, 30), (47, 30, 52, 35)]),
        ('text-anchor="end"', [(47, 5, 55, 15), (47, 15, 52, 20)]),
        ('dominant-baseline="alphabetic"', [(50, 20, 58, 30), (50, 30, 55, 35)]),
        ('dx="2" dy="1 3"', [(49, 21, 57, 31), (49, 34, 54, 39)]),
        ('baseline-shift="3"', [(47, 20, 55, 30), (47, 30, 52, 35)]),
        ('textLength="25"', [(47, 20, 55, 30), (47, 40, 52, 45)]),
    ],
)
@pytest.mark.parametrize("mode", ["tb", "vertical-rl", "vertical-lr"])
def test_vertical_text_runs_down_with_its_middle_on_the_line(
    mode: str, attributes: str, expected: list[tuple[float, ...]]
) -> None:
    flat = set_text(f'<text x="50" y="20" writing-mode="{mode}" {attributes}>Aa</text>')
    assert [pytest.approx(one) for one in expected] == boxes(flat)


@pytest.mark.parametrize("attributes", ['text-orientation="upright"', 'glyph-orientation-vertical="0"'])
def test_upright_letters_stand_one_below_the_other(attributes: str) -> None:
    flat = set_text(f'<text x="50" y="20" writing-mode="tb" {attributes}>Aa</text>')
    (left, top, right, _), (small_left, small_top, small_right, _) = boxes(flat)
    assert (left, right, small_left, small_right) == pytest.approx((45, 55, 47.5, 52.5))
    assert 20 <= top < 30 <= small_top < 40


def test_a_line_beside_vertical_text_is_where_it_is_under_turned_text() -> None:
    source = '<text x="50" y="20" writing-mode="tb" text-decoration="underline" {}>AA</text>'
    turned = boxes(set_text(source.format("")))[0]
    upright = boxes(set_text(source.format('text-orientation="upright"')))[0]
    assert turned == pytest.approx((45.75, 20, 46.25, 40))
    assert upright == pytest.approx(turned)


def test_a_rotated_glyph_turns_around_its_origin() -> None:
    left, top, right, bottom = boxes(set_text('<text x="10" y="20" rotate="90">A</text>'))[0]
    assert (left, top, right, bottom) == pytest.approx((10, 20, 18, 30))


def test_text_follows_a_path_and_what_is_beyond_it_is_left_out() -> None:
    source = '<text><textPath xlink:href="#p">ABC</textPath></text>'
    flat = set_text(source, paths={"p": "M 0 50 H 24"})
    assert lefts(flat) == [0, 10]
    middle = source.replace("<textPath", '<textPath startOffset="50%"').replace(
        "<text>", '<text text-anchor="middle">'
    )
    assert lefts(set_text(middle, paths={"p": "M 0 50 H 50"})) == [10, 20, 30]


def test_space_between_letters_does_not_move_a_letter_off_its_middle_on_a_path() -> None:
    source = '<text letter-spacing="10"><textPath xlink:href="#p">AB</textPath></text>'
    found = boxes(set_text(source, paths={"p": "M 0 50 H 50"}))
    assert [(left, right) for left, _, right, _ in found] == [(0, 10), (20, 30)]


@pytest.mark.parametrize(
    ("language", "transform", "source", "drawn"),
    [
        ("tr", "uppercase", "iı", "İI"),
        ("tr", "lowercase", "Iİ", "ıi"),
        ("az-AZ", "capitalize", "ist on", "İst On"),
        ("el", "uppercase", "καλημέρα ΐ", "ΚΑΛΗΜΕΡΑ Ϊ"),
        ("en", "uppercase", "éi", "ÉI"),
        ("en", "capitalize", "don't stop", "Don't Stop"),
    ],
)
def test_capitals_are_those_of_the_language(language: str, transform: str, source: str, drawn: str) -> None:
    text = f'<text><tspan xml:lang="{language}" text-transform="{transform}">{source}</tspan></text>'
    assert set_text(text).drawn == drawn


def test_lines_are_drawn_under_over_and_through_text() -> None:
    flat = set_text('<text x="0" y="20" text-decoration="underline line-through">AB</text>')
    assert len(flat.elements) == 3
    under = boxes(flat)[0]
    assert (under[0], under[2]) == (0, 20)
    assert under[1] > 20 - 0.001


def test_stroke_under_fill_makes_two_paths() -> None:
    flat = set_text('<text y="20" stroke="red" paint-order="stroke">A</text>')
    assert [path.get("stroke") for path in flat.elements] == ["red", "none"]


def box(**fields: Any) -> TextBox:
    return TextBox(**fields)


@pytest.mark.parametrize(
    ("text", "fields", "lines"),
    [
        ("AA BB CC", {"width": 45, "fit": "wrap"}, ["AA BB", "CC"]),
        ("AAAAAA", {"width": 25, "fit": "wrap"}, ["AA", "AA", "AA"]),
        ("AA BB CC", {"width": 45, "fit": "ellipsis"}, ["AA B…"]),
        ("AA BB CC", {"width": 45, "fit": "ellipsis", "max_lines": 2}, ["AA BB", "CC"]),
        ("AA BB CC DD", {"width": 25, "fit": "ellipsis", "max_lines": 2}, ["AA", "B…"]),
        ("A-B C", {"width": 25, "fit": "wrap"}, ["A-", "B C"]),
        ("AA BB CC", {"width": 45, "height": 24, "fit": "shrink"}, ["AA BB", "CC"]),
        ("AAA BB", {"width": 25, "max_lines": 2, "fit": "shrink"}, ["AAA", "BB"]),
    ],
)
def test_text_fits_its_box_in_these_lines(text: str, fields: dict[str, object], lines: list[str]) -> None:
    flat = set_text(f'<text y="20">{text}</text>', box(**fields))
    assert list(flat.lines) == lines
    assert not flat.findings


def test_a_line_that_shrinks_is_as_wide_as_its_box() -> None:
    found = boxes(set_text('<text x="5" y="20">AABB</text>', box(width=30)))
    assert found[0][0] == pytest.approx(5)
    assert found[-1][2] == pytest.approx(35, abs=0.01)
    assert found[0][3] == 20


def test_a_line_that_fits_keeps_its_size() -> None:
    assert boxes(set_text('<text x="5" y="20">A</text>', box(width=30)))[0] == (5, 12, 15, 20)


@pytest.mark.parametrize(
    ("anchor", "align", "left"),
    [
        ("start", None, 50),
        ("middle", None, 45),
        ("end", None, 40),
        ("start", "center", 60),
        ("start", "right", 70),
        ("middle", "start", 35),
    ],
)
def test_a_box_hangs_at_the_texts_anchor_and_aligns_inside(
    anchor: str, align: str | None, left: float
) -> None:
    flat = set_text(f'<text x="50" y="20" text-anchor="{anchor}">A</text>', box(width=30, align=align))
    assert lefts(flat) == [left]


@pytest.mark.parametrize(("valign", "baseline"), [("top", 19), ("middle", 33), ("bottom", 47)])
def test_lines_stand_where_valign_says(valign: str, baseline: float) -> None:
    flat = set_text("<text>A</text>", box(x=0, y=10, width=40, height=40, valign=valign, line_height=1.2))
    assert baselines(flat) == [baseline]


def test_text_that_does_not_fit_is_a_finding_with_measures() -> None:
    (finding,) = set_text('<text y="20">AAAA</text>', box(width=10)).findings
    assert finding.code == "text-overflow"
    assert "20.0 wide where 10 fit" in finding.message
    assert finding.weight == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "how", "share"),
    [
        ("AAAA BBBB", {"width": 42, "max_lines": 1, "fit": "wrap"}, 1.02),
        ("AAAA BBBB CCCC", {"width": 42, "max_lines": 2, "fit": "wrap"}, 0.5),
        ("AAAA BBBB CCCC", {"width": 42, "height": 24, "fit": "wrap"}, 0.5),
    ],
)
def test_an_overflow_weighs_as_much_as_is_too_much(text: str, how: dict[str, Any], share: float) -> None:
    (finding,) = set_text(f'<text y="20" style="line-height:1.2">{text}</text>', box(**how)).findings
    assert finding.weight == pytest.approx(share, abs=0.01)


def test_lines_of_inkscape_stay_lines_and_the_designers_own_breaks_flow() -> None:
    source = '<text y="20"><tspan x="0" y="20" {0}>AA</tspan><tspan x="0" y="32" {0}> BB</tspan></text>'
    assert set_text(source.format(""), box(width=90, fit="wrap")).lines == ("AA BB",)
    assert set_text(source.format('sodipodi:role="line"'), box(width=90, fit="wrap")).lines == ("AA", "BB")


def test_justified_lines_end_at_the_edge_but_for_the_last() -> None:
    found = boxes(set_text('<text x="0" y="20">A B C</text>', box(width=35, fit="wrap", align="justify")))
    assert found[1][2] == pytest.approx(35)
    assert found[2][0] == 0


def test_a_family_that_is_not_at_hand_is_a_warning() -> None:
    flat = set_text('<text y="20" font-family="Nowhere Sans">A</text>')
    assert [finding.code for finding in flat.findings] == ["font-family-missing"]


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40),
    st.sampled_from(["shrink", "wrap", "ellipsis"]),
)
def test_any_text_is_set_or_reported(text: str, fit: str) -> None:
    element = etree.Element("{http://www.w3.org/2000/svg}text")
    element.text = text
    flat = set_text(etree.tostring(element, encoding="unicode"), box(width=40, height=30, fit=fit))
    assert {finding.code for finding in flat.findings} <= {"text-overflow", "missing-glyph"}


@pytest.mark.parametrize(
    "attributes",
    ["", 'xml:space="preserve"', 'direction="rtl"', 'style="text-transform:uppercase"', 'letter-spacing="2"'],
)
@pytest.mark.parametrize(
    "box", [None, TextBox(width=60), TextBox(width=40, height=30, fit="wrap"), TextBox(width=40, fit="error")]
)
def test_what_is_told_to_set_cleanly_yields_no_finding_and_no_picture(
    attributes: str, box: TextBox | None
) -> None:
    @given(st.text(alphabet="AB ab\n\t\u00a0e\u0301ش\u2068\u2069🎉漢", max_size=12))
    def agree(text: str) -> None:
        element, context = element_of(f"<text y='20' {attributes}>{escape(text)}</text>", box)
        frame = read_frame(element, context)
        clean = CleanSetting(frame)
        flat = flatten_text(element, frame)
        if clean.is_clean(text):
            assert not flat.findings
            assert not flat.images

    agree()
    element, context = element_of(f"<text y='20' {attributes}>x</text>", box)
    clean = CleanSetting(read_frame(element, context))
    assert clean.is_clean("Aba")
    assert clean.is_clean("A" * 40) is (box is None)
