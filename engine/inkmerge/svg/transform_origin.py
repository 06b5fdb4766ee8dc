"""`transform-origin` → translations around `transform`, so that nothing downstream knows of it."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.errors import Finding, Severity
from inkmerge.svg.expansion import viewport_of
from inkmerge.svg.names import GRADIENTS, local_name, mark
from inkmerge.svg.parsing import place_of
from inkmerge.svg.transforms import ReferenceBox, parse_origin, parse_transform, transform_text
from inkmerge.svg.units import Viewport, text_of

FILL_BOX: Final = mark("fill-box")
"""Mark on an element whose transform refers to its own bounding box, which only a flat one has: its origin."""
_OWN_BOXES: Final = frozenset(("fill-box", "content-box", "stroke-box", "border-box"))
_UNIT_BOX: Final = ReferenceBox(0, 0, 1, 1)
_NAMES: Final = {**dict.fromkeys(GRADIENTS, "gradientTransform"), "pattern": "patternTransform"}
_UNITS: Final = {**dict.fromkeys(GRADIENTS, "gradientUnits"), "pattern": "patternUnits"}


def apply_transform_origins(root: etree._Element, viewport: Viewport, name: str) -> list[Finding]:
    """Write `transform-origin`, and percentages of a transform, into the transform, in place.

    Where `transform-box` is the element's own box, the element is marked: see `FILL_BOX`.
    https://www.w3.org/TR/css-transforms-1/#transform-origin-property
    """
    findings: list[Finding] = []
    for element in root.iter(etree.Element):
        origin = element.attrib.pop("transform-origin", None)
        chosen = element.attrib.pop("transform-box", "view-box")
        attribute = _NAMES.get(local_name(element), "transform")
        transform = element.get(attribute)
        if transform is None or (origin is None and "%" not in transform and chosen not in _OWN_BOXES):
            continue
        if chosen in _OWN_BOXES and attribute == "transform":
            element.set(FILL_BOX, origin or "0 0")
            continue
        box = _reference_box(element, viewport)
        if (
            "%" in transform
            and "{" not in transform
            and (matrix := parse_transform(transform, box)) is not None
        ):
            transform = transform_text(matrix)
        point = parse_origin(origin, box) if origin else (0.0, 0.0)
        if point is None:
            findings.append(
                Finding(
                    "value-invalid",
                    Severity.WARNING,
                    f"transform-origin={origin!r} is invalid and was ignored",
                    place_of(element, name),
                )
            )
            point = (0.0, 0.0)
        if point != (0.0, 0.0):
            x, y = point
            transform = (
                f"translate({text_of(x)} {text_of(y)}) {transform} translate({text_of(-x)} {text_of(-y)})"
            )
        element.set(attribute, transform)
    return findings


def _reference_box(element: etree._Element, viewport: Viewport) -> ReferenceBox:
    units = _UNITS.get(local_name(element))
    if units is not None and element.get(units, "objectBoundingBox") == "objectBoundingBox":
        return _UNIT_BOX
    nearest = viewport_of(element, viewport)
    return ReferenceBox(0, 0, nearest.width, nearest.height)
