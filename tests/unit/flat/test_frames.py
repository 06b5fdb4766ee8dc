"""Frames that a designer drew: lines break where the drawing tool broke them, and follow the shape.

In the test face at size 10 a capital is 10 wide, a small letter or a space 5, ascent 8, descent 2.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from inkmerge import Template
from inkmerge.errors import UnsupportedFeature
from inkmerge.flat import words
from inkmerge.text import FlatText, Region, TextFrame
from inkmerge.text.regions import Outline

FONTS = Path(__file__).parents[2] / "fonts"
SVG = "{http://www.w3.org/2000/svg}"


def lines_of(path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """Return the lines of each text of a template whose placeholders are filled with themselves."""
    found: dict[str, tuple[str, ...]] = {}
    setter = words.flatten_text

    def spy(element: etree._Element, frame: TextFrame, into: etree._Element | None = None) -> FlatText:
        flat = setter(element, frame, into)
        found[element.get("id", "")] = flat.lines
        return flat

    monkeypatch.setattr(words, "flatten_text", spy)
    template = Template.load(path, alt="")
    template.flat_svg({field.name: f"{{{{ {field.name} }}}}" for field in template.fields})
    return found


@pytest.mark.parametrize("name", ["shape-frames", "paragraphs"])
def test_lines_break_where_inkscape_broke_them(
    fixtures: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fixtures / "tools" / f"{name}.svg"
    found = lines_of(path, monkeypatch)
    for text in etree.parse(path).iter(f"{SVG}text"):
        by_inkscape = [
            line.strip()
            for span in text.iterchildren(f"{SVG}tspan")
            for line in "".join(map(str, span.itertext())).removesuffix("\n").split("\n")
        ]
        ours = [line for line in found[text.get("id", "")] if line]
        assert ours == [line for line in by_inkscape if line]


def rows(tmp_path: Path, body: str, **recipient: str) -> dict[float, list[float]]:
    """Return the left edges of the glyphs on each baseline."""
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" font-family="Inkmerge Boxes"'
        f' font-size="10" xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd">{body}</svg>'
    )
    data = Template.load(tmp_path / "t.svg", [FONTS], alt="").flat_svg(recipient)
    found: dict[float, list[float]] = {}
    drawn = re.sub(r"<defs>.*?</defs>", "", data.decode())
    for outline in re.findall(r"M[^Z]*Z", drawn):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", outline)]
        found.setdefault(round(max(numbers[1::2]), 1), []).append(round(min(numbers[::2]), 1))
    return {bottom: sorted(lefts) for bottom, lefts in sorted(found.items())}


FLOW = '<flowRoot line-height="1"><flowRegion><rect x="20" y="10" width="{width}" height="100"/></flowRegion>{paragraphs}</flowRoot>'


def test_empty_paragraphs_are_empty_lines(tmp_path: Path) -> None:
    body = FLOW.format(width=100, paragraphs="<flowPara>A</flowPara><flowPara/><flowPara>B</flowPara>")
    assert rows(tmp_path, body) == {18: [20], 38: [20]}


def test_two_empty_paragraphs_and_one_at_the_start_are_kept(tmp_path: Path) -> None:
    body = FLOW.format(
        width=100, paragraphs="<flowPara/><flowPara>A</flowPara><flowPara/><flowPara/><flowPara>B</flowPara>"
    )
    assert rows(tmp_path, body) == {28: [20], 58: [20]}


def test_blank_lines_of_preformatted_text_are_kept(tmp_path: Path) -> None:
    body = (
        '<defs><rect id="f" x="20" y="10" width="100" height="90"/></defs>'
        '<text style="shape-inside:url(#f);white-space:pre;line-height:1">A\n\n\nB</text>'
    )
    assert rows(tmp_path, body) == {18: [20], 48: [20]}


def test_the_fallback_of_a_switch_gives_way_to_the_frame(tmp_path: Path) -> None:
    frame = FLOW.format(width=100, paragraphs="<flowPara>A</flowPara>")
    assert rows(tmp_path, f'<switch>{frame}<text x="5" y="150">B</text></switch>') == {18: [20]}


def test_lines_follow_a_shape_that_grows_wider(tmp_path: Path) -> None:
    body = (
        '<defs><path id="f" d="M100 10L180 90H20Z"/></defs>'
        '<text style="shape-inside:url(#f);line-height:1">AA AA AAAA AAAAAAA</text>'
    )
    found = rows(tmp_path, body)
    # the em box of a line has to fit in at its top: there the triangle is twice as wide as it is high
    for baseline, lefts in found.items():
        assert lefts[0] >= 100 - (baseline - 8 - 10) - 0.1
        assert max(lefts) + 10 <= 100 + (baseline - 8 - 10) + 0.1
    assert len(found) > 2


def test_text_flows_on_in_the_next_shape_and_around_what_is_subtracted(tmp_path: Path) -> None:
    body = (
        '<defs><rect id="a" x="0" y="0" width="45" height="20"/><rect id="b" x="100" y="0" width="60" height="40"/>'
        '<rect id="h" x="95" y="10" width="20" height="10" style="shape-margin:5px"/></defs>'
        '<text style="shape-inside:url(#a) url(#b);shape-subtract:url(#h);line-height:1">AAAA BBBB CCC DDD EEE</text>'
    )
    found = rows(tmp_path, body)
    assert found[8] == pytest.approx([0, 10, 20, 30, 120, 130, 140], abs=0.5)
    assert found[18][4:] == pytest.approx([120, 130, 140], abs=0.5)


def test_a_sidecar_box_replaces_the_shape_and_other_settings_join_it(tmp_path: Path) -> None:
    frame = '<defs><circle id="f" cx="100" cy="100" r="50"/></defs><text {} style="shape-inside:url(#f);line-height:1">A</text>'
    assert rows(tmp_path, frame.format('data-x="5" data-y="5" data-width="40" data-height="20"')) == {13: [5]}
    assert next(iter(rows(tmp_path, frame.format('data-align="center"')).values())) == [
        pytest.approx(95, abs=0.5)
    ]


def test_more_text_than_the_shape_holds_shrinks_or_is_a_finding(tmp_path: Path) -> None:
    frame = (
        '<defs><circle id="f" cx="100" cy="100" r="20"/></defs>'
        '<text data-fit="{}" style="shape-inside:url(#f);line-height:1">AAA BBB CCC DDD</text>'
    )
    shrunk = rows(tmp_path, frame.format("shrink"))
    assert sum(len(lefts) for lefts in shrunk.values()) == 12
    with pytest.raises(Exception, match="more lines than its shape holds"):
        rows(tmp_path, frame.format("error"))


@pytest.mark.parametrize(("padding", "expected"), [(0.0, (0.0, 40.0)), (5.0, (5.0, 35.0)), (25.0, None)])
def test_padding_keeps_text_away_from_every_side(
    padding: float, expected: tuple[float, float] | None
) -> None:
    square = ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0))
    assert Region(Outline((square,)), padding).run(19.0, 21.0) == (
        None if expected is None else pytest.approx(expected)
    )


def test_a_hole_in_a_shape_parts_the_line_and_the_wider_part_counts() -> None:
    outer = ((0.0, 0.0), (90.0, 0.0), (90.0, 40.0), (0.0, 40.0))
    inner = ((20.0, 10.0), (20.0, 30.0), (40.0, 30.0), (40.0, 10.0))
    assert Region(Outline((outer, inner))).run(15.0, 20.0) == (40.0, 90.0)


def test_a_placeholder_in_the_shape_is_refused_with_the_cure(tmp_path: Path) -> None:
    body = '<defs><circle id="f" r="{{ r }}"/></defs><text style="shape-inside:url(#f)">A</text>'
    with pytest.raises(UnsupportedFeature, match="shape of a text frame"):
        rows(tmp_path, body)


def test_a_shape_of_too_many_points_is_a_finding_and_its_bounding_box_the_frame(tmp_path: Path) -> None:
    zigzag = "".join(f"L{index % 100} {(index * 37) % 100}" for index in range(4000))
    body = f'<defs><path id="f" d="M0 0{zigzag}Z"/></defs><text style="shape-inside:url(#f)">A</text>'
    rows(tmp_path, body)
    found = Template.load(tmp_path / "t.svg", [FONTS], alt="").check()
    assert "simplify the shape" in [finding.hint for finding in found]
