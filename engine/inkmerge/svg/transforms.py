"""Transforms: the `transform` attribute as one affine matrix and back."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fontTools.misc.transform import Identity, Transform

from inkmerge.svg.units import Viewport, text_of

_FUNCTION = re.compile(r"[\s,]*([a-zA-Z]+)\s*\(([^()]*)\)[\s,]*")
_ARGUMENT = re.compile(r"[\s,]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(%|[a-zA-Z]*)")
# https://www.w3.org/TR/css-values-4/#angles, in degrees
_ANGLES: Final = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_LENGTHS: Final = frozenset(("translate", "translatex", "translatey"))
_KEYWORDS: Final = {"left": "0%", "top": "0%", "center": "50%", "right": "100%", "bottom": "100%"}


@dataclass(frozen=True, slots=True)
class ReferenceBox:
    """What percentages and keywords of a transform refer to.

    https://www.w3.org/TR/css-transforms-1/#transform-box
    """

    x: float
    y: float
    width: float
    height: float


_NO_BOX: Final = ReferenceBox(0, 0, 0, 0)


@lru_cache(maxsize=4096)
def parse_transform(value: str, box: ReferenceBox = _NO_BOX) -> Transform | None:
    """Return the matrix (a, b, c, d, e, f) of a transform list, or None when it does not parse.

    The product of a long list may be infinite: callers check what is drawn against their limits.

    Lengths and angles may carry CSS's units, and translations percentages of `box`.
    https://www.w3.org/TR/css-transforms-1/#transform-property
    """
    value = value.strip()
    if not value or value == "none":
        return Identity
    result = Identity
    position = 0
    while position < len(value):
        match = _FUNCTION.match(value, position)
        if match is None:
            return None
        name = match[1].lower()
        arguments = _arguments(name, match[2], box)
        step = None if arguments is None else _function(name, arguments)
        if step is None:
            return None
        result = result.transform(step)
        position = match.end()
    return result


def parse_origin(value: str, box: ReferenceBox) -> tuple[float, float] | None:
    """Return the point that `transform-origin` names, in user units, or None when it is invalid.

    https://www.w3.org/TR/css-transforms-1/#transform-origin-property
    """
    words = value.lower().split()
    if not 1 <= len(words) <= 3:
        return None
    words = words[:2] if len(words) > 1 else [words[0], "center"]
    if words[0] in {"top", "bottom"} or words[1] in {"left", "right"}:
        words.reverse()
    point = []
    for word, start, extent in zip(words, (box.x, box.y), (box.width, box.height), strict=True):
        match = _ARGUMENT.fullmatch(_KEYWORDS.get(word, word))
        if match is None:
            return None
        if match[2] == "%":
            point.append(start + float(match[1]) / 100 * extent)
            continue
        length = Viewport(0, 0).length(match[0])
        if length is None:
            return None
        point.append(start + length)
    return point[0], point[1]


def _arguments(name: str, source: str, box: ReferenceBox) -> list[float] | None:
    """Return the arguments of a transform function as plain numbers: user units, degrees, factors."""
    found: list[float] = []
    position = 0
    while source[position:].strip():
        match = _ARGUMENT.match(source, position)
        if match is None:
            return None
        number, unit = float(match[1]), match[2].lower()
        if unit in _ANGLES:
            number *= _ANGLES[unit]
        elif unit == "%":
            extent = box.height if name == "translatey" or (name == "translate" and found) else box.width
            number *= extent / 100 if name in _LENGTHS else 0.01
        elif unit:
            length = Viewport(0, 0).length(match[1] + unit) if name in _LENGTHS or "rotate" in name else None
            if length is None:
                return None
            number = length
        found.append(number)
        position = match.end()
    return found if all(map(math.isfinite, found)) else None


def _function(name: str, a: list[float]) -> Transform | None:
    match name, len(a):
        case "matrix", 6:
            return Transform(*a)
        case "translate" | "translatex" | "translatey", 1 | 2:
            x, y = (a[0], a[1]) if len(a) == 2 else (0, a[0]) if name == "translatey" else (a[0], 0)
            return Transform(1, 0, 0, 1, x, y)
        case "scale" | "scalex" | "scaley", 1 | 2:
            return Transform(1 if name == "scaley" else a[0], 0, 0, 1 if name == "scalex" else a[-1], 0, 0)
        case "rotate" | "rotatez", 1:
            return Identity.rotate(math.radians(a[0]))
        case "rotate", 3:
            return Identity.translate(a[1], a[2]).rotate(math.radians(a[0])).translate(-a[1], -a[2])
        case "skewx" | "skewy" | "skew", 1 | 2:
            x, y = (0.0, a[0]) if name == "skewy" else (a[0], a[1] if len(a) == 2 else 0.0)
            return Transform(1, math.tan(math.radians(y)), math.tan(math.radians(x)), 1, 0, 0)
    return None


def transform_text(matrix: Transform) -> str:
    """Write a matrix for the `transform` attribute; the empty string for the identity."""
    if matrix == Identity:
        return ""
    a, b, c, d, e, f = matrix
    if (a, b, c, d) == (1, 0, 0, 1):
        return f"translate({text_of(e)} {text_of(f)})"
    return f"matrix({_precise(a)} {_precise(b)} {_precise(c)} {_precise(d)} {text_of(e)} {text_of(f)})"


def _precise(value: float) -> str:
    text = f"{value:.9g}"
    return text if "e" not in text else f"{value:.12f}".rstrip("0").rstrip(".") or "0"
