"""The property `filter` and `<filter>` elements → filters of their own for the elements that use them.

A filter's numbers depend on the element that it is put on: its bounding box, viewport, colour, font size. So each use
gets a `<filter>` with all numbers in the element's user space (`filterUnits` and `primitiveUnits` are
``userSpaceOnUse``), every primitive with explicit inputs, result, subregion, colour space and colours. Uses that come
to the same share one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounds import Box, bounds_of
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.filter_chain import FilterChain
from inkmerge.flat.filter_functions import add_function
from inkmerge.flat.filter_paints import PaintSource, add_paint_inputs, marked_style
from inkmerge.flat.filter_primitives import PrimitiveFrame, add_primitive
from inkmerge.flat.filter_values import FilterFunction, FilterList, FilterReference, filter_text, parse_filter
from inkmerge.flat.paint import defs_of
from inkmerge.svg.expansion import viewport_of
from inkmerge.svg.names import local_name, mark, new, svg_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import elements_by_id, href, references
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import Axis, Viewport, number, number_or_percentage, text_of

PREFIX: Final = "inkmerge-filter-"
_WORK: Final = mark("filter-work")
"""Mark on a resolved filter: what it costs, in passes over CSS pixels."""
_APART: Final = 6.0
"""Passes that it costs to draw something into a pattern of its own; measured."""
_CHANGING: Final = (mark("fill"), mark("dynamic"))
"""Marks on elements that a recipient changes, and around which filters wait."""
_RESOURCES: Final = frozenset(("pattern", "mask", "clipPath", "marker"))
_BLURS: Final = frozenset(("feGaussianBlur", "feDropShadow"))
_LONGEST: Final = 100
"""Filters that take over from each other by `href`, at most; further ones are left out."""
_MOVED: Final = ("id", "transform", "opacity", "clip-path", "mask", "mix-blend-mode", "isolation")
_REGION: Final[dict[str, tuple[str, Axis]]] = {
    "x": ("-10%", "x"),
    "y": ("-10%", "y"),
    "width": ("120%", "x"),
    "height": ("120%", "y"),
}
_LINKED: Final = ("x", "y", "width", "height", "filterUnits", "primitiveUnits")


def resolve_property(element: etree._Element, context: FlattenContext) -> None:
    """Write an element's `filter` so that it needs no colour and no font size from around it, in place."""
    value = element.attrib.get("filter")
    if value is None:
        return
    style = context.styles(element) | marked_style(element)
    viewport = viewport_of(element, context.viewport)
    font_size = number(style.get("font-size", "")) or 16.0
    units = Viewport(viewport.width, viewport.height, font_size, context.viewport.root_font_size)
    items = parse_filter(value, units, style.get("color", "black"))
    if items is None:
        context.invalid(element, "filter", value)
    if not items:
        del element.attrib["filter"]
        return
    for item in items:
        if isinstance(item, FilterFunction):
            for one in item.numbers:
                context.bounded(one, element, "filter")
    element.set("filter", filter_text(items))


def resolve_filters(
    root: etree._Element,
    context: FlattenContext,
    draw_picture: Callable[[etree._Element, FlattenContext], None],
) -> float:
    """Give every filtered element of a flat tree filters of its own, in place.

    Around elements that a recipient has yet to change, filters are left as they are for the filled tree.

    Args:
        root: The flat root.
        context: The pass of flattening that has just been done.
        draw_picture: Flattens an `<image>`.

    Returns:
        What all filters of the tree cost, in passes over pixels at 96 dpi; at twice the dpi it is four times as much.

    Raises:
        LimitExceeded: A filter has more primitives, or all filters compute more pixels, than allowed.
    """
    filtered = root.xpath("//*[@filter]")
    if not filtered and not root.xpath("//*[local-name()='filter']"):
        return 0.0
    pass_ = _Resolution(root, context, draw_picture)
    for element in filtered:
        pass_.resolve(element)
    pass_.drop_originals()
    return _required_work(root, context)


def _required_work(root: etree._Element, context: FlattenContext) -> float:
    """Return what all filters cost, unless that is more than allowed."""
    work = {one.get("id"): float(one.get(_WORK, "0")) for one in root.xpath("//*[local-name()='filter']")}
    total = 0.0
    for element in root.xpath("//*[@filter]"):
        total += sum(work.get(target, 0.0) for target in _targets(element))
        context.limits.require("filter_px", round(total), place_of(element, context.name))
    return total


