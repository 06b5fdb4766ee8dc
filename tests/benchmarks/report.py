"""Results → the tables on the terminal and `RESULTS.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks import dirty_rows, whole
from benchmarks.dirty_rows import Law
from benchmarks.likeness import MEAN_BOUND, WORST_BOUND
from benchmarks.measuring import (
    AGAIN_SECONDS,
    IMAGES,
    TURN_SECONDS,
    TURNS,
    WARM_SECONDS,
    Outcome,
    Result,
)
from benchmarks.way import FORMATS, JPEG_QUALITY, Format, Way
from benchmarks.whole import Fact, Whole

PLOT: Final = "results.png"


@dataclass(frozen=True, slots=True)
class Goal:
    """How many times faster than some ways we want to be on a photo; of several, the fastest counts."""

    against: str
    ways: tuple[str, ...]
    to: Format
    times: float


_RESVG: Final = ("resvg (resvg-py)", "resvg (svg2png-py)", "resvg (resvg)")
GOALS: Final = (
    Goal("CairoSVG", ("CairoSVG",), "jpeg", 150),
    Goal("CairoSVG", ("CairoSVG",), "png", 80),
    Goal("the fastest resvg for Python", _RESVG, "jpeg", 110),
    Goal("the fastest resvg for Python", _RESVG, "png", 50),
    Goal("takumi for Python", ("takumi (takumi-py)",), "jpeg", 25),
    Goal("takumi for Python", ("takumi (takumi-py)",), "png", 10),
    Goal("Pillow by hand", ("Pillow by hand",), "jpeg", 3),
    Goal("Pillow by hand, level 1", ("Pillow by hand, PNG level 1",), "png", 8),
)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured in one run."""

    outcome: Outcome
    laws: Sequence[Law]
    wholes: Sequence[Whole]
    facts: Sequence[Fact]
    ways: Sequence[Way]
    versions: Sequence[str]


def print_scene(outcome: Outcome, scene: str, to: Format, say: Callable[[str], None]) -> None:
    """Print one table."""
    say(f"\n{scene}, {to}\n{'':30} {'ms':>9} {'times ours':>11} {'bytes':>10}   picture")
    for one in outcome.of(scene, to):
        times = _times(one, outcome)
        say(f"{one.way.name:30} {one.milliseconds:9.2f} {times:>11} {one.bytes:10,}   {_picture(one)}")


def markdown(report: Report) -> str:
    """Return `RESULTS.md`."""
    parts = (
        _head(report),
        _goals(report.outcome),
        _law(report.laws),
        _tables(report),
        _who(report),
        _whole(report),
    )
    return "\n".join(line for part in parts for line in part)


def _head(report: Report) -> Iterator[str]:
    yield "# What an image costs, beside other ways to make it"
    yield ""
    yield "Written by `make bench`, which sets up what it needs; `README.md` of the repository's root says how to install Python, git and make."
    yield f"All ways draw the same scenes at 1200 × 600 pixels, warm, one thread, in turn in one run: {TURNS} turns of at least {IMAGES} images and {TURN_SECONDS:g} s of CPU time, of other recipients each, after {WARM_SECONDS:g} s, later {AGAIN_SECONDS:g} s, of others that do not count. Milliseconds are CPU time, the median of the turns' medians; only ratios carry over to another machine. JPEG has quality {JPEG_QUALITY}, 4:2:0 where a library lets one say so."
    yield ""
    yield f"*Picture* is the difference against the picture of {report.outcome.reference}, without anti-aliasing and shifts of a pixel (`likeness.py`): the mean of the picture and that of its worst square of 20 × 20 pixels, of 255. Above {MEAN_BOUND:g} or {WORST_BOUND:g} it is another picture; its ratio is in brackets, and counts as no win over the others."
    yield ""
    yield f"![CPU time of an image on the photo scene]({PLOT})"
    yield ""


