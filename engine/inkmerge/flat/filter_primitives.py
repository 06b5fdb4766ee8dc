"""Filter primitives as files write them → primitives of a `FilterChain`, with every attribute resolved.

https://www.w3.org/TR/filter-effects-1/
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.flat.filter_chain import FilterChain, Result, Space
from inkmerge.flat.filter_frame import PrimitiveFrame
from inkmerge.flat.filter_lights import add_lighting
from inkmerge.svg.names import local_name, new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.units import text_of

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
_LARGEST_SQUARE: Final = 8.0
"""Radius in CSS pixels above which a morphology is done in two passes, across and down."""
_THIN: Final = "0.001"
"""A radius of less than a pixel at any density, which is a pass of two pixels; a radius of 0 means 1."""
_CELL: Final = 0.2
"""Passes that a cell of a convolution or a morphology costs; measured, as the others."""
_HEAVY: Final = 4.0
"""Passes that a lighting or a displacement costs; an octave of noise the same."""


def add_primitive(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> None:
    """Append what a filter primitive does to a chain; what SVG does not know is left out, with a finding."""
    step = _STEPS.get(local_name(element))
    if step is None:
        frame.context.warn(
            "unknown-element", f"<{etree.QName(element).localname}> is no filter primitive", element
        )
        return
    chain.keep(element.get("result"), step(element, chain, frame))


def _blur(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = frame.inputs(element, chain, "in")
    x, y = frame.deviations(element, 0.0)
    chain.blur(x, y)
    attributes["stdDeviation"] = f"{text_of(x)} {text_of(y)}"
    return chain.add("feGaussianBlur", attributes, area, frame.space(element))


def _drop_shadow(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = frame.inputs(element, chain, "in")
    dx = frame.number(element, "dx", 2.0) * frame.unit[0]
    dy = frame.number(element, "dy", 2.0) * frame.unit[1]
    x, y = frame.deviations(element, 2.0)
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
    attributes, area = frame.inputs(element, chain, "in", "in2")
    mode = element.get("mode", "normal")
    attributes["mode"] = mode if mode in _BLEND_MODES else "normal"
    return chain.add("feBlend", attributes, area, frame.space(element))


def _composite(element: etree._Element, chain: FilterChain, frame: PrimitiveFrame) -> Result:
    attributes, area = frame.inputs(element, chain, "in", "in2")
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
    attributes, area = frame.inputs(element, chain, "in")
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
    attributes, area = frame.inputs(element, chain, "in")
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
    attributes, area = frame.inputs(element, chain, "in")
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
    attributes, area = frame.inputs(element, chain, "in")
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
    "feDiffuseLighting": add_lighting,
    "feDisplacementMap": _displacement_map,
    "feDropShadow": _drop_shadow,
    "feFlood": _flood,
    "feGaussianBlur": _blur,
    "feImage": _image,
    "feMerge": _merge,
    "feMorphology": _morphology,
    "feOffset": _offset,
    "feSpecularLighting": add_lighting,
    "feTile": _tile,
    "feTurbulence": _turbulence,
}
PRIMITIVES: Final = frozenset(_STEPS)
"""The names of the filter primitives."""
