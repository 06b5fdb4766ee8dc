"""Figma's gradients in HTML, and what is left of other HTML."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from inkmerge.limits import Limits
from inkmerge.svg.parsing import parse_svg


def drawn(background: str, more: str = "", around: str = "{}") -> etree._Element:
    html = (
        '<foreignObject x="-50" y="-50" width="100" height="100">'
        f'<div xmlns="http://www.w3.org/1999/xhtml" style="background:{background};height:100%{more}"></div></foreignObject>'
    )
    source = f'<svg xmlns="http://www.w3.org/2000/svg">{around.format(html)}</svg>'
    return parse_svg(source.encode(), Limits(), "t.svg")[0]


def color_toward(root: etree._Element, x: float, y: float) -> str | None:
    """Return the fill of the wedge in which a point lies."""
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", path.get("d", ""))]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        sides = [
            (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1], strict=True)
        ]
        if min(sides) >= 0 or max(sides) <= 0:
            return path.get("fill")
    return None


def test_a_conic_gradient_starts_at_the_top_and_goes_clockwise() -> None:
    root = drawn("conic-gradient(#ff0000 0deg 90deg, #00ff00 90deg 180deg, #0000ff 180deg)")
    assert color_toward(root, 20, -21) == "#ff0000"
    assert color_toward(root, 20, 21) == "#00ff00"
    assert color_toward(root, -20, -21) == "#0000ff"


def test_from_turns_it_and_stops_without_places_are_spread() -> None:
    root = drawn("conic-gradient(from 90deg, #000000, #ffffff, #000000)")
    assert color_toward(root, 40, 0.4) in {"#000000", "#010101", "#020202", "#030303"}
    assert color_toward(root, -40, 0.4) >= "#fc"


def test_alpha_and_opacity_are_kept() -> None:
    root = drawn("conic-gradient(rgba(255,0,0,0.5), rgba(255,0,0,0.5))", ";opacity:0.3")
    assert {path.get("fill-opacity") for path in root.iter("{*}path")} == {"0.5"}
    assert root[0].get("opacity") == "0.3"


def test_wedges_stay_inside_of_the_box() -> None:
    root = drawn("conic-gradient(#000, #fff)")
    numbers = [
        float(one) for path in root.iter("{*}path") for one in re.findall(r"-?[\d.]+", path.get("d", ""))
    ]
    assert max(map(abs, numbers)) <= 50


@pytest.mark.parametrize(
    "background",
    [
        "red url(x.png)",
        "radial-gradient(red, blue)",
        "conic-gradient(red)",
        "conic-gradient(from 10px, red, blue)",
        "conic-gradient(from 10deg at 20% 20%, red, blue)",
        "conic-gradient(" + ",".join(["red"] * 300) + ")",
        "linear-gradient(to right, red, blue)",
        "",
    ],
)
def test_other_backgrounds_are_left_to_be_reported(background: str) -> None:
    assert [etree.QName(child).localname for child in drawn(background)] == ["foreignObject"]


def test_a_switch_keeps_its_alternatives() -> None:
    root = drawn("conic-gradient(red, blue)", around="<switch>{}<g/></switch>")
    assert etree.QName(root[0][0]).localname == "foreignObject"
