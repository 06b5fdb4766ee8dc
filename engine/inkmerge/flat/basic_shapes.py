"""CSS basic shapes in `clip-path` → clip paths, once the bounding box that they refer to is known."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from inkmerge.flat.bounds import Box, bounds_of
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.path_data import ellipse, read_path, rounded_rectangle
from inkmerge.svg.names import new
from inkmerge.svg.transforms import ReferenceBox, parse_origin
from inkmerge.svg.units import Viewport, text_of

_FUNCTION: Final = re.compile(r"(circle|ellipse|inset|polygon|path)\((.*)\)", re.DOTALL | re.IGNORECASE)
_BOXES: Final = re.compile(r"\b(fill|stroke|view|border|padding|content|margin)-box\b", re.IGNORECASE)


def is_basic_shape(value: str) -> bool:
    """Tell whether a value of `clip-path` is a basic shape."""
    return _FUNCTION.search(value) is not None


def clip_to_shape(element: etree._Element, value: str, context: FlattenContext) -> None:
    """Give a flat element the clip path that a basic shape describes, in place; an invalid one clips nothing.

    https://www.w3.org/TR/css-shapes-1/#basic-shape-functions; without a box named, it is the bounding box, as in browsers.
    """
    match = _FUNCTION.search(value)
    box = _reference_box(element, value, context)
    if match is None or box is None:
        return
    rule, arguments = "nonzero", match[2].strip()
    if (head := re.match(r"(nonzero|evenodd)\s*,\s*", arguments)) is not None:
        rule, arguments = head[1], arguments[head.end() :]
    data = _DATA[match[1].lower()](arguments, box, context.units(element))
    if data is None:
        context.invalid(element, "clip-path", value)
        return
    clip = new("clipPath")
    if data:
        clip.append(
            new("path", {"d": data, "fill": "#000000"} | ({"clip-rule": rule} if rule == "evenodd" else {}))
        )
    element.set("clip-path", f"url(#{context.define(clip, 'shape')})")


def _reference_box(element: etree._Element, value: str, context: FlattenContext) -> Box | None:
    named = _BOXES.search(value)
    if named and named[1].lower() == "view":
        return Box(0, 0, context.viewport.width, context.viewport.height)
    return bounds_of(element)


def _lengths(words: Sequence[str], extents: Sequence[float], units: Viewport) -> list[float] | None:
    found = []
    for word, extent in zip(words, extents, strict=True):
        length = float(word[:-1]) / 100 * extent if _PERCENT.fullmatch(word) else units.length(word)
        if length is None:
            return None
        found.append(length)
    return found


_PERCENT: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)%")


def _center(words: Sequence[str], box: Box) -> tuple[float, float] | None:
    return parse_origin(" ".join(words) or "center", ReferenceBox(box.left, box.top, box.width, box.height))


def _split(arguments: str) -> tuple[list[str], list[str]]:
    radii, _, place = f" {arguments} ".partition(" at ")
    return radii.split(), place.split()


def _radius(word: str, near: float, far: float, extent: float, units: Viewport) -> float | None:
    if word in {"closest-side", "farthest-side"}:
        return near if word == "closest-side" else far
    found = _lengths([word], [extent], units)
    return None if found is None or found[0] < 0 else found[0]


def _circle(arguments: str, box: Box, units: Viewport) -> str | None:
    radii, place = _split(arguments)
    center = _center(place, box)
    if center is None or len(radii) > 1:
        return None
    x, y = center
    sides = (abs(x - box.left), abs(box.right - x), abs(y - box.top), abs(box.bottom - y))
    extent = math.hypot(box.width, box.height) / math.sqrt(2)
    r = _radius(radii[0] if radii else "closest-side", min(sides), max(sides), extent, units)
    return None if r is None else ellipse(x, y, r, r)


def _ellipse(arguments: str, box: Box, units: Viewport) -> str | None:
    radii, place = _split(arguments)
    center = _center(place, box)
    if center is None or len(radii) not in {0, 2}:
        return None
    x, y = center
    words = radii or ["closest-side", "closest-side"]
    across, down = (abs(x - box.left), abs(box.right - x)), (abs(y - box.top), abs(box.bottom - y))
    rx = _radius(words[0], min(across), max(across), box.width, units)
    ry = _radius(words[1], min(down), max(down), box.height, units)
    return None if rx is None or ry is None else ellipse(x, y, rx, ry)


def _inset(arguments: str, box: Box, units: Viewport) -> str | None:
    edges, _, corners = f"{arguments} ".partition(" round ")
    words = edges.split()
    if not 1 <= len(words) <= 4:
        return None
    top, right, bottom, left = (
        words + [words[0], words[0], words[min(1, len(words) - 1)]][len(words) - 1 :]
    )[:4]
    found = _lengths([top, right, bottom, left], [box.height, box.width, box.height, box.width], units)
    radius = _lengths(corners.split()[:1] or ["0"], [box.width], units)
    if found is None or radius is None:
        return None
    width, height = box.width - found[1] - found[3], box.height - found[0] - found[2]
    if width <= 0 or height <= 0:
        return ""
    r = min(radius[0], width / 2, height / 2)
    return rounded_rectangle(box.left + found[3], box.top + found[0], (width, height), (r, r))


def _polygon(arguments: str, box: Box, units: Viewport) -> str | None:
    points = []
    for pair in arguments.split(","):
        words = pair.split()
        found = _lengths(words, [box.width, box.height], units) if len(words) == 2 else None
        if found is None:
            return None
        points.append(f"{text_of(box.left + found[0])} {text_of(box.top + found[1])}")
    return f"M {' L '.join(points)} Z"


def _path(arguments: str, box: Box, _: Viewport) -> str | None:
    del box
    return read_path(arguments.strip("\"' ")).text


_DATA: Final = {"circle": _circle, "ellipse": _ellipse, "inset": _inset, "polygon": _polygon, "path": _path}
