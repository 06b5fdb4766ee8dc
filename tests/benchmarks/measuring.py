"""Scenes and ways → results: CPU time, bytes and likeness, everybody in turn in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.likeness import Difference
from benchmarks.peers.ours import reference_painter
from benchmarks.scenes import Scene
from benchmarks.way import FORMATS, Format, Painter, Unavailable, Way

TURNS: Final = 4
IMAGES: Final = 5
"""Images a turn that count; one before them doesn't, since others have used the processor's caches meanwhile."""
WARM_SECONDS: Final = 1.0
"""CPU time for which everybody draws other recipients first: a send of millions is warm."""
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
    """What each image took."""

    milliseconds: tuple[float, ...]
    sizes: tuple[int, ...]

    @property
    def medians(self) -> tuple[float, int]:
        """Milliseconds and bytes."""
        return statistics.median(self.milliseconds), round(statistics.median(self.sizes))


def take_turns(
    drawing: Mapping[str, tuple[Callable[[], float], Painter]],
    values: Sequence[Mapping[str, str]],
    earlier: Sequence[Mapping[str, str]],
    to: Format,
) -> dict[str, Figures]:
    """Let everybody draw a few images of other recipients each, in turn, so that ratios hold on a loaded machine.

    Before that everybody draws the earlier recipients, for `WARM_SECONDS` at most.
    """
    for clock, paint in drawing.values():
        end = clock() + WARM_SECONDS
        for recipient in earlier:
            paint(recipient, to)
            if clock() > end:
                break
    taken: dict[str, tuple[list[float], list[int]]] = {name: ([], []) for name in drawing}
    for turn in range(TURNS):
        first = turn * (IMAGES + 1)
        recipients = [values[(first + number) % len(values)] for number in range(IMAGES + 1)]
        for name, (clock, paint) in drawing.items():
            milliseconds, sizes = taken[name]
            for number, recipient in enumerate(recipients):
                start = clock()
                image = paint(recipient, to)
                took = clock() - start
                if number > 0:
                    milliseconds.append(1000 * took)
                    sizes.append(len(image))
    return {name: Figures(tuple(times), tuple(sizes)) for name, (times, sizes) in taken.items()}
