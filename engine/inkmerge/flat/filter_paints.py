"""`FillPaint` and `StrokePaint`: the filtered element's own paints as inputs of its filter.

https://www.w3.org/TR/filter-effects-1/#attr-valuedef-in-fillpaint
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fontTools.misc.transform import Identity
from lxml import etree

from inkmerge.flat.bounded import server_for
from inkmerge.flat.bounds import Box
from inkmerge.flat.filter_chain import FilterChain, Result
from inkmerge.svg.colors import parse_paint
from inkmerge.svg.expansion import FILTER_STYLE
from inkmerge.svg.names import GRADIENTS, local_name, new
from inkmerge.svg.units import number_or_percentage, text_of

_INPUTS: Final[dict[str, str]] = {"FillPaint": "fill", "StrokePaint": "stroke"}


@dataclass(frozen=True, slots=True)
class PaintSource:
    """Where the paints of one filtered element come from.

    Attributes:
        element: The element.
        box: Its bounding box, to which gradients refer, or None.
        ids: The tree's elements by id.
        define: Adds an element, to which it gives an id, to the definitions, and returns the id.
    """

    element: etree._Element
    box: Box | None
    ids: Mapping[str, etree._Element]
    define: Callable[[etree._Element], str]


def add_paint_inputs(chain: FilterChain, primitives: Iterable[etree._Element], source: PaintSource) -> None:
    """Append the paints that the primitives ask for, over the whole filter region."""
    asked = {one.get(name, "").strip() for top in primitives for one in top.iter() for name in ("in", "in2")}
    for name, kind in _INPUTS.items():
        if name in asked:
            chain.offer(name, _paint(kind, chain, source))


def _paint(kind: str, chain: FilterChain, source: PaintSource) -> Result:
    style = _style(source.element)
    paint = parse_paint(style.get(kind, "black" if kind == "fill" else "none"), style.get("color", "black"))
    opacity = number_or_percentage(style.get(f"{kind}-opacity", "1"))
    alpha = 1.0 if opacity is None else min(1.0, max(0.0, opacity))
    server = source.ids.get(paint.server) if paint and paint.server else None
    if server is not None:
        return chain.add_image(f"#{_painted(server, alpha, chain, source)}", chain.region)
    if paint is None or paint.color is None:
        return chain.clear(chain.region)
    flood = {"flood-color": paint.color.hex, "flood-opacity": text_of(alpha * paint.color.alpha)}
    return chain.add("feFlood", flood, chain.region, "sRGB")


def marked_style(element: etree._Element) -> dict[str, str]:
    """Return the inherited properties that a group with a filter has been marked with."""
    return {name: element.attrib[marked] for name, marked in FILTER_STYLE.items() if marked in element.attrib}


def _style(element: etree._Element) -> dict[str, str]:
    """Return the paint properties of a flat path, or those that a group has been marked with."""
    marked = marked_style(element)
    if marked:
        return marked
    if local_name(element) == "g" and len(element) == 1:
        return _style(element[0])
    return dict(element.attrib)


def _painted(server: etree._Element, alpha: float, chain: FilterChain, source: PaintSource) -> str:
    """Return the id of a path that shows the paint in the filter region, drawn from the corner of an `feImage`."""
    if (
        source.box is not None
        and local_name(server) in GRADIENTS
        and server.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox"
    ):
        server = server_for(server, source.box, Identity) or server
        source.define(server)
    region = chain.region
    left, top, right, bottom = map(text_of, (region.left, region.top, region.right, region.bottom))
    path = new(
        "path",
        {
            "d": f"M {left} {top} H {right} V {bottom} H {left} Z",
            "fill": f"url(#{server.get('id')})",
            "transform": f"translate({text_of(-region.left)} {text_of(-region.top)})",
        },
    )
    if alpha != 1:
        path.set("fill-opacity", text_of(alpha))
    return source.define(path)
