"""The law that cost follows what changes: one picture with lines of text from top to bottom, and half of them fixed.

All lines change; then the lower half is the same for everybody; then all lines change again, but stand side by side in
the upper half, so that as much text is drawn on half of the rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.measuring import take_turns
from benchmarks.peers.ours import Planned
from benchmarks.scenes import EARLIER, NAMES, OURS, Fonts, Scene
from benchmarks.way import FORMATS, Format

TO_REACH: Final = 35
"""Percent that halving the dirty rows has to take off."""
_LINES: Final = 8
_PITCH: Final = 300 / _LINES
_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="600" height="300"'
    ' viewBox="0 0 600 300"><image width="600" height="300" preserveAspectRatio="none" xlink:href="lake.jpg"/>'
    '<rect width="600" height="300" fill="#0c2a31" fill-opacity="0.6"/>{texts}</svg>'
)
_TEXT: Final = '<text x="{x}" y="{y}" font-family="Noto Sans" font-size="20" fill="#fbf4ea">{content}</text>'


@dataclass(frozen=True, slots=True)
class Law:
    """Milliseconds of an image in one format.

    Attributes:
        all_rows: With text that changes on all rows.
        half_fixed: With half of the lines fixed.
        half_rows: With all lines side by side on half of the rows.
    """

    to: Format
    all_rows: float
    half_fixed: float
    half_rows: float

    @staticmethod
    def percent_off(before: float, after: float) -> float:
        """Return how much less `after` is."""
        return 100 * (1 - after / before)


def measure_law(fonts: Fonts) -> list[Law]:
    """Measure all three in turn, in both formats."""
    values, earlier = (
        [{f"line_{n}": f"{names[(m + n) % 24]}, {m + n}" for n in range(_LINES)} for m in range(24)]
        for names in (NAMES, EARLIER)
    )
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-rows-") as folder:
        lake = Path(folder, "lake.jpg")
        lake.write_bytes((OURS / "lake.jpg").read_bytes())
        way = Planned()
        painters = {
            name: way.prepare(scene) for name, scene in _scenes(Scene("", Path(folder), fonts, tuple(values)))
        }
        for to in FORMATS:
            drawing = {name: (way.cpu_seconds, paint) for name, paint in painters.items()}
            figures = take_turns(drawing, values, earlier, to)
            found.append(Law(to, **{name: figures[name].medians[0] for name in painters}))
    return found


def _scenes(base: Scene) -> Iterator[tuple[str, Scene]]:
    """Write the three templates."""
    half = _LINES // 2
    texts = {
        "all_rows": [(40, n, f"{{{{ line_{n} }}}}") for n in range(_LINES)],
        "half_fixed": [
            (40, n, f"{{{{ line_{n} }}}}" if n < half else f"{NAMES[n]}, {n}") for n in range(_LINES)
        ],
        "half_rows": [(40 + 280 * (n // half), n % half, f"{{{{ line_{n} }}}}") for n in range(_LINES)],
    }
    for name, lines in texts.items():
        path = base.path / f"{name}.svg"
        written = (_TEXT.format(x=x, y=_PITCH * row + 26, content=content) for x, row, content in lines)
        path.write_text(_SVG.format(texts="".join(written)), encoding="utf-8")
        yield name, replace(base, name=name, path=path)
