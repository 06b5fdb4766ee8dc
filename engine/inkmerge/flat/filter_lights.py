"""`feDiffuseLighting`, `feSpecularLighting` and their light sources, in user space.

https://www.w3.org/TR/filter-effects-1/#feDiffuseLightingElement
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from lxml import etree

from inkmerge.flat.filter_chain import FilterChain, Result
from inkmerge.flat.filter_frame import PrimitiveFrame
from inkmerge.svg.names import local_name, new
from inkmerge.svg.units import text_of

_WORK: Final = 4.0
"""Passes over the region that a lighting costs; measured."""


def add_lighting(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    """Append a lighting; without a light source, or with an exponent out of range, it shows nothing."""
    attributes, area = frame.inputs(element, chain, "in")
    source = next((_light(child, frame) for child in element if local_name(child) in _LIGHTS), None)
    chain.is_turnable = False
    chain.work += _WORK
    local = local_name(element)
    attributes["lighting-color"] = frame.color(element, "lighting-color")[0]
    attributes["surfaceScale"] = text_of(frame.number(element, "surfaceScale", 1.0))
    if local == "feDiffuseLighting":
        constants = {"diffuseConstant": frame.number(element, "diffuseConstant", 1.0)}
    else:
        constants = {
            "specularConstant": frame.number(element, "specularConstant", 1.0),
            "specularExponent": frame.number(element, "specularExponent", 1.0),
        }
        if not 1 <= constants["specularExponent"] <= 128:
            frame.context.invalid(element, "specularExponent", element.get("specularExponent", ""))
            return chain.clear(area)
    attributes |= {name: text_of(value) for name, value in constants.items()}
    if source is None:
        return chain.clear(area)
    space = frame.space(element)
    if "limitingConeAngle" not in source.attrib:
        return chain.add(local, attributes, area, space, [source])
    chain.work += _WORK * (_CONES - 1)
    lit: Result | None = None
    for index, cone in enumerate(_cones(source), start=1):
        one = chain.add(local, attributes, area, space, [cone])
        lit = one if lit is None else chain.average(lit, one, 1 / index)
    assert lit is not None  # there are several cones
    return lit


def _cones(source: etree._Element) -> Iterator[etree._Element]:
    """Yield spot lights of narrowing cones, whose average has a soft edge.

    https://www.w3.org/TR/filter-effects-1/#element-attrdef-fespotlight-limitingconeangle asks for a smooth edge.
    """
    edge = math.cos(math.radians(min(180.0, float(source.attrib["limitingConeAngle"]))))
    for index in range(_CONES):
        cone = deepcopy(source)
        angle = math.acos(max(-1.0, min(1.0, edge + _CONE_EDGE * (index + 0.5) / _CONES)))
        cone.set("limitingConeAngle", text_of(math.degrees(angle)))
        yield cone


_CONES: Final = 8
_CONE_EDGE: Final = 0.016
"""Cosine over which the edge of a spot light's cone fades, as in browsers."""
_LIGHTS: Final[dict[str, tuple[str, ...]]] = {
    "feDistantLight": ("azimuth", "elevation"),
    "fePointLight": ("x", "y", "z"),
    "feSpotLight": ("x", "y", "z", "pointsAtX", "pointsAtY", "pointsAtZ"),
}


def _light(element: etree._Element, frame: PrimitiveFrame) -> etree._Element:
    """Return a light source in user units; its z has the unit of neither axis."""
    local = local_name(element)
    attributes: dict[str, str] = {}
    for name in _LIGHTS[local]:
        value = frame.number(element, name, 0.0)
        if frame.in_boxes and frame.box and local != "feDistantLight":
            axis = name[-1].lower()
            if axis == "z":
                value *= frame.diagonal_unit
            else:
                start, unit = (
                    (frame.box.left, frame.unit[0]) if axis == "x" else (frame.box.top, frame.unit[1])
                )
                value = start + value * unit
        attributes[name] = text_of(value)
    if local == "feSpotLight":
        exponent = frame.number(element, "specularExponent", 1.0)
        attributes["specularExponent"] = text_of(exponent if exponent > 0 else 1.0)
        if element.get("limitingConeAngle", "").strip():
            # the cone opens to both sides of its axis: the sign says nothing
            angle = abs(frame.number(element, "limitingConeAngle", 180.0))
            attributes["limitingConeAngle"] = text_of(angle)
    return new(local, attributes)
