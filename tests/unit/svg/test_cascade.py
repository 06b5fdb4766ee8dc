from __future__ import annotations

import pytest
from lxml import etree

from inkmerge.errors import UnsupportedFeature
from inkmerge.limits import Limits
from inkmerge.svg.cascade import cascade
from inkmerge.svg.parsing import parse_svg


def cascaded(style: str, body: str):
    source = f'<svg xmlns="http://www.w3.org/2000/svg"><style>{style}</style>{body}</svg>'
    root, _ = parse_svg(source.encode(), Limits(), "t.svg")
    findings = cascade(root, Limits(), "t.svg")
    return root, findings


@pytest.mark.parametrize(
    ("style", "body", "fill"),
    [
        ("rect{fill:red}", "<rect fill='blue'/>", "red"),
        (".a{fill:red} rect{fill:blue}", "<rect class='a'/>", "red"),
        ("#x{fill:red} .a{fill:blue}", "<rect id='x' class='a'/>", "red"),
        (".a{fill:blue} .b{fill:red}", "<rect class='a b'/>", "red"),
        (".a{fill:red}", "<rect class='a' style='fill:blue'/>", "blue"),
        (".a{fill:red!important}", "<rect class='a' style='fill:blue'/>", "red"),
        (".a{fill:red!important}", "<rect class='a' style='fill:blue!important'/>", "blue"),
        ("g > rect{fill:red}", "<g><rect/></g>", "red"),
        ("rect:not(.b){fill:red}", "<rect/>", "red"),
        ("rect:nth-child(2){fill:red}", "<rect/>", None),
        ("@media print{rect{fill:red}}", "<rect/>", None),
        ("@media screen{rect{fill:red}}", "<rect/>", "red"),
        ("rect{FILL:RED}", "<rect/>", "red"),
        ("rect{fill:url(#Big)}", "<rect/>", "url(#Big)"),
        ("<![CDATA[rect{fill:red}]]>", "<rect/>", "red"),
        (".a{fill:{{ colour }}}", "<rect class='a'/>", "{{ colour }}"),
        ("", "<rect style='fill:{{ colour | default(\"red\") }};stroke:blue'/>".replace('"', "&quot;"), None),
    ],
)
def test_the_declaration_that_wins_becomes_the_attribute(style: str, body: str, fill: str | None) -> None:
    root, _ = cascaded(style, body)
    rect = next(root.iter("{http://www.w3.org/2000/svg}rect"))
    if "default" in body:
        assert rect.get("fill") == '{{ colour | default("red") }}'
        assert rect.get("stroke") == "blue"
    else:
        assert rect.get("fill") == fill
    assert b"style" not in etree.tostring(root)
    assert b"class" not in etree.tostring(root)


def test_the_font_shorthand_sets_its_parts_and_resets_the_rest() -> None:
    root, _ = cascaded(
        ".a{font: italic bold 12px/1.5 'Open Sans', serif}", "<text class='a' font-variant='small-caps'/>"
    )
    text = root[0]
    assert text.get("font-style") == "italic"
    assert text.get("font-weight") == "bold"
    assert text.get("font-size") == "12px"
    assert text.get("line-height") == "1.5"
    assert text.get("font-family") == '"Open Sans", serif'
    assert text.get("font-variant") == "normal"


def test_what_css_cannot_be_used_is_reported_with_its_line() -> None:
    _, findings = cascaded("\n@import url(x.css);\na:frobnicate(2){fill:red}", "<rect/>")
    assert [(finding.code, finding.location.line) for finding in findings] == [
        ("css-ignored", 2),
        ("css-ignored", 3),
    ]


@pytest.mark.parametrize(
    ("style", "body", "words"),
    [
        ("rect{fill:red; .a{fill:blue}}", "<rect/>", "the rule .a inside of another"),
        ("rect{fill:red; stroke blue}", "<rect/>", "stroke blue is no CSS declaration"),
        ("", '<rect style="fill red"/>', "fill red is no CSS declaration"),
        ("rect{fill: var(--none)}", "<rect/>", "fill: var(--none) has no value"),
        ("", '<rect fill="var(--none)"/>', "fill: var(--none) has no value"),
        ("", '<g style="--a: var(--b); --b: var(--a)"/>', "--a refers to itself"),
        ("", '<rect style="rotate: x 45deg"/>', "rotate: x 45deg is no move in the plane"),
    ],
)
def test_declarations_without_effect_are_reported(style: str, body: str, words: str) -> None:
    _, findings = cascaded(style, body)
    assert [(finding.code, words in finding.message) for finding in findings] == [("css-ignored", True)]


@pytest.mark.parametrize("style", ["{{ css }}", "fill: red; {{ css }}", "{% if a %}fill: red{% endif %}"])
def test_a_placeholder_in_the_place_of_a_declaration_is_refused(style: str) -> None:
    with pytest.raises(UnsupportedFeature, match="where a property and its value belong"):
        cascaded("", f'<rect style="{style}"/>')


def test_translate_rotate_and_scale_come_before_the_transform() -> None:
    root, findings = cascaded(
        "rect{scale: 2; translate: 50% {{ x }}px; rotate: z 45deg; transform: skewX(5deg)} path{scale: none}",
        '<rect/><path transform="scale(3)"/><text rotate="30"/>',
    )
    assert root[0].get("transform") == "translate(50%, {{ x }}px) rotate(45deg) scale(2) skewX(5deg)"
    assert root[1].get("transform") == "scale(3)"
    assert root[2].get("rotate") == "30"
    assert findings == []


def test_a_placeholder_in_a_selector_is_refused() -> None:
    with pytest.raises(UnsupportedFeature, match="selector"):
        cascaded(".{{ tier }} x{fill:red}", "<rect/>")


def test_properties_that_only_css_sets_are_no_attributes() -> None:
    root, _ = cascaded("", '<text font-kerning="none"/><text style="font-kerning: none"/>')
    assert [text.get("font-kerning") for text in root[-2:]] == [None, "none"]


def test_a_length_without_a_unit_is_none_in_css_but_one_in_an_attribute() -> None:
    root, findings = cascaded(
        ".a{letter-spacing:2;font-size:0}", "<text class='a' word-spacing='3' style='font-size:12'/>"
    )
    assert (root[0].get("letter-spacing"), root[0].get("word-spacing"), root[0].get("font-size")) == (
        None,
        "3",
        "0",
    )
    assert [finding.message.split(" has")[0] for finding in findings] == [
        "letter-spacing: 2",
        "font-size: 12",
    ]
    assert "2px" in (findings[0].hint or "")
