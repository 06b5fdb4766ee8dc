"""Results → a plot, drawn by Inkmerge itself from `plot.svg`: bars on a logarithmic scale, a panel for each format."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.measuring import Outcome, Result
from benchmarks.way import FORMATS
from inkmerge import Template

_TEMPLATE: Final = Path(__file__).with_name("plot.svg")
_LEFT, _WIDTH, _TOP, _BOTTOM = 234.0, 500.0, 92.0, 662.0
_HEADING, _GAP = 18.0, 38.0
_LEAST, _MOST = 0.5, 1000.0
_COLOURS: Final = {"ours": "#d04a2a", "peer": "#7fa3a5", "other": "#d5dfdd"}
_KEYS: Final = (
    (32, "ours", "Inkmerge"),
    (132, "peer", "draws the same picture"),
    (318, "other", "draws another picture"),
)


def plot(outcome: Outcome, scene: str) -> bytes:
    """Return a PNG of one scene's results."""
    values: dict[str, list[Any]] = {"ticks": [], "headings": [], "bars": []}
    found = {to: outcome.of(scene, to) for to in FORMATS}
    rows = sum(map(len, found.values()))
    pitch = (_BOTTOM - _TOP - 2 * _HEADING - _GAP) / max(1, rows)
    y = _TOP
    for to, results in found.items():
        values["headings"].append({"text": to.upper(), "y": y + 12})
        bottom = y + _HEADING + pitch * len(results)
        values["ticks"] += [
            {"x": _LEFT + _length(tick), "top": y, "bottom": bottom, "label": f"{tick:,.0f} ms"}
            for tick in (1.0, 10.0, 100.0, 1000.0)
        ]
        values["bars"] += [
            _bar(one, y + _HEADING + pitch * row + (pitch - 16) / 2, outcome.planned(scene, to))
            for row, one in enumerate(results)
        ]
        y = bottom + _GAP
    values["keys"] = [{"x": x, "colour": _COLOURS[kind], "text": text} for x, kind, text in _KEYS]
    image = Template.load(_TEMPLATE, alt="").render(values, 192, "png", on_error="raise")
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(image.data)).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _bar(one: Result, y: float, ours: float) -> dict[str, Any]:
    kind = "ours" if one.way.is_ours else "peer" if one.difference.is_same_picture else "other"
    digits = 2 if one.milliseconds < 10 else 0
    times = one.milliseconds / ours
    return {
        "name": one.way.name,
        "y": y,
        "width": _length(one.milliseconds),
        "colour": _COLOURS[kind],
        "weight": 600 if one.way.is_ours else 400,
        "milliseconds": f"{one.milliseconds:.{digits}f} ms",
        "times": "" if times == 1 else f"× {times:.{0 if times >= 10 else 1}f}",
    }


def _length(milliseconds: float) -> float:
    """Return how long a bar is; there is room for what leaves the scale."""
    share = math.log(max(milliseconds, _LEAST) / _LEAST) / math.log(_MOST / _LEAST)
    return max(2.0, _WIDTH * share)
