"""Figma's HTML backgrounds → wedges and gradients: a `<foreignObject>` with a gradient that SVG has no paint for, in place.

Figma writes an angular gradient as `background: conic-gradient(…)` of a `<div>`, and a diamond one as four corner
gradients. Other HTML stays, and is reported where it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import tinycss2
from lxml import etree

from inkmerge.svg.colors import parse_color
from inkmerge.svg.css_values import split_at_commas
from inkmerge.svg.names import local_name, new, svg_name
from inkmerge.svg.units import plain_number, text_of

_WEDGES: Final = 256
"""Wedges of a whole turn: two neighbours differ by less than is seen."""
_MOST_STOPS: Final = 256
_MOST_DRAWN: Final = 64
"""Backgrounds of one file: what is behind them is left out and reported."""
_CORNERS: Final[dict[frozenset[str], tuple[float, float]]] = {
    frozenset(("bottom", "right")): (1.0, 1.0),
    frozenset(("bottom", "left")): (0.0, 1.0),
    frozenset(("top", "left")): (0.0, 0.0),
    frozenset(("top", "right")): (1.0, 0.0),
}
_DEGREES: Final[dict[str, float]] = {"deg": 1.0, "turn": 360.0, "grad": 0.9, "rad": 180 / math.pi}


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop of a gradient: its place as a share of the whole, and red, green, blue and alpha from 0 to 1."""

    at: float
    rgba: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class _Area:
    x: float
    y: float
    width: float
    height: float


def draw_html_backgrounds(root: etree._Element) -> None:
    """Put shapes in the place of each `<foreignObject>` that is a background that can be drawn, in place."""
    for number, element in enumerate(list(root.iter(svg_name("foreignObject")))[:_MOST_DRAWN]):
        parent = element.getparent()
        if parent is None or local_name(parent) == "switch" or len(element) != 1:
            continue
        numbers = [plain_number(element.get(name, "0")) for name in ("x", "y", "width", "height")]
        sizes = [number for number in numbers if number is not None]
        if len(sizes) < 4 or not isinstance(element[0].tag, str) or len(element[0]):
            continue
        style = _declarations(element[0].get("style", ""))
        if "backdrop-filter" in style and "background" not in style:
            parent.remove(element)  # told as `backdrop-blur`
            continue
        drawn = _drawn(style.get("background", ()), _Area(*sizes), f"inkmerge-diamond-{number}")
        if drawn is None:
            continue
        for name in ("transform", "opacity", "clip-path", "mask", "filter", "id"):
            if element.get(name) is not None:
                drawn.set(name, element.get(name, ""))
        opacity = tinycss2.serialize(style.get("opacity", ())).strip()
        if opacity not in {"", "1"}:
            drawn.set("opacity", opacity)
        drawn.sourceline = element.sourceline
        drawn.tail, element.tail = element.tail, None
        parent.replace(element, drawn)


def _declarations(source: str) -> dict[str, Any]:
    found = tinycss2.parse_blocks_contents(source, skip_comments=True, skip_whitespace=True)
    return {item.lower_name: item.value for item in found if item.type == "declaration"}


def _drawn(tokens: Any, area: _Area, name: str) -> etree._Element | None:
    layers = [[token for token in layer if token.type != "whitespace"] for layer in split_at_commas(tokens)]
    if len(layers) == 1 and len(layers[0]) == 1:
        (token,) = layers[0]
        if token.type == "function" and token.lower_name == "conic-gradient":
            return _conic(token.arguments, area)
    if len(layers) != len(_CORNERS) or abs(area.width - area.height) > 1e-6 * area.width:
        return None
    corners = [_corner(layer, area, f"{name}-{index}") for index, layer in enumerate(layers)]
    if None in corners:
        return None
    group = new("g")
    for part in corners:
        assert part is not None  # none is
        for element in part:
            group.append(element)
    return group


