"""A flat document → which rasterizer draws what of it and why, in paint order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from inkmerge.flat.document import FlatDocument
from inkmerge.raster.rasterizing import draws_all_through_resvg
from inkmerge.raster.routing import FEATURES, Drawer, RasterizerChoice, features_of, route
from inkmerge.svg.names import local_name
from inkmerge.svg.parsing import line_of, named


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """Neighbours in paint order that one rasterizer draws.

    Attributes:
        rasterizer: ``cairo`` or ``resvg``.
        elements: How many paths and images it has.
        first: Its first element: its id, else its name.
        last: Its last element.
        line: Line of the template at which the first element stands, where it is known.
        features: What it uses of the routing table: (feature, why it goes where it goes), the empty string for a reason
            where all goes to one rasterizer.
    """

    rasterizer: Drawer
    elements: int
    first: str
    last: str
    line: int | None
    features: tuple[tuple[str, str], ...]


def drawn_parts(flat: FlatDocument, rasterizer: RasterizerChoice = "auto") -> tuple[DrawnPart, ...]:
    """Return the parts of a document as `rasterize` draws it, the lowest first."""
    drawer: Drawer = "resvg" if draws_all_through_resvg(rasterizer) else "cairo"
    routed = route(flat.root, flat.ids) if drawer == "cairo" and rasterizer == "auto" else []
    parts = {part.elements[0]: part for part in routed}
    held = {element for part in routed for element in part.elements}
    runs: list[tuple[Drawer, list[etree._Element]]] = []
    for element in _top_elements(flat.root, held):
        if element in parts:
            runs.append(("resvg", list(parts[element].elements)))
        elif element not in held:
            if not runs or runs[-1][0] != drawer:
                runs.append((drawer, []))
            runs[-1][1].append(element)
    is_forced = drawer == "resvg" or rasterizer == "cairo"
    found = (_part(one, elements, flat, is_forced=is_forced) for one, elements in runs)
    return tuple(part for part in found if part.elements)


def _top_elements(parent: etree._Element, held: set[etree._Element]) -> Iterator[etree._Element]:
    """Yield what is drawn, in paint order: routed elements whole, of the others paths and images."""
    for child in parent:
        if child in held or local_name(child) in {"path", "image"}:
            yield child
        elif local_name(child) == "g":
            yield from _top_elements(child, held)


def _part(
    drawer: Drawer, elements: Sequence[etree._Element], flat: FlatDocument, *, is_forced: bool
) -> DrawnPart:
    drawn = [
        one
        for element in elements
        for one in element.iter(etree.Element)
        if local_name(one) in {"path", "image"}
    ]
    used = {
        feature
        for element in elements
        for one in _with_groups(element)
        for feature in features_of(one, flat.ids)
    }
    ordered = [feature for feature in FEATURES if feature in used and (is_forced or feature.drawer == drawer)]
    features = tuple((feature.name, "" if is_forced else feature.reason) for feature in ordered)
    first, last = elements[0], elements[-1]
    return DrawnPart(drawer, len(drawn), named(first), named(last), line_of(first), features)


def _with_groups(element: etree._Element) -> Iterator[etree._Element]:
    """Yield an element with what is in it, and the groups around it."""
    yield from element.iter(etree.Element)
    yield from (one for one in element.iterancestors() if local_name(one) == "g")