def _targets(element: etree._Element) -> Iterator[str]:
    return (target for attribute, target in references(element) if attribute == "filter")


class _NotDrawnError(Exception):
    """The filter leaves nothing of its element."""


@dataclass(slots=True)
class _Resolution:
    """One pass over a tree."""

    root: etree._Element
    context: FlattenContext
    draw_picture: Callable[[etree._Element, FlattenContext], None]
    ids: dict[str, etree._Element] = field(init=False)
    styles: ComputedStyles = field(init=False)
    canvas: Box = field(init=False)
    _changing: set[etree._Element] = field(default_factory=set)
    _around_changing: set[etree._Element] = field(default_factory=set)
    _waited_for: set[str] = field(default_factory=set)
    _known: dict[bytes, str] = field(default_factory=dict)
    _defined: int = 0

    def __post_init__(self) -> None:
        self.ids = elements_by_id(self.root)
        self.styles = ComputedStyles(self.context.viewport)
        self.canvas = Box(0, 0, float(self.root.get("width", "0")), float(self.root.get("height", "0")))
        if self.context.is_filled:
            return
        for element in self.root.iter(etree.Element):
            if any(name in element.attrib for name in _CHANGING):
                self._changing.add(element)
                self._around_changing.update((element, *element.iterancestors()))

    def resolve(self, element: etree._Element) -> None:
        """Resolve one element's filters, which are made plain already."""
        value = element.get("filter", "")
        items = parse_filter(value, Viewport(1, 1))
        if not items or value.startswith(f"url(#{PREFIX}"):
            return
        if self._waits(element, items):
            self._waited_for.update(name for name in self._chain_ids(items))
            return
        if any(local_name(one) == "clipPath" for one in element.iterancestors()):
            del element.attrib["filter"]  # a clip path is geometry
            return
        matrix, is_on_canvas = _matrix_of(element)
        if matrix[0] * matrix[3] == matrix[1] * matrix[2]:  # flattened to a line, which draws nothing
            remove_element(element)
            return
        try:
            uses = _Use(self, element, matrix, is_on_canvas).filters(items)
        except _NotDrawnError:
            remove_element(element)
            return
        if not uses:
            del element.attrib["filter"]
            return
        chains = [chain for _, chain in uses]
        is_turned = not _is_upright(matrix)
        is_apart = is_turned and not (_is_similar(matrix) and all(chain.is_turnable for chain in chains))
        for one, chain in uses:
            if is_apart:
                one.set(_WORK, text_of(float(one.attrib[_WORK]) * (1 + _APART / max(1.0, chain.work))))
            elif is_turned:
                chain.turn()
        element.set("filter", " ".join(f"url(#{self._shared(one)})" for one, _ in uses))
        if is_apart:
            self._draw_apart(element, chains[-1].region)
        elif is_turned:
            self._clip(element, chains[-1].region)

    def drop_originals(self) -> None:
        """Take off the filters as the file has them, but for those that elements still wait for."""
        for one in self.root.xpath("//*[local-name()='filter']"):
            name = one.get("id")
            if _WORK not in one.attrib and name not in self._waited_for:
                remove_element(one)

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

    def _waits(self, element: etree._Element, items: FilterList) -> bool:
        if not self._changing:
            return False
        return self._changes(element) or any(
            self._changes(self.ids[name]) or any(map(self._changes, self.images(self.ids[name])))
            for name in self._chain_ids(items)
        )

    def _changes(self, element: etree._Element) -> bool:
        """Tell whether a recipient changes something in an element, or around it."""
        return element in self._around_changing or any(
            one in self._changing for one in element.iterancestors()
        )

    def images(self, used: etree._Element) -> Iterator[etree._Element]:
        """Yield the elements that the images of a filter show."""
        for one in used.iter(svg_name("feImage")):
            link = href(one) or ""
            if link.startswith("#") and link[1:] in self.ids:
                yield self.ids[link[1:]]

    def _chain_ids(self, items: FilterList) -> Iterator[str]:
        for item in items:
            start = self.ids.get(item.target) if isinstance(item, FilterReference) else None
            if start is not None and local_name(start) == "filter":
                yield from (name for one in self.filter_chain(start) if (name := one.get("id")))

    def _shared(self, resolved: etree._Element) -> str:
        key = etree.tostring(resolved)
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self.define(resolved)
        return name

    def define(self, element: etree._Element) -> str:
        """Add an element to the definitions under an id of its own, and return that."""
        self._defined += 1
        while (name := f"{PREFIX}{self._defined}") in self.ids:
            self._defined += 1
        element.set("id", name)
        defs_of(self.root).append(element)
        self.ids[name] = element
        return name

    def _clip(self, element: etree._Element, region: Box) -> None:
        """Cut what is drawn to the filter region where the canvas's axes are not the element's."""
        outer = _wrap(element)
        clip = new("clipPath")
        clip.append(new("path", {"d": _outline(region), "fill": "#000000"}))
        inner = new("g", {"clip-path": f"url(#{self.define(clip)})"})
        outer.append(inner)
        inner.append(element)

    def _draw_apart(self, element: etree._Element, region: Box) -> None:
        """Draw an element in its own user space, into a pattern, and paint the filter region with that.

        Rasterizers compute filters along the axes of the canvas; a pattern is drawn along its own.
        """
        outer = _wrap(element)
        pattern = new("pattern", {"patternUnits": "userSpaceOnUse", **region.attributes()})
        shift = f"translate({text_of(-region.left)} {text_of(-region.top)})"  # a tile has its origin at its corner
        inner = new("g", {"transform": shift})
        inner.append(element)
        pattern.append(inner)
        outer.append(new("path", {"d": _outline(region), "fill": f"url(#{self.define(pattern)})"}))


