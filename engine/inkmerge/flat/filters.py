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
from typing import Final, Literal

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.filter_paints import marked_style
from inkmerge.flat.filter_scene import PREFIX, FilterScene
from inkmerge.flat.filter_use import REACH, FilterUse, NotDrawnError, Placing, ResolvedFilter, filter_targets
from inkmerge.flat.filter_values import FilterFunction, FilterList, FilterReference, filter_text, parse_filter
from inkmerge.svg.expansion import viewport_of
from inkmerge.svg.names import local_name, mark, new
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.transforms import parse_transform
from inkmerge.svg.units import Viewport, number, text_of

_FILTERED: Final = etree.XPath("//*[@filter]")
_FILTERS: Final = etree.XPath("//*[local-name()='filter']")
_WORK: Final = mark("filter-work")
"""Mark on a resolved filter: what it costs, in passes over CSS pixels."""
_SCALE: Final = mark("filter-scale")
"""Mark on a pattern in which something is drawn apart: CSS pixels per user unit, across and down."""
Way = Literal["plain", "turned", "apart", "without"]

_APART: Final = 6.0
"""Passes that it costs to draw something into a pattern of its own; measured."""
_SEAM: Final = 2.0
"""CSS pixels around what is drawn apart, so that the next tile of the pattern does not shine in at the edges."""
_CHANGING: Final = (mark("fill"), mark("dynamic"))
"""Marks on elements that a recipient changes, and around which filters wait."""
_RESOURCES: Final = frozenset(("pattern", "mask", "clipPath", "marker"))
_CUTS: Final = ("clip-path", "mask")
_MOVED: Final = ("id", "transform", "opacity", "clip-path", "mask", "mix-blend-mode", "isolation")


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
    filtered = _FILTERED(root)
    if not filtered and not _FILTERS(root):
        return 0.0
    pass_ = _Resolution(FilterScene(root, context, draw_picture))
    for element in filtered:
        pass_.resolve(element)
    pass_.drop_originals()
    return _required_work(root, context)


def _required_work(root: etree._Element, context: FlattenContext) -> float:
    """Return what all filters cost, unless that is more than allowed."""
    work = {one.get("id"): float(one.get(_WORK, "0")) for one in _FILTERS(root)}
    total = 0.0
    for element in _FILTERED(root):
        total += sum(work.get(target, 0.0) for target in filter_targets(element))
        context.limits.require("filter_px", round(total), place_of(element, context.name))
    return total


