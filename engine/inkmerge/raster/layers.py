"""A flat document → what is drawn by whom, in paint order, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from inkmerge.flat.document import FlatDocument
from inkmerge.raster.routing import FEATURES, Drawer, Feature, features_of, route
from inkmerge.svg.names import local_name


@dataclass(frozen=True, slots=True)
class Layer:
    """Neighbours in paint order that one rasterizer draws.

    Attributes:
        rasterizer: ``cairo`` or ``resvg``.
        elements: How many paths and images it has.
        first: Its first element: its id, else its name.
        last: Its last element.
        line: Line of the template at which the first element stands, where it is known.
        features: What it uses of the routing table: (feature, why it goes where it goes).
    """

    rasterizer: Drawer
    elements: int
    first: str
    last: str
    line: int | None
    features: tuple[tuple[str, str], ...]


def layers_of(flat: FlatDocument) -> tuple[Layer, ...]:
    """Return the layers of a document as `auto` draws it, the lowest first."""
    parts = {part.elements[0]: part for part in route(flat.root, flat.ids)}
    held = {element for part in parts.values() for element in part.elements}
    runs: list[tuple[Drawer, list[etree._Element]]] = []
    for element in _top_elements(flat.root, held):
        if element in parts:
            runs.append(("resvg", list(parts[element].elements)))
        elif element not in held:
            if not runs or runs[-1][0] == "resvg":
                runs.append(("cairo", []))
            runs[-1][1].append(element)
    return tuple(_layer(drawer, elements, flat) for drawer, elements in runs)


def _top_elements(parent: etree._Element, held: set[etree._Element]) -> Iterator[etree._Element]:
    """Yield what is drawn, in paint order: routed elements whole, of the others paths and images."""
    for child in parent:
        if child in held or local_name(child) in {"path", "image"}:
            yield child
        elif local_name(child) == "g":
            yield from _top_elements(child, held)


def _layer(drawer: Drawer, elements: Sequence[etree._Element], flat: FlatDocument) -> Layer:
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
    ordered = [feature for feature in FEATURES if feature in used and feature.drawer == drawer]
    first, last = elements[0], elements[-1]
    return Layer(
        drawer, len(drawn), _named(first), _named(last), _line_of(first), tuple(map(_words, ordered))
    )


def _with_groups(element: etree._Element) -> Iterator[etree._Element]:
    """Yield an element with what is in it, and the groups around it."""
    yield from element.iter(etree.Element)
    yield from (one for one in element.iterancestors() if local_name(one) == "g")


def _words(feature: Feature) -> tuple[str, str]:
    return feature.name, feature.reason


def _line_of(element: etree._Element) -> int | None:
    """Return the line of an element; of outlines, that of the text that they come from."""
    around = (element, *element.iterancestors())
    return next((one.sourceline for one in around if one.sourceline is not None), None)


def _named(element: etree._Element) -> str:
    for one in (element, *element.iterancestors()):
        if name := one.get("id"):
            return f"#{name}"
    return f"<{local_name(element)}>"