@dataclass(slots=True)
class _Use:
    """One element's filters in the making."""

    resolution: _Resolution
    element: etree._Element
    matrix: Transform
    is_on_canvas: bool

    def filters(self, items: FilterList) -> list[tuple[etree._Element, FilterChain]]:
        """Return a filter for each reference and for each run of functions.

        Raises:
            _NotDrawnError: The specification says that the element is not drawn.
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
            (self._finished(chain, sum(later.reach for later in chains[index:])), chain)
            for index, chain in enumerate(chains)
        ]

    def _functions(self, run: list[FilterFunction], before: list[FilterChain]) -> FilterChain:
        """Return the chain of functions that follow each other; it has no region, so what it reaches is taken."""
        drawn = before[-1].region if before else self._drawn()
        if drawn is None:
            raise _NotDrawnError
        reach = FilterChain(drawn, self.matrix)
        for function in run:
            add_function(function, reach)
        chain = FilterChain(drawn.expand(reach.reach + 1), self.matrix)
        for function in run:
            add_function(function, chain)
        return chain

    def _drawn(self) -> Box | None:
        """Return a box around all that the element draws, strokes and markers included; None for nothing."""
        box = bounds_of(self.element)
        if box is None:
            return None
        widest = 0.0
        for one in self.element.iter(etree.Element):
            widest = max(
                widest, float(one.get("stroke-width", "0")) * float(one.get("stroke-miterlimit", "4"))
            )
            if any(name.startswith("marker") for name in one.attrib):
                return self._canvas().join(box)
        return box.expand(widest * _most_scale(self.element))

    def _canvas(self) -> Box:
        """Return the canvas in the element's user space."""
        inverse = self.matrix.inverse()
        return self.resolution.canvas.transformed(inverse)

    def _visible(self, region: Box, reach: float) -> Box:
        """Return the part of a region from which something can reach the canvas.

        What travels further than the canvas is large is spread so thin that it is not seen.
        """
        if not self.is_on_canvas:
            return region
        canvas = self._canvas()
        seen = region.meet(canvas.expand(min(reach, max(canvas.width, canvas.height)) + 1))
        if seen.is_empty:
            raise _NotDrawnError
        return seen

    def _reference(self, target: str) -> FilterChain | None:
        """Return the chain that a reference leads to; a missing one is as good as none.

        https://www.w3.org/TR/filter-effects-1/#FilterProperty
        """
        resolution, context = self.resolution, self.resolution.context
        original = resolution.ids.get(target)
        if original is None or local_name(original) != "filter":
            context.warn(
                "reference-missing", f"filter refers to #{target}, which is no <filter>", self.element
            )
            return None
        links = resolution.filter_chain(original)
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
            raise _NotDrawnError
        has_room = any(local_name(one) in _BLURS for one in primitives)
        chain = FilterChain(region, self.matrix, has_room)
        frame = PrimitiveFrame(box, self._units(), in_boxes, resolution.styles, context, self._image)
        add_paint_inputs(chain, primitives, PaintSource(self.element, box, resolution.ids, resolution.define))
        for primitive in primitives:
            add_primitive(primitive, chain, frame)
        if not chain.elements:
            raise _NotDrawnError
        return chain

    def _units(self) -> Viewport:
        viewport = viewport_of(self.element, self.resolution.context.viewport)
        return Viewport(viewport.width, viewport.height)

    def _region(self, original: etree._Element, attributes: dict[str, str], box: Box | None) -> Box | None:
        """Return the filter region in user space; None when it is empty or refers to a box that is not there."""
        context, units = self.resolution.context, self._units()
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

    def _finished(self, chain: FilterChain, reach: float) -> etree._Element:
        """Return the `<filter>` around a chain, no larger than what can be seen of it through later ones."""
        room = min(chain.room, max(chain.region.width, chain.region.height))
        shown = self._visible(chain.region.expand(room) if chain.has_room else chain.region, reach)
        for element in chain.elements:
            if local_name(element) == "feTile":  # it needs the whole of what it repeats
                shown = chain.region
        units = {"filterUnits": "userSpaceOnUse", "primitiveUnits": "userSpaceOnUse"}
        a, b, c, d, _, _ = self.matrix
        resolved = new("filter", units | shown.attributes())
        resolved.set(_WORK, text_of(chain.work * shown.width * shown.height * abs(a * d - b * c)))
        resolved.extend(chain.elements)
        return resolved

    def _image(self, primitive: etree._Element, area: Box) -> str | None:
        """Return a reference to an element that an `feImage` shows, or None when it shows nothing."""
        context, ids = self.resolution.context, self.resolution.ids
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
        if (rendering := self.resolution.styles.value(primitive, "image-rendering")) != "auto":
            picture.set("image-rendering", rendering)
        holder.append(picture)
        name = self.resolution.define(holder)
        self.resolution.draw_picture(picture, context)
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
                for name in _targets(one):
                    used = self.resolution.ids.get(name)
                    if used is not None and used not in seen:
                        seen.add(used)
                        if self._shows(used, target):
                            return True
                        stack.extend(self.resolution.images(used))
        return False

    def _shows(self, used: etree._Element, target: etree._Element) -> bool:
        return any(one is target for one in self.resolution.images(used))


