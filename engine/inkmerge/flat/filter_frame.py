"""What the numbers of filter primitives refer to, and how their attributes are read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from inkmerge.flat.bounds import Box
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.filter_chain import FilterChain, Space
from inkmerge.svg.colors import parse_color
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Axis, Viewport, number, number_or_percentage, numbers, text_of

_MOST_CANVASES: Final = 10.0
"""Diagonals of the viewport beyond which a blur spreads anything so thin that it is gone."""


@dataclass(frozen=True, slots=True)
class PrimitiveFrame:
    """What the numbers of the primitives refer to.

    Attributes:
        box: The bounding box of the filtered element, or None.
        units: What percentages and relative units refer to.
        in_boxes: Whether `primitiveUnits` is ``objectBoundingBox``; there is a box then.
        styles: Computed values of the primitives.
        context: Limits, and where findings go.
        image: Makes what an `feImage` shows an element, and returns a reference to it, or None for nothing. It is
            given the primitive and its subregion.
    """

    box: Box | None
    units: Viewport
    in_boxes: bool
    styles: ComputedStyles
    context: FlattenContext
    image: Callable[[etree._Element, Box], str | None]

    @property
    def unit(self) -> tuple[float, float]:
        """User units in one unit of the primitives, across and down."""
        return (self.box.width, self.box.height) if self.in_boxes and self.box else (1.0, 1.0)

    @property
    def diagonal_unit(self) -> float:
        """User units in one unit that belongs to neither axis."""
        return math.hypot(*self.unit) / math.sqrt(2)

    def number(self, element: etree._Element, name: str, initial: float) -> float:
        """Return a number; the initial value, with a finding, when it is invalid."""
        value = element.get(name)
        if value is None or not value.strip():
            return initial
        found = number(value)
        if found is None:
            self.context.invalid(element, name, value)
            return initial
        return _clamped(found)

    def numbers(self, element: etree._Element, name: str) -> list[float] | None:
        """Return a list of numbers; None, with a finding where it is there, when it is invalid."""
        value = element.get(name)
        if value is None:
            return None
        found = numbers(value)
        if not found:
            self.context.invalid(element, name, value)
            return None
        return [_clamped(one) for one in found]

    def pair(self, element: etree._Element, name: str) -> tuple[float, float] | None:
        """Return one or two numbers as two; None when there are others."""
        found = self.numbers(element, name)
        if found is None or len(found) > 2:
            return None
        return found[0], found[-1]

    def area(self, element: etree._Element, default: Box) -> Box:
        """Return the subregion: `default`, with what the primitive says instead."""
        left = self._side(element, "x", "x")
        top = self._side(element, "y", "y")
        width = self._side(element, "width", "x")
        height = self._side(element, "height", "y")
        if self.in_boxes and self.box:
            left = None if left is None else self.box.left + left
            top = None if top is None else self.box.top + top
        x = default.left if left is None else left
        y = default.top if top is None else top
        return Box(
            x,
            y,
            x + (default.width if width is None else width),
            y + (default.height if height is None else height),
        )

    def _side(self, element: etree._Element, name: str, axis: Axis) -> float | None:
        value = element.get(name)
        if value is None or not value.strip():
            return None
        if self.in_boxes:
            found = number_or_percentage(value.strip())
            found = None if found is None else found * self.unit[0 if axis == "x" else 1]
        else:
            found = self.units.length(value, axis)
        if found is None:
            self.context.invalid(element, name, value)
            return None
        return self.context.bounded(found, element, name)

    def inputs(self, element: etree._Element, chain: FilterChain, *names: str) -> tuple[dict[str, str], Box]:
        """Return the attributes for a primitive's inputs, and its subregion."""
        found = [chain.input(element.get(name)) for name in names]
        attributes = {name: one.name for name, one in zip(names, found, strict=True)}
        return attributes, self.area(element, chain.default_area(found))

    def space(self, element: etree._Element) -> Space:
        """Return the colour space in which a primitive works."""
        value = self.styles.value(element, "color-interpolation-filters")
        return "sRGB" if value.lower() == "srgb" else "linearRGB"

    def color(self, element: etree._Element, name: str) -> tuple[str, float]:
        """Return a colour property as hexadecimal sRGB and an alpha; its initial value when it is invalid."""
        value = self.styles.value(element, name)
        found = parse_color(value, self.styles.value(element, "color"))
        if found is None:
            self.context.invalid(element, name, value)
            return ("#ffffff" if name == "lighting-color" else "#000000"), 1.0
        return found.hex, found.alpha

    def deviations(self, element: etree._Element, initial: float) -> tuple[float, float]:
        """Return the standard deviations of a blur in user units; negative and invalid ones are none."""
        x = y = initial
        if element.get("stdDeviation") is not None:
            x, y = self.pair(element, "stdDeviation") or (0.0, 0.0)
        if x < 0 or y < 0:
            self.context.invalid(element, "stdDeviation", element.get("stdDeviation", ""))
            x, y = max(0.0, x), max(0.0, y)
        x, y = x * self.unit[0], y * self.unit[1]
        most = _MOST_CANVASES * math.hypot(self.context.viewport.width, self.context.viewport.height)
        if max(x, y) > most:
            self.reduced(element, f"stdDeviation={max(x, y):g} leaves nothing to be seen")
        return min(x, most), min(y, most)

    def reduced(self, element: etree._Element, message: str) -> None:
        """Report a number beyond which nothing that is seen changes, and which is drawn as less."""
        self.context.warn("filter-reduced", message, element)

    def flood(self, element: etree._Element) -> dict[str, str]:
        """Return flood-color and flood-opacity."""
        color, alpha = self.color(element, "flood-color")
        value = self.styles.value(element, "flood-opacity")
        opacity = number_or_percentage(value)
        if opacity is None:
            self.context.invalid(element, "flood-opacity", value)
            opacity = 1.0
        return {"flood-color": color, "flood-opacity": text_of(min(1.0, max(0.0, opacity)) * alpha)}


def _clamped(value: float) -> float:
    """Return a number within what a rasterizer computes with; beyond, nothing that is seen changes."""
    return max(-_LARGEST, min(_LARGEST, value))


_LARGEST: Final = 1e6
