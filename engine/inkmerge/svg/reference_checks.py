"""Resources that refer to each other: no cycles, and no multiplication beyond the limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from inkmerge.errors import Finding, LimitExceeded, Severity
from inkmerge.limits import Limits
from inkmerge.svg.names import GRADIENTS, XLINK_HREF, local_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import elements_by_id, references

_DRAWN_BY_REFERENCE: Final = frozenset(("pattern", "mask", "clipPath", "marker"))
_RESOURCES: Final = _DRAWN_BY_REFERENCE | GRADIENTS | {"filter"}


def break_reference_cycles(root: etree._Element, name: str) -> list[Finding]:
    """Take away references by which resources, through what they hold, refer to themselves, in place.

    What is drawn is what SVG draws for an invalid reference: paint is none, the others are as if they were not there.
    https://www.w3.org/TR/SVG2/linking.html#processingURL
    """
    ids = elements_by_id(root)
    findings: list[Finding] = []
    done: set[str] = set()
    for start in ids:
        if local_name(ids[start]) not in _RESOURCES or start in done:
            continue
        open_ids = [start]
        stack = [_links(ids[start])]
        while stack:
            link = next(stack[-1], None)
            if link is None:
                stack.pop()
                done.add(open_ids.pop())
                continue
            element, attribute, target = link
            if target in open_ids:
                _break(element, attribute)
                findings.append(
                    Finding(
                        "reference-cycle",
                        Severity.WARNING,
                        f"{attribute} refers to #{target}, which holds it: it was left out",
                        place_of(element, name),
                    )
                )
            elif target in ids and target not in done:
                open_ids.append(target)
                stack.append(_links(ids[target]))
    return findings


def _links(element: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    for child in list(element.iter(etree.Element)):
        for attribute, target in list(references(child)):
            yield child, attribute, target


def _break(element: etree._Element, attribute: str) -> None:
    if attribute in {"fill", "stroke"}:
        element.set(attribute, "none")
    elif attribute == "href":
        element.attrib.pop("href", None)
        element.attrib.pop(XLINK_HREF, None)
    else:
        element.attrib.pop(attribute, None)


def check_fan_out(root: etree._Element, limits: Limits, name: str) -> None:
    """Refuse resources that, multiplied by what refers to them, would be drawn more often than allowed.

    Raises:
        LimitExceeded: With the place of the resource.
    """
    ids = elements_by_id(root)
    cost: dict[str, int] = {}

    def weight(element: etree._Element) -> int:
        total = 0
        for child in element.iter(etree.Element):
            total += 1
            for _, target in references(child):
                if target in ids and local_name(ids[target]) in _DRAWN_BY_REFERENCE:
                    if target not in cost:
                        cost[target] = 0
                        cost[target] = weight(ids[target])
                    total += cost[target]
        return total

    for identifier, element in ids.items():
        if local_name(element) in _DRAWN_BY_REFERENCE and weight(element) > limits.elements:
            raise LimitExceeded(
                f"#{identifier} draws {weight(element):,} elements through references, allowed are {limits.elements:,}",
                location=place_of(element, name),
                hint="nest fewer patterns, masks, clip paths and markers",
            )
