"""Resources that refer to each other: no cycles, and no multiplication beyond the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lxml import etree

from inkmerge.errors import Finding, LimitExceeded, Severity
from inkmerge.limits import Limits
from inkmerge.svg.names import GRADIENTS, XLINK_HREF, local_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import elements_by_id, references

_DRAWN_BY_REFERENCE: Final = frozenset(("pattern", "mask", "clipPath", "marker"))
_COSTLY: Final = _DRAWN_BY_REFERENCE | {"filter"}
"""A filter draws through the images in it."""
_RESOURCES: Final = _DRAWN_BY_REFERENCE | GRADIENTS


def break_reference_cycles(root: etree._Element, name: str) -> list[Finding]:
    """Take away references by which resources, through what they hold, refer to themselves, in place.

    What an `feImage` shows may hold its filter: the image is then empty, and the rest is drawn (`flat/filters.py`).
    What is drawn is what SVG draws for an invalid reference: paint is none, the others are as if they were not there.
    https://www.w3.org/TR/SVG2/linking.html#processingURL
    """
    targets = {target for _, _, target in _links(root)}
    ids = {name: element for name, element in elements_by_id(root).items() if name in targets}
    links = {name: [link for link in _links(element) if link[2] in ids] for name, element in ids.items()}
    component = _components({name: [target for _, _, target in found] for name, found in links.items()})
    findings: list[Finding] = []
    broken: set[tuple[etree._Element, str]] = set()
    for holder, found in links.items():
        for element, attribute, target in found:
            is_cyclic = component[holder] == component[target]
            if not is_cyclic or local_name(ids[holder]) not in _RESOURCES or (element, attribute) in broken:
                continue
            broken.add((element, attribute))
            _break(element, attribute)
            findings.append(
                Finding(
                    "reference-cycle",
                    Severity.WARNING,
                    f"{attribute} refers to #{target}, which leads back to it: it was left out",
                    place_of(element, name),
                )
            )
    return findings


def _components(graph: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Number the strongly connected components of a graph; a node by itself has a number of its own.

    Tarjan 1972, https://doi.org/10.1137/0201010, with a stack of our own.
    """
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    component: dict[str, int] = {}
    waiting: list[str] = []
    for start in graph:
        if start in number:
            continue
        stack = [(start, iter(graph[start]))]
        number[start] = low[start] = len(number)
        waiting.append(start)
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is not None:
                if target not in number:
                    number[target] = low[target] = len(number)
                    waiting.append(target)
                    stack.append((target, iter(graph[target])))
                elif target not in component:
                    low[node] = min(low[node], number[target])
                continue
            stack.pop()
            if stack:
                low[stack[-1][0]] = min(low[stack[-1][0]], low[node])
            if low[node] == number[node]:
                while True:
                    member = waiting.pop()
                    component[member] = number[node]
                    if member == node:
                        break
    return component


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
            if local_name(child) == "filter":
                continue  # it takes over from another, and does not draw it
            for _, target in references(child):
                if target in ids and (local_name(ids[target]) in _COSTLY or local_name(child) == "feImage"):
                    if target not in cost:
                        cost[target] = 0
                        cost[target] = weight(ids[target])
                    total += cost[target]
        return total

    for identifier, element in ids.items():
        if local_name(element) in _COSTLY and weight(element) > limits.elements:
            raise LimitExceeded(
                f"#{identifier} draws {weight(element):,} elements through references, allowed are {limits.elements:,}",
                location=place_of(element, name),
                hint="nest fewer patterns, masks, clip paths, markers and filter images",
            )
