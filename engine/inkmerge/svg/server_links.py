"""Gradients and patterns that take over from others by `href` → ones that say all about themselves."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

from inkmerge.errors import Finding, Severity
from inkmerge.svg.names import GRADIENTS, XLINK_HREF, local_name, svg_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import elements_by_id, href

_INHERITED_BY_HREF: Final = frozenset(
    (
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "fx",
        "fy",
        "fr",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
    )
    + ("x", "y", "width", "height", "patternUnits", "patternContentUnits", "patternTransform", "viewBox")
    + ("preserveAspectRatio",)
)


def resolve_href_chains(root: etree._Element, name: str) -> list[Finding]:
    """Copy what gradients and patterns take over by `href` into them, in place; a chain ends where it comes back.

    https://www.w3.org/TR/SVG2/pservers.html#PaintServerTemplates
    """
    ids = elements_by_id(root)
    findings: list[Finding] = []
    for element in list(root.iter(*(svg_name(name) for name in (*GRADIENTS, "pattern")))):
        chain = [element]
        while (link := href(chain[-1])) and link.startswith("#"):
            target = ids.get(link[1:])
            if target is None or local_name(target) not in GRADIENTS | {"pattern"}:
                message = f"href refers to {link}, which is no paint server"
                findings.append(
                    Finding("reference-missing", Severity.WARNING, message, place_of(chain[-1], name))
                )
                break
            if target in chain:
                message = f"the chain of references comes back to {link}"
                findings.append(
                    Finding("reference-cycle", Severity.WARNING, message, place_of(element, name))
                )
                break
            chain.append(target)
        for target in chain[1:]:
            _take_over(element, target)
    for element in root.iter(*(svg_name(name) for name in (*GRADIENTS, "pattern"))):
        element.attrib.pop("href", None)
        element.attrib.pop(XLINK_HREF, None)
    return findings


def _take_over(element: etree._Element, target: etree._Element) -> None:
    for name, value in target.attrib.items():
        if name in _INHERITED_BY_HREF and name not in element.attrib:
            element.set(name, value)
    if len(element) == 0 and (local_name(element) == "pattern") == (local_name(target) == "pattern"):
        for child in target:
            element.append(deepcopy(child))
