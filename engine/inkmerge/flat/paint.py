"""Paint: fill and stroke of a path, as plain attributes; gradients and patterns resolved."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.errors import LimitExceeded
from inkmerge.flat.context import FlattenContext
from inkmerge.svg.colors import Paint, parse_color, parse_paint
from inkmerge.svg.names import GRADIENTS, local_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.transforms import parse_transform, transform_text
from inkmerge.svg.units import Axis, Viewport, number_or_percentage, plain_number, text_of

_DEFAULT_LENGTHS: Final[dict[str, dict[str, str]]] = {
    "linearGradient": {"x1": "0%", "y1": "0%", "x2": "100%", "y2": "0%"},
    "radialGradient": {"cx": "50%", "cy": "50%", "r": "50%", "fx": "", "fy": "", "fr": "0%"},
    "pattern": {"x": "0", "y": "0", "width": "0", "height": "0"},
    "mask": {"x": "-10%", "y": "-10%", "width": "120%", "height": "120%"},
}
_UNIT_VALUES: Final = frozenset(("userSpaceOnUse", "objectBoundingBox"))
_UNITS: Final = {
    "linearGradient": "gradientUnits",
    "radialGradient": "gradientUnits",
    "pattern": "patternUnits",
    "mask": "maskUnits",
}
_SMALLEST_TILE: Final = 1e-4
"""In user units, or as a share of the bounding box."""
_CONTEXT: Final = frozenset(("context-fill", "context-stroke"))
_CAPS: Final = frozenset(("butt", "round", "square"))
_JOINS: Final = frozenset(("miter", "round", "bevel", "miter-clip", "arcs"))


def paint_attributes(
    element: etree._Element, style: dict[str, str], context: FlattenContext
) -> dict[str, str]:
    """Return fill and stroke of an element as attributes that need no inheritance and no CSS."""
    attributes = _one_paint("fill", element, style, context)
    if attributes["fill"] != "none" and style.get("fill-rule", "nonzero") == "evenodd":
        attributes["fill-rule"] = "evenodd"
    if style.get("stroke", "none") == "none":
        return attributes
    width = stroke_width(element, style, context)
    stroke = _one_paint("stroke", element, style, context)
    if stroke["stroke"] == "none" or width <= 0:
        return attributes
    attributes.update(stroke)
    attributes["stroke-width"] = text_of(context.bounded(width, element, "stroke-width"))
    attributes.update(_line_attributes(element, style, context))
    return attributes


def stroke_width(element: etree._Element, style: dict[str, str], context: FlattenContext) -> float:
    """Return the stroke width in user units; 1, with a finding, where it is no length or negative."""
    value = style.get("stroke-width", "1")
    found = plain_number(value)
    if found is None:
        found = context.units(element).length(value, "other")
    if found is None or found < 0:
        context.invalid(element, "stroke-width", value)
        return 1.0
    return found


def _one_paint(
    name: str, element: etree._Element, style: dict[str, str], context: FlattenContext
) -> dict[str, str]:
    initial = "black" if name == "fill" else "none"
    value = style.get(name, initial)
    current = style.get("color", "black")
    plain = _plain_color(value, current)
    if plain is not None and f"{name}-opacity" not in style:
        return {name: plain}
    if value in _CONTEXT:  # inside a marker: `markers_of` knows of what path
        return {name: value} | _opacity(f"{name}-opacity", 1.0, style, element, context)
    paint = parse_paint(value, current)
    if paint is None:
        context.invalid(element, name, value)
        paint = parse_paint(initial) or Paint(None, None)
    target, color = paint.server, paint.color
    if target is not None:
        server = context.ids.get(target)
        if server is not None and local_name(server) in GRADIENTS | {"pattern"}:
            return {name: f"url(#{target})"} | _opacity(f"{name}-opacity", 1.0, style, element, context)
        if color is None:
            context.warn(
                "reference-missing", f"{name} refers to #{target}, which is no gradient or pattern", element
            )
    if color is None:
        return {name: "none"}
    return {name: color.hex} | _opacity(f"{name}-opacity", color.alpha, style, element, context)


@lru_cache(maxsize=4096)
def _plain_color(value: str, current: str) -> str | None:
    """Return an opaque colour as ``#rrggbb``; None for any other paint."""
    paint = None if value in _CONTEXT else parse_paint(value, current)
    if paint is None or paint.server is not None or paint.color is None or paint.color.alpha != 1:
        return None
    return paint.color.hex


def _opacity(
    name: str, alpha: float, style: dict[str, str], element: etree._Element, context: FlattenContext
) -> dict[str, str]:
    value = number_or_percentage(style.get(name, "1"))
    if value is None:
        context.invalid(element, name, style[name])
        value = 1.0
    value = min(1.0, max(0.0, value)) * alpha
    return {} if value == 1 else {name: text_of(value)}


