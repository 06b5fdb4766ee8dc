"""One element's `filter` list → the `<filter>` elements that it needs, in its own user space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.flat.bounds import Box, bounds_of, painted_bounds_of
from inkmerge.flat.filter_chain import FilterChain
from inkmerge.flat.filter_frame import PrimitiveFrame
from inkmerge.flat.filter_functions import add_function
from inkmerge.flat.filter_paints import PaintSource, add_paint_inputs
from inkmerge.flat.filter_primitives import add_primitive
from inkmerge.flat.filter_scene import FilterScene
from inkmerge.flat.filter_values import FilterFunction, FilterList
from inkmerge.svg.expansion import viewport_of
from inkmerge.svg.names import local_name, new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import href, references
from inkmerge.svg.units import Axis, Viewport, number_or_percentage, text_of

Placing = Literal["canvas", "moved", "resource"]

REACH: Final = 1.9
"""Canvases around the canvas within which a filter's region has to be: resvg takes two."""
_AROUND: Final = (1.5, 0.75, 0.25)
"""Canvases around the canvas in which a filter is computed at most: the most that the rasterizer takes."""
_ROOMY: Final = frozenset(("feGaussianBlur", "feDropShadow"))
_SIZED: Final = frozenset(("feComposite", "feDiffuseLighting", "feDisplacementMap", "feSpecularLighting"))
"""Primitives that fail when an input is a pixel larger than the region, as the source is where numbers round so."""
_REGION: Final[dict[str, tuple[str, Axis]]] = {
    "x": ("-10%", "x"),
    "y": ("-10%", "y"),
    "width": ("120%", "x"),
    "height": ("120%", "y"),
}
_LINKED: Final = ("x", "y", "width", "height", "filterUnits", "primitiveUnits")


class NotDrawnError(Exception):
    """The filter leaves nothing of its element."""


@dataclass(frozen=True, slots=True)
class ResolvedFilter:
    """A `<filter>` for one use.

    Attributes:
        element: The filter, which has no id yet.
        chain: What it was made from.
        covered: The part of its region that can be seen, with room for blurs, in the element's user space.
        area: That part in CSS pixels.
    """

    element: etree._Element
    chain: FilterChain
    covered: Box
    area: float

    @property
    def shown(self) -> Box:
        """The part of its region that can be seen, in the element's user space."""
        return self.covered.meet(self.chain.region)


