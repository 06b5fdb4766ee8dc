"""What refers to the bounding box of an element → copies that refer to user space.

A text becomes paths, whose own boxes are those of their ink; its bounding box is that of its em boxes:
https://www.w3.org/TR/SVG2/text.html#ObjectBoundingBoxUnitsTextObjects. A picture is placed in its viewport, which is its
bounding box: https://www.w3.org/TR/SVG2/coords.html#TermObjectBoundingBox.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounds import TEXT_BOUNDS, Box
from inkmerge.flat.context import SHAPE, FlattenContext
from inkmerge.svg.colors import reference
from inkmerge.svg.names import GRADIENTS, local_name, new
from inkmerge.svg.transform_origin import FILL_BOX
from inkmerge.svg.transforms import parse_transform, transform_text
from inkmerge.svg.units import number_or_percentage, text_of

_DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "mask": {"x": "-10%", "y": "-10%", "width": "120%", "height": "120%"},
}
_EFFECTS: Final = ("clip-path", "mask")
_URL: Final = re.compile(r"url\([^)]*\)")


def bound_effects(group: etree._Element, bounds: Box, context: FlattenContext) -> None:
    """Let clip and mask of a group refer to `bounds`, in place; what is done later finds them in a mark."""
    if any(name in group.attrib for name in ("filter", FILL_BOX, SHAPE)):
        group.set(TEXT_BOUNDS, f"{bounds.left!r} {bounds.top!r} {bounds.right!r} {bounds.bottom!r}")
    for name in _EFFECTS:
        value = group.get(name, "")
        target = reference(value) if "url(" in value else None
        if target is not None and (own := bounded_reference(target, bounds, context)) != target:
            group.set(name, _URL.sub(f"url(#{own})", value, count=1))


def bounded_reference(name: str, bounds: Box, context: FlattenContext) -> str:
    """Return the id of what to refer to instead of `name`: itself, or a copy for `bounds` where it depends on them."""
    source = context.ids.get(name)
    local = local_name(source) if source is not None else ""
    make = _COPIES.get("gradient" if local in GRADIENTS else local)
    if source is None or make is None or not _depends_on_box(source, local):
        return name
    key = f"{name} {bounds!r}"
    known = context.bounded_copies.get(key)
    if known is not None:
        return known
    clone = make(source, bounds)
    if clone is None:
        return name
    found = context.bounded_copies[key] = context.define(clone, "bounded")
    return found


def _depends_on_box(source: etree._Element, local: str) -> bool:
    box = "objectBoundingBox"
    if local in GRADIENTS:
        return bool(source.get("gradientUnits", box) == box)
    if local == "clipPath":
        return bool(source.get("clipPathUnits") == box)
    if local == "pattern":
        return bool(source.get("patternUnits", box) == box or source.get("patternContentUnits") == box)
    return bool(source.get("maskUnits", box) == box or source.get("maskContentUnits") == box)


def _copy(source: etree._Element) -> etree._Element:
    clone = deepcopy(source)
    clone.tail = None
    clone.attrib.pop("id", None)
    for inner in clone.iterdescendants():
        inner.attrib.pop("id", None)
    return clone


def _place_region(clone: etree._Element, units: str, bounds: Box) -> None:
    """Write x, y, width and height in user units, in place."""
    if clone.get(units, "objectBoundingBox") != "objectBoundingBox":
        return
    for name, start, extent in (
        ("x", bounds.left, bounds.width),
        ("y", bounds.top, bounds.height),
        ("width", 0.0, bounds.width),
        ("height", 0.0, bounds.height),
    ):
        default = _DEFAULTS[local_name(clone)][name]
        share = number_or_percentage(clone.get(name, default).strip() or default)
        if share is None:
            share = number_or_percentage(default) or 0.0
        clone.set(name, text_of(start + share * extent))
    clone.set(units, "userSpaceOnUse")


def _server(source: etree._Element, bounds: Box) -> etree._Element | None:
    return server_for(source, bounds, Identity)


def _mask(source: etree._Element, bounds: Box) -> etree._Element:
    clone = _copy(source)
    _place_region(clone, "maskUnits", bounds)
    if clone.attrib.pop("maskContentUnits", "userSpaceOnUse") == "objectBoundingBox":
        _wrap_content(clone, _unit_square(bounds))
    return clone


def _clip_path(source: etree._Element, bounds: Box) -> etree._Element:
    clone = _copy(source)
    own = parse_transform(clone.get("transform", "")) or Identity
    clone.set("transform", transform_text(own.transform(_unit_square(bounds))) or "scale(1)")
    del clone.attrib["clipPathUnits"]
    return clone


def _unit_square(bounds: Box) -> Transform:
    return Transform(bounds.width, 0, 0, bounds.height, bounds.left, bounds.top)


def _wrap_content(element: etree._Element, matrix: Transform) -> None:
    group = new("g", {"transform": transform_text(matrix) or "scale(1)"})
    for child in list(element):
        group.append(child)
    element.append(group)


_COPIES: Final[dict[str, Callable[[etree._Element, Box], etree._Element | None]]] = {
    "gradient": _server,
    "pattern": _server,
    "mask": _mask,
    "clipPath": _clip_path,
}


def server_for(server: etree._Element, box: Box, matrix: Transform) -> etree._Element | None:
    """Return a copy of a flat gradient or pattern that is the same for several elements, or for one elsewhere.

    Text becomes several paths, and its gradient spans the whole text; a marker's content is painted as the path is.
    https://www.w3.org/TR/SVG2/coords.html#ObjectBoundingBoxUnits

    Args:
        server: Its units may be those of the bounding box.
        box: The bounding box that it refers to.
        matrix: From the user space in which `box` is given to that of the elements.

    Returns:
        The copy, in user units and without an id; None when the box has no area that the server could refer to.
    """
    x, y, width, height = box.left, box.top, box.width, box.height
    if local_name(server) == "pattern":
        return _pattern_for(server, box, matrix)
    if server.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox" and (
        width <= 0 or height <= 0
    ):
        return None
    clone = _copy(server)
    own = parse_transform(clone.get("gradientTransform", "")) or Identity
    if clone.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox":
        own = Transform(width, 0, 0, height, x, y).transform(own)
    clone.set("gradientTransform", transform_text(matrix.transform(own)) or "scale(1)")
    clone.set("gradientUnits", "userSpaceOnUse")
    return clone


def _pattern_for(server: etree._Element, box: Box, matrix: Transform) -> etree._Element | None:
    clone = _copy(server)
    if clone.get("patternUnits", "objectBoundingBox") == "objectBoundingBox":
        if box.width <= 0 or box.height <= 0:
            return None
        for name, start, extent in (
            ("x", box.left, box.width),
            ("y", box.top, box.height),
            ("width", 0.0, box.width),
            ("height", 0.0, box.height),
        ):
            clone.set(name, text_of(start + float(clone.get(name, "0")) * extent))
        clone.set("patternUnits", "userSpaceOnUse")
    if clone.attrib.pop("patternContentUnits", "") == "objectBoundingBox" and "viewBox" not in clone.attrib:
        content = new("g", {"transform": f"scale({box.width!r} {box.height!r})"})
        for child in list(clone):
            content.append(child)
        clone.append(content)
    own = parse_transform(clone.get("patternTransform", "")) or Identity
    clone.set("patternTransform", transform_text(matrix.transform(own)) or "scale(1)")
    return clone
