"""Filter primitives as files write them → primitives of a `FilterChain`, with every attribute resolved.

https://www.w3.org/TR/filter-effects-1/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.filter_chain import FilterChain, Result, Space
from inkmerge.svg.colors import parse_color
from inkmerge.svg.names import local_name, new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Axis, Viewport, number, number_or_percentage, numbers, text_of

_BLEND_MODES: Final = frozenset(
    ("normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn")
    + ("hard-light", "soft-light", "difference", "exclusion", "hue", "saturation", "color", "luminosity")
)
_OPERATORS: Final = frozenset(("over", "in", "out", "atop", "xor", "lighter", "arithmetic"))
_MATRIX_VALUES: Final[dict[str, int]] = {"matrix": 20, "saturate": 1, "hueRotate": 1, "luminanceToAlpha": 0}
_TRANSFER: Final[dict[str, tuple[str, ...]]] = {
    "table": ("tableValues",),
    "discrete": ("tableValues",),
    "linear": ("slope", "intercept"),
    "gamma": ("amplitude", "exponent", "offset"),
}
_MOST_OCTAVES: Final = 12
"""Each octave of noise is half as strong as the one before: further ones change nothing that eight bits hold."""
_MOST_CANVASES: Final = 10.0
"""Diagonals of the viewport beyond which a blur spreads anything so thin that it is gone."""
_LARGEST_SQUARE: Final = 8.0
"""Radius in CSS pixels above which a morphology is done in two passes, across and down."""
_THIN: Final = "0.001"
"""A radius of less than a pixel at any density, which is a pass of two pixels; a radius of 0 means 1."""
_CELL: Final = 0.2
"""Passes that a cell of a convolution or a morphology costs; measured, as the others."""
_HEAVY: Final = 4.0
"""Passes that a lighting or a displacement costs; an octave of noise the same."""


@dataclass(frozen=True, slots=True)
class PrimitiveFrame:
    """What the numbers of the primitives refer to.

    Attributes:
        box: The bounding box of the filtered element, or None.
        units: What percentages and relative units refer to.
        in_boxes: Whether `primitiveUnits` is ``objectBoundingBox``; there is a box then.
        styles: Computed values of the primitives.
        context: Limits, and where findings go.
        image: Makes what an `feImage` shows an element, and returns a reference to it, or None for nothing. It is
            given the primitive and its subregion.
    """

    box: Box | None
    units: Viewport
    in_boxes: bool
    styles: ComputedStyles
    context: FlattenContext
    image: Callable[[etree._Element, Box], str | None]

    @property
    def unit(self) -> tuple[float, float]:
        """User units in one unit of the primitives, across and down."""
        return (self.box.width, self.box.height) if self.in_boxes and self.box else (1.0, 1.0)

    @property
    def diagonal_unit(self) -> float:
        """User units in one unit that belongs to neither axis."""
        return math.hypot(*self.unit) / math.sqrt(2)

    def number(self, element: etree._Element, name: str, initial: float) -> float:
        """Return a number; the initial value, with a finding, when it is invalid."""
        value = element.get(name)
        if value is None or not value.strip():
            return initial
        found = number(value)
        if found is None:
            self.context.invalid(element, name, value)
            return initial
        return _clamped(found)

    def numbers(self, element: etree._Element, name: str) -> list[float] | None:
        """Return a list of numbers; None, with a finding where it is there, when it is invalid."""
        value = element.get(name)
        if value is None:
            return None
        found = numbers(value)
        if not found:
            self.context.invalid(element, name, value)
            return None
        return [_clamped(one) for one in found]

    def pair(self, element: etree._Element, name: str) -> tuple[float, float] | None:
        """Return one or two numbers as two; None when there are others."""
        found = self.numbers(element, name)
        if found is None or len(found) > 2:
            return None
        return found[0], found[-1]

    def area(self, element: etree._Element, default: Box) -> Box:
        """Return the subregion: `default`, with what the primitive says instead."""
        left = self._side(element, "x", "x")
        top = self._side(element, "y", "y")
        width = self._side(element, "width", "x")
        height = self._side(element, "height", "y")
        if self.in_boxes and self.box:
            left = None if left is None else self.box.left + left
            top = None if top is None else self.box.top + top
        x = default.left if left is None else left
        y = default.top if top is None else top
        return Box(
            x,
            y,
            x + (default.width if width is None else width),
            y + (default.height if height is None else height),
        )

    def _side(self, element: etree._Element, name: str, axis: Axis) -> float | None:
        value = element.get(name)
        if value is None or not value.strip():
            return None
        if self.in_boxes:
            found = number_or_percentage(value.strip())
            found = None if found is None else found * self.unit[0 if axis == "x" else 1]
        else:
            found = self.units.length(value, axis)
        if found is None:
            self.context.invalid(element, name, value)
            return None
        return self.context.bounded(found, element, name)

    def space(self, element: etree._Element) -> Space:
        """Return the colour space in which a primitive works."""
        value = self.styles.value(element, "color-interpolation-filters")
        return "sRGB" if value.lower() == "srgb" else "linearRGB"

    def color(self, element: etree._Element, name: str) -> tuple[str, float]:
        """Return a colour property as hexadecimal sRGB and an alpha; its initial value when it is invalid."""
        value = self.styles.value(element, name)
        found = parse_color(value, self.styles.value(element, "color"))
        if found is None:
            self.context.invalid(element, name, value)
            return ("#ffffff" if name == "lighting-color" else "#000000"), 1.0
        return found.hex, found.alpha

    def reduced(self, element: etree._Element, message: str) -> None:
        """Report a number beyond which nothing that is seen changes, and which is drawn as less."""
        self.context.warn("filter-reduced", message, element)

    def flood(self, element: etree._Element) -> dict[str, str]:
        """Return flood-color and flood-opacity."""
        color, alpha = self.color(element, "flood-color")
        value = self.styles.value(element, "flood-opacity")
        opacity = number_or_percentage(value)
        if opacity is None:
            self.context.invalid(element, "flood-opacity", value)
            opacity = 1.0
        return {"flood-color": color, "flood-opacity": text_of(min(1.0, max(0.0, opacity)) * alpha)}


def _clamped(value: float) -> float:
    """Return a number within what a rasterizer computes with; beyond, nothing that is seen changes."""
    return max(-_LARGEST, min(_LARGEST, value))


_LARGEST: Final = 1e6


def add_primitive(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> None:
    """Append what a filter primitive does to a chain; what SVG does not know is left out, with a finding."""
    step = _STEPS.get(local_name(element))
    if step is None:
        frame.context.warn(
            "unknown-element", f"<{etree.QName(element).localname}> is no filter primitive", element
        )
        return
    chain.keep(element.get("result"), step(element, chain, frame))


def deviations(element: etree._Element, frame: PrimitiveFrame, initial: float) -> tuple[float, float]:
    """Return the standard deviations in user units; negative and invalid ones are none."""
    if element.get("stdDeviation") is None:
        x = y = initial
    else:
        x, y = frame.pair(element, "stdDeviation") or (0.0, 0.0)
    if x < 0 or y < 0:
        frame.context.invalid(element, "stdDeviation", element.get("stdDeviation", ""))
        x, y = max(0.0, x), max(0.0, y)
    x, y = x * frame.unit[0], y * frame.unit[1]
    most = _MOST_CANVASES * math.hypot(frame.context.viewport.width, frame.context.viewport.height)
    if max(x, y) > most:
        frame.reduced(element, f"stdDeviation={max(x, y):g} leaves nothing to be seen")
    return min(x, most), min(y, most)


def _inputs(
    element: etree._Element, chain: FilterChain, frame: PrimitiveFrame, *names: str
) -> tuple[dict[str, str], Box]:
    """Return the attributes for the inputs, and the subregion."""
    found = [chain.input(element.get(name)) for name in names]
    attributes = {name: one.name for name, one in zip(names, found, strict=True)}
    return attributes, frame.area(element, chain.default_area(found))


def _blur(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    x, y = deviations(element, frame, 0.0)
    chain.blur(x, y)
    attributes["stdDeviation"] = f"{text_of(x)} {text_of(y)}"
    return chain.add("feGaussianBlur", attributes, area, frame.space(element))


def _drop_shadow(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    dx = frame.number(element, "dx", 2.0) * frame.unit[0]
    dy = frame.number(element, "dy", 2.0) * frame.unit[1]
    x, y = deviations(element, frame, 2.0)
    return drop_shadow(chain, attributes | frame.flood(element), (dx, dy, x, y), area, frame.space(element))


def drop_shadow(
    chain: FilterChain,
    attributes: dict[str, str],
    numbers: tuple[float, float, float, float],
    area: Box,
    space: Space,
) -> Result:
    """Append a drop shadow of dx, dy and two standard deviations."""
    dx, dy, x, y = numbers
    chain.blur(x, y)
    chain.reach += math.hypot(dx, dy)
    chain.work += 2
    attributes |= {
        "dx": text_of(dx),
        "dy": text_of(dy),
        "stdDeviation": f"{text_of(x)} {text_of(y)}",
    }
    return chain.add("feDropShadow", attributes, area, space)


def _offset(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    given = chain.input(element.get("in"))
    area = frame.area(element, chain.default_area([given]))
    dx, dy = frame.number(element, "dx", 0.0), frame.number(element, "dy", 0.0)
    return chain.offset(given, dx * frame.unit[0], dy * frame.unit[1], area)


def _flood(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    return chain.add("feFlood", frame.flood(element), frame.area(element, chain.region), "sRGB")


def _blend(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in", "in2")
    mode = element.get("mode", "normal")
    attributes["mode"] = mode if mode in _BLEND_MODES else "normal"
    return chain.add("feBlend", attributes, area, frame.space(element))


def _composite(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in", "in2")
    operator = element.get("operator", "over")
    attributes["operator"] = operator if operator in _OPERATORS else "over"
    if operator == "lighter":  # what the two have, added up
        attributes |= {"operator": "arithmetic", "k1": "0", "k2": "1", "k3": "1", "k4": "0"}
    elif operator == "arithmetic":
        attributes |= {name: text_of(frame.number(element, name, 0.0)) for name in ("k1", "k2", "k3", "k4")}
    return chain.add("feComposite", attributes, area, frame.space(element))


def _merge(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    nodes = [child for child in element if local_name(child) == "feMergeNode"]
    given = [chain.input(node.get("in")) for node in nodes]
    area = frame.area(element, chain.default_area(given))
    if not given:
        return chain.clear(area)
    children = [new("feMergeNode", {"in": one.name}) for one in given]
    chain.work += len(given) - 1
    return chain.add("feMerge", {}, area, frame.space(element), children)


def _color_matrix(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    kind = element.get("type", "matrix")
    kind = kind if kind in _MATRIX_VALUES else "matrix"
    attributes["type"] = kind
    values = frame.numbers(element, "values") if _MATRIX_VALUES[kind] else None
    if values is not None and len(values) == _MATRIX_VALUES[kind]:
        attributes["values"] = " ".join(map(text_of, values))
    elif kind != "luminanceToAlpha":
        attributes["type"] = "matrix"
        attributes["values"] = "1 0 0 0 0 0 1 0 0 0 0 0 1 0 0 0 0 0 1 0"
    return chain.add("feColorMatrix", attributes, area, frame.space(element))


def _component_transfer(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    functions: dict[str, etree._Element] = {}
    for child in element:
        local = local_name(child)
        if local in {"feFuncR", "feFuncG", "feFuncB", "feFuncA"}:
            functions[local] = _transfer(child, frame)  # of several for one channel, the last counts
    return chain.add("feComponentTransfer", attributes, area, frame.space(element), list(functions.values()))


def _transfer(element: etree._Element, frame: PrimitiveFrame) -> etree._Element:
    kind = element.get("type", "identity")
    attributes = {"type": kind if kind in _TRANSFER else "identity"}
    for name in _TRANSFER.get(kind, ()):
        if name == "tableValues":
            values = frame.numbers(element, name)
            if (
                values is None
            ):  # https://www.w3.org/TR/filter-effects-1/#element-attrdef-fecomponenttransfer-type
                return new(local_name(element), {"type": "identity"})
            attributes[name] = " ".join(map(text_of, values))
        else:
            attributes[name] = text_of(
                frame.number(element, name, 0.0 if name in {"intercept", "offset"} else 1.0)
            )
    return new(local_name(element), attributes)


def _convolve_matrix(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    columns, rows = _order(element, frame)
    kernel = frame.numbers(element, "kernelMatrix") or []
    cells = max(len(kernel), columns * rows)
    frame.context.limits.require("filter_kernel", cells, place_of(element, frame.context.name))
    is_valid = len(kernel) == columns * rows
    for name, size in (("targetX", columns), ("targetY", rows)):
        target = math.trunc(frame.number(element, name, size // 2))
        is_valid = is_valid and 0 <= target < size
        attributes[name] = str(target)
    divisor = frame.number(element, "divisor", sum(kernel) or 1.0)
    if not is_valid or divisor == 0:
        # https://www.w3.org/TR/SVG11/filters.html#feConvolveMatrixElement: in error, it shows nothing
        frame.context.warn("value-invalid", "the numbers of <feConvolveMatrix> do not fit together", element)
        return chain.clear(area)
    attributes |= {
        "order": f"{columns} {rows}",
        "kernelMatrix": " ".join(map(text_of, kernel)),
        "divisor": text_of(divisor),
        "bias": text_of(frame.number(element, "bias", 0.0)),
        "edgeMode": element.get("edgeMode", "")
        if element.get("edgeMode") in {"wrap", "none"}
        else "duplicate",
        "preserveAlpha": "true" if element.get("preserveAlpha") == "true" else "false",
    }
    chain.is_turnable = False
    chain.reach += max(columns, rows)
    chain.work += cells * _CELL
    return chain.add("feConvolveMatrix", attributes, area, frame.space(element))


def _order(element: etree._Element, frame: PrimitiveFrame) -> tuple[int, int]:
    """Return the columns and rows of a convolution; the initial 3 when they are not both positive."""
    found = frame.pair(element, "order")
    if found is None:
        return 3, 3
    columns, rows = map(math.trunc, found)
    if columns < 1 or rows < 1:
        frame.context.invalid(element, "order", element.get("order", ""))
        return 3, 3
    return columns, rows


def _morphology(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    attributes["operator"] = "dilate" if element.get("operator") == "dilate" else "erode"
    # a radius of 0, a negative or an invalid one is taken for 1, as browsers take it where only one of two is 0
    found = frame.pair(element, "radius") or (0.0, 0.0)
    x, y = found if min(found) >= 0 else (0.0, 0.0)
    x, y = (x or 1.0) * frame.unit[0], (y or 1.0) * frame.unit[1]
    chain.is_turnable = False
    chain.reach += max(x, y)
    space = frame.space(element)
    if min(x / chain.region.width, y / chain.region.height) > 1:
        frame.reduced(element, f"a radius of {min(x, y):g} reaches across the whole filter region")
    a, b, c, d, _, _ = chain.matrix
    wide = min(x, chain.region.width) * math.hypot(a, c)
    high = min(y, chain.region.height) * math.hypot(b, d)
    if max(wide, high) <= _LARGEST_SQUARE:
        chain.work += 4 * wide * high * _CELL
        attributes["radius"] = f"{text_of(x)} {text_of(y)}"
        return chain.add("feMorphology", attributes, area, space)
    chain.work += 4 * (wide + high) * _CELL
    across = chain.add("feMorphology", attributes | {"radius": f"{text_of(x)} {_THIN}"}, area, space)
    return chain.add(
        "feMorphology", attributes | {"in": across.name, "radius": f"{_THIN} {text_of(y)}"}, area, space
    )


def _displacement_map(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    """Append a displacement whose map says across in red and down in green, whatever the channels were.

    The rasterizer takes the scale twice, and the colours of the map as they are after multiplication by alpha: it is
    given the scale's root, and a map without transparency.
    """
    given, shown = chain.input(element.get("in")), chain.input(element.get("in2"))
    area = frame.area(element, chain.default_area([given, shown]))
    scale = frame.number(element, "scale", 0.0) * frame.diagonal_unit
    space = frame.space(element)
    rows = []
    for name in ("xChannelSelector", "yChannelSelector"):
        weights = [float(channel == element.get(name, "A")) for channel in "RGBA"]
        if 1.0 not in weights:
            frame.context.invalid(element, name, element.get(name, ""))
            weights[-1] = 1.0
        # what a negative scale moves to one side, a positive one moves by the inverted map
        rows += [-weight for weight in weights] + [1.0] if scale < 0 else [*weights, 0.0]
    values = " ".join(map(text_of, (*rows, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)))
    chain.is_turnable = False
    chain.reach += abs(scale) / 2
    chain.work += _HEAVY
    by = chain.add(
        "feColorMatrix", {"in": shown.name, "type": "matrix", "values": values}, chain.region, space
    )
    attributes = {"in": given.name, "in2": by.name, "scale": text_of(math.sqrt(abs(scale)))}
    channels = {"xChannelSelector": "R", "yChannelSelector": "G"}
    return chain.add("feDisplacementMap", attributes | channels, area, space)


def _tile(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    given = chain.input(element.get("in"))
    area = frame.area(element, chain.region)
    chain.is_turnable = False
    if given.area.meet(chain.region).is_empty:
        return chain.clear(area)
    if given.space != "sRGB":  # the rasterizer forgets the colour space of what it tiles
        nodes = [new("feMergeNode", {"in": given.name})]
        given = chain.add("feMerge", {}, given.area, "sRGB", nodes)
    return chain.add("feTile", {"in": given.name}, area, "sRGB")


def _turbulence(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    frequencies = frame.pair(element, "baseFrequency") or (0.0, 0.0)
    if min(frequencies) < 0:
        frame.context.invalid(element, "baseFrequency", element.get("baseFrequency", ""))
        frequencies = (0.0, 0.0)
    octaves = max(0, round(frame.number(element, "numOctaves", 1.0)))
    if octaves > _MOST_OCTAVES:
        frame.reduced(element, f"numOctaves={octaves} is drawn as {_MOST_OCTAVES}")
        octaves = _MOST_OCTAVES
    attributes = {
        "baseFrequency": " ".join(map(text_of, frequencies)),
        "numOctaves": str(octaves),
        "seed": text_of(math.trunc(frame.number(element, "seed", 0.0))),
        "stitchTiles": "stitch" if element.get("stitchTiles") == "stitch" else "noStitch",
        "type": "fractalNoise" if element.get("type") == "fractalNoise" else "turbulence",
    }
    chain.is_turnable = False
    chain.work += _HEAVY * octaves
    return chain.add("feTurbulence", attributes, frame.area(element, chain.region), frame.space(element))


def _lighting(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = _inputs(element, chain, frame, "in")
    source = next((_light(child, frame) for child in element if local_name(child) in _LIGHTS), None)
    chain.is_turnable = False
    chain.work += _HEAVY
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
    chain.work += _HEAVY * (_CONES - 1)
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


def _image(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    area = frame.area(element, chain.region)
    link = None if area.is_empty else frame.image(element, area)
    return chain.clear(area) if link is None else chain.add_image(link, area)


Step = Callable[[etree._Element, FilterChain, PrimitiveFrame], Result]
_STEPS: Final[dict[str, Step]] = {
    "feBlend": _blend,
    "feColorMatrix": _color_matrix,
    "feComponentTransfer": _component_transfer,
    "feComposite": _composite,
    "feConvolveMatrix": _convolve_matrix,
    "feDiffuseLighting": _lighting,
    "feDisplacementMap": _displacement_map,
    "feDropShadow": _drop_shadow,
    "feFlood": _flood,
    "feGaussianBlur": _blur,
    "feImage": _image,
    "feMerge": _merge,
    "feMorphology": _morphology,
    "feOffset": _offset,
    "feSpecularLighting": _lighting,
    "feTile": _tile,
    "feTurbulence": _turbulence,
}
PRIMITIVES: Final = frozenset(_STEPS)
"""The names of the filter primitives."""
