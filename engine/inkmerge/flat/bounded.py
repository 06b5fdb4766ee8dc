"""What a text's paint and effects refer to by its bounding box → copies that refer to user space.

A text becomes paths, whose own boxes are those of their ink; its bounding box is that of its em boxes:
https://www.w3.org/TR/SVG2/text.html#ObjectBoundingBoxUnitsTextObjects.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from copy import deepcopy
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.context import FlattenContext
from inkmerge.svg.names import GRADIENTS, local_name, new
from inkmerge.svg.transforms import parse_transform, transform_text
from inkmerge.svg.units import number_or_percentage, text_of

Box = tuple[float, float, float, float]
"""Left, top, width and height, in user units."""

_DEFAULTS: Final[dict[str, dict[str, str]]] = {
    "filter": {"x": "-10%", "y": "-10%", "width": "120%", "height": "120%"},
    "mask": {"x": "-10%", "y": "-10%", "width": "120%", "height": "120%"},
    "pattern": {"x": "0", "y": "0", "width": "0", "height": "0"},
}


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
    parent = source.getparent()
    if parent is None:
        return name
    found = next(
        one for count in itertools.count() if (one := f"inkmerge-text-{count}-{name}") not in context.ids
    )
    context.bounded_copies[key] = found
    clone = make(source, bounds, found)
    parent.insert(parent.index(source) + 1, clone)
    context.ids[found] = clone
    return found


def _depends_on_box(source: etree._Element, local: str) -> bool:
    box = "objectBoundingBox"
    if local in GRADIENTS:
        return bool(source.get("gradientUnits", box) == box)
    if local == "clipPath":
        return bool(source.get("clipPathUnits") == box)
    if local == "pattern":
        return bool(source.get("patternUnits", box) == box or source.get("patternContentUnits") == box)
    if local == "mask":
        return bool(source.get("maskUnits", box) == box or source.get("maskContentUnits") == box)
    return bool(source.get("filterUnits", box) == box)


def _copy(source: etree._Element, name: str) -> etree._Element:
    clone = deepcopy(source)
    clone.tail = None
    clone.set("id", name)
    for inner in clone.iterdescendants():
        inner.attrib.pop("id", None)
    return clone


def _place_region(clone: etree._Element, units: str, bounds: Box) -> None:
    """Write x, y, width and height in user units, in place."""
    if clone.get(units, "objectBoundingBox") != "objectBoundingBox":
        return
    x, y, width, height = bounds
    for name, start, extent in (
        ("x", x, width),
        ("y", y, height),
        ("width", 0.0, width),
        ("height", 0.0, height),
    ):
        default = _DEFAULTS[local_name(clone)][name]
        share = number_or_percentage(clone.get(name, default).strip() or default)
        if share is None:
            share = number_or_percentage(default) or 0.0
        clone.set(name, text_of(start + share * extent))
    clone.set(units, "userSpaceOnUse")


def _gradient(source: etree._Element, bounds: Box, name: str) -> etree._Element:
    clone = _copy(source, name)
    own = parse_transform(clone.get("gradientTransform", "")) or Identity
    matrix = _unit_square(bounds).transform(own)
    clone.set("gradientTransform", transform_text(matrix) or "scale(1)")
    clone.set("gradientUnits", "userSpaceOnUse")
    return clone


def _filter(source: etree._Element, bounds: Box, name: str) -> etree._Element:
    clone = deepcopy(source)
    clone.tail = None
    clone.set("id", name)
    _place_region(clone, "filterUnits", bounds)
    return clone


def _mask(source: etree._Element, bounds: Box, name: str) -> etree._Element:
    clone = _copy(source, name)
    _place_region(clone, "maskUnits", bounds)
    if clone.attrib.pop("maskContentUnits", "userSpaceOnUse") == "objectBoundingBox":
        _wrap_content(clone, _unit_square(bounds))
    return clone


def _pattern(source: etree._Element, bounds: Box, name: str) -> etree._Element:
    clone = _copy(source, name)
    _place_region(clone, "patternUnits", bounds)
    is_box = clone.attrib.pop("patternContentUnits", "userSpaceOnUse") == "objectBoundingBox"
    if is_box and "viewBox" not in clone.attrib:
        # the origin of the content is the tile's corner: only the unit is the box
        _wrap_content(clone, Identity.scale(bounds[2], bounds[3]))
    return clone


def _clip_path(source: etree._Element, bounds: Box, name: str) -> etree._Element:
    clone = _copy(source, name)
    own = parse_transform(clone.get("transform", "")) or Identity
    clone.set("transform", transform_text(own.transform(_unit_square(bounds))) or "scale(1)")
    del clone.attrib["clipPathUnits"]
    return clone


def _unit_square(bounds: Box) -> Transform:
    x, y, width, height = bounds
    return Transform(width, 0, 0, height, x, y)


def _wrap_content(element: etree._Element, matrix: Transform) -> None:
    group = new("g", {"transform": transform_text(matrix) or "scale(1)"})
    for child in list(element):
        group.append(child)
    element.append(group)


_COPIES: Final[dict[str, Callable[[etree._Element, Box, str], etree._Element]]] = {
    "gradient": _gradient,
    "pattern": _pattern,
    "filter": _filter,
    "mask": _mask,
    "clipPath": _clip_path,
}
