"""The `filter` property: a list of functions and references, read from CSS and written in one plain form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import tinycss2

from inkmerge.svg.colors import Color, parse_color
from inkmerge.svg.units import Viewport, text_of

_FRACTIONS: Final = frozenset(("brightness", "contrast", "saturate"))
_AMOUNTS: Final = frozenset(("grayscale", "invert", "opacity", "sepia"))
"""Functions of a fraction that cannot exceed 1: https://www.w3.org/TR/filter-effects-1/#supported-filter-functions."""
_DEGREES: Final[dict[str, float]] = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class FilterFunction:
    """One function.

    Attributes:
        name: CSS's name.
        numbers: Lengths in user units, fractions or degrees; all that the function has, defaults filled in.
        color: The colour of `drop-shadow`.
    """

    name: str
    numbers: tuple[float, ...]
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class FilterReference:
    """A reference to a `<filter>`; `target` is its id, empty when it leads out of the file."""

    target: str


FilterList = tuple[FilterFunction | FilterReference, ...]


def parse_filter(value: str, units: Viewport, current: str = "black") -> FilterList | None:
    """Return the functions and references of a `filter` property, none for ``none``, or None when it is invalid.

    One invalid function makes the whole list invalid, as in any CSS declaration.

    Args:
        value: The property's value.
        units: What ``em`` and other relative units refer to. A length without a unit is in user units, as in
            every presentation attribute.
        current: The computed `color`, for ``currentColor`` and for `drop-shadow` without a colour.
    """
    if value.strip().lower() == "none":
        return ()
    if len(value) > _LONGEST:
        return None
    tokens = tinycss2.parse_component_value_list(value, skip_comments=True)
    found: list[FilterFunction | FilterReference] = []
    for token in tokens:
        if token.type == "whitespace":
            continue
        one = _reference(token) or (_function(token, units, current) if token.type == "function" else None)
        if one is None:
            return None
        found.append(one)
    return tuple(found) or None


def filter_text(items: FilterList) -> str:
    """Write a filter list so that it says all by itself: no relative units, no ``currentColor``."""
    return " ".join(_text(item) for item in items)


def _text(item: FilterFunction | FilterReference) -> str:
    if isinstance(item, FilterReference):
        return f"url(#{item.target})"
    words = [text_of(number) for number in item.numbers]
    if item.color is not None:
        channels = [str(int(item.color.hex[at : at + 2], 16)) for at in (1, 3, 5)]
        words.append(f"rgba({', '.join(channels)}, {text_of(item.color.alpha)})")
    if item.name == "hue-rotate":
        words[0] += "deg"
    return f"{item.name}({' '.join(words)})"


def _reference(token: Any) -> FilterReference | None:
    link: str | None = None
    if token.type == "url":
        link = token.value
    elif token.type == "function" and token.lower_name == "url":
        strings = [one.value for one in token.arguments if one.type == "string"]
        link = strings[0] if strings else None
    if link is None:
        return None
    link = link.strip()
    return FilterReference(link[1:] if link.startswith("#") else "")


def _function(token: Any, units: Viewport, current: str) -> FilterFunction | None:
    name = token.lower_name
    arguments = [one for one in token.arguments if one.type not in {"whitespace", "comment"}]
    if name == "drop-shadow":
        return _drop_shadow(arguments, units, current)
    if len(arguments) > 1:
        return None
    argument = arguments[0] if arguments else None
    number: float | None = None
    if name == "blur":
        number = 0.0 if argument is None else _length(argument, units)
    elif name == "hue-rotate":
        return _hue_rotate(argument)
    elif name in _FRACTIONS | _AMOUNTS:
        number = 1.0 if argument is None else _fraction(argument)
        if name in _AMOUNTS and number is not None:
            number = min(1.0, number)
    return None if number is None or number < 0 else FilterFunction(name, (number,))


def _drop_shadow(arguments: list[Any], units: Viewport, current: str) -> FilterFunction | None:
    """Read ``[<color>? && <length>{2,3}]``: the colour stands before or behind the lengths."""
    color: Color | None = None
    if arguments and _length(arguments[0], units) is None:
        color = _color(arguments.pop(0), current)
        if color is None:
            return None
    elif arguments and _length(arguments[-1], units) is None:
        color = _color(arguments.pop(), current)
        if color is None:
            return None
    lengths = [_length(one, units) for one in arguments]
    known = [length for length in lengths if length is not None]
    if len(known) != len(lengths) or not 2 <= len(known) <= 3 or (len(known) == 3 and known[2] < 0):
        return None
    dx, dy, deviation = (*known, 0.0)[:3]
    color = color or parse_color(current) or Color("#000000", 1.0)
    return FilterFunction("drop-shadow", (dx, dy, deviation), color)


def _color(token: Any, current: str) -> Color | None:
    return parse_color(tinycss2.serialize([token]), current)


def _length(token: Any, units: Viewport) -> float | None:
    if token.type not in {"number", "dimension"}:
        return None
    return units.length(tinycss2.serialize([token]))


def _fraction(token: Any) -> float | None:
    if token.type == "percentage":
        return float(token.value) / 100
    return float(token.value) if token.type == "number" else None


def _hue_rotate(token: Any) -> FilterFunction | None:
    if token is None or (token.type == "number" and token.value == 0):
        return FilterFunction("hue-rotate", (0.0,))
    if token.type != "dimension" or token.lower_unit not in _DEGREES:
        return None
    return FilterFunction("hue-rotate", (float(token.value) * _DEGREES[token.lower_unit],))