def _conic(arguments: Any, area: _Area) -> etree._Element | None:
    """https://www.w3.org/TR/css-images-4/#conic-gradients, around the middle."""
    parts = list(split_at_commas(arguments))
    start = 0.0
    words = [token for token in parts[0] if token.type != "whitespace"] if parts else []
    if words and words[0].type == "ident" and words[0].lower_value == "from":
        if len(words) != 2 or (angle := _share(words[1])) is None:
            return None
        start = angle
        parts = parts[1:]
    stops = _stops(parts)
    if stops is None:
        return None
    group = new("g", {"shape-rendering": "crispEdges"})  # wedges side by side, without a seam
    center = (area.x + area.width / 2, area.y + area.height / 2)
    for first, last, color in _arcs(stops):
        wedge = _clipped(_wedge(center, (start + first, start + last), area), area)
        if len(wedge) > 2:
            path = new("path", {"d": _path(wedge)})
            _paint(path, "fill", color)
            group.append(path)
    return group


def _share(token: Any) -> float | None:
    """Return an angle or a percentage as a share of a whole turn."""
    if token.type == "dimension" and token.lower_unit in _DEGREES:
        return float(token.value) * _DEGREES[token.lower_unit] / 360
    if token.type == "percentage":
        return float(token.value) / 100
    return 0.0 if token.type == "number" and token.value == 0 else None


def _stops(parts: Sequence[list[Any]]) -> list[_Stop] | None:
    """Return stops with every place known: https://www.w3.org/TR/css-images-4/#color-stop-fixup."""
    colors: list[tuple[float, float, float, float]] = []
    places: list[float | None] = []
    for part in parts:
        tokens = [token for token in part if token.type != "whitespace"]
        color = parse_color(tinycss2.serialize(tokens[:1])) if tokens else None
        shares = [_share(token) for token in tokens[1:]]
        if color is None or None in shares or len(shares) > 2:
            return None
        rgb = tuple(int(color.hex[index : index + 2], 16) / 255 for index in (1, 3, 5))
        for share in shares or [None]:
            colors.append((rgb[0], rgb[1], rgb[2], color.alpha))
            places.append(share)
    if not 2 <= len(colors) <= _MOST_STOPS:
        return None
    places[0] = places[0] or 0.0
    places[-1] = 1.0 if places[-1] is None else places[-1]
    highest = 0.0
    for index, place in enumerate(places):
        if place is not None:
            highest = places[index] = max(highest, place) if index else place
    known = [index for index, place in enumerate(places) if place is not None]
    for left, right in pairwise(known):
        low, high = places[left] or 0.0, places[right] or 0.0
        for index in range(left + 1, right):
            places[index] = low + (high - low) * (index - left) / (right - left)
    return [_Stop(place or 0.0, color) for place, color in zip(places, colors, strict=True)]


def _arcs(stops: Sequence[_Stop]) -> Iterator[tuple[float, float, tuple[float, float, float, float]]]:
    """Yield (start, end, colour) of wedges, as shares of a turn, that no stop crosses."""
    ends = sorted({0.0, 1.0, *(stop.at for stop in stops if 0 < stop.at < 1)})
    for low, high in pairwise(ends):
        count = max(1, math.ceil((high - low) * _WEDGES))
        for index in range(count):
            first, last = low + (high - low) * index / count, low + (high - low) * (index + 1) / count
            yield first, last, _color_at(stops, (first + last) / 2)


def _color_at(stops: Sequence[_Stop], share: float) -> tuple[float, float, float, float]:
    """Interpolate colours multiplied by alpha: https://www.w3.org/TR/css-images-4/#color-interpolation."""
    if share <= stops[0].at:
        return stops[0].rgba
    for left, right in pairwise(stops):
        if left.at <= share < right.at:
            part = (share - left.at) / (right.at - left.at)
            alpha = left.rgba[3] + (right.rgba[3] - left.rgba[3]) * part
            if alpha <= 0:
                return (0.0, 0.0, 0.0, 0.0)
            channels = [
                (a * left.rgba[3] * (1 - part) + b * right.rgba[3] * part) / alpha
                for a, b in zip(left.rgba[:3], right.rgba[:3], strict=True)
            ]
            return (channels[0], channels[1], channels[2], alpha)
    return stops[-1].rgba


