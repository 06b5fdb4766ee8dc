"""`make bench`: what an image costs, our ways and everybody else's, on the same scenes in one run.

Prints the tables, and writes `RESULTS.md` and the plot beside this file. Usage: python -m benchmarks [SCENE…], in
`tests/`; with names of scenes only these are measured, and nothing is written.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from benchmarks import whole
from benchmarks.dirty_rows import measure_law
from benchmarks.measuring import measure
from benchmarks.peers.browser import Chromium
from benchmarks.peers.by_hand import PillowByHand, PillowByHandFast
from benchmarks.peers.node import ResvgJs, Satori
from benchmarks.peers.ours import Planned, Straightforward
from benchmarks.peers.svg_libraries import CairoSVG, Librsvg, Resvg, ResvgPy, Svg2PngPy
from benchmarks.peers.trees import Takumi, TakumiPixels
from benchmarks.plot import plot
from benchmarks.report import PLOT, Report, markdown, print_scene
from benchmarks.scenes import scenes
from benchmarks.surroundings import surroundings
from benchmarks.way import FORMATS, Way

HERE: Final = Path(__file__).resolve().parent
PLOTTED: Final = "photo"


def ways() -> list[Way]:
    """Return everybody; the last one's picture is the reference."""
    return [
        *(Planned(), Straightforward()),
        *(CairoSVG(), ResvgPy(), Svg2PngPy(), Resvg(), Librsvg()),
        *(PillowByHand(), PillowByHandFast()),
        *(Takumi(), TakumiPixels(), ResvgJs(), Satori()),
        Chromium(),
    ]


def main(names: list[str]) -> None:
    """Measure, print and write."""
    with surroundings() as fonts:
        found = scenes(fonts)
        wanted = [scene for scene in found if scene.name in names] or found
        everybody = ways()
        try:
            outcome = measure(wanted, everybody, say_aside)
            absent = {one.way.name for one in outcome.absences}
            versions = ["" if way.name in absent else way.version() for way in everybody]
        finally:
            for way in everybody:
                way.close()
        for scene in wanted:
            for to in FORMATS:
                print_scene(outcome, scene.name, to, print)
        for absence in outcome.absences:
            print(f"{absence.way.name}: {absence.reason}")
        if names:
            return
        say_aside("the law of dirty rows, and each image whole")
        laws = measure_law(fonts)
        wholes = list(whole.compare_all(found))
        report = Report(outcome, laws, wholes, list(whole.facts()), everybody, versions)
    (HERE / PLOT).write_bytes(plot(outcome, PLOTTED))
    (HERE / "RESULTS.md").write_text(markdown(report), encoding="utf-8")
    print(f"\nwritten: RESULTS.md and {PLOT}, beside the benchmark")


def say_aside(text: str) -> None:
    """Tell how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
