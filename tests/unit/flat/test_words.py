"""Texts in a flat SVG: what refers to their bounding box, and drawn glyphs. Capitals are boxes 10 wide and 8 high."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.misc.transform import Identity
from fontTools.ttLib import TTFont, newTable
from lxml import etree

from inkmerge import Template
from inkmerge.flat.contract import check_flat
from inkmerge.svg.transforms import parse_transform

FONTS = Path(__file__).parents[2] / "fonts"
ROOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40" '
    'font-family="Inkmerge Boxes" font-size="10">{}</svg>'
)
TEXT = '<text x="10" y="20" {}>AB</text>'


def flat(folder: Path, body: str, fonts: Path = FONTS, **values: str) -> etree._Element:
    (folder / "t.svg").write_text(ROOT.format(body), encoding="utf-8")
    root = etree.fromstring(Template.load(folder / "t.svg", [fonts], alt="").flat_svg(values))
    assert not check_flat(root)
    return root


def named(root: etree._Element, kind: str) -> etree._Element:
    """Return the copy for a text of an element of a kind."""
    (found,) = root.xpath(f"//*[local-name()='{kind}'][starts-with(@id, 'inkmerge-')]")
    return found


def paths(root: etree._Element) -> list[etree._Element]:
    """Return the paths that are drawn, not those that clip."""
    return list(root.xpath("//*[local-name()='path'][not(ancestor::*[local-name()='clipPath'])]"))


REGION = {"x": "8", "y": "11", "width": "24", "height": "12"}


@pytest.mark.parametrize(
    ("definition", "attribute", "kind", "expected"),
    [
        (
            '<filter id="a"><feFlood/></filter>',
            "filter",
            "filter",
            REGION | {"filterUnits": "userSpaceOnUse"},
        ),
        (
            '<mask id="a"><rect width="9" height="9"/></mask>',
            "mask",
            "mask",
            REGION | {"maskUnits": "userSpaceOnUse"},
        ),
        (
            '<clipPath id="a" clipPathUnits="objectBoundingBox"><rect width="1" height="1"/></clipPath>',
            "clip-path",
            "clipPath",
            {"transform": "matrix(20 0 0 10 10 12)"},
        ),
        (
            '<linearGradient id="a"><stop/></linearGradient>',
            "fill",
            "linearGradient",
            {"gradientTransform": "matrix(20 0 0 10 10 12)", "gradientUnits": "userSpaceOnUse"},
        ),
        (
            '<pattern id="a" x="0.5" width="0.1" height="0.5"><rect width="9" height="9"/></pattern>',
            "fill",
            "pattern",
            {"x": "20", "y": "12", "width": "2", "height": "5", "patternUnits": "userSpaceOnUse"},
        ),
    ],
)
def test_what_refers_to_the_box_of_a_text_means_its_em_boxes(
    tmp_path: Path, definition: str, attribute: str, kind: str, expected: dict[str, str]
) -> None:
    root = flat(tmp_path, definition + TEXT.format(f'{attribute}="url(#a)"'))
    found = named(root, kind)
    assert expected.items() <= dict(found.attrib).items()
    assert f'"url(#{found.get("id")})"' in etree.tostring(root).decode()


def test_content_in_units_of_the_box_is_scaled_to_it(tmp_path: Path) -> None:
    mask = '<mask id="a" maskContentUnits="objectBoundingBox"><rect width="1" height="1"/></mask>'
    assert named(flat(tmp_path, mask + TEXT.format('mask="url(#a)"')), "mask")[0].get("transform") == (
        "matrix(20 0 0 10 10 12)"
    )


def test_a_paint_server_in_user_space_is_not_copied(tmp_path: Path) -> None:
    gradient = '<linearGradient id="a" gradientUnits="userSpaceOnUse" x2="9"><stop/></linearGradient>'
    root = flat(tmp_path, gradient + TEXT.format('fill="url(#a)"'))
    assert len(root.xpath("//*[local-name()='linearGradient']")) == 1


def test_copies_for_texts_that_change_and_that_do_not_have_names_of_their_own(tmp_path: Path) -> None:
    gradient = '<linearGradient id="a"><stop/></linearGradient>'
    texts = TEXT.format('fill="url(#a)"') + TEXT.format('fill="url(#a)"').replace("AB", "{{ name }}")
    root = flat(tmp_path, gradient + texts, name="A")
    ids = [str(one) for one in root.xpath("//*[local-name()='linearGradient']/@id")]
    assert sorted(ids) == ["a", "inkmerge-bounded-1", "inkmerge-bounded-2"]
    assert [path.get("fill") for path in paths(root)] == [
        "url(#inkmerge-bounded-1)",
        "url(#inkmerge-bounded-2)",
    ]


def test_a_text_changes_with_the_mask_that_it_copies(tmp_path: Path) -> None:
    mask = '<mask id="a"><rect width="9" height="9" fill="{{ colour }}"/></mask>'
    root = flat(tmp_path, mask + TEXT.format('mask="url(#a)"'), colour="#123456")
    assert named(root, "mask")[0].get("fill") == "#123456"


def test_a_text_may_be_filled_with_a_pattern_of_text_that_comes_later(tmp_path: Path) -> None:
    pattern = '<pattern id="a" width="0.5" height="0.5"><text y="8">A</text></pattern>'
    root = flat(tmp_path, TEXT.format('fill="url(#a)"') + pattern)
    assert [local for one in named(root, "pattern").iter() for local in [etree.QName(one).localname]] == [
        "pattern",
        "g",
        "path",
    ]


def test_a_span_is_transparent_and_clipped_on_its_own(tmp_path: Path) -> None:
    clip = '<clipPath id="a"><rect width="9" height="9"/></clipPath>'
    root = flat(
        tmp_path,
        clip
        + '<text y="20">A<tspan opacity="50%" clip-path="url(#a)">B</tspan><tspan mask="url(#no)"/></text>',
    )
    (group,) = root.xpath("//*[local-name()='g'][@clip-path]")
    assert (group.get("opacity"), group.get("clip-path"), len(group)) == ("0.5", "url(#a)", 1)


def test_a_text_in_a_clip_path_is_paths_with_its_transform_and_clip(tmp_path: Path) -> None:
    clips = (
        '<clipPath id="b"><rect width="9" height="9"/></clipPath><clipPath id="a"><text y="20" transform="scale(2)" '
        'clip-path="url(#b)">A<tspan fill="red">B</tspan></text></clipPath><rect width="9" height="9" clip-path="url(#a)"/>'
    )
    (clip,) = flat(tmp_path, clips).xpath("//*[@id='a']")
    assert [(child.get("transform"), child.get("clip-path")) for child in clip] == [
        ("matrix(2 0 0 2 0 0)", "url(#b)")
    ] * 2


def test_a_line_that_a_group_declares_is_painted_as_the_text(tmp_path: Path) -> None:
    source = '<g text-decoration="underline" fill="red"><text y="20" fill="lime"><tspan fill="blue">A</tspan></text></g>'
    assert [path.get("fill") for path in paths(flat(tmp_path, source))] == ["#00ff00", "#0000ff"]


def test_lines_run_on_under_spans(tmp_path: Path) -> None:
    source = '<text y="20" text-decoration="underline">A<tspan fill="red">B</tspan>C</text>'
    line, *glyphs = paths(flat(tmp_path, source))
    assert re.findall(r"[ML] ([\d.]+)", line.get("d")) == ["0", "30", "30", "0"]
    assert len(glyphs) == 3


def test_a_text_runs_along_the_path_that_it_holds_or_refers_to(tmp_path: Path) -> None:
    shapes = '<path id="p" d="M 0 30 H 40" fill="none"/>'
    holds = '<text><textPath path="M 0 10 H 40" xlink:href="#p">A</textPath></text>'
    assert " 10" in paths(flat(tmp_path, shapes + holds))[-1].get("d")
    broken = holds.replace("M 0 10 H 40", "x")
    assert " 30" in paths(flat(tmp_path, shapes + broken))[-1].get("d")


def test_a_reference_to_characters_is_set_in_the_style_of_where_it_stands(tmp_path: Path) -> None:
    source = '<defs><text id="a" fill="red">A<tspan>B</tspan></text></defs><text y="20"><tref xlink:href="#a"/></text>'
    (path,) = paths(flat(tmp_path, source))
    assert path.get("fill") == "#000000"
    assert path.get("d").count("M") == 2


@pytest.fixture
def drawn_fonts(tmp_path: Path) -> Path:
    """A folder with the box font, in which A is an SVG drawing."""
    font = TTFont(FONTS / "Boxes-Regular.ttf")
    glyph = font.getGlyphID("uni0041")
    font["SVG "] = table = newTable("SVG ")
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg"><g id="glyph{glyph}"><path d="M 0 0 V -800 H 1000 V 0 Z" '
        'fill="currentColor"/></g><g id="glyph1"><path d="M 0 0"/></g></svg>'
    )
    table.docList = [(drawing, glyph, glyph)]
    folder = tmp_path / "drawn"
    folder.mkdir()
    font.save(folder / "Drawn.ttf")
    return folder


def test_a_glyph_of_an_svg_table_is_drawn_at_its_place_in_the_texts_colour(
    tmp_path: Path, drawn_fonts: Path
) -> None:
    root = flat(tmp_path, '<text x="10" y="20" fill="#123456">AB</text>', drawn_fonts)
    drawing, box = paths(root)
    assert drawing.get("fill") == "#123456"
    frame = Identity
    for one in reversed([drawing, *drawing.iterancestors()]):
        frame = frame.transform(parse_transform(one.get("transform", "")) or Identity)
    assert frame.transformPoint((1000, -800)) == pytest.approx((20, 12))
    assert box.get("d").startswith("M 20 20")
