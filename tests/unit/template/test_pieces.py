"""Text as Illustrator, Penpot and others take it apart, put together again where a placeholder is in it.

In the test face a capital is as wide as its size, a small letter half as wide.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from inkmerge.errors import TemplateSyntax
from inkmerge.fonts import FontCatalog
from inkmerge.limits import Limits
from inkmerge.svg.cascade import cascade
from inkmerge.svg.parsing import parse_svg
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Viewport
from inkmerge.template.mending import mend
from inkmerge.template.pieces import join_pieces
from inkmerge.text.measuring import Measure

FONTS = Path(__file__).parents[2] / "fonts"
VIEWPORT = Viewport(100, 100)


def joined(body: str) -> str:
    source = (
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="Inkmerge Boxes" font-size="10">'
        f"<style>.st0{{letter-spacing:-0.02em}} .st1{{letter-spacing:0.01em}}</style>{body}</svg>"
    )
    root = parse_svg(source.encode(), Limits(), "t.svg")[0]
    cascade(root, Limits(), "t.svg")
    join_pieces(root, ComputedStyles(VIEWPORT), Measure(FontCatalog.open([FONTS], bundled=False), "en"))
    mend(root, ComputedStyles(VIEWPORT), "t.svg")
    text = etree.tostring(root, encoding="unicode")
    return text.partition('font-size="10">')[2].removesuffix("</svg>")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '<text><tspan x="0" y="0">Hello {{ fir</tspan><tspan x="64" y="0">st_name }}!</tspan></text>',
            '<text><tspan x="0" y="0">Hello {{ first_name }}!</tspan></text>',
        ),
        (
            '<text><tspan x="0" y="0" class="st0">H</tspan><tspan x="10" y="0" class="st1">i {{ a }}</tspan></text>',
            '<text><tspan x="0" y="0" letter-spacing="0.01em">Hi {{ a }}</tspan></text>',
        ),
        (
            '<text x="5" y="9"><tspan>{{ a</tspan><tspan class="st0">b</tspan><tspan class="st1"> }}</tspan></text>',
            '<text x="5" y="9"><tspan>{{ ab }}</tspan></text>',
        ),
        (
            '<text><tspan x="0 10 15" y="0" rotate="0 0">Hi {{ a }}</tspan></text>',
            '<text><tspan x="0" y="0">Hi {{ a }}</tspan></text>',
        ),
        (
            '<text><tspan x="0" y="0">Hi </tspan>\n<tspan x="20" y="0" font-weight="700">{{ a }}</tspan></text>',
            '<text><tspan x="0" y="0">Hi </tspan><tspan font-weight="700">{{ a }}</tspan></text>',
        ),
        (
            '<text><tspan x="0" y="0">H<tspan x="10" y="0">i</tspan></tspan><tspan x="15" y="0"> {{ a }}</tspan></text>',
            '<text><tspan x="0" y="0">H<tspan>i</tspan></tspan><tspan> {{ a }}</tspan></text>',
        ),
        (
            '<text x="5px" y="9px">{{<tspan x="25.2px 30px " y="9px 9px "> f</tspan>irst }}!</text>',
            '<text x="5" y="9">{{ first }}<tspan/>!</text>',
        ),
    ],
    ids=["torn", "kerned", "without positions", "letter by letter", "another weight", "nested", "affinity"],
)
def test_pieces_of_a_line_with_a_placeholder_become_one(body: str, expected: str) -> None:
    assert joined(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        '<text><tspan x="0" y="0">K</tspan><tspan x="9" y="0">ern</tspan></text>',
        '<text><tspan x="0" y="0">Name</tspan><tspan x="80" y="0">{{ a }}</tspan></text>',
        '<text><tspan x="0" y="0">K</tspan><tspan x="9" y="0">ern</tspan><tspan x="0" y="12">{{ a }}</tspan></text>',
        '<text><tspan x="0" y="0">{{ a }}</tspan><tspan x="0" y="12">{{ b }}</tspan></text>',
        '<text textLength="40">Fixed</text>',
    ],
    ids=["no placeholder", "a tab stop", "on another line", "lines", "a length"],
)
def test_what_the_designer_placed_stays(body: str) -> None:
    assert joined(body) == body


def test_a_placeholder_torn_over_texts_joins_them() -> None:
    body = (
        '<g><text transform="matrix(1 0 0 1 20 30)">Hi {{ fir</text>\n'
        '<text transform="matrix(1 0 0 1 74 30)" class="st0">st</text>'
        '<text transform="matrix(1 0 0 1 84 30)">_name }}</text>'
        '<text transform="matrix(1 0 0 1 20 60)">below</text></g>'
    )
    found = joined(body)
    assert found.count("<text") == 2
    assert "Hi {{ first_name }}" in found


def test_texts_on_other_lines_are_not_joined() -> None:
    body = '<text y="10">{{ a</text><text y="30">b }}</text>'
    with pytest.raises(TemplateSyntax, match="never closed"):
        joined(body)


def test_a_length_measured_on_a_placeholder_is_dropped() -> None:
    body = '<text x="5" y="9" textLength="81.5" lengthAdjust="spacingAndGlyphs">{{ name }}</text>'
    assert joined(body) == '<text x="5" y="9">{{ name }}</text>'


def test_a_line_of_endless_pieces_ends_in_an_error() -> None:
    body = "".join(f'<text x="{index}" y="9">{{{{ a</text>' for index in range(2000))
    with pytest.raises(TemplateSyntax, match="never closed"):
        joined(body)
