"""The tree in which filters are resolved: its elements by id, and where new definitions go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.flat.context import FlattenContext
from inkmerge.svg.names import local_name, svg_name
from inkmerge.svg.references import elements_by_id, href
from inkmerge.svg.style import ComputedStyles

PREFIX: Final = "inkmerge-filter-"
"""What the ids of resolved filters, and of what they need, begin with."""
_LONGEST: Final = 100
"""Filters that take over from each other by `href`, at most; further ones are left out."""


@dataclass(slots=True)
class FilterScene:
    """One tree during one pass over its filters.

    Attributes:
        root: The flat root.
        context: Limits, viewport, and where findings go.
        draw_picture: Flattens an `<image>`.
        ids: The tree's elements by id, kept up to date.
        styles: Computed values of the filters' primitives.
        canvas: The picture's area in CSS pixels.
    """

    root: etree._Element
    context: FlattenContext
    draw_picture: Callable[[etree._Element, FlattenContext], None]
    ids: dict[str, etree._Element] = field(init=False)
    styles: ComputedStyles = field(init=False)
    canvas: Box = field(init=False)
    _shared: dict[bytes, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = self.context.ids = elements_by_id(self.root)
        self.styles = ComputedStyles(self.context.viewport)
        self.canvas = Box(0, 0, float(self.root.get("width", "0")), float(self.root.get("height", "0")))

    def define(self, element: etree._Element) -> str:
        """Add an element to the definitions, and return the id that it gets."""
        return self.context.define(element, "filter")

    def define_once(self, element: etree._Element) -> str:
        """Add an element to the definitions, unless one that says the same is there; return its id."""
        key = etree.tostring(element)
        name = self._shared.get(key)
        if name is None:
            name = self._shared[key] = self.define(element)
        return name

    def filter_chain(self, start: etree._Element) -> list[etree._Element]:
        """Return a filter and those that it takes over from by `href`; a chain that comes back to itself ends."""
        found = [start]
        while (link := href(found[-1])) and link.startswith("#"):
            target = self.ids.get(link[1:])
            if target is None or local_name(target) != "filter" or target in found or len(found) == _LONGEST:
                message = f"href leads from #{start.get('id')} to {link}, which is no other <filter>"
                self.context.warn("reference-missing", message, start)
                break
            found.append(target)
        return found

    def images(self, used: etree._Element) -> Iterator[etree._Element]:
        """Yield the elements that the images of a filter show."""
        for one in used.iter(svg_name("feImage")):
            link = href(one) or ""
            if link.startswith("#") and link[1:] in self.ids:
                yield self.ids[link[1:]]