@dataclass(slots=True)
class _Resolution:
    """One pass over a tree.

    Attributes:
        scene: The tree.
        images: The elements that filters' images show.
    """

    scene: FilterScene
    images: set[etree._Element] = field(init=False)
    _changing: set[etree._Element] = field(default_factory=set)
    _around_changing: set[etree._Element] = field(default_factory=set)
    _waited_for: set[str] = field(default_factory=set)
    _work: float = 0.0

    def __post_init__(self) -> None:
        root = self.scene.root
        self.images = set(self.scene.images(root))
        if self.scene.context.is_filled:
            return
        for element in root.iter(etree.Element):
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
        matrix, placing = _matrix_of(element)
        if any(one in self.images for one in (element, *element.iterancestors())):
            placing = "resource"
        if matrix[0] * matrix[3] == matrix[1] * matrix[2]:  # flattened to a line, which draws nothing
            remove_element(element)
            return
        try:
            resolved = FilterUse(self.scene, element, matrix, placing).filters(items)
        except NotDrawnError:
            remove_element(element)
            return
        del element.attrib["filter"]
        if resolved:
            self._put(element, resolved, matrix, self._way(element, resolved, matrix, placing))

    def _way(
        self, element: etree._Element, resolved: list[ResolvedFilter], matrix: Transform, placing: Placing
    ) -> Way:
        """Return how filters are drawn that are computed along the axes of the canvas, whatever the element's are."""
        if _is_upright(matrix):
            return "plain"
        can_turn = _is_similar(matrix) and all(one.chain.is_turnable for one in resolved)
        if placing == "resource":
            return "turned" if can_turn else "apart"
        canvas = self.scene.canvas
        around = canvas.expand(REACH * canvas.width, REACH * canvas.height)
        fits = all(one.covered.transformed(matrix).is_inside(around) for one in resolved)
        if can_turn and fits:
            return "turned"
        wide, high = _scale_of(matrix)
        corner = resolved[-1].shown
        moved = Transform(wide, 0, 0, high, -corner.left * wide, -corner.top * high)
        if all(one.covered.transformed(moved).is_inside(around) for one in resolved):
            return "apart"
        fate = "drawn along the picture's axes" if fits else "left out"
        message = f"the filter of a turned element reaches too far beyond the picture, and is {fate}"
        self.scene.context.warn("filter-reduced", message, element)
        return "turned" if fits else "without"

    def _put(
        self, element: etree._Element, resolved: list[ResolvedFilter], matrix: Transform, way: Way
    ) -> None:
        """Put filters on an element, each but the first on a group around the one before: each has its own region."""
        if way == "without":
            return
        content = outer = element
        if way != "plain" or len(resolved) > 1:
            outer = _wrap(element)
        for one in resolved:
            if way == "turned":
                one.chain.turn()
            work = one.area * (one.chain.work + (_APART if way == "apart" else 0.0))
            one.element.set(_WORK, text_of(work))
            self._work += work
            context = self.scene.context
            context.limits.require("filter_px", round(self._work), place_of(element, context.name))
            if one is not resolved[0]:
                group = new("g")
                group.append(content)
                content = group
            content.set("filter", f"url(#{self.scene.define_once(one.element)})")
        shown = resolved[-1].shown
        if way == "apart":
            # clips and masks may be in units of the element's box, which the path that is painted has not
            cuts = {name: outer.attrib.pop(name) for name in _CUTS if name in outer.attrib}
            outer.append(self._apart(content, shown, matrix, cuts))
        elif way == "turned":
            outer.append(self._clipped(content, shown))
        elif outer is not element:
            outer.append(content)

    def drop_originals(self) -> None:
        """Take off the filters as the file has them, but for those that elements still wait for."""
        for one in self.scene.root.xpath("//*[local-name()='filter']"):
            name = one.get("id")
            if _WORK not in one.attrib and name not in self._waited_for:
                parent = one.getparent()
                remove_element(one)
                if parent is not None and local_name(parent) == "defs" and len(parent) == 0:
                    remove_element(parent)

    def _waits(self, element: etree._Element, items: FilterList) -> bool:
        if not self._changing:
            return False
        return self._changes(element) or any(
            self._changes(self.scene.ids[name])
            or any(map(self._changes, self.scene.images(self.scene.ids[name])))
            for name in self._chain_ids(items)
        )

    def _changes(self, element: etree._Element) -> bool:
        """Tell whether a recipient changes something in an element, or around it."""
        return element in self._around_changing or any(
            one in self._changing for one in element.iterancestors()
        )

    def _chain_ids(self, items: FilterList) -> Iterator[str]:
        for item in items:
            start = self.scene.ids.get(item.target) if isinstance(item, FilterReference) else None
            if start is not None and local_name(start) == "filter":
                yield from (name for one in self.scene.filter_chain(start) if (name := one.get("id")))

    def _clipped(self, content: etree._Element, region: Box) -> etree._Element:
        """Return a group that cuts what is drawn to the filter region, whose axes are not the canvas's."""
        clip = new("clipPath")
        clip.append(new("path", {"d": _outline(region), "fill": "#000000"}))
        group = new("g", {"clip-path": f"url(#{self.scene.define(clip)})"})
        group.append(content)
        return group

    def _apart(
        self, content: etree._Element, region: Box, matrix: Transform, cuts: dict[str, str]
    ) -> etree._Element:
        """Return a path over the filter region, painted with a pattern in which the content is drawn upright.

        Rasterizers compute filters along the axes of the canvas; a pattern is drawn along its own.
        """
        wide, high = _scale_of(matrix)
        tile = region.expand(_SEAM / wide, _SEAM / high)
        pattern = new("pattern", {"patternUnits": "userSpaceOnUse", **tile.attributes()})
        pattern.set(_SCALE, f"{wide!r} {high!r}")
        # a tile has its origin at its corner
        inner = new("g", {"transform": f"translate({text_of(-tile.left)} {text_of(-tile.top)})", **cuts})
        inner.append(content)
        pattern.append(inner)
        return new("path", {"d": _outline(region), "fill": f"url(#{self.scene.define(pattern)})"})


def _scale_of(matrix: Transform) -> tuple[float, float]:
    """Return how much rasterizers take a transform to enlarge across and down: the lengths of its rows."""
    a, b, c, d, _, _ = matrix
    return math.hypot(a, c), math.hypot(b, d)


def _matrix_of(element: etree._Element) -> tuple[Transform, Placing]:
    """Return the transform to CSS pixels, or to the resource that the element is part of, and which of the two."""
    matrix = Identity
    placing: Placing = "canvas"
    for one in (element, *element.iterancestors()):
        if _SCALE in one.attrib:
            wide, high = map(float, one.attrib[_SCALE].split())
            return Transform(wide, 0, 0, high, 0, 0).transform(matrix), "resource"
        if local_name(one) in _RESOURCES or local_name(one) == "defs":
            return matrix, "resource"
        if one is not element and "filter" in one.attrib:
            placing = "moved"
        if own := one.get("transform"):
            matrix = (parse_transform(own) or Identity).transform(matrix)
    return matrix, placing


def _is_upright(matrix: Transform) -> bool:
    a, b, c, d, _, _ = matrix
    return (b, c) == (0, 0) and a > 0 and d > 0


def _is_similar(matrix: Transform) -> bool:
    """Tell whether a transform keeps angles."""
    a, b, c, d, _, _ = matrix
    size = math.hypot(a, b)
    return abs(a * c + b * d) < 1e-6 * size * size and abs(math.hypot(c, d) - size) < 1e-6 * size


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
