"""Resources that refer to each other: no cycles, and no multiplication beyond the limits."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.errors import LimitExceeded, UnsafeTemplate
from inkmerge.limits import Limits
from inkmerge.svg.names import GRADIENTS, local_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import elements_by_id, references

_DRAWN_BY_REFERENCE: Final = frozenset(("pattern", "mask", "clipPath", "marker"))
_COSTLY: Final = _DRAWN_BY_REFERENCE | {"filter"}
"""A filter draws through the images in it."""
_RESOURCES: Final = _DRAWN_BY_REFERENCE | GRADIENTS


def check_reference_cycles(root: etree._Element, name: str) -> None:
    """Refuse resources that, through what they hold, refer to themselves.

    Raises:
        UnsafeTemplate: With the place of the resource.
    """
    ids = elements_by_id(root)
    state: dict[str, int] = {}
    for start in ids:
        if local_name(ids[start]) not in _RESOURCES or start in state:
            continue
        stack: list[tuple[str, list[str]]] = [(start, _targets(ids[start], ids))]
        state[start] = 1
        while stack:
            current, targets = stack[-1]
            if not targets:
                state[current] = 2
                stack.pop()
                continue
            target = targets.pop()
            if state.get(target) == 1:
                raise UnsafeTemplate(
                    f"#{target} refers to itself through what it holds",
                    location=place_of(ids[current], name),
                    hint="break the cycle",
                )
            if target not in state:
                state[target] = 1
                stack.append((target, _targets(ids[target], ids)))


def _targets(element: etree._Element, ids: dict[str, etree._Element]) -> list[str]:
    found: list[str] = []
    if local_name(element) == "filter":
        return found  # what an `feImage` shows may hold it: the image is then empty, and the rest is drawn
    for child in element.iter(etree.Element):
        found.extend(target for _, target in references(child) if target in ids)
    return found


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
