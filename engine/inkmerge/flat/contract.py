"""The flat-SVG contract, executable: what a rasterizer may rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from inkmerge.flat.document import IMAGE_SCHEME
from inkmerge.flat.filter_contract import filter_violations
from inkmerge.svg.names import INKMERGE, SVG, local_name
from inkmerge.svg.properties import INHERITED
from inkmerge.svg.references import elements_by_id, references
from inkmerge.text.glyph_runs import GLYPHS

_DRAWN: Final = frozenset(("g", "path", "image"))
_RESOURCES: Final = frozenset(
    ("defs", "linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask", "marker", "filter")
)
_NUMBER: Final = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_REFERENCE: Final = re.compile(r"url\(#[^)]+\)")
_GEOMETRY: Final = frozenset(
    ("x", "y", "width", "height", "stroke-width", "opacity", "fill-opacity", "stroke-opacity")
)
_ROOT_ONLY: Final = frozenset(("title", "desc"))
_PATH_PAINT: Final = re.compile(r"fill|stroke|marker|clip-rule|shape-rendering|image-rendering")


def check_flat(root: etree._Element) -> list[str]:
    """Return what violates the contract; nothing when a tree is flat.

    The contract: only groups, paths, images and the paint servers, clip paths, masks, markers and filters that they
    refer to; one `viewBox`, the root's; numbers without units; no CSS, no text, no script, nothing inherited by
    groups; every reference leads to an element of the tree; every path says its own fill; filters say all about
    themselves in user space (`filter_contract`).
    """
    return list(_violations(root))


def _violations(root: etree._Element) -> Iterator[str]:
    ids = elements_by_id(root)
    if local_name(root) != "svg":
        yield f"the root is {root.tag}"
    if root.get("viewBox") != f"0 0 {root.get('width')} {root.get('height')}":
        yield f"viewBox={root.get('viewBox')!r} is not `0 0 width height`"
    for element in root.iter():
        if not isinstance(element.tag, str):
            yield f"{element!r} is no element"
            continue
        local = local_name(element)
        for attribute, target in references(element):
            if target not in ids:
                yield f"<{local}> {attribute} refers to #{target}, which is not there"
        if element is root or _inside_filter(element):
            continue
        if local == "filter":
            yield from filter_violations(element)
            continue
        if local in _ROOT_ONLY and element.getparent() is root:
            continue
        if local not in _DRAWN | _RESOURCES:
            yield f"<{local or element.tag}> may not be there"
        yield from _attribute_violations(element, local)


def _inside_filter(element: etree._Element) -> bool:
    return any(local_name(ancestor) == "filter" for ancestor in element.iterancestors())


def _attribute_violations(element: etree._Element, local: str) -> Iterator[str]:
    if local == "path" and not ((element.get("d") or element.get(GLYPHS)) and element.get("fill")):
        yield "<path> without d, or glyphs, or fill"
    if local == "image" and not element.get("href", "").startswith((IMAGE_SCHEME, "data:")):
        yield f"<image> refers outside: {element.get('href', '')[:40]!r}"
    for name, value in element.attrib.items():
        if name in {"style", "class"} or INKMERGE in name:
            yield f"<{local}> has {name}"
        elif name.startswith("{") and SVG not in name:
            yield f"<{local}> has the foreign attribute {name}"
        elif name == "filter" and _REFERENCE.fullmatch(value) is None:
            yield f"<{local}> filter={value!r} is no reference"
        elif name in _GEOMETRY and _NUMBER.fullmatch(value) is None:
            yield f"<{local}> {name}={value!r} is no plain number"
        elif name in INHERITED and local in _DRAWN - {"path"} and not _PATH_PAINT.match(name):
            yield f"<{local}> has the inherited property {name}"
        elif name in INHERITED and local == "g":
            yield f"<g> has the inherited property {name}"