def _goals(outcome: Outcome) -> Iterator[str]:
    scenes = [scene for scene in outcome.scenes if scene.endswith("photo")]
    yield "## To reach, on a photo with text"
    yield ""
    yield from _row("times faster than", "to", "to reach", *scenes)
    yield from _row("---", "---", "--:", *("--:" for _ in scenes))
    for goal in GOALS:
        reached = (_reached(goal, outcome, scene) for scene in scenes)
        yield from _row(goal.against, goal.to, f"{goal.times:g}", *reached)
    yield ""


def _reached(goal: Goal, outcome: Outcome, scene: str) -> str:
    found = [one for one in outcome.of(scene, goal.to) if one.way.name in goal.ways]
    if not found:
        return "not measured"
    times = found[0].milliseconds / outcome.planned(scene, goal.to)
    return f"{times:.1f}{' ✓' if times >= goal.times else ''}"


def _law(laws: Iterable[Law]) -> Iterator[str]:
    yield "## Cost follows what changes"
    yield ""
    yield f"Eight lines of text over a photo, from top to bottom. Halving what changes has to take {dirty_rows.TO_REACH} % off."
    yield ""
    yield from _row("to", "all change", "the lower four are fixed", "", "all change, on half of the rows", "")
    yield from _row("---", "--:", "--:", "--:", "--:", "--:")
    for law in laws:
        fixed, beside = (law.percent_off(law.all_rows, after) for after in (law.half_fixed, law.half_rows))
        yield from _row(
            *(law.to, _ms(law.all_rows), _ms(law.half_fixed), f"{fixed:.0f} % less"),
            *(_ms(law.half_rows), f"{beside:.0f} % less"),
        )
    yield ""


def _tables(report: Report) -> Iterator[str]:
    outcome = report.outcome
    for scene in outcome.scenes:
        for to in FORMATS:
            yield f"## {scene}, {to.upper()}"
            yield ""
            yield from _row("way", "ms", "times ours", "bytes", "picture")
            yield from _row("---", "--:", "--:", "--:", "---")
            for one in outcome.of(scene, to):
                name = f"**{one.way.name}**" if one.way.is_ours else one.way.name
                yield from _row(
                    name, _ms(one.milliseconds), _times(one, outcome), f"{one.bytes:,}", _picture(one)
                )
            yield ""


def _who(report: Report) -> Iterator[str]:
    absent = {one.way.name: one.reason for one in report.outcome.absences}
    yield "## Who took part"
    yield ""
    yield from _row("way", "version", "remarks")
    yield from _row("---", "---", "---")
    for way, version in zip(report.ways, report.versions, strict=True):
        remarks = f"not measured: {absent[way.name]}" if way.name in absent else way.remarks
        yield from _row(way.name, version, remarks)
    yield ""


def _whole(report: Report) -> Iterator[str]:
    yield "## Each image whole, against CairoSVG and Pillow called directly"
    yield ""
    yield f"They get the flat SVG, text as outlines already. To reach: {whole.RATIO_TO_REACH:g} times their time."
    yield ""
    yield from _row("template", "to", "ours, ms", "directly, ms", "ratio")
    yield from _row("---", "---", "--:", "--:", "--:")
    for one in report.wholes:
        yield from _row(one.scene, one.to, _ms(one.ours), _ms(one.direct), f"{one.ratio:.2f}")
    yield ""
    yield from _row("once", "took", "to reach")
    yield from _row("---", "--:", "--:")
    for fact in report.facts:
        goal = "" if fact.to_reach is None else f"{fact.to_reach:g} {fact.unit}"
        yield from _row(fact.what, f"{fact.figure:.0f} {fact.unit}", goal)
    yield ""


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:.1f}"


def _times(one: Result, outcome: Outcome) -> str:
    """Return how many times ours a way takes."""
    times = one.milliseconds / outcome.planned(one.scene, one.to)
    text = f"{times:.2f}" if times < 2 else f"{times:.1f}"
    return text if one.difference.is_same_picture else f"({text})"


def _picture(one: Result) -> str:
    found = f"{one.difference.mean:.2f}, {one.difference.worst:.1f}"
    return found if one.difference.is_same_picture else f"another picture: {found}"
