"""Colours and paints: what CSS writes, as a hexadecimal sRGB colour and an opacity."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import tinycss2.color4

_URL = re.compile(r"""\s*url\(\s*(["']?)#?([^"')]*)\1\s*\)\s*(.*)""", re.DOTALL)
_FRAGMENT = re.compile(r"""url\(\s*["']?#""")

_OF_SRGB = frozenset(("hsl", "hwb"))
"""Spaces that only write sRGB in another way."""


@dataclass(frozen=True, slots=True)
class Color:
    """An sRGB colour.

    Attributes:
        hex: ``#rrggbb``.
        alpha: Opacity from 0 to 1.
    """

    hex: str
    alpha: float


@dataclass(frozen=True, slots=True)
class Paint:
    """What `fill` or `stroke` asks for.

    Attributes:
        server: The `id` of a gradient or pattern, or None.
        color: The colour, or what stands in when the server is missing; None for ``none``.
    """

    server: str | None
    color: Color | None


@lru_cache(maxsize=2048)
def parse_color(value: str, current: str = "black") -> Color | None:
    """Return the colour that CSS Color 4 gives to `value`, or None when it is invalid.

    Args:
        value: Any CSS colour.
        current: What ``currentColor`` stands for.
    """
    value = value.strip()
    if not value or len(value) > 200:
        return None
    if value.lower() == "currentcolor":
        return None if current.strip().lower() == "currentcolor" else parse_color(current)
    # SVG 1.1 allows an ICC colour behind the sRGB one that stands in for it.
    parsed = tinycss2.color4.parse_color(value.split(" icc-color(")[0])
    if parsed is None or parsed == "currentcolor":
        return None
    try:
        if parsed.space == "srgb":
            coordinates = parsed.coordinates
        elif parsed.space in _OF_SRGB:
            coordinates = parsed.to("srgb").coordinates
        else:
            coordinates = _mapped(value)
        channels = [min(255, max(0, round((c or 0) * 255))) for c in coordinates]
        alpha = min(1.0, max(0.0, float(parsed.alpha)))
    except (NotImplementedError, TypeError, ValueError):
        return None
    return Color("#{:02x}{:02x}{:02x}".format(*channels), alpha)


def _mapped(value: str) -> list[float]:
    """Return the sRGB coordinates of a colour of another space, clipped to the gamut as browsers do on such a canvas."""
    from coloraide import Color as AnyColor  # noqa: PLC0415  few files need it, and it takes long to load

    found: list[float] = AnyColor(value).convert("srgb").clip().coords(nans=False)
    return found


@lru_cache(maxsize=2048)
def parse_paint(value: str, current: str = "black") -> Paint | None:
    """Return the paint, or None when `value` is invalid (and so the inherited paint holds)."""
    value = value.strip()
    if value.lower() == "none":
        return Paint(None, None)
    if match := _URL.fullmatch(value):
        stand_in = match[3].strip()
        color = None if stand_in.lower() in {"", "none"} else parse_color(stand_in, current)
        return Paint(match[2].strip(), color)
    color = parse_color(value, current)
    return None if color is None else Paint(None, color)


def reference(value: str) -> str | None:
    """Return the `id` in ``url(#id)``, or None."""
    match = _URL.match(value)
    return match[2].strip() if match and _FRAGMENT.search(value) else None
