"""Flat SVG → which rasterizer draws which part: one table of features, and the cut that follows from it.

CairoSVG draws what it draws faithfully. A part that uses anything else goes to resvg as a whole. Each row of the
table is backed by a test that renders it with both (`tests/unit/raster/test_routing.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from lxml import etree

from inkmerge.svg.colors import reference
from inkmerge.svg.names import local_name
from inkmerge.svg.transforms import parse_transform

Drawer = Literal["cairo", "resvg"]
RasterizerChoice = Literal["auto", "cairo", "resvg"]
"""`auto` decides part by part; the others force one rasterizer for all."""

Ids = Mapping[str, etree._Element]


@dataclass(frozen=True, slots=True)
class Feature:
    """One row of the routing table.

    Attributes:
        name: What it is, in SVG's words.
        drawer: Who draws it.
        reason: What the other one does wrong, or that both draw it.
        is_used: Whether an element, by itself, uses it; `ids` are the elements that it may refer to.
    """

    name: str
    drawer: Drawer
    reason: str
    is_used: Callable[[etree._Element, Ids], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """Neighbouring elements that resvg draws as one picture.

    Attributes:
        elements: Siblings, in paint order.
        matrix: From their user space to that of the document.
        features: The rows of the table because of which they are routed.
    """

    elements: tuple[etree._Element, ...]
    matrix: Transform
    features: tuple[Feature, ...]


def _has(name: str) -> Callable[[etree._Element, Ids], bool]:
    def is_used(element: etree._Element, _: Ids) -> bool:
        return name in element.attrib

    return is_used


def _servers(element: etree._Element, ids: Ids) -> Iterator[etree._Element]:
    for name in ("fill", "stroke"):
        value = element.get(name)
        if value and value.startswith("url(") and (target := reference(value)) and target in ids:
            yield ids[target]


def _clip(element: etree._Element, ids: Ids) -> etree._Element | None:
    target = reference(element.get("clip-path", ""))
    return ids.get(target) if target else None


def _is_plain_clip(element: etree._Element, ids: Ids) -> bool:
    clip = _clip(element, ids)
    return clip is not None and not is_hard_clip(element, ids)


def is_hard_clip(element: etree._Element, ids: Ids) -> bool:
    """Tell whether an element has a clip path that CairoSVG gets wrong: it is drawn by resvg with all that is in it."""
    clip = _clip(element, ids)
    if clip is None:
        return False
    if clip.get("clipPathUnits") == "objectBoundingBox" or "clip-path" in clip.attrib or len(clip) != 1:
        return True
    only = clip[0]
    return local_name(only) != "path" or "clip-path" in only.attrib or only.get("clip-rule") == "evenodd"


def _is_pattern(element: etree._Element, ids: Ids) -> bool:
    return any(local_name(server) == "pattern" for server in _servers(element, ids))


def _gradients(element: etree._Element, ids: Ids) -> Iterator[etree._Element]:
    return (server for server in _servers(element, ids) if local_name(server) != "pattern")


def _is_linear(element: etree._Element, ids: Ids) -> bool:
    return any(local_name(one) == "linearGradient" for one in _gradients(element, ids))


def _is_plain_radial(element: etree._Element, ids: Ids) -> bool:
    radial = [one for one in _gradients(element, ids) if local_name(one) == "radialGradient"]
    return bool(radial) and not any(map(_is_focal, radial))


def _is_focal(gradient: etree._Element) -> bool:
    if local_name(gradient) != "radialGradient":
        return False
    focus = (gradient.get("fx", gradient.get("cx")), gradient.get("fy", gradient.get("cy")))
    return focus != (gradient.get("cx"), gradient.get("cy")) or gradient.get("fr", "0") != "0"


def _is_focal_radial(element: etree._Element, ids: Ids) -> bool:
    return any(map(_is_focal, _gradients(element, ids)))


def _has_lone_caps(element: etree._Element, _: Ids) -> bool:
    return "stroke-linecap" in element.attrib and _has_empty_subpath(element.get("d", ""))


@lru_cache(maxsize=1024)
def _has_empty_subpath(data: str) -> bool:
    pen = RecordingPen()
    parse_path(data, pen)
    points: set[tuple[float, float]] = set()
    for name, arguments in pen.value:
        if name == "moveTo":
            points = set()
        points.update(arguments)
        if name in {"endPath", "closePath"} and len(points) == 1:
            return True
    return False


def _has_empty_dash(element: etree._Element, _: Ids) -> bool:
    return "0" in element.get("stroke-dasharray", "").split()


_CURVES: Final = re.compile(r"[CcSsQqTtAa]")

FEATURES: Final[tuple[Feature, ...]] = (
    Feature(
        "path, fill and stroke",
        "cairo",
        "both draw it alike",
        lambda element, _: local_name(element) == "path",
    ),
    Feature(
        "image",
        "cairo",
        "both draw it alike: pictures are handed over at their drawn size",
        lambda element, _: local_name(element) == "image",
    ),
    Feature("opacity", "cairo", "both draw it alike", _has("opacity")),
    Feature("linearGradient", "cairo", "both draw it alike", _is_linear),
    Feature("radialGradient", "cairo", "both draw it alike", _is_plain_radial),
    Feature(
        "radialGradient with a focus",
        "resvg",
        "CairoSVG leaves fr out and misplaces the focus",
        _is_focal_radial,
    ),
    Feature("clip-path: one path", "cairo", "both draw it alike", _is_plain_clip),
    Feature(
        "clip-path: several paths, evenodd, nested, or over the bounding box",
        "resvg",
        "CairoSVG fills all paths as one with the nonzero rule, and has no bounding box of a group",
        is_hard_clip,
    ),
    Feature(
        "stroke-dasharray with a dash of no length",
        "resvg",
        "cairo draws a square for it although the caps are butt",
        _has_empty_dash,
    ),
    Feature(
        "stroke-linejoin: miter-clip, arcs",
        "resvg",
        "cairo has no such join",
        lambda element, _: element.get("stroke-linejoin") in {"miter-clip", "arcs"},
    ),
    Feature(
        "stroke-linejoin: bevel on curves",
        "resvg",
        "cairo bevels inside tight curves as well",
        lambda element, _: (
            element.get("stroke-linejoin") == "bevel" and _CURVES.search(element.get("d", "")) is not None
        ),
    ),
    Feature(
        "caps of a subpath without length",
        "resvg",
        "CairoSVG drops the subpath",
        _has_lone_caps,
    ),
    Feature("pattern", "resvg", "CairoSVG misplaces and blurs tiles", _is_pattern),
    Feature("mask", "resvg", "CairoSVG takes alpha for luminance", _has("mask")),
    Feature("filter", "resvg", "CairoSVG draws no filter, and moves elements for feOffset", _has("filter")),
    Feature("mix-blend-mode", "resvg", "CairoSVG ignores it", _has("mix-blend-mode")),
)
_ROUTED: Final = tuple(feature for feature in FEATURES if feature.drawer == "resvg")
_ISOLATING: Final = ("opacity", "filter", "mask", "clip-path", "mix-blend-mode", "isolation")
"""Attributes that make an element a group of its own, whose content blends with nothing outside it.

