"""Markers → copies of what they hold on each vertex, and `context-fill` and `context-stroke` in them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from copy import deepcopy
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounded import server_for
from inkmerge.flat.bounds import bounds_of
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.path_data import rectangle
from inkmerge.flat.vertices import Vertex, vertices
from inkmerge.svg.colors import reference
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.expansion import USED
from inkmerge.svg.names import local_name, mark, new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.transforms import parse_transform, transform_text
from inkmerge.svg.units import Axis, ViewBox, Viewport, viewport_transform

MARKERS: Final = ("marker-start", "marker-mid", "marker-end")
MARKER_SCALE: Final = mark("marker-scale")
"""Mark on a path with markers: its stroke width, be it stroked or not."""
_PAINT: Final = ("fill", "stroke")
_WORDS: Final = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


def markers_of(path: etree._Element, context: FlattenContext) -> etree._Element | None:
    """Return a group with the markers of a flat path, in the path's user space; None when there are none.

    The properties `marker-*` are taken off the path.
    https://www.w3.org/TR/SVG2/painting.html#RenderingMarkers

    Raises:
        LimitExceeded: The copies would be more elements than allowed.
    """
    named = {name: path.attrib.pop(name) for name in MARKERS if name in path.attrib}
    found = {name: marker for name, value in named.items() if (marker := _marker(value, context)) is not None}
    if not found:
        return None
    points = vertices(path.get("d", ""))
    group = new("g")
    drawn = 0
    for place, vertex in enumerate(points):
        roles = ["marker-mid"] if 0 < place < len(points) - 1 else []
        if place == 0:
            roles.append("marker-start")
        if place == len(points) - 1:
            roles.append("marker-end")
        for role in roles:
            marker = found.get(role)
            if marker is None or _is_empty(marker):
                continue
            drawn += 1 + sum(1 for _ in marker.iter(etree.Element))
            context.limits.require("elements", drawn, place_of(path, context.name))
            one = _on_vertex(marker, vertex, path, context, is_start=role == "marker-start")
            if one is not None:
                group.append(one)
    path.attrib.pop(MARKER_SCALE, None)
    return group if len(group) else None


def _marker(value: str, context: FlattenContext) -> etree._Element | None:
    target = reference(value)
    found = context.ids.get(target) if target else None
    return found if found is not None and local_name(found) == "marker" else None


def _is_empty(marker: etree._Element) -> bool:
    return not any(isinstance(child.tag, str) for child in marker)


def _on_vertex(
    marker: etree._Element, vertex: Vertex, path: etree._Element, context: FlattenContext, *, is_start: bool
) -> etree._Element | None:
    """Return a copy of the content, clipped to the marker's own viewport."""
    units = context.units(marker)
    width = units.length(marker.get("markerWidth", "3"), "x")
    height = units.length(marker.get("markerHeight", "3"), "y")
    if width is None or height is None or width <= 0 or height <= 0:
        return None
    place = Transform(1, 0, 0, 1, vertex.x, vertex.y).rotate(_angle(marker, vertex, is_start=is_start))
    if marker.get("markerUnits") != "userSpaceOnUse":
        stroke = float(path.get(MARKER_SCALE) or path.get("stroke-width", "1"))
        if stroke <= 0:
            return None
        place = place.scale(stroke, stroke)
    box = ViewBox.parse(marker.get("viewBox", ""))
    if "viewBox" in marker.attrib and box is None:
        return None
    shown = box or ViewBox(0, 0, width, height)
    fit, _ = viewport_transform(shown, width, height, marker.get("preserveAspectRatio", ""))
    x, y = fit.transformPoint(
        (
            _reference(marker.get("refX", "0"), "x", shown, units if box is None else _inside(box)),
            _reference(marker.get("refY", "0"), "y", shown, units if box is None else _inside(box)),
        )
    )
    matrix = place.translate(-x, -y).transform(fit)
    copy = new("g", {"transform": transform_text(matrix) or "scale(1)"})
    if marker.get("overflow", "hidden") in {"hidden", "scroll"}:
        left, top = fit.inverse().transformPoint((0, 0))
        right, bottom = fit.inverse().transformPoint((width, height))
        visible = (left, top, right - left, bottom - top)
        clip = new("clipPath")
        clip.append(new("path", {"d": rectangle(*visible), "fill": "#000000"}))
        copy.set("clip-path", f"url(#{context.define(clip, 'marker')})")
    for child in marker:
        if isinstance(child.tag, str) and local_name(child) != "defs":
            clone = deepcopy(child)
            clone.tail = None
            for one in clone.iter(etree.Element):
                one.attrib.pop("id", None)
            copy.append(clone)
    _paint_context(copy, path, matrix, context)
    return copy


