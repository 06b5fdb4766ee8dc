"""Shapes → paths with explicit paint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fontTools.misc.transform import Identity
from lxml import etree

from inkmerge.flat.context import CARRIED, FlattenContext
from inkmerge.flat.markers import MARKER_SCALE, MARKERS
from inkmerge.flat.paint import paint_attributes, stroke_width
from inkmerge.flat.path_data import ellipse, read_path, rounded_rectangle
from inkmerge.svg.names import local_name, svg_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import number, numbers, text_of
from inkmerge.text import measure

KEPT: Final = (*CARRIED, "clip-rule")


def flatten_shape(element: etree._Element, context: FlattenContext) -> None:
    """Turn a shape into a `<path>` that says all about itself, in place; remove it when it draws nothing."""
    style = context.styles(element)
    data = _DATA[local_name(element)](element, context)
    if not data or style.get("visibility", "visible") != "visible":
        remove_element(element)
        return
    attributes = {name: element.attrib[name] for name in KEPT if name in element.attrib}
    attributes["d"] = data
    attributes.update(paint_attributes(element, style, context))
    _scale_stroke(attributes, element, style, data)
    _check_dashes(data, attributes.get("stroke-dasharray"), element, context)
    markers = {name: style[name] for name in MARKERS if style.get(name, "none") != "none"}
    if markers:
        width = stroke_width(element, style, context)
        attributes |= {**markers, MARKER_SCALE: repr(width)}
    if (order := style.get("paint-order", "normal")) != "normal":
        attributes["paint-order"] = order
    if (rendering := style.get("shape-rendering", "auto")) != "auto":
        attributes["shape-rendering"] = rendering
    tail = element.tail
    element.clear()
    element.tail = tail
    element.tag = svg_name("path")
    for name, value in attributes.items():
        element.set(name, value)


def _scale_stroke(
    attributes: dict[str, str], element: etree._Element, style: Mapping[str, str], data: str
) -> None:
    """Carry out `pathLength` on dashes, and `vector-effect` on the stroke, in place.

    Under a transform that scales differently along x and y, a stroke that does not scale gets a width between the two.
    https://www.w3.org/TR/SVG2/paths.html#PathLengthAttribute
    https://www.w3.org/TR/SVG2/coords.html#VectorEffects
    """
    if "stroke" not in attributes:
        return
    factor = 1.0
    if style.get("vector-effect", "none") == "non-scaling-stroke" and (scale := scale_of(element)) > 0:
        factor = 1 / scale
        attributes["stroke-width"] = text_of(float(attributes.get("stroke-width", "1")) * factor)
    if "stroke-dasharray" not in attributes:
        return
    assumed = number(element.get("pathLength", ""))
    if assumed is not None and assumed > 0:
        factor *= measure(data, Identity).length / assumed
    if factor == 1:
        return
    dashes = [float(word) * factor for word in attributes["stroke-dasharray"].split()]
    attributes["stroke-dasharray"] = " ".join(map(text_of, dashes))
    if sum(map(float, attributes["stroke-dasharray"].split())) <= 0:
        del attributes["stroke-dasharray"]
    if "stroke-dashoffset" in attributes:
        attributes["stroke-dashoffset"] = text_of(float(attributes["stroke-dashoffset"]) * factor)


def scale_of(element: etree._Element) -> float:
    """Return how much the transforms up to the root enlarge the element (the root of the area's factor)."""
    scale = 1.0
    current: etree._Element | None = element
    while current is not None:
        matrix = parse_transform(current.get("transform", ""))
        if matrix is not None:
            scale *= abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
        current = current.getparent()
    return scale


def _check_dashes(data: str, dashes: str | None, element: etree._Element, context: FlattenContext) -> None:
    """Refuse a path whose dashes would take for ever to draw."""
    if dashes is None:
        return
    lengths = [float(word) for word in dashes.split()]
    found = len(lengths) * measure(data, Identity).length / sum(lengths)
    context.limits.require("dashes", round(found), place_of(element, context.name))


def shape_data(element: etree._Element, context: FlattenContext) -> str:
    """Return the path data of a shape; empty when it draws nothing."""
    return _DATA[local_name(element)](element, context)


def _path(element: etree._Element, context: FlattenContext) -> str:
    source = element.get("d", "")
    if source.strip() in {"", "none"}:
        return ""
    path = read_path(source)
    if path.error_at is not None:
        context.invalid(element, "d", source[max(0, path.error_at - 10) : path.error_at + 30])
    context.bounded(path.largest, element, "d")
    return path.text


def _rect(element: etree._Element, context: FlattenContext) -> str:
    x, y = context.length(element, "x", "x"), context.length(element, "y", "y")
    width, height = context.length(element, "width", "x"), context.length(element, "height", "y")
    if width <= 0 or height <= 0:
        return ""
    rx, ry = _radii(element, context)
    rx, ry = min(rx, width / 2), min(ry, height / 2)
    return rounded_rectangle(x, y, (width, height), (rx, ry))


def _radii(element: etree._Element, context: FlattenContext) -> tuple[float, float]:
    """Return rx and ry; each is the other's where it is `auto`, absent or negative."""
    found: list[float | None] = []
    for name, axis in (("rx", "x"), ("ry", "y")):
        value = element.get(name, "auto").strip()
        if value in {"auto", ""}:
            found.append(None)
            continue
        length = context.length(element, name, "x" if axis == "x" else "y", "-1")
        found.append(length if length >= 0 else None)
    rx, ry = found
    if rx is None:
        rx = ry
    if ry is None:
        ry = rx
    return rx or 0.0, ry or 0.0


def _circle(element: etree._Element, context: FlattenContext) -> str:
    r = context.length(element, "r", "other")
    return ellipse(context.length(element, "cx", "x"), context.length(element, "cy", "y"), r, r)


def _ellipse(element: etree._Element, context: FlattenContext) -> str:
    rx, ry = _radii(element, context)
    return ellipse(context.length(element, "cx", "x"), context.length(element, "cy", "y"), rx, ry)


def _line(element: etree._Element, context: FlattenContext) -> str:
    ends = [
        text_of(context.length(element, name, "x" if name[0] == "x" else "y"))
        for name in ("x1", "y1", "x2", "y2")
    ]
    return "M {} {} L {} {}".format(*ends)


def _poly(element: etree._Element, context: FlattenContext) -> str:
    source = element.get("points", "")
    points = numbers(source)
    if points is None:
        context.invalid(element, "points", source)
        points = _leading_numbers(source)
    points = points[: len(points) // 2 * 2]
    if len(points) < 4:
        return ""
    context.bounded(max(map(abs, points)), element, "points")
    pairs = " ".join(f"{text_of(x)} {text_of(y)}" for x, y in zip(points[::2], points[1::2], strict=True))
    return f"M {pairs}" + (" Z" if local_name(element) == "polygon" else "")


def _leading_numbers(source: str) -> list[float]:
    """Return the numbers before the first error, which SVG draws."""
    found: list[float] = []
    for word in source.replace(",", " ").split():
        value = numbers(word)
        if value is None:
            break
        found.extend(value)
    return found


_DATA = {
    "path": _path,
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
    "line": _line,
    "polyline": _poly,
    "polygon": _poly,
}