https://www.w3.org/TR/compositing-1/#isolatedgroups
"""


def features_of(element: etree._Element, ids: Ids) -> list[Feature]:
    """Return the rows of the table that an element, by itself, uses."""
    return [feature for feature in FEATURES if feature.is_used(element, ids)]


def route(root: etree._Element, ids: Ids) -> list[Part]:
    """Return the parts of a flat tree that resvg draws, in paint order; CairoSVG draws the rest.

    A part is as small as it can be: the element that uses the feature, or, where something blends with what lies
    below it, everything below it in its group.
    """
    parts: list[Part] = []
    _cut(root, Identity, ids, parts)
    return parts


def _cut(parent: etree._Element, matrix: Transform, ids: Ids, parts: list[Part]) -> None:
    children = [child for child in parent if local_name(child) in {"g", "path", "image"}]
    blended = max((place for place, child in enumerate(children) if _blends(child)), default=-1)
    if blended >= 0 and len(children) == 1 and "mix-blend-mode" not in children[0].attrib:
        blended = -1  # what it blends with is inside the only child
    if blended >= 0:
        below = tuple(children[: blended + 1])
        found = [feature for one in below for feature in _routed_below(one, ids)]
        parts.append(Part(below, matrix, tuple(dict.fromkeys(found))))
    for child in children[blended + 1 :]:
        routed = [feature for feature in _ROUTED if feature.is_used(child, ids)]
        if not routed and local_name(child) == "g" and _is_isolated(child) and any(map(_blends, child)):
            routed = _routed_below(child, ids)
        if routed:
            parts.append(Part((child,), matrix, tuple(routed)))
        elif local_name(child) == "g":
            own = parse_transform(child.get("transform", "")) or Identity
            _cut(child, matrix.transform(own), ids, parts)


def _routed_below(element: etree._Element, ids: Ids) -> list[Feature]:
    return [
        feature
        for feature in _ROUTED
        if any(feature.is_used(one, ids) for one in element.iter(etree.Element))
    ]


def _is_isolated(element: etree._Element) -> bool:
    return any(name in element.attrib for name in _ISOLATING)


def _blends(element: etree._Element) -> bool:
    """Tell whether something blends with what lies below the element, outside of it."""
    if "mix-blend-mode" in element.attrib:
        return True
    if _is_isolated(element):
        return False
    return any(_blends(child) for child in element)
