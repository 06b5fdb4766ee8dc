"""Text frames drawn by the designer → text boxes: `shape-inside`, `flowRoot`, `inline-size`, and the sidecar's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fontTools.pens.boundsPen import BoundsPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from inkmerge.flat.context import FlattenContext
from inkmerge.flat.paragraphs import line_height
from inkmerge.flat.shapes import shape_data
from inkmerge.flat.words import BOX
from inkmerge.svg.colors import reference
from inkmerge.svg.names import SHAPES, TEXT_ROOTS, local_name
from inkmerge.svg.parsing import remove_element
from inkmerge.svg.transforms import parse_transform
from inkmerge.text import TextBox


def find_boxes(
    root: etree._Element, specified: Mapping[etree._Element, Mapping[str, Any]], context: FlattenContext
) -> dict[str, TextBox]:
    """Mark each text that has a box, in place, and return the boxes by their marks.

    Args:
        root: The expanded tree.
        specified: What the sidecar or `data-*` attributes say, by element: the fields of `TextBox`.
        context: Lengths and references of the tree.
    """
    boxes: dict[str, TextBox] = {}
    for element in list(root.iter(etree.Element)):
        if local_name(element) not in TEXT_ROOTS:
            continue
        fields = _drawn_frame(element, context) | dict(specified.get(element, {}))
        if fields and "line_height" not in fields and (height := _line_height(element, context)) is not None:
            fields["line_height"] = height
        if fields:
            key = str(len(boxes))
            element.set(BOX, key)
            boxes[key] = TextBox(**fields)
    return boxes


def _line_height(element: etree._Element, context: FlattenContext) -> float | None:
    """Return the distance of lines that a tool set one by one: they say no `line-height`."""
    style = context.styles(element[0] if len(element) else element)
    return None if "line-height" in style else line_height(element, style)


def _drawn_frame(element: etree._Element, context: FlattenContext) -> dict[str, Any]:
    if local_name(element) == "flowRoot":
        return _flow_region(element, context)
    target = reference(element.get("shape-inside", ""))
    shape = context.ids.get(target) if target else None
    if shape is not None and local_name(shape) in SHAPES:
        padding = context.measure(element.get("shape-padding", "0"), element, "other")
        return _frame(shape, padding, context)
    inline_size = element.get("inline-size", "auto")
    if inline_size not in {"auto", "0"} and (width := context.measure(inline_size, element, "x")) > 0:
        return {"width": width, "fit": "wrap"}
    return {}


def _flow_region(element: etree._Element, context: FlattenContext) -> dict[str, Any]:
    """Read and remove the region of an SVG 1.2 `flowRoot`, which Inkscape wrote before 1.0."""
    found: dict[str, Any] = {}
    for child in list(element):
        if local_name(child) == "flowRegion":
            for shape in child.iter(etree.Element):
                if local_name(shape) in SHAPES and not found:
                    found = _frame(shape, 0.0, context)
            remove_element(child)
    return found


def _frame(shape: etree._Element, padding: float, context: FlattenContext) -> dict[str, Any]:
    """Return the bounding box of a shape as a box in which text wraps from the top and shrinks when it must."""
    pen = BoundsPen(None)
    matrix = parse_transform(shape.get("transform", ""))
    data = shape_data(shape, context)
    if not data or matrix is None:
        return {}
    parse_path(data, pen)
    if pen.bounds is None:
        return {}
    left, top, right, bottom = pen.bounds
    corners = [
        matrix.transformPoint(point) for point in ((left, top), (right, top), (left, bottom), (right, bottom))
    ]
    x0, x1 = min(x for x, _ in corners) + padding, max(x for x, _ in corners) - padding
    y0, y1 = min(y for _, y in corners) + padding, max(y for _, y in corners) - padding
    if x1 <= x0 or y1 <= y0:
        return {}
    return {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0, "fit": "shrink", "valign": "top"}