def _reference(value: str, axis: Axis, shown: ViewBox, units: Viewport) -> float:
    """Return `refX` or `refY` in the coordinates of the content."""
    value = value.strip()
    start, extent = (shown.x, shown.width) if axis == "x" else (shown.y, shown.height)
    if value in _WORDS:
        return start + _WORDS[value] * extent
    return units.length(value, axis) or 0.0


def _inside(box: ViewBox) -> Viewport:
    return Viewport(box.width, box.height)


def _angle(marker: etree._Element, vertex: Vertex, *, is_start: bool) -> float:
    orient = marker.get("orient", "0").strip()
    if orient == "auto":
        return vertex.angle
    if orient == "auto-start-reverse":
        return vertex.angle + (math.pi if is_start else 0.0)
    matrix = parse_transform(f"rotate({orient})")
    return 0.0 if matrix is None else math.atan2(matrix[1], matrix[0])


def _paint_context(
    copy: etree._Element, path: etree._Element, matrix: Transform, context: FlattenContext
) -> None:
    """Give `context-fill` and `context-stroke` the paint of the path that the marker stands on.

    https://www.w3.org/TR/SVG2/painting.html#SpecifyingPaint
    """
    for element in copy.iter(etree.Element):
        for name in _PAINT:
            value = element.get(name, "")
            if not value.startswith("context-"):
                continue
            taken = value.removeprefix("context-").strip()
            apply_context_paint(
                element, name, _paint_of(path, taken), (path, _up_to(element, copy, matrix)), context
            )


def _paint_of(element: etree._Element, name: str) -> Mapping[str, str]:
    found = {name: element.get(name, "none")}
    if f"{name}-opacity" in element.attrib:
        found[f"{name}-opacity"] = element.attrib[f"{name}-opacity"]
    return found


def apply_context_paint(
    element: etree._Element,
    name: str,
    paint: Mapping[str, str],
    origin: tuple[etree._Element, Transform],
    context: FlattenContext,
) -> None:
    """Paint an element as its context element is painted: a gradient or pattern stays where that has it.

    Args:
        element: What is painted.
        name: `fill` or `stroke` of it.
        paint: The context element's paint, and its opacity.
        origin: The context element, and the matrix from the user space of `element` to its.
        context: References of the tree.
    """
    (_, value), *opacity = paint.items()
    target = reference(value)
    server = context.ids.get(target) if target else None
    if server is not None:
        box = bounds_of(origin[0])
        clone = None if box is None else server_for(server, box, origin[1].inverse())
        value = "none" if clone is None else f"url(#{context.define(clone, 'context-paint')})"
    element.set(name, value)
    if opacity and opacity[0][1] != "1":
        own = float(element.get(f"{name}-opacity", "1"))
        element.set(f"{name}-opacity", f"{own * float(opacity[0][1]):g}")
    if value == "none" and name == "stroke":
        for attribute in [one for one in element.attrib if one.startswith("stroke")]:
            del element.attrib[attribute]


def _up_to(element: etree._Element, top: etree._Element, matrix: Transform) -> Transform:
    """Return the matrix from an element's user space to that in which `top` stands; `matrix` is that of `top`."""
    chain: list[etree._Element] = []
    current = element
    while current is not top:
        chain.append(current)
        parent = current.getparent()
        assert parent is not None  # the element is below the top
        current = parent
    for one in reversed(chain):
        matrix = matrix.transform(parse_transform(one.get("transform", "")) or Identity)
    return matrix


def paint_as_around(element: etree._Element, context: FlattenContext) -> None:
    """Give a flat element, whose paint is that of a `<use>`, the gradient or pattern as that `<use>` has it."""
    number = element.attrib.pop(CONTEXT, None)
    if number is None:
        return
    around = next((one for one in element.iterancestors() if one.get(USED) == number), None)
    if around is None:
        return
    matrix = _up_to(element, around, Identity)
    for name in _PAINT:
        if reference(element.get(name, "")):
            paint = {name: element.get(name, "")}
            apply_context_paint(element, name, paint, (around, matrix), context)
