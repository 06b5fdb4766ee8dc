"""Numbers, lengths and viewports: from what an attribute says to user units."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from fontTools.misc.transform import Transform

Axis = Literal["x", "y", "other"]

# https://www.w3.org/TR/css-values-4/#absolute-lengths
_ABSOLUTE: Final[dict[str, float]] = {
    "": 1.0,
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
}
_FONT_RELATIVE: Final[dict[str, float]] = {"em": 1.0, "ex": 0.5, "ch": 0.5, "ic": 1.0, "cap": 0.7, "lh": 1.2}
_ROOT_RELATIVE: Final[dict[str, float]] = {f"r{unit}": share for unit, share in _FONT_RELATIVE.items()}
_VIEWPORT_RELATIVE: Final[dict[str, Callable[[float, float], float]]] = {
    "vw": lambda width, _: width,
    "vi": lambda width, _: width,
    "vh": lambda _, height: height,
    "vb": lambda _, height: height,
    "vmin": min,
    "vmax": max,
}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LENGTH = re.compile(rf"\s*({_NUMBER})\s*(%|[a-zA-Z]*)\s*")
_NUMBERS = re.compile(rf"\s*({_NUMBER})\s*(,?)")


@dataclass(frozen=True, slots=True)
class Viewport:
    """What percentages and font-relative units refer to.

    Attributes:
        width: Width of the nearest viewport, in user units.
        height: Its height.
        font_size: Computed font size of the element, in user units.
        root_font_size: That of the root element, for ``rem``.
    """

    width: float
    height: float
    font_size: float = 16.0
    root_font_size: float = 16.0

    def length(self, value: str, axis: Axis = "other") -> float | None:
        """Return `value` in user units, or None when it is no length.

        Percentages refer to the width, the height, or the normalized diagonal
        (https://www.w3.org/TR/SVG2/coords.html#Units).
        """
        match = _LENGTH.fullmatch(value)
        if match is None:
            return None
        number, unit = float(match[1]), match[2].lower()
        if not math.isfinite(number):
            return None
        if unit in _ABSOLUTE:
            return number * _ABSOLUTE[unit]
        if unit in _FONT_RELATIVE:
            return number * _FONT_RELATIVE[unit] * self.font_size
        if unit in _ROOT_RELATIVE:
            return number * _ROOT_RELATIVE[unit] * self.root_font_size
        if unit == "%":
            return number / 100 * self.extent(axis)
        if unit in _VIEWPORT_RELATIVE:
            return number / 100 * _VIEWPORT_RELATIVE[unit](self.width, self.height)
        return None

    def extent(self, axis: Axis) -> float:
        """Return what 100 % is along `axis`."""
        if axis == "x":
            return self.width
        if axis == "y":
            return self.height
        return math.hypot(self.width, self.height) / math.sqrt(2)


def plain_number(value: str) -> float | None:
    """Return a number that is written without a unit, as most are; None says nothing of the value."""
    if not value or not ("0" <= value[-1] <= "9") or "_" in value or "{" in value:
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def number(value: str) -> float | None:
    """Return a plain number, or None; ``nan`` and ``inf`` are none."""
    match = _LENGTH.fullmatch(value)
    if match is None or match[2]:
        return None
    found = float(match[1])
    return found if math.isfinite(found) else None


def number_or_percentage(value: str) -> float | None:
    """Return a number, or a percentage as a fraction of 1, or None."""
    match = _LENGTH.fullmatch(value)
    if match is None or match[2] not in {"", "%"}:
        return None
    found = float(match[1]) / (100 if match[2] else 1)
    return found if math.isfinite(found) else None


def numbers(value: str) -> list[float] | None:
    """Return a list of numbers separated by spaces or commas, or None when there is anything else."""
    found: list[float] = []
    position = 0
    while position < len(value):
        match = _NUMBERS.match(value, position)
        if match is None:
            return None if value[position:].strip() else found
        found.append(float(match[1]))
        position = match.end()
    return found if all(map(math.isfinite, found)) else None


def text_of(value: float) -> str:
    """Write a number for an attribute: at most six significant decimals, no exponent, no ``-0``."""
    rounded = round(value, 6)
    if rounded == int(rounded):
        return str(int(rounded))
    return f"{rounded:.6f}".rstrip("0")


@dataclass(frozen=True, slots=True)
class ViewBox:
    """`min-x min-y width height` of a `viewBox`, with a positive width and height."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def parse(cls, value: str) -> ViewBox | None:
        """Return the view box, or None when `value` is none (not four numbers, or an empty area)."""
        found = numbers(value)
        if found is None or len(found) != 4 or found[2] <= 0 or found[3] <= 0:
            return None
        return cls(*found)


def viewport_transform(
    box: ViewBox, width: float, height: float, preserve_aspect_ratio: str = ""
) -> tuple[Transform, bool]:
    """Return the transform from `box` to a viewport of `width` × `height` at 0, 0; and whether it slices.

    https://www.w3.org/TR/SVG2/coords.html#ComputingAViewportsTransform
    """
    words = preserve_aspect_ratio.split()
    if words and words[0] == "defer":
        words = words[1:]
    align = words[0] if words and _ALIGN.fullmatch(words[0]) else "xMidYMid"
    is_slice = len(words) > 1 and words[1] == "slice" and align != "none"
    scale_x, scale_y = width / box.width, height / box.height
    if align == "none":
        return Transform(scale_x, 0, 0, scale_y, -box.x * scale_x, -box.y * scale_y), False
    scale = max(scale_x, scale_y) if is_slice else min(scale_x, scale_y)
    shift = {"Min": 0.0, "Mid": 0.5, "Max": 1.0}
    left = (width - box.width * scale) * shift[align[1:4]] - box.x * scale
    top = (height - box.height * scale) * shift[align[5:8]] - box.y * scale
    return Transform(scale, 0, 0, scale, left, top), is_slice


_ALIGN = re.compile(r"none|x(?:Min|Mid|Max)Y(?:Min|Mid|Max)")
