"""What a rasterizer may rely on in the filters of a flat SVG, executable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from inkmerge.flat.filter_chain import STANDARD_INPUTS
from inkmerge.flat.filter_primitives import PRIMITIVES
from inkmerge.svg.names import local_name

_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")
_SIDES: Final = ("x", "y", "width", "height")
_UNITS: Final = ("filterUnits", "primitiveUnits")
_PARTS: Final[dict[str, frozenset[str]]] = {
    "feMerge": frozenset(("feMergeNode",)),
    "feComponentTransfer": frozenset(("feFuncR", "feFuncG", "feFuncB", "feFuncA")),
    "feDiffuseLighting": frozenset(("feDistantLight", "fePointLight", "feSpotLight")),
    "feSpecularLighting": frozenset(("feDistantLight", "fePointLight", "feSpotLight")),
}
_INPUTS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("feFlood", "feImage", "feTurbulence", "feMerge"), ()),
    **dict.fromkeys(("feBlend", "feComposite", "feDisplacementMap"), ("in", "in2")),
}


def filter_violations(element: etree._Element) -> Iterator[str]:
    """Yield what violates the contract of filters.

    The contract: region and primitives in the user space of the filtered element; each primitive with its subregion,
    a result of its own, a colour space, and inputs that are results of primitives before it, `SourceGraphic` or
    `SourceAlpha`; colours as hexadecimal sRGB; an `feImage` shows an element of the tree.
    """
    allowed = {"id", *_SIDES, *_UNITS}
    if any(element.get(name) != "userSpaceOnUse" for name in _UNITS) or not allowed.issuperset(
        element.attrib
    ):
        yield f"<filter> has {dict(element.attrib)}"
    yield from _region_violations(element)
    if len(element) == 0:
        yield "<filter> without primitives"
    known = set(STANDARD_INPUTS)
    for primitive in element:
        yield from _primitive_violations(primitive, known)
        known.add(primitive.get("result", ""))


def _primitive_violations(primitive: etree._Element, known: set[str]) -> Iterator[str]:
    local = local_name(primitive)
    if local not in PRIMITIVES:
        yield f"<{local or primitive.tag}> may not be in a filter"
        return
    yield from _region_violations(primitive)
    if not primitive.get("result") or primitive.get("result") in known:
        yield f"<{local}> has no result of its own"
    if primitive.get("color-interpolation-filters") not in {"sRGB", "linearRGB"}:
        yield f"<{local}> has no colour space"
    if local == "feImage" and not primitive.get("href", "").startswith("#"):
        yield "<feImage> refers outside"
    for one in primitive.iter(etree.Element):
        names = _INPUTS.get(local, ("in",)) if one is primitive else ("in",) * (local == "feMerge")
        for name in names:
            if one.get(name) not in known:
                yield f"<{local_name(one)}> {name}={one.get(name)!r} is no result before it"
        if one is not primitive and local_name(one) not in _PARTS.get(local, frozenset()):
            yield f"<{local_name(one) or one.tag}> may not be in <{local}>"
        for name, value in one.attrib.items():
            if name.endswith("-color") and _COLOR.fullmatch(value) is None:
                yield f"<{local}> {name}={value!r} is no plain colour"
            elif name.startswith("{") or name in {"style", "class"}:
                yield f"<{local}> has {name}"


def _region_violations(element: etree._Element) -> Iterator[str]:
    for name in _SIDES:
        value = element.get(name, "")
        if _NUMBER.fullmatch(value) is None or (name in {"width", "height"} and float(value) <= 0):
            yield f"<{local_name(element)}> {name}={value!r} is no plain number"
