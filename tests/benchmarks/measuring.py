"""Scenes and ways → results: CPU time, bytes and likeness, everybody in turn in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final

from benchmarks.likeness import Difference
from benchmarks.peers.ours import reference_painter
from benchmarks.scenes import Scene
from benchmarks.way import FORMATS, Format, Painter, Unavailable, Way

TURNS: Final = 4
IMAGES: Final = 5
"""Images a turn, at the least."""
TURN_SECONDS: Final = 0.25
"""CPU time of a turn, at the least: who takes a thousandth of it for an image is measured as long as the others."""
WARM_SECONDS: Final = 1.0
"""CPU time for which everybody draws other recipients first: a send of millions is warm."""
AGAIN_SECONDS: Final = 0.1
"""The same before each turn, and one image at the least: others have used the processor's caches meanwhile."""
COMPARED: Final = 0, 12
"""Recipients whose pictures are compared with the reference."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What one way took for one scene in one format.

    Attributes:
        milliseconds: CPU time of an image, the median.
        bytes: Of a file, the median.
        difference: Against the reference picture.
    """

    scene: str
    way: Way
    to: Format
    milliseconds: float
    bytes: int
    difference: Difference


@dataclass(frozen=True, slots=True)
class Absence:
    """A way that could not take part, and why."""

    way: Way
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """All results, who was absent, and whose picture was the reference."""

    results: tuple[Result, ...]
    absences: tuple[Absence, ...]
    reference: str

    def of(self, scene: str, to: Format) -> list[Result]:
        """Return the results of a scene in a format, the fastest first."""
        found = [one for one in self.results if (one.scene, one.to) == (scene, to)]
        return sorted(found, key=lambda one: one.milliseconds)

    def planned(self, scene: str, to: Format) -> float:
        """Return our milliseconds, which all ratios refer to."""
        return next(one.milliseconds for one in self.results if _is_planned(one, scene, to))

    @property
    def scenes(self) -> list[str]:
        """The names of the scenes, in their order."""
        return list(dict.fromkeys(one.scene for one in self.results))


def _is_planned(one: Result, scene: str, to: Format) -> bool:
    return (one.scene, one.to) == (scene, to) and one.way.name == "Inkmerge, planned"


def measure(scenes: Sequence[Scene], ways: Sequence[Way], say: Say) -> Outcome:
    """Let every way draw every scene. The reference is the picture of the last way, or our own drawn by resvg."""
    results: list[Result] = []
    absent: dict[str, Absence] = {}
    reference = ways[-1].name
    for scene in scenes:
        painters: dict[Way, Painter] = {}
        for way in ways:
            try:
                painters[way] = way.prepare(scene)
            except Unavailable as fault:
                absent[way.name] = Absence(way, str(fault))
        if ways[-1] in painters:
            draw = painters[ways[-1]]
        else:
            draw, reference = reference_painter(scene), "Inkmerge through resvg"
        expected = {at: draw(scene.values[at], "png") for at in COMPARED}
        for to in FORMATS:
            results += _measured(scene, to, painters, expected)
            say(f"{scene.name}, {to}: measured")
    return Outcome(tuple(results), tuple(absent.values()), reference)


def _measured(
    scene: Scene, to: Format, painters: Mapping[Way, Painter], expected: Mapping[int, bytes]
) -> list[Result]:
    taking_part = {way: paint for way, paint in painters.items() if to in way.formats}
    apart = {
        way: Difference.largest(
            [Difference.between(paint(scene.values[at], to), expected[at], to) for at in COMPARED]
        )
        for way, paint in taking_part.items()
    }
    figures = take_turns(
        {way.name: (way.cpu_seconds, paint) for way, paint in taking_part.items()},
        scene.values,
        scene.earlier,
        to,
    )
    return [
        Result(
            scene.name, way, to, *figures[way.name].medians, apart[way]
        )  # one of each, in the order of ways
        for way in taking_part
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """What each image took, turn by turn."""

    milliseconds: list[list[float]]
    sizes: list[int]

    @property
    def medians(self) -> tuple[float, int]:
        """Milliseconds, the median of the turns' medians, and bytes."""
        turns = map(statistics.median, self.milliseconds)
        return statistics.median(turns), round(statistics.median(self.sizes))


def take_turns(
    drawing: Mapping[str, tuple[Callable[[], float], Painter]],
    values: Sequence[Mapping[str, str]],
    earlier: Sequence[Mapping[str, str]],
    to: Format,
) -> dict[str, Figures]:
    """Let everybody draw images of other recipients each, in turn, so that ratios hold on a loaded machine.

    Before each turn everybody draws earlier recipients, which do not count, for the same CPU time.
    """
    taken = {name: Figures([], []) for name in drawing}
    recipients = {name: (cycle(values), cycle(earlier)) for name in drawing}
    for turn in range(TURNS):
        for name, (clock, paint) in drawing.items():
            counting, others = recipients[name]
            end = clock() + (AGAIN_SECONDS if turn else WARM_SECONDS)
            paint(next(others), to)
            while clock() < end:
                paint(next(others), to)
            milliseconds: list[float] = []
            end = clock() + TURN_SECONDS
            while clock() < end or len(milliseconds) < IMAGES:
                recipient = next(counting)
                start = clock()
                image = paint(recipient, to)
                milliseconds.append(1000 * (clock() - start))
                taken[name].sizes.append(len(image))
            taken[name].milliseconds.append(milliseconds)
    return taken
