"""Computed style of a span → what shaping, placing and painting need of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from inkmerge.fonts import FontInstance, FontQuery
from inkmerge.fonts.query import Style
from inkmerge.svg.font_faces import STRETCHES
from inkmerge.text.itemizing import TextStyle

_FAMILY: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,"']+))\s*(?:,|$)""")
_SETTING: Final = re.compile(r"""["'](.{4})["']\s*([-+]?[\d.]+|on|off)?""")


_VARIANTS: Final = ("font-variant", "font-variant-caps", "font-variant-ligatures", "font-variant-numeric")
# https://www.w3.org/TR/css-fonts-4/#font-variant-ligatures-prop and below
_VARIANT_FEATURES: Final[dict[str, dict[str, int]]] = {
    "none": {"liga": 0, "clig": 0, "dlig": 0, "hlig": 0, "calt": 0},
    "common-ligatures": {"liga": 1, "clig": 1},
    "no-common-ligatures": {"liga": 0, "clig": 0},
    "discretionary-ligatures": {"dlig": 1},
    "no-discretionary-ligatures": {"dlig": 0},
    "historical-ligatures": {"hlig": 1},
    "no-historical-ligatures": {"hlig": 0},
    "contextual": {"calt": 1},
    "no-contextual": {"calt": 0},
    "lining-nums": {"lnum": 1},
    "oldstyle-nums": {"onum": 1},
    "proportional-nums": {"pnum": 1},
    "tabular-nums": {"tnum": 1},
    "diagonal-fractions": {"frac": 1},
    "stacked-fractions": {"afrc": 1},
    "ordinal": {"ordn": 1},
    "slashed-zero": {"zero": 1},
}


@dataclass(frozen=True, slots=True)
class Spacing:
    """Space that CSS adds, in user units."""

    letter: float = 0.0
    word: float = 0.0


def text_style(style: Mapping[str, str], language: str, spacing: Spacing, scale: float = 1.0) -> TextStyle:
    """Return what shaping needs; `scale` shrinks the font as a text box asks."""
    return _text_style(tuple(style.items()), language, spacing, scale)


@lru_cache(maxsize=2048)
def _text_style(
    computed: tuple[tuple[str, str], ...], language: str, spacing: Spacing, scale: float
) -> TextStyle:
    style = dict(computed)
    size = _number(style.get("font-size", "16"), 16.0) * scale
    adjust = style.get("font-size-adjust", "none")
    variants = " ".join(value for name in _VARIANTS if (value := style.get(name, "normal")) != "normal")
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
        features=_features(
            style.get("font-feature-settings", "normal"), variants, is_kerned=_is_kerned(style)
        ),
        letter_spacing=spacing.letter * scale,
        size_adjust=None if adjust == "none" else _number(adjust, 0.5),
        small_caps="small-caps" in variants,
    )


def _is_kerned(style: Mapping[str, str]) -> bool:
    """Tell whether letters kern; SVG 1.1's `kerning` is heeded where it is zero, as SVG 2 dropped its other lengths."""
    if style.get("font-kerning") == "none":
        return False
    kerning = style.get("kerning", "auto")
    return kerning == "auto" or _number(kerning.rstrip("%abcdefghijklmnopqrstuvwxyz"), 1.0) != 0


@lru_cache(maxsize=512)
def _query(families: str, weight: str, slope: str, stretch: str, variations: str) -> FontQuery:
    names = tuple(
        name
        for match in _FAMILY.finditer(families)
        if (name := (match[1] or match[2] or match[3] or "").strip())
    )
    style: Style = "oblique" if slope.startswith("oblique") else "italic" if slope == "italic" else "normal"
    percent = STRETCHES.get(stretch)
    if percent is None:
        percent = _number(stretch.removesuffix("%"), 100.0)
    weight_number = {"normal": 400.0, "bold": 700.0}.get(weight) or _number(weight, 400.0)
    axes = tuple((match[1], _number(match[2] or "", 0.0)) for match in _SETTING.finditer(variations))
    return FontQuery(names, min(1000.0, max(1.0, weight_number)), style, percent, axes)


@lru_cache(maxsize=512)
def _features(settings: str, variants: str, *, is_kerned: bool) -> tuple[tuple[str, int], ...]:
    found = {} if is_kerned else {"kern": 0}
    for word in variants.split():
        found.update(_VARIANT_FEATURES.get(word, {}))
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


def baseline_shift(value: str, font: FontInstance, size: float) -> float:
    """Return how far up `super` (or down, as a negative number, `sub`) moves, in user units.

    The face says where its superscripts and subscripts stand: https://www.w3.org/TR/css-inline-3/#baseline-shift-property
    """
    em = size / font.upem
    return font.superscript_rise * em if value == "super" else -font.subscript_drop * em


def _number(value: str, default: float) -> float:
    try:
        found = float(value)
    except ValueError:
        return default
    return found if abs(found) < 1e9 else default
