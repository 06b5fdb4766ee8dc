from __future__ import annotations

import pytest
from lxml import etree

from inkmerge.errors import AssetNotAllowed, LimitExceeded
from inkmerge.limits import Limits
from inkmerge.svg.cascade import cascade
from inkmerge.svg.expansion import Expansion, push_inherited
from inkmerge.svg.names import local_name, svg_name
from inkmerge.svg.parsing import parse_svg
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Viewport

VIEWPORT = Viewport(200, 100)


def expanded(body: str, root_attributes: str = ""):
    source = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root_attributes}>{body}</svg>'
    root, _ = parse_svg(source.encode(), Limits(), "t.svg")
    cascade(root, Limits(), "t.svg")
    expansion = Expansion(root, VIEWPORT, Limits(), "t.svg", "en")
    expansion.run()
    push_inherited(root, ComputedStyles(VIEWPORT))
    return root, expansion.findings


def names(root: etree._Element) -> list[str]:
    return [local_name(element) for element in root.iter(etree.Element)][1:]


def test_a_use_becomes_a_group_with_a_copy_that_inherits_from_it() -> None:
    root, _ = expanded('<defs><rect id="a" width="5"/></defs><use href="#a" x="10" y="20%" fill="red"/>')
    group = root[1]
    assert group.get("transform") == "translate(10 20)"
    assert group[0].get("fill") == "red"
    assert group.get("fill") is None


def test_a_symbol_is_fitted_into_the_size_of_its_use_and_clipped() -> None:
    root, _ = expanded(
        '<symbol id="s" viewBox="0 0 10 10"><rect width="50%"/></symbol><use xlink:href="#s" width="100" height="100"/>'
    )
    rect = next(root.iter(svg_name("rect")))
    assert any(local_name(element) == "clipPath" for element in root.iter(etree.Element))
    content = [
        element
        for element in root.iter(svg_name("g"))
        if element.get("transform", "").startswith("matrix(10")
    ]
    assert content
    assert rect is not None
    assert not list(root.iter(svg_name("symbol")))


@pytest.mark.parametrize(
    "body",
    [
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<use id="a" href="#b"/><use id="b" href="#a"/>',
    ],
)
def test_a_use_that_holds_itself_is_left_out_with_a_finding(body: str) -> None:
    root, findings = expanded(body)
    assert not list(root.iter("{http://www.w3.org/2000/svg}use"))
    assert {finding.code for finding in findings} == {"reference-cycle"}


def test_uses_that_multiply_are_refused() -> None:
    levels = "".join('<g id="l{}">{}</g>'.format(n, f'<use href="#l{n - 1}"/>' * 10) for n in range(1, 7))
    with pytest.raises(LimitExceeded):
        expanded(f'<defs><rect id="l0"/>{levels}</defs><use href="#l6"/>')


def test_a_use_of_another_file_is_refused_and_a_missing_one_is_reported() -> None:
    with pytest.raises(AssetNotAllowed):
        expanded('<use href="other.svg#a"/>')
    root, findings = expanded('<use href="#nothing"/>')
    assert names(root) == []
    assert [finding.code for finding in findings] == ["reference-missing"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('<switch><g id="no" systemLanguage="de"/><g id="yes"/></switch>', "yes"),
        ('<switch><g id="yes" systemLanguage="en-GB"/><g id="no"/></switch>', "yes"),
        ('<switch><foreignObject requiredExtensions="x"/><g id="yes"/></switch>', "yes"),
        ('<g id="no" systemLanguage="fr"/><g id="yes"/>', "yes"),
        ('<g id="yes"/><rect display="none"/>', "yes"),
    ],
)
def test_only_what_passes_its_conditions_is_kept(body: str, kept: str) -> None:
    root, _ = expanded(body)
    assert [element.get("id") for element in root.iter(etree.Element) if element.get("id")] == [kept]


def test_inherited_properties_are_pushed_down_to_what_is_drawn() -> None:
    root, _ = expanded(
        '<g fill="{{ colour }}" font-size="20"><g stroke="red"><rect/></g><text>a</text></g>', 'color="blue"'
    )
    rect, text = next(root.iter(svg_name("rect"))), next(root.iter(svg_name("text")))
    assert (rect.get("fill"), rect.get("stroke"), rect.get("color")) == ("{{ colour }}", "red", "blue")
    assert float(text.get("font-size", "0")) == 20
    assert all("fill" not in group.attrib for group in root.iter(svg_name("g")))


@pytest.mark.parametrize(
    ("parent", "own", "expected"),
    [
        ("20", "2em", 40),
        ("20", "50%", 10),
        ("20", "larger", 24),
        ("medium", "inherit", 16),
        ("20", "-5", 20),
        ("x-large", "", 24),
    ],
)
def test_a_font_size_is_computed_from_that_of_its_parent(parent: str, own: str, expected: float) -> None:
    root, _ = expanded(f'<g font-size="{parent}"><text font-size="{own}">a</text></g>')
    assert float(root[0][0].get("font-size", "16")) == pytest.approx(expected)


def test_a_tref_becomes_a_span_with_the_characters_it_refers_to() -> None:
    root, findings = expanded(
        '<defs><text id="a">A<tspan>B</tspan><tref href="#b"/></text><rect id="b">C</rect></defs>'
        '<text><tref href="#a" x="5">old</tref>D<tref href="other.svg#x"/>E</text>'
    )
    text = root[-1]
    assert ["".join(text.itertext()), text[0].get("x"), local_name(text[0])] == ["ABDE", "5", "tspan"]
    assert [finding.code for finding in findings] == ["reference-missing"]


@pytest.mark.parametrize(
    ("a", "b", "cycles"),
    [("#a", "#c", 1), ("#b", "#a", 2), ("#b", "#c", 0)],
)
def test_trefs_that_lead_back_are_reported(a: str, b: str, cycles: int) -> None:
    _, findings = expanded(
        f'<text id="a">A<tref href="{a}"/></text><text id="b">B<tref href="{b}"/></text><text id="c">C</text>'
    )
    assert [finding.code for finding in findings] == ["reference-cycle"] * cycles


def test_trefs_cannot_multiply_text_beyond_the_limit() -> None:
    with pytest.raises(LimitExceeded):
        expanded(
            '<defs><text id="a">'
            + "x" * 9999
            + "</text></defs><text>"
            + '<tref href="#a"/>' * 999
            + "</text>"
        )


def test_a_text_has_the_lines_that_groups_around_it_declare() -> None:
    root, _ = expanded(
        '<g text-decoration="underline"><g text-decoration="none"><text text-decoration="overline"/></g></g>'
    )
    assert root[0][0][0].get("text-decoration") == "underline overline"