def _wedge(center: tuple[float, float], turn: tuple[float, float], area: _Area) -> list[tuple[float, float]]:
    """Return a triangle from the middle beyond the edges; a turn starts at the top and goes clockwise."""
    reach = area.width + area.height
    points = [center]
    for share in turn:
        angle = share * 2 * math.pi
        points.append((center[0] + reach * math.sin(angle), center[1] - reach * math.cos(angle)))
    return points


def _clipped(points: list[tuple[float, float]], area: _Area) -> list[tuple[float, float]]:
    """Cut a convex polygon to an area, edge by edge (Sutherland and Hodgman)."""
    edges = (
        (0, area.x, 1.0),
        (0, area.x + area.width, -1.0),
        (1, area.y, 1.0),
        (1, area.y + area.height, -1.0),
    )
    for axis, limit, sign in edges:
        kept: list[tuple[float, float]] = []
        for before, point in zip([points[-1], *points], points, strict=False):
            outside, inside = sign * (before[axis] - limit) < 0, sign * (point[axis] - limit) >= 0
            if outside == inside:  # the edge crosses the limit
                part = (limit - before[axis]) / (point[axis] - before[axis])
                kept.append(
                    (before[0] + (point[0] - before[0]) * part, before[1] + (point[1] - before[1]) * part)
                )
            if inside:
                kept.append(point)
        points = kept
        if not points:
            break
    return points


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{text_of(x)} {text_of(y)}" for x, y in points) + "Z"


def _paint(element: etree._Element, name: str, rgba: tuple[float, float, float, float]) -> None:
    red, green, blue = (round(channel * 255) for channel in rgba[:3])
    element.set(name, f"#{red:02x}{green:02x}{blue:02x}")
    if rgba[3] < 1:
        element.set("stop-opacity" if name == "stop-color" else "fill-opacity", text_of(rgba[3]))


def _corner(layer: Sequence[Any], area: _Area, name: str) -> list[etree._Element] | None:
    """Return one quarter of a diamond gradient: ``linear-gradient(to A B, …) A B / 50% 50% no-repeat``."""
    if not layer or layer[0].type != "function" or layer[0].lower_name != "linear-gradient":
        return None
    parts = list(split_at_commas(layer[0].arguments))
    toward = frozenset(token.lower_value for token in parts[0] if token.type == "ident") - {"to"}
    at = frozenset(token.lower_value for token in layer[1:] if token.type == "ident") - {"no-repeat"}
    stops = _stops(parts[1:])
    half = [token.value for token in layer if token.type == "percentage"]
    if toward not in _CORNERS or at not in _CORNERS or stops is None or half != [50, 50]:
        return None
    right, bottom = _CORNERS[at]
    x, y = area.x + area.width / 2 * right, area.y + area.height / 2 * bottom
    size = (area.width / 2, area.height / 2)
    end = _CORNERS[toward]
    gradient = new(
        "linearGradient",
        {
            "id": name,
            "gradientUnits": "userSpaceOnUse",
            "x1": text_of(x + size[0] * (1 - end[0])),
            "y1": text_of(y + size[1] * (1 - end[1])),
            "x2": text_of(x + size[0] * end[0]),
            "y2": text_of(y + size[1] * end[1]),
        },
    )
    for stop in stops:
        one = new("stop", {"offset": text_of(min(max(stop.at, 0.0), 1.0))})
        _paint(one, "stop-color", stop.rgba)
        gradient.append(one)
    rectangle = {"x": x, "y": y, "width": size[0], "height": size[1]}
    rect = new("rect", {key: text_of(value) for key, value in rectangle.items()} | {"fill": f"url(#{name})"})
    rect.set("shape-rendering", "crispEdges")
    defs = new("defs")
    defs.append(gradient)
    return [defs, rect]
