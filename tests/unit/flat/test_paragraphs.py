"""Lines as Figma, Sketch and Illustrator write them, when a value is longer than the designer's sample.

In the test face at size 10 a capital is 10 wide, a small letter or a space 5; a baseline is the bottom of a box.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inkmerge import Template

FONTS = Path(__file__).parents[2] / "fonts"
FIGMA = (
    '<text fill="black" xml:space="preserve" style="white-space: pre" font-family="Inkmerge Boxes" font-size="10"'
    ' letter-spacing="0em"{more}>{lines}</text>'
)


def template(tmp_path: Path, lines: str, more: str = "", sidecar: str = "", around: str = "{}") -> Template:
    text = around.format(FIGMA.format(lines=lines, more=more))
    (tmp_path / "t.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200" fill="none">{text}</svg>',
        encoding="utf-8",
    )
    (tmp_path / "t.toml").write_text("alt.decorative = true\n" + sidecar, encoding="utf-8")
    return Template.load(tmp_path / "t.svg", [FONTS])


def rows(made: Template, **recipient: str) -> dict[float, list[float]]:
    """Return the left edges of the glyphs on each baseline."""
    found: dict[float, list[float]] = {}
    for outline in re.findall(r"M[^Z]*Z", made.flat_svg(recipient).decode()):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", outline)]
        found.setdefault(round(max(numbers[1::2]), 2), []).append(round(min(numbers[::2]), 2))
    return {bottom: sorted(lefts) for bottom, lefts in sorted(found.items())}


SOFT = '<tspan x="20" y="30">A {{ name }} B </tspan><tspan x="20" y="44">CCC DDDDDDD EEEEE</tspan>'
EXAMPLE = '[fields.name]\nexample = "NNNNNNNN"\n'


def test_lines_stay_where_they_are_while_the_value_is_no_longer(tmp_path: Path) -> None:
    found = rows(template(tmp_path, SOFT, sidecar=EXAMPLE), name="NNN")
    assert list(found) == [30, 44]
    assert found[30] == [20, 35, 45, 55, 70]


def test_a_longer_value_makes_the_paragraph_flow_in_the_width_of_its_widest_line(tmp_path: Path) -> None:
    found = rows(template(tmp_path, SOFT, sidecar=EXAMPLE), name="NNNNNNNN OOOOOOOO")
    assert list(found) == [30, 44, 58]
    assert all(lefts[0] == 20 for lefts in found.values())
    assert max(left + 10 for lefts in found.values() for left in lefts) <= 20 + 160


def test_the_placeholder_itself_is_the_sample_where_there_is_no_example(tmp_path: Path) -> None:
    lines = '<tspan x="20" y="30">AAAAAA {{ name }} </tspan><tspan x="20" y="44">BBBBBBBBBB</tspan>'
    assert len(rows(template(tmp_path, lines), name="nnnnnnnnnn")) == 2
    assert len(rows(template(tmp_path, lines), name="NNNNNNNN")) == 3


@pytest.mark.parametrize(
    "lines",
    [
        '<tspan x="20" y="30">Dear {{ name }},&#10;</tspan><tspan x="20" y="44">BBBBBBBBBBBBBB</tspan>',
        '<tspan x="20" y="30">{{ name }}</tspan><tspan x="20" y="44">B BBBBBBBBBBBBBBBBBBB</tspan>',
    ],
    ids=["a line break", "the next word would have fit"],
)
def test_a_line_that_the_designer_broke_does_not_take_the_next_one_up(tmp_path: Path, lines: str) -> None:
    made = template(tmp_path, lines, sidecar='[fields.name]\nexample = "NNNN"\n')
    before, after = rows(made, name="NNNN"), rows(made, name="NNNNNNNNNNN NNNNNNNNNNN")
    assert list(after) == [30, 44, 58]
    assert after[58] == before[44]


def test_a_paragraph_torn_inside_of_a_placeholder_always_flows(tmp_path: Path) -> None:
    lines = '<tspan x="20" y="30">A {{ first_</tspan><tspan x="20" y="44">name }}, BB </tspan><tspan x="20" y="58">CC</tspan>'
    assert list(rows(template(tmp_path, lines), first_name="N")) == [30, 44]
    assert list(rows(template(tmp_path, lines), first_name="NNNNNNNNNN")) == [30, 44, 58]


def test_paragraphs_below_move_down_by_the_lines_that_were_added(tmp_path: Path) -> None:
    below = '<tspan x="20" y="70">ZZZZZZZZZZZZZZZZ</tspan>'
    found = rows(template(tmp_path, SOFT + below, sidecar=EXAMPLE), name="NNNNNNNN OOOOOOOO")
    assert list(found) == [30, 44, 58, 84]


@pytest.mark.parametrize(
    ("more", "xs", "share"),
    [("", (30, 20), 0.5), ("", (40, 20), 1), (' text-anchor="middle"', (100, 100), 0.5)],
    ids=["centred by x", "right by x", "centred by anchor"],
)
def test_centred_and_right_aligned_lines_stay_so(
    tmp_path: Path, more: str, xs: tuple[float, float], share: float
) -> None:
    # as typed the first line is 140 wide, the second 160
    lines = f'<tspan x="{xs[0]}" y="30">AAA {{{{ name }}}} BBB</tspan><tspan x="{xs[1]}" y="44">CCCCCCCC DDDDDDDe</tspan>'
    made = template(tmp_path, lines, more, EXAMPLE)
    for name in ("NN", "NNNN NNNNNNNNNNN NNN"):
        edges = {bottom: (lefts[0], lefts[-1] + 10) for bottom, lefts in rows(made, name=name).items()}
        anchors = [left + (right - left) * share for left, right in edges.values()]
        assert max(anchors) - min(anchors) <= 5


def test_lines_of_several_styles_flow_as_one(tmp_path: Path) -> None:
    lines = (
        '<tspan x="20" y="30">Aa </tspan><tspan x="40" y="30" font-weight="700">{{ name }}</tspan>'
        '<tspan x="20" y="44">CCCCCC DDDD</tspan>'
    )
    made = template(tmp_path, lines, sidecar='[fields.name]\nexample = "NN"\n')
    assert list(rows(made, name="NN")) == [30, 44]
    assert list(rows(made, name="NNNNNN MMMMMM")) == [30, 44, 58]


def test_right_to_left_lines_stay_at_their_right_edge(tmp_path: Path) -> None:
    lines = '<tspan x="190" y="30">AA {{ name }} BBB</tspan><tspan x="190" y="44">CCCCCCCCCCCC DDDD</tspan>'
    made = template(tmp_path, lines, ' direction="rtl"', EXAMPLE)
    found = rows(made, name="NNNNNNNN MMMMMMMM")
    assert len(found) > 2
    assert {max(lefts) + 10 for lefts in found.values()} == {190}


def test_the_sidecars_box_comes_first_and_keeps_the_distance_of_lines(tmp_path: Path) -> None:
    made = template(tmp_path, SOFT, ' id="words"', '[text.words]\nfit = "wrap"\nwidth = 100\n')
    assert list(rows(made, name="NNNN")) == [30, 44, 58, 72]


@pytest.mark.parametrize(
    "lines",
    [
        '<tspan x="20" y="30">{{ name }}</tspan>',
        '<tspan x="20" y="30">A</tspan><tspan x="90" y="30">{{ name }}</tspan>',
        '<tspan x="20" y="30">AAAAAAAAA</tspan><tspan x="61" y="44">{{ name }}</tspan>',
        'AA<tspan x="20" y="44">{{ name }}</tspan>',
    ],
    ids=["one line", "columns", "no common edge", "text before"],
)
def test_what_is_no_paragraph_keeps_its_places(tmp_path: Path, lines: str) -> None:
    found = rows(template(tmp_path, lines), name="NNNNNNNNNNNNNNNNNN NNNNNNNNNNN")
    assert len(found) == len({*re.findall(r' y="(\d+)"', lines)}) + lines.startswith("AA")
