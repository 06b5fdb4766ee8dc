"""A filter under construction: primitives whose inputs, results, subregions and colour space are all explicit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.svg.names import new
from inkmerge.svg.units import text_of

Space = Literal["sRGB", "linearRGB"]

STANDARD_INPUTS: Final = ("SourceGraphic", "SourceAlpha")
BLUR_REACH: Final = 3.0
"""Standard deviations beyond which a blur leaves nothing that eight bits can hold."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a primitive hands on.

    Attributes:
        name: What `in` of another primitive says.
        area: Its subregion.
        space: The colour space in which its pixels are.
        is_source: Whether it is a standard input, which has no subregion of its own.
    """

    name: str
    area: Box
    space: Space
    is_source: bool = False


@dataclass(slots=True)
class FilterChain:
    """The primitives of one filter, in order.

    Attributes:
        region: The filter region in user units; nothing is drawn outside.
        matrix: From the filtered element's user space to CSS pixels.
        is_cut: Whether standard inputs and results are cut to the region by primitives of their own. The rasterizer may
            then be given more than the region, so that blurs do not meet the edge of its buffers; and inputs are
            exactly as large as the region.
        elements: The primitives.
        reach: How far, in user units, a pixel may travel through all primitives.
        room: What blurs need beyond the region, in user units.
        work: Passes over the region that the primitives cost.
        is_turnable: Whether nothing depends on the direction of the axes but offsets, which are turned.
    """

    region: Box
    matrix: Transform
    is_cut: bool = False
    elements: list[etree._Element] = field(default_factory=list)
    reach: float = 0.0
    room: float = 0.0
    work: float = 0.0
    is_turnable: bool = True
    _named: dict[str, Result] = field(default_factory=dict)
    _last: Result | None = None

    def input(self, name: str | None) -> Result:
        """Return what `in` refers to; an unknown name is as good as none.

        https://www.w3.org/TR/filter-effects-1/#element-attrdef-filter-primitive-in
        """
        name = (name or "").strip()
        if name in self._named:
            return self._named[name]
        if name in STANDARD_INPUTS:
            return self._source(name)
        return self._last or self._source("SourceGraphic")

    def add(
        self,
        primitive: str,
        attributes: Mapping[str, str],
        area: Box,
        space: Space,
        children: Sequence[etree._Element] = (),
    ) -> Result:
        """Append a primitive and return its result; an empty subregion makes it transparent."""
        shown = area.meet(self.region)
        if shown.is_empty:
            return self.clear(area)
        if shown != self.region:
            self.is_turnable = False
        return self._append(primitive, {**attributes, **shown.attributes()}, area, space, children)

    def add_image(self, link: str, area: Box) -> Result:
        """Append an `feImage` whose picture starts at the corner of its subregion, be that outside the region."""
        if area.meet(self.region).is_empty:
            return self.clear(area)
        self.is_turnable = False
        result = self._append("feImage", {"href": link, **area.attributes()}, area, "sRGB")
        return self.cut(result) if self.is_cut else result

    def cut(self, given: Result) -> Result:
        """Append what cuts a result to its subregion and the filter region."""
        return self.add("feMerge", {}, given.area, given.space, [new("feMergeNode", {"in": given.name})])

    def clear(self, area: Box) -> Result:
        """Append a transparent result."""
        attributes = {"flood-color": "#000000", "flood-opacity": "0"} | self.region.attributes()
        return self._append("feFlood", attributes, area, "sRGB")

    def offset(self, given: Result, dx: float, dy: float, area: Box) -> Result:
        """Append an offset, cut to its subregion, which the rasterizer's own offset is not."""
        attributes = {"in": given.name, "dx": text_of(dx), "dy": text_of(dy)}
        moved = self._append("feOffset", attributes | self.region.attributes(), area, given.space)
        self.reach += math.hypot(dx, dy)
        if not self.is_cut and area == self.region:
            return moved
        return self.cut(moved)

    def average(self, one: Result, other: Result, share: float) -> Result:
        """Append the mean of two results, the other one's share given."""
        weights = {"k1": "0", "k2": text_of(1 - share), "k3": text_of(share), "k4": "0"}
        attributes = {"in": one.name, "in2": other.name, "operator": "arithmetic"} | weights
        return self.add("feComposite", attributes, one.area, one.space)

    def turn(self) -> None:
        """Turn offsets for a rasterizer that moves along the axes of the canvas, in place.

        It multiplies by the lengths of the matrix's rows and knows nothing of their directions.
        """
        a, b, c, d, _, _ = self.matrix
        wide, high = math.hypot(a, c), math.hypot(b, d)
        for element in self.elements:
            if "dx" in element.attrib:
                dx, dy = float(element.attrib["dx"]), float(element.attrib["dy"])
                element.set("dx", text_of((a * dx + c * dy) / wide))
                element.set("dy", text_of((b * dx + d * dy) / high))

    def keep(self, name: str | None, result: Result) -> None:
        """End a primitive: its result is the next one's default input, and has a name when the file gives one."""
        self._last = result
        if name:
            self._named[name.strip()] = result

    def offer(self, name: str, result: Result) -> None:
        """Let primitives find a result under a name that stands for something outside, with no subregion."""
        self._named[name] = Result(result.name, result.area, result.space, is_source=True)

    def default_area(self, inputs: Sequence[Result]) -> Box:
        """Return the subregion of a primitive that says none: what its inputs cover.

        https://www.w3.org/TR/SVG11/filters.html#FilterPrimitiveSubRegion
        """
        if not inputs or any(one.is_source for one in inputs):
            return self.region
        area = inputs[0].area
        for one in inputs[1:]:
            area = area.join(one.area)
        return area

    def blur(self, x: float, y: float) -> None:
        """Note what a blur of these standard deviations needs."""
        self.reach += BLUR_REACH * max(x, y)
        self.room = max(self.room, BLUR_REACH * max(x, y))
        self.work += _BLUR_WORK
        if x != y:
            self.is_turnable = False

    def _source(self, name: str) -> Result:
        source = Result(name, self.region, "sRGB", is_source=True)
        if not self.is_cut:
            return source
        key = f" {name}"  # no name that a file gives has a space in it
        if key not in self._named:
            merged = self.cut(source)
            self._named[key] = Result(merged.name, self.region, "sRGB", is_source=True)
        return self._named[key]

    def _append(
        self,
        primitive: str,
        attributes: Mapping[str, str],
        area: Box,
        space: Space,
        children: Sequence[etree._Element] = (),
    ) -> Result:
        name = f"r{len(self.elements) + 1}"
        element = new(primitive, {**attributes, "color-interpolation-filters": space, "result": name})
        element.extend(children)
        self.elements.append(element)
        self.work += 1
        return Result(name, area, space)


_BLUR_WORK: Final = 3.0
"""A blur takes as long as so many plain passes more; measured."""
