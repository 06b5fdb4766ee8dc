from __future__ import annotations

import pytest
from lxml import etree

from inkmerge.errors import TemplateSyntax
from inkmerge.limits import Limits
from inkmerge.svg.parsing import parse_svg
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Viewport
from inkmerge.template.mending import mend
from inkmerge.template.structure import structure


def tree(body: str) -> etree._Element:
    return parse_svg(f'<svg xmlns="http://www.w3.org/2000/svg">{body}</svg>'.encode(), Limits(), "t.svg")[0]


def plain(root: etree._Element) -> str:
    text = etree.tostring(root, encoding="unicode")
    return (
        text.replace(' xmlns="http://www.w3.org/2000/svg"', "").removeprefix("<svg>").removesuffix("</svg>")
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{% if a %}<g/>{% endif %}", '<g data-show="(a)"><g/></g>'),
        (
            "{% if a %}<g/>{% elif b %}<a/>{% else %}<path/>{% endif %}",
            (
                '<g data-show="(a)"><g/></g><g data-show="not (a) and (b)"><a/></g>'
                '<g data-show="not (a) and not (b)"><path/></g>'
            ),
        ),
        ("{% for x in xs %}<g/>{% endfor %}", '<g data-repeat="x in xs"><g/></g>'),
        (
            "{% for x in xs %}{% if x %}<g/>{% endif %}{% endfor %}",
            '<g data-repeat="x in xs"><g data-show="(x)"><g/></g></g>',
        ),
        (
            "<text>{% if a %}yes{% else %}no{% endif %}</text>",
            "<text>{% if a %}yes{% else %}no{% endif %}</text>",
        ),
        (
            "<text>a{% if b %}<tspan>c</tspan>d{% endif %}e</text>",
            '<text>a<tspan data-show="(b)"><tspan>c</tspan>d</tspan>e</text>',
        ),
        (
            "<text>{% if a %}x{% endif %}<tspan>c</tspan></text>",
            "<text>{% if a %}x{% endif %}<tspan>c</tspan></text>",
        ),
    ],
)
def test_blocks_around_elements_become_directives(body: str, expected: str) -> None:
    root = tree(body)
    structure(root, "t.svg")
    assert plain(root) == expected


@pytest.mark.parametrize(
    "body",
    [
        "<g>{% if a %}<path/></g>{% endif %}<g/>",
        "{% if a %}<g/>",
        "<g/>{% endif %}<g/>",
        "{% for a in b %}<g/>{% endif %}",
    ],
)
def test_a_block_that_crosses_element_borders_is_refused_with_its_line(body: str) -> None:
    with pytest.raises(TemplateSyntax, match="crosses") as caught:
        structure(tree(f"\n\n{body}"), "t.svg")
    assert caught.value.location.line in {1, 3}


def mended(body: str) -> str:
    root = tree(body)
    mend(root, ComputedStyles(Viewport(100, 100)), "t.svg")
    return plain(root)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<text>{{ a_<tspan>b }}!</tspan></text>", "<text>{{ a_b }}<tspan>!</tspan></text>"),
        (
            "<text><tspan>Hi {</tspan><tspan>{ a }}</tspan></text>",
            "<text><tspan>Hi {{ a }}</tspan><tspan/></text>",
        ),
        (
            "<text><tspan>{{</tspan><tspan>a</tspan><tspan>}} b</tspan></text>",
            "<text><tspan>{{a}}</tspan><tspan/><tspan> b</tspan></text>",
        ),
        ("<text>{{ a|default(“b”) }}</text>", '<text>{{ a|default("b") }}</text>'),
        ("<text>a { b</text>", "<text>a { b</text>"),
        ("<text>a {<tspan>b</tspan></text>", "<text>a {<tspan>b</tspan></text>"),
    ],
)
def test_torn_placeholders_are_mended(body: str, expected: str) -> None:
    assert mended(body) == expected


def test_a_placeholder_over_two_styles_is_refused_with_the_property() -> None:
    with pytest.raises(TemplateSyntax, match="fill") as caught:
        mended('<text>{{ a_<tspan fill="red">b }}</tspan></text>')
    assert caught.value.hint


def test_a_placeholder_that_is_never_closed_is_refused() -> None:
    with pytest.raises(TemplateSyntax, match="never closed"):
        mended("<text>Hi {{ name</text>")
