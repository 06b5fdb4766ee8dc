"""Flat elements → the rectangles that they cover: geometric bounding boxes, and extents with stroke and filters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from inkmerge.svg.colors import reference
from inkmerge.svg.names import local_name
from inkmerge.svg.transforms import parse_transform

_ROOT_2: Final = 2**0.5


class Rect(NamedTuple):
    """A rectangle by its edges; `right` ≥ `left`, `bottom` ≥ `top`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Return the distance from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Return the distance from top to bottom."""
        return self.bottom - self.top

    def union(self, other: Rect | None) -> Rect:
        """Return the smallest rectangle around both."""
        if other is None:
            return self
        return Rect(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def intersection(self, other: Rect) -> Rect | None:
        """Return what both cover, or None."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, right, bottom) if left < right and top < bottom else None

    def grown(self, x: float, y: float) -> Rect:
        """Return the rectangle with `x` more at the left and right, `y` more at the top and bottom."""
        return Rect(self.left - x, self.top - y, self.right + x, self.bottom + y)

    def transformed(self, matrix: Transform) -> Rect:
        """Return the smallest upright rectangle around this one after a transform."""
        if matrix == Identity:
            return self
        corners = matrix.transformPoints(
            (
                (self.left, self.top),
                (self.right, self.top),
                (self.right, self.bottom),
                (self.left, self.bottom),
            )
        )
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Rect(min(xs), min(ys), max(xs), max(ys))


@lru_cache(maxsize=4096)
def path_bounds(data: str) -> Rect | None:
    """Return the tight bounds of path data without its stroke, or None when it has no points."""
    pen = BoundsPen(None)
    parse_path(data, pen)
    return None if pen.bounds is None else Rect(*pen.bounds)


def bounding_box(element: etree._Element) -> Rect | None:
    """Return the bounding box of a flat element in its own user space: without stroke, clip, mask or filter.

    That of a group is the union of its children's upright boxes, transformed, as browsers and resvg take it.
    https://www.w3.org/TR/SVG2/coords.html#BoundingBoxes
    """
    match local_name(element):
        case "path":
            return path_bounds(element.get("d", ""))
        case "image":
            return _image(element)
        case "g" | "svg":
            found: Rect | None = None
            for child in element:
                inner = bounding_box(child)
                if inner is not None:
                    own = parse_transform(child.get("transform", "")) or Identity
                    found = inner.transformed(own).union(found)
            return found
    return None


def _image(element: etree._Element) -> Rect:
    x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return Rect(x, y, x + width, y + height)


def extent(element: etree._Element, ids: Mapping[str, etree._Element]) -> Rect | None:
    """Return a rectangle, in the user space around the element, outside of which it draws nothing.

    Stroke, clip path and filter region count; the rectangle may be larger than what is drawn. None: it draws nothing.
    """
    own = parse_transform(element.get("transform", "")) or Identity
    found = _unfiltered(element, ids)
    if target := reference(element.get("filter", "")):
        found = _filter_region(ids.get(target), element, found)
    if found is not None and (target := reference(element.get("clip-path", ""))):
        clip = ids.get(target)
        bounds = None if clip is None else _clip_extent(clip)
        if bounds is not None:
            found = found.intersection(bounds)
    return None if found is None else found.transformed(own)


def _unfiltered(element: etree._Element, ids: Mapping[str, etree._Element]) -> Rect | None:
    match local_name(element):
        case "path":
            bounds = path_bounds(element.get("d", ""))
            if bounds is None:
                return None
            reach = _stroke_reach(element)
            return bounds.grown(reach, reach)
        case "image":
            return _image(element)
        case "g" | "svg":
            found: Rect | None = None
            for child in element:
                inner = extent(child, ids)
                found = inner if found is None else found.union(inner)
            return found
    return None


def _stroke_reach(path: etree._Element) -> float:
    """Return how far from its geometry a stroke may reach: half its width, times what joins and caps add."""
    if path.get("stroke", "none") == "none":
        return 0.0
    miter = float(path.get("stroke-miterlimit", "4")) if path.get("stroke-linejoin") is None else 1.0
    return float(path.get("stroke-width", "1")) / 2 * max(miter, _ROOT_2)


def _filter_region(region: etree._Element | None, element: etree._Element, drawn: Rect | None) -> Rect | None:
    """Return the filter region: https://www.w3.org/TR/filter-effects-1/#FilterRegion."""
    if region is None:
        return drawn
    values = [_share(region.get(name, default)) for name, default in _REGION]
    if region.get("filterUnits") == "userSpaceOnUse":
        x, y, width, height = values
        return Rect(x, y, x + width, y + height)
    box = bounding_box(element)
    if box is None:
        return None
    x, width = box.left + values[0] * box.width, values[2] * box.width
    y, height = box.top + values[1] * box.height, values[3] * box.height
    return Rect(x, y, x + width, y + height)


_REGION: Final = (("x", "-0.1"), ("y", "-0.1"), ("width", "1.2"), ("height", "1.2"))


def _share(value: str) -> float:
    return float(value[:-1]) / 100 if value.endswith("%") else float(value)


def _clip_extent(clip: etree._Element) -> Rect | None:
    if clip.get("clipPathUnits") == "objectBoundingBox":
        return None
    found: Rect | None = None
    for child in clip:
        inner = bounding_box(child)
        if inner is not None:
            own = parse_transform(child.get("transform", "")) or Identity
            found = inner.transformed(own).union(found)
    if found is None:
        return None
    return found.transformed(parse_transform(clip.get("transform", "")) or Identity)
