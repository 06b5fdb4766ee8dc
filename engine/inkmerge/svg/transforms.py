"""Transforms: the `transform` attribute as one affine matrix and back."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from fontTools.misc.transform import Identity, Transform

from inkmerge.svg.units import numbers, text_of

_FUNCTION = re.compile(r"[\s,]*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^()]*)\)[\s,]*")
_UNIT = re.compile(r"(?<=[\d.])(px|deg)\b")


@lru_cache(maxsize=4096)
def parse_transform(value: str) -> Transform | None:
    """Return the matrix (a, b, c, d, e, f) of a transform list, or None when it does not parse.

    The product of a long list may be infinite: callers check what is drawn against their limits.

    Lengths may carry ``px`` and angles ``deg``, as CSS writes them.
    https://www.w3.org/TR/SVG2/coords.html#TransformProperty
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
        arguments = numbers(_UNIT.sub("", match[2]))
        step = None if arguments is None else _function(match[1], arguments)
        if step is None:
            return None
        result = result.transform(step)
        position = match.end()
    return result


def _function(name: str, a: list[float]) -> Transform | None:
    match name, len(a):
        case "matrix", 6:
            return Transform(*a)
        case "translate", 1 | 2:
            return Transform(1, 0, 0, 1, a[0], a[1] if len(a) == 2 else 0)
        case "scale", 1 | 2:
            return Transform(a[0], 0, 0, a[-1], 0, 0)
        case "rotate", 1:
            return Identity.rotate(math.radians(a[0]))
        case "rotate", 3:
            return Identity.translate(a[1], a[2]).rotate(math.radians(a[0])).translate(-a[1], -a[2])
        case "skewX", 1:
            return Transform(1, 0, math.tan(math.radians(a[0])), 1, 0, 0)
        case "skewY", 1:
            return Transform(1, math.tan(math.radians(a[0])), 0, 1, 0, 0)
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
