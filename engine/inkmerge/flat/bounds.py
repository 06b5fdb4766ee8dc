"""Flat elements → the rectangles that they cover: bounding boxes, and extents with stroke, clip paths and filters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.boundsPen import BoundsPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from inkmerge.svg.colors import reference
from inkmerge.svg.names import local_name, mark
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import text_of
from inkmerge.text.glyph_runs import INK

TEXT_BOUNDS: Final = mark("text-bounds")
"""Mark on the group that a text or picture has become: ``left top right bottom`` of its em boxes or viewport."""

_LEAST: Final = 1e-5
"""Width and height that are nothing at any density, and that written numbers can still tell from 0."""


class Box(NamedTuple):
    """A rectangle in user units; empty when its width or height is nothing."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """The extent along x."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The extent along y."""
        return self.bottom - self.top

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing inside."""
        return not (self.width > _LEAST and self.height > _LEAST)

    def expand(self, x: float, y: float | None = None) -> Box:
        """Return the box with `x` more on the left and right, and `y` (else `x`) at the top and bottom."""
        y = x if y is None else y
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y)

    def meet(self, other: Box) -> Box:
        """Return what both boxes cover."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def join(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def whole(self) -> Box:
        """Return the smallest box around this one whose edges are whole numbers."""
        return Box(math.floor(self.left), math.floor(self.top), math.ceil(self.right), math.ceil(self.bottom))

    def overlaps(self, other: Box) -> bool:
        """Tell whether both boxes cover something, without making the box that `meet` does."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def is_inside(self, other: Box) -> bool:
        """Tell whether the other box covers this one."""
        return self.join(other) == other

    def transformed(self, matrix: Transform) -> Box:
        """Return the smallest upright box around the box under `matrix`."""
        xx, xy, yx, yy, dx, dy = matrix
        if xy == yx == 0 and xx > 0 and yy > 0:
            return Box(self.left * xx + dx, self.top * yy + dy, self.right * xx + dx, self.bottom * yy + dy)
        corners = ((self.left, self.top), (self.right, self.top), (self.left, self.bottom))
        points = [matrix.transformPoint(point) for point in (*corners, (self.right, self.bottom))]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Box(min(xs), min(ys), max(xs), max(ys))

    def attributes(self) -> dict[str, str]:
        """Return x, y, width and height."""
        numbers = {"x": self.left, "y": self.top, "width": self.width, "height": self.height}
        return {name: text_of(value) for name, value in numbers.items()}


def joined(boxes: Iterable[Box]) -> Box | None:
    """Return the smallest box around all, or None when there are none."""
    found: Box | None = None
    for box in boxes:
        found = box if found is None else found.join(box)
    return found


def bounds_of(element: etree._Element) -> Box | None:
    """Return the bounding box of a flat element in its own user space, or None when it draws nothing.

    Stroke, clips, masks and filters do not count. That of a group is around its children's upright boxes, transformed,
    as browsers and resvg take it. https://www.w3.org/TR/SVG2/coords.html#BoundingBoxes
    """
    known = element.get(TEXT_BOUNDS)
    if known is not None:
        return Box(*map(float, known.split()))
    match local_name(element):
        case "path":
            if (ink := element.get(INK)) is not None:
                return Box(*map(float, ink.split()))
            return path_bounds(element.get("d", ""))
        case "image":
            return _image_box(element)
        case "g":
            boxes = ((bounds_of(child), child) for child in element)
            return joined(box.transformed(own_transform(child)) for box, child in boxes if box is not None)
    return None


def painted_bounds_of(element: etree._Element) -> Box | None:
    """Return a box around all that a flat element paints but its markers, or None when it paints nothing."""
    match local_name(element):
        case "path":
            ink = element.get(INK)
            box = path_bounds(element.get("d", "")) if ink is None else Box(*map(float, ink.split()))
            return None if box is None else box.expand(_stroke_reach(element))
        case "image":
            return _image_box(element)
        case "g":
            boxes = ((painted_bounds_of(child), child) for child in element)
            return joined(box.transformed(own_transform(child)) for box, child in boxes if box is not None)
    return None


def extent_of(element: etree._Element, ids: Mapping[str, etree._Element]) -> Box | None:
    """Return a box, in the user space around the element, outside of which it draws nothing; None: it draws nothing.

    Stroke, clip path and filter regions count; the box may be larger than what is drawn.
    """
    if local_name(element) in {"g", "svg"}:
        found = joined(box for child in element if (box := extent_of(child, ids)) is not None)
    else:
        found = painted_bounds_of(element)
    region = _region(element, ids)
    if region is not None:  # those inside stay, or resvg would shift what they hold
        found = region if found is None or local_name(element) == "path" else region.join(found)
    elif found is not None and (target := reference(element.get("clip-path", ""))):
        clip = ids.get(target)
        box = None if clip is None else _clip_box(clip)
        found = found if box is None else found.meet(box)
    if found is None or found.width < 0 or found.height < 0:
        return None
    return found.transformed(own_transform(element))


def _region(element: etree._Element, ids: Mapping[str, etree._Element]) -> Box | None:
    target = reference(element.get("filter", ""))
    region = ids.get(target) if target else None
    if region is None or region.get("filterUnits") != "userSpaceOnUse":
        return None
    return _image_box(region)


def _clip_box(clip: etree._Element) -> Box | None:
    """Return a box around a clip path, or None where it has units of what it clips."""
    if clip.get("clipPathUnits") == "objectBoundingBox":
        return None
    boxes = ((bounds_of(child), child) for child in clip)
    found = joined(box.transformed(own_transform(child)) for box, child in boxes if box is not None)
    return None if found is None else found.transformed(own_transform(clip))


def _image_box(element: etree._Element) -> Box:
    x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def _stroke_reach(element: etree._Element) -> float:
    """Return how far a stroke reaches from its path: at a mitred corner, at a square cap."""
    if element.get("stroke", "none") == "none":
        return 0.0
    longest = max(float(element.get("stroke-miterlimit", "4")), 1.5)
    return float(element.get("stroke-width", "1")) / 2 * longest


def own_transform(element: etree._Element) -> Transform:
    """Return the matrix of a flat element's own `transform`."""
    return parse_transform(element.get("transform", "")) or Identity


@lru_cache(maxsize=4096)
def path_bounds(data: str) -> Box | None:
    """Return the tight bounds of path data without its stroke, or None when it has no points."""
    pen = BoundsPen(None)
    parse_path(data, pen)
    return None if pen.bounds is None else Box(*pen.bounds)
