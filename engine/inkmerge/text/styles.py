"""Computed style of a span → what shaping, placing and painting need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from inkmerge.fonts import FontInstance, FontQuery
from inkmerge.fonts.query import Style
from inkmerge.text.shaping import TextStyle

_STRETCHES: Final[dict[str, float]] = {
    "ultra-condensed": 50,
    "extra-condensed": 62.5,
    "condensed": 75,
    "semi-condensed": 87.5,
    "normal": 100,
    "semi-expanded": 112.5,
    "expanded": 125,
    "extra-expanded": 150,
    "ultra-expanded": 200,
}
_FAMILY: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,"']+))\s*(?:,|$)""")
_SETTING: Final = re.compile(r"""["'](.{4})["']\s*([-+]?[\d.]+|on|off)?""")
_SUPER: Final = 0.4
_SUB: Final = 0.2
"""Shifts of `super` and `sub` as a share of the font size; CSS leaves them to the implementation."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Space that CSS adds, in user units."""

    letter: float = 0.0
    word: float = 0.0


def text_style(style: Mapping[str, str], language: str, spacing: Spacing, scale: float = 1.0) -> TextStyle:
    """Return what shaping needs; `scale` shrinks the font as a text box asks."""
    size = _number(style.get("font-size", "16"), 16.0) * scale
    adjust = style.get("font-size-adjust", "none")
    caps = {style.get("font-variant", "normal"), style.get("font-variant-caps", "normal")}
    return TextStyle(
        query=_query(
            style.get("font-family", ""),
            style.get("font-weight", "400"),
            style.get("font-style", "normal"),
            style.get("font-stretch", "normal"),
            style.get("font-variation-settings", "normal"),
        ),
        size=size,
        language=language,
        features=_features(style.get("font-feature-settings", "normal"), style.get("font-kerning", "auto")),
        letter_spacing=spacing.letter * scale,
        size_adjust=None if adjust == "none" else _number(adjust, 0.5),
        small_caps=any("small-caps" in one for one in caps),
    )


@lru_cache(maxsize=512)
def _query(families: str, weight: str, slope: str, stretch: str, variations: str) -> FontQuery:
    names = tuple(
        name
        for match in _FAMILY.finditer(families)
        if (name := (match[1] or match[2] or match[3] or "").strip())
    )
    style: Style = "oblique" if slope.startswith("oblique") else "italic" if slope == "italic" else "normal"
    percent = _STRETCHES.get(stretch)
    if percent is None:
        percent = _number(stretch.removesuffix("%"), 100.0)
    weight_number = {"normal": 400.0, "bold": 700.0}.get(weight) or _number(weight, 400.0)
    axes = tuple((match[1], _number(match[2] or "", 0.0)) for match in _SETTING.finditer(variations))
    return FontQuery(names, min(1000.0, max(1.0, weight_number)), style, percent, axes)


@lru_cache(maxsize=512)
def _features(settings: str, kerning: str) -> tuple[tuple[str, int], ...]:
    found = {"kern": 0} if kerning == "none" else {}
    for match in _SETTING.finditer(settings):
        value = match[2] or "on"
        words = {"on": 1, "off": 0}
        found[match[1]] = words[value] if value in words else int(_number(value, 1))
    return tuple(sorted(found.items()))


def baseline_offset(dominant: str, alignment: str, font: FontInstance, size: float) -> float:
    """Return how far down the alphabetic baseline lies below where the text was put, in user units.

    https://www.w3.org/TR/css-inline-3/#baseline-types; metrics that the face lacks are those that browsers assume.
    """
    name = alignment if alignment not in {"auto", "baseline", ""} else dominant
    em = size / font.upem
    ascent, descent, x_height = font.ascent * em, font.descent * em, font.x_height * em
    offsets = {
        "middle": x_height / 2,
        "central": (ascent - descent) / 2,
        "hanging": ascent * 0.8,
        "mathematical": ascent * 0.5,
        "ideographic": -descent,
        "text-before-edge": ascent,
        "before-edge": ascent,
        "text-top": ascent,
        "top": ascent,
        "text-after-edge": -descent,
        "after-edge": -descent,
        "text-bottom": -descent,
        "bottom": -descent,
        "center": (ascent - descent) / 2,
    }
    return offsets.get(name, 0.0)


def baseline_shift(value: str, size: float, length: float | None) -> float:
    """Return how far up a `baseline-shift` moves, in user units; `length` is its length or percentage, if it is one."""
    if value in {"baseline", "", "0"}:
        return 0.0
    if value == "super":
        return _SUPER * size
    if value == "sub":
        return -_SUB * size
    return length or 0.0


def _number(value: str, default: float) -> float:
    try:
        found = float(value)
    except ValueError:
        return default
    return found if abs(found) < 1e9 else default