def _line_attributes(
    element: etree._Element, style: dict[str, str], context: FlattenContext
) -> dict[str, str]:
    found: dict[str, str] = {}
    cap, join = style.get("stroke-linecap", "butt"), style.get("stroke-linejoin", "miter")
    if cap in _CAPS - {"butt"}:
        found["stroke-linecap"] = cap
    if join in _JOINS - {"miter"}:
        found["stroke-linejoin"] = join
    miter = number_or_percentage(style.get("stroke-miterlimit", "4"))
    if miter is not None and miter < 1:  # invalid; browsers and resvg bevel
        found["stroke-linejoin"] = "bevel" if join == "miter" else join
    elif miter is not None and miter != 4:
        found["stroke-miterlimit"] = text_of(miter)
    dashes = _dashes(element, style.get("stroke-dasharray", "none"), context)
    if dashes:
        found["stroke-dasharray"] = " ".join(map(text_of, dashes))
        offset = context.measure(style.get("stroke-dashoffset", "0"), element, "other")
        if offset:
            found["stroke-dashoffset"] = text_of(context.bounded(offset, element, "stroke-dashoffset"))
    return found


def _dashes(element: etree._Element, value: str, context: FlattenContext) -> list[float]:
    """Return the dash array in user units; empty for a solid line.

    Negative lengths and a sum of zero make a solid line: https://www.w3.org/TR/SVG2/painting.html#StrokeDashing
    """
    if value.strip() in {"none", ""}:
        return []
    units = context.units(element)
    found = [units.length(word) for word in value.replace(",", " ").split()]
    if any(dash is None or dash < 0 for dash in found):
        context.invalid(element, "stroke-dasharray", value)
        return []
    dashes = [dash for dash in found if dash is not None]
    period = sum(dashes)
    if 0 < period < context.limits.dash_period:
        raise LimitExceeded(
            f"stroke-dasharray repeats every {period:g} user units, allowed are {context.limits.dash_period:g} at least",
            location=place_of(element, context.name),
            hint="make the dashes longer, or the stroke solid",
        )
    return dashes if period > 0 else []


def flatten_server(element: etree._Element, context: FlattenContext) -> None:
    """Write the geometry of a gradient, pattern or mask as plain numbers, in place."""
    local = local_name(element)
    for name in ("gradientUnits", "patternUnits", "patternContentUnits", "maskUnits", "maskContentUnits"):
        if element.get(name, "userSpaceOnUse") not in _UNIT_VALUES:
            context.invalid(element, name, element.attrib.pop(name))
    is_box = element.get(_UNITS[local], "objectBoundingBox") == "objectBoundingBox"
    for name, default in _DEFAULT_LENGTHS[local].items():
        source = element.get(name, default).strip() or default
        if not source:
            element.attrib.pop(name, None)
            continue
        axis: Axis = "x" if name in {"x", "x1", "x2", "cx", "fx", "width"} else "y"
        if is_box:
            value = number_or_percentage(source)
        else:
            value = context.units(element).length(source, "other" if name in {"r", "fr"} else axis)
        if value is None:
            context.invalid(element, name, source)
            value = (number_or_percentage(default) if is_box else Viewport(1, 1).length(default)) or 0.0
        if local == "pattern" and name in {"width", "height"} and 0 < value < _SMALLEST_TILE:
            context.warn(
                "value-invalid", f"a pattern with a {name} of {value:g} is too fine to be drawn", element
            )
        element.set(name, text_of(context.bounded(value, element, name)))
    for name in ("gradientTransform", "patternTransform"):
        if name in element.attrib:
            matrix = read_transform(element, name, context)
            _set_or_drop(element, name, transform_text(matrix))


def flatten_stop(element: etree._Element, context: FlattenContext) -> None:
    """Write a gradient stop's offset, colour and opacity as plain values, in place."""
    offset = number_or_percentage(element.get("offset", "0"))
    if offset is None:
        context.invalid(element, "offset", element.get("offset", ""))
        offset = 0.0
    current = element.get("color", "black")
    value = element.get("stop-color", "black")
    color = parse_color(value, current)
    if color is None:
        context.invalid(element, "stop-color", value)
        color = parse_color("black")
    assert color is not None  # black is a colour
    opacity = number_or_percentage(element.get("stop-opacity", "1"))
    if opacity is None:
        context.invalid(element, "stop-opacity", element.get("stop-opacity", ""))
        opacity = 1.0
    element.attrib.clear()
    element.set("offset", text_of(min(1.0, max(0.0, offset))))
    element.set("stop-color", color.hex)
    alpha = min(1.0, max(0.0, opacity)) * color.alpha
    if alpha != 1:
        element.set("stop-opacity", text_of(alpha))


def read_transform(element: etree._Element, name: str, context: FlattenContext) -> Transform:
    """Return the matrix in attribute `name`; the identity, with a finding, when it is invalid."""
    value = element.get(name, "")
    matrix = parse_transform(value)
    if matrix is None:
        context.invalid(element, name, value)
        return Identity
    for value in matrix:
        context.bounded(value, element, name)
    return matrix


def _set_or_drop(element: etree._Element, name: str, value: str) -> None:
    if value:
        element.set(name, value)
    else:
        element.attrib.pop(name, None)