@dataclass(slots=True)
class FilterUse:
    """One element's filters in the making.

    Attributes:
        scene: The tree.
        element: The filtered element, flat.
        matrix: From its user space to CSS pixels.
        placing: Where it is drawn: on the canvas, where a filter around it may move it, or as part of a resource, in a
            place that the matrix does not tell.
    """

    scene: FilterScene
    element: etree._Element
    matrix: Transform
    placing: Placing

    def filters(self, items: FilterList) -> list[ResolvedFilter]:
        """Return a filter for each reference and for each run of functions.

        Raises:
            NotDrawnError: The specification says that the element is not drawn.
        """
        chains: list[FilterChain] = []
        run: list[FilterFunction] = []
        for item in (*items, None):
            if isinstance(item, FilterFunction):
                run.append(item)
                continue
            if run:
                chains.append(self._functions(run, chains))
                run = []
            if item is not None and (chain := self._reference(item.target)) is not None:
                chains.append(chain)
        return [
            self._finished(chain, sum(later.reach for later in chains[index:]))
            for index, chain in enumerate(chains)
        ]

    def _functions(self, run: list[FilterFunction], before: list[FilterChain]) -> FilterChain:
        """Return the chain of functions that follow each other; it has no region, so what it reaches is taken."""
        drawn = before[-1].region if before else self._drawn()
        if drawn is None:
            raise NotDrawnError
        reach = FilterChain(drawn, self.matrix)
        for function in run:
            add_function(function, reach)
        chain = FilterChain(drawn.expand(reach.reach + 1), self.matrix)
        for function in run:
            add_function(function, chain)
        return chain

    def _drawn(self) -> Box | None:
        """Return a box around all that the element draws, strokes and markers included; None for nothing."""
        box = painted_bounds_of(self.element)
        has_markers = any(
            name.startswith("marker") for one in self.element.iter(etree.Element) for name in one.attrib
        )
        return box.join(self._canvas()) if box is not None and has_markers else box

    def _canvas(self) -> Box:
        """Return the canvas in the element's user space."""
        inverse = self.matrix.inverse()
        return self.scene.canvas.transformed(inverse)

    def _visible(self, region: Box, reach: float) -> Box:
        """Return the part of a region from which something can reach the canvas.

        What travels further than the canvas is large is spread so thin that it is not seen; and resvg takes no region
        that reaches further than two canvases from the canvas.
        """
        if self.placing == "resource":
            return region
        canvas, shown = self._canvas(), self.scene.canvas
        around = shown.expand(REACH * shown.width, REACH * shown.height)
        reach = math.inf if self.placing == "moved" else reach + 1
        seen = region
        for share in _AROUND:
            right, down = min(reach, share * canvas.width), min(reach, share * canvas.height)
            seen = region.meet(canvas.expand(right, down))
            if seen.transformed(self.matrix).is_inside(around):
                break
        if seen.is_empty:
            raise NotDrawnError
        return seen

    def _reference(self, target: str) -> FilterChain | None:
        """Return the chain that a reference leads to; a missing one is as good as none.

        https://www.w3.org/TR/filter-effects-1/#FilterProperty
        """
        scene, context = self.scene, self.scene.context
        original = scene.ids.get(target)
        if original is None or local_name(original) != "filter":
            context.warn(
                "reference-missing", f"filter refers to #{target}, which is no <filter>", self.element
            )
            return None
        links = scene.filter_chain(original)
        attributes = {
            name: one.attrib[name] for one in reversed(links) for name in _LINKED if name in one.attrib
        }
        primitives = next((found for one in links if (found := _elements(one))), [])
        context.limits.require("filter_primitives", len(primitives), place_of(original, context.name))
        box = bounds_of(self.element)
        if box is not None and box.is_empty:
            box = None
        region = self._region(original, attributes, box)
        in_boxes = attributes.get("primitiveUnits") == "objectBoundingBox"
        if region is None or not primitives or (in_boxes and box is None):
            context.warn("value-invalid", f"the filter #{target} leaves nothing to be drawn", self.element)
            raise NotDrawnError
        is_cut = any(local_name(one) in _ROOMY | _SIZED for one in primitives)
        chain = FilterChain(region, self.matrix, is_cut)
        frame = PrimitiveFrame(box, self._units(), in_boxes, scene.styles, context, self._image)
        add_paint_inputs(chain, primitives, PaintSource(self.element, box, scene.ids, scene.define))
        for primitive in primitives:
            add_primitive(primitive, chain, frame)
        if not chain.elements:
            raise NotDrawnError
        return chain

    def _units(self) -> Viewport:
        viewport = viewport_of(self.element, self.scene.context.viewport)
        return Viewport(viewport.width, viewport.height)

    def _region(self, original: etree._Element, attributes: dict[str, str], box: Box | None) -> Box | None:
        """Return the filter region in user space; None when it is empty or refers to a box that is not there."""
        context, units = self.scene.context, self._units()
        is_box = attributes.get("filterUnits") != "userSpaceOnUse"
        if is_box and box is None:
            return None
        sides: dict[str, float] = {}
        for name, (default, axis) in _REGION.items():
            value = attributes.get(name, default).strip() or default
            found = number_or_percentage(value) if is_box else units.length(value, axis)
            if found is None:
                context.invalid(original, name, value)
                found = number_or_percentage(default) if is_box else units.length(default, axis)
            assert found is not None  # the defaults are percentages
            sides[name] = context.bounded(found, original, name)
        x, y, width, height = sides.values()
        if is_box and box is not None:
            x, width = box.left + x * box.width, width * box.width
            y, height = box.top + y * box.height, height * box.height
        region = Box(x, y, x + width, y + height)
        return None if region.is_empty else region

    def _finished(self, chain: FilterChain, reach: float) -> ResolvedFilter:
        """Return the `<filter>` around a chain, no larger than what can be seen of it through later ones."""
        room = min(chain.room, max(chain.region.width, chain.region.height))
        region = chain.region.expand(room) if chain.is_cut else chain.region
        has_tiles = any(local_name(one) == "feTile" for one in chain.elements)
        shown = self._visible(region, math.inf if has_tiles else reach)  # a tile is needed as a whole
        units = {"filterUnits": "userSpaceOnUse", "primitiveUnits": "userSpaceOnUse"}
        a, b, c, d, _, _ = self.matrix
        resolved = new("filter", units | shown.attributes())
        resolved.extend(chain.elements)
        area = shown.width * shown.height * abs(a * d - b * c)
        return ResolvedFilter(resolved, chain, shown, area)

    def _image(self, primitive: etree._Element, area: Box) -> str | None:
        """Return a reference to an element that an `feImage` shows, or None when it shows nothing."""
        context, ids = self.scene.context, self.scene.ids
        link = (href(primitive) or "").strip()
        if not link:
            context.warn("reference-missing", "<feImage> has no href", primitive)
            return None
        if link.startswith("#"):
            target = ids.get(link[1:])
            if target is None or local_name(target) not in {"g", "path", "image"}:
                context.warn(
                    "reference-missing", f"<feImage> refers to {link}, which is not drawn", primitive
                )
                return None
            if self._is_cyclic(target):
                context.warn("reference-missing", f"<feImage> refers to {link}, which shows it", primitive)
                return None
            return link
        holder = new("g")
        picture = new("image", {"href": link, "width": text_of(area.width), "height": text_of(area.height)})
        picture.sourceline = primitive.sourceline
        if (fit := primitive.get("preserveAspectRatio")) is not None:
            picture.set("preserveAspectRatio", fit)
        if (rendering := self.scene.styles.value(primitive, "image-rendering")) != "auto":
            picture.set("image-rendering", rendering)
        holder.append(picture)
        name = self.scene.define(holder)
        self.scene.draw_picture(picture, context)
        return f"#{name}"

    def _is_cyclic(self, target: etree._Element) -> bool:
        """Tell whether what an `feImage` shows leads, through filters and their images, to itself."""
        seen: set[etree._Element] = set()
        stack = [target]
        while stack:
            shown = stack.pop()
            if self.element in (shown, *shown.iterdescendants()):
                return True
            for one in shown.iter(etree.Element):
                for name in filter_targets(one):
                    used = self.scene.ids.get(name)
                    if used is not None and used not in seen:
                        seen.add(used)
                        if self._shows(used, target):
                            return True
                        stack.extend(self.scene.images(used))
        return False

    def _shows(self, used: etree._Element, target: etree._Element) -> bool:
        return any(one is target for one in self.scene.images(used))


def filter_targets(element: etree._Element) -> list[str]:
    """Return the ids in an element's `filter`."""
    return [target for attribute, target in references(element) if attribute == "filter"]


def _elements(parent: etree._Element) -> list[etree._Element]:
    """Return the children that are SVG elements and say that they are primitives."""
    return [child for child in parent if local_name(child).startswith("fe")]
