"""Path data: checked against SVG's grammar, bounded, and written in one plain form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from inkmerge.svg.units import text_of

_TOKEN = re.compile(r"[\s,]*(?:([MmZzLlHhVvCcSsQqTtAa])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))")
_FLAG = re.compile(r"[\s,]*([01])")
_LONGEST_REMEMBERED: Final = 8_192
_ARGUMENTS: Final[dict[str, int]] = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}


@dataclass(frozen=True, slots=True)
class PathData:
    """Checked path data.

    Attributes:
        text: Commands and numbers separated by single spaces; empty when nothing is drawn.
        error_at: Character at which the source stops to be path data, or None. What stands before is drawn:
            https://www.w3.org/TR/SVG2/paths.html#PathDataErrorHandling
        largest: The largest absolute number.
    """

    text: str
    error_at: int | None
    largest: float


def read_path(source: str) -> PathData:
    """Read a `d` attribute; linear in its length, and nothing in it can raise."""
    return _remembered(source) if len(source) <= _LONGEST_REMEMBERED else _read(source)


def _read(source: str) -> PathData:
    words: list[str] = []
    largest = 0.0
    position, end = 0, len(source.rstrip())
    command, arguments = "", 0
    while position < end:
        match = _TOKEN.match(source, position)
        if match is None or (not words and (match[1] or "") not in ("M", "m")):
            return PathData(" ".join(words), position, largest)
        if match[1]:
            command = match[1]
            position = match.end()
            if command in "Zz":
                words.append("Z")
                continue
        arguments = _ARGUMENTS.get(command.upper(), 0)
        if not arguments:  # a number behind Z
            return PathData(" ".join(words), position, largest)
        found, stop = _arguments(source, position, arguments, is_arc=command in "Aa")
        if found is None:
            return PathData(" ".join(words), stop, largest)
        largest = max(largest, *(abs(float(word)) for word in found))
        words.append(command)
        words.extend(found)
        position = stop
        if command == "M":  # pairs behind the first are lines
            command = "L"
        elif command == "m":
            command = "l"
    return PathData(" ".join(words), None, largest)


_remembered = lru_cache(maxsize=512)(
    _read
)  # paths that change in nothing but their paint are read for each recipient


def _arguments(source: str, position: int, count: int, *, is_arc: bool) -> tuple[list[str] | None, int]:
    found: list[str] = []
    for index in range(count):
        # the two flags of an arc may stand without a separator: a1 1 0 00.5.5
        pattern, group = (_FLAG, 1) if is_arc and index in {3, 4} else (_TOKEN, 2)
        match = pattern.match(source, position)
        if match is None or match[group] is None:
            return None, position
        found.append(match[group])
        position = match.end()
    return found, position


def rectangle(x: float, y: float, width: float, height: float) -> str:
    """Return the path data of a rectangle."""
    left, top, right, bottom = map(text_of, (x, y, x + width, y + height))
    return f"M {left} {top} H {right} V {bottom} H {left} Z"


def rounded_rectangle(x: float, y: float, size: tuple[float, float], radii: tuple[float, float]) -> str:
    """Return the path data of a rectangle with elliptical corners, as `<rect>` defines it.

    https://www.w3.org/TR/SVG2/shapes.html#RectElement; `size` is width and height, `radii` are rx and ry.
    """
    (width, height), (rx, ry) = size, radii
    if rx <= 0 or ry <= 0:
        return rectangle(x, y, width, height)
    left, top, right, bottom = map(text_of, (x, y, x + width, y + height))
    inner_left, inner_right = text_of(x + rx), text_of(x + width - rx)
    inner_top, inner_bottom = text_of(y + ry), text_of(y + height - ry)
    arc = f"A {text_of(rx)} {text_of(ry)} 0 0 1"
    return (
        f"M {inner_left} {top} H {inner_right} {arc} {right} {inner_top} V {inner_bottom} "
        f"{arc} {inner_right} {bottom} H {inner_left} {arc} {left} {inner_bottom} "
        f"V {inner_top} {arc} {inner_left} {top} Z"
    )


def ellipse(cx: float, cy: float, rx: float, ry: float) -> str:
    """Return the path data of an ellipse, as `<ellipse>` defines it; empty when it draws nothing.

    Four arcs, since markers and dashes follow them: https://www.w3.org/TR/SVG2/shapes.html#EllipseElement
    """
    if rx <= 0 or ry <= 0:
        return ""
    arc = f"A {text_of(rx)} {text_of(ry)} 0 0 1"
    x, y = text_of(cx), text_of(cy)
    left, right, top, bottom = map(text_of, (cx - rx, cx + rx, cy - ry, cy + ry))
    return f"M {right} {y} {arc} {x} {bottom} {arc} {left} {y} {arc} {x} {top} {arc} {right} {y} Z"