def _elements(parent: etree._Element) -> list[etree._Element]:
    """Return the children that are SVG elements and say that they are primitives."""
    return [child for child in parent if local_name(child).startswith("fe")]


def _matrix_of(element: etree._Element) -> tuple[Transform, bool]:
    """Return the transform to CSS pixels, and whether it says where on the canvas the element is.

    It does not in a resource, nor under a filter, which may move what lies outside onto the canvas.
    """
    matrix, is_placed = Identity, True
    for one in (element, *element.iterancestors()):
        if local_name(one) in _RESOURCES or local_name(one) == "defs":
            return matrix, False
        if one is not element and "filter" in one.attrib:
            is_placed = False
        if own := one.get("transform"):
            matrix = (parse_transform(own) or Identity).transform(matrix)
    return matrix, is_placed


def _is_upright(matrix: Transform) -> bool:
    a, b, c, d, _, _ = matrix
    return (b, c) == (0, 0) and a > 0 and d > 0


def _is_similar(matrix: Transform) -> bool:
    """Tell whether a transform keeps angles."""
    a, b, c, d, _, _ = matrix
    size = math.hypot(a, b)
    return abs(a * c + b * d) < 1e-6 * size * size and abs(math.hypot(c, d) - size) < 1e-6 * size


def _most_scale(element: etree._Element) -> float:
    """Return by how much transforms below an element enlarge at most."""
    most = 1.0
    for one in element.iterdescendants(etree.Element):
        if own := one.get("transform"):
            a, b, c, d, _, _ = parse_transform(own) or Identity
            most *= max(1.0, math.hypot(a, b), math.hypot(c, d))
    return most


def _outline(box: Box) -> str:
    left, top, right, bottom = map(text_of, (box.left, box.top, box.right, box.bottom))
    return f"M {left} {top} H {right} V {bottom} H {left} Z"


def _wrap(element: etree._Element) -> etree._Element:
    """Put a group in an element's place that takes over what comes after its filter; return the group."""
    parent = element.getparent()
    assert parent is not None  # the root has no filter
    outer = new("g", {name: element.attrib.pop(name) for name in _MOVED if name in element.attrib})
    outer.tail, element.tail = element.tail, None
    parent.replace(element, outer)
    return outer
