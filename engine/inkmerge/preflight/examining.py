"""Recipients → what they would get, counted, in processes that can be lost; nothing is drawn."""

from __future__ import annotations

import gc
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from inkmerge.batch.manifest import NOTHING_IS_SENT
from inkmerge.campaign import Campaign, Choice, Element, origin_of
from inkmerge.campaign.elements import value_at
from inkmerge.child_processes import ChildLost, ChildPool, PoolBroken, enter_child, result_of
from inkmerge.errors import Finding, InkmergeError, WorkerDied
from inkmerge.limits import Limits
from inkmerge.preflight.tally import ElementTally, Example, FieldTally, Forecast

_CHUNK: Final = 250
_CHUNKS_A_WORKER: Final = 3
_MOST_VERDICTS: Final = 50_000
_SAMPLE: Final = 6
_LOOK_SECONDS: Final = 0.5
_MOST_BROKEN: Final = 16
Row = tuple[str, dict[str, Any]]
"""Id and attributes of a recipient."""
Counted = list[tuple[str, ElementTally]]


def examine(rows: Iterator[Row], folder: Path, limits: Limits, workers: int) -> Iterator[Counted]:
    """Yield what was counted of one part of the audience after another.

    A part whose process hangs or dies is looked at again recipient by recipient, so that it costs only the one who
    caused it.

    Raises:
        WorkerDied: The processes are lost again and again before they take any work.
    """
    examining = _Examining(ChildPool(workers, _enter, (folder, limits)), limits)
    try:
        chunk: list[Row] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) >= _CHUNK:
                examining.start(chunk)
                chunk = []
            while len(examining.running) >= workers * _CHUNKS_A_WORKER:
                yield from examining.done()
        if chunk:
            examining.start(chunk)
        while examining.running:
            yield from examining.done()
    finally:
        examining.pool.close()


@dataclass(slots=True)
class _Examining:
    """Parts of an audience on their way through the processes."""

    pool: ChildPool
    limits: Limits
    running: dict[Any, list[Row]] = field(default_factory=dict)
    _broken: int = 0

    def start(self, chunk: list[Row]) -> None:
        """Have a part looked at."""
        while True:
            try:
                self.running[self.pool.schedule(_examine, (chunk,), self._seconds(chunk))] = chunk
            except PoolBroken:
                self._renew()
            else:
                return

    def done(self) -> Iterator[Counted]:
        """Yield what was counted of parts that are done, waiting for the first."""
        for future in wait(self.running, _LOOK_SECONDS, FIRST_COMPLETED).done:
            chunk = self.running.pop(future)
            try:
                found: Counted = result_of(future, self._seconds(chunk))
            except PoolBroken:
                self.running[future] = chunk
                self._renew()
                return
            except ChildLost as lost:
                if len(chunk) == 1:
                    yield _lost(chunk[0], lost.reason)
                for row in chunk if len(chunk) > 1 else ():
                    self.start([row])
            else:
                self._broken = 0
                yield found
        if self.running and self.pool.is_broken:
            self._renew()

    def _seconds(self, chunk: list[Row]) -> float:
        return self.limits.seconds + (self.limits.load_seconds if len(chunk) > 1 else 0.0)

    def _renew(self) -> None:
        """Start the processes anew, with all that they had not done."""
        self._broken += 1
        if self._broken > _MOST_BROKEN:
            raise WorkerDied(
                "the processes that look at recipients are lost as they start", hint="is the memory used up?"
            )
        self.pool.renew()
        chunks = list(self.running.values())
        self.running.clear()
        for chunk in chunks:
            self.start(chunk)


def _lost(row: Row, reason: InkmergeError) -> Counted:
    tally = ElementTally(images=1)
    tally.fallbacks[reason.code] += 1
    tally.note(reason.code, Example(row[0], reason.message, reason.hint, 0))
    return [("", tally)]


# What follows runs in the worker.


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of one image.

    Attributes:
        digest: What names it; None where the recipient gets the fallback image, or nothing.
        fault: Why not.
        findings: What was found.
    """

    digest: bytes | None
    fault: InkmergeError | None
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Held:
    campaign: Campaign
    verdicts: OrderedDict[tuple[int, str], _Verdict] = field(default_factory=OrderedDict)


_held: list[_Held] = []
_asked: list[tuple[Path, Limits]] = []


def _enter(folder: Path, limits: Limits) -> None:
    enter_child(limits.memory)
    _asked[:] = [(folder, limits)]
    with suppress(Exception):  # `_examine` raises it again
        _load()


def _load() -> _Held:
    folder, limits = _asked[0]
    held = _Held(Campaign.open(folder, limits=limits))
    gc.freeze()
    _held[:] = [held]
    return held


def _examine(rows: Sequence[Row]) -> Counted:
    held = _held[0] if _held else _load()
    found = []
    for name, element in held.campaign.elements.items():
        tally = ElementTally()
        for identifier, attributes in rows:
            _count(held, element, (identifier, attributes), tally)
        found.append((name, tally))
    return found


def _count(held: _Held, element: Element, row: Row, tally: ElementTally) -> None:
    identifier, attributes = row
    choices = held.campaign.choose(element, attributes)
    if element.variants:
        tally.no_group += not choices.groups
        tally.several_groups += len(choices.groups) > 1
        tally.unknown_groups.update(choices.unknown)
    for finding in choices.findings:
        tally.findings[finding.code] += 1
        tally.note(finding.code, Example(identifier, finding.message, finding.hint, 0))
    for choice in choices.drawn:
        verdict = _verdict(held, choice)
        if verdict.fault is not None and verdict.fault.code in NOTHING_IS_SENT:
            tally.skipped[verdict.fault.code] += 1
            continue
        tally.images += 1
        tally.variants[choice.variant] += 1
        _count_fields(choice, tally)
        weight = _shown(choice)
        for finding in (*choice.findings, *verdict.findings):
            tally.findings[finding.code] += 1
            tally.note(finding.code, Example(identifier, finding.message, finding.hint, weight))
        if verdict.fault is not None:
            fault = verdict.fault
            tally.fallbacks[fault.code] += 1
            tally.note(fault.code, Example(identifier, fault.message, fault.hint, weight))
        elif verdict.digest is not None:
            tally.distinct.add(verdict.digest)


def _verdict(held: _Held, choice: Choice) -> _Verdict:
    """Find out what becomes of an image; equal values are looked at once."""
    if choice.fault is not None:
        return _Verdict(None, choice.fault, ())
    try:
        name = choice.template.digest(choice.attributes)
    except InkmergeError as fault:
        return _Verdict(None, fault, ())
    key = id(choice.template), name
    known = held.verdicts.get(key)
    if known is None:
        try:
            known = _Verdict(bytes.fromhex(name)[:16], None, choice.template.examine(choice.attributes))
        except InkmergeError as fault:
            known = _Verdict(None, fault, ())
        held.verdicts[key] = known
        if len(held.verdicts) > _MOST_VERDICTS:
            held.verdicts.popitem(last=False)
    return known


def _count_fields(choice: Choice, tally: ElementTally) -> None:
    for one in choice.template.fields:
        origin = origin_of(one.name, choice)
        if origin in {"default", "missing"}:
            counted = tally.fields.setdefault(one.name, FieldTally())
            counted.default += origin == "default"
            counted.missing += origin == "missing"


def _shown(choice: Choice) -> int:
    """Return how many characters the fields have together: the longest is the worst example."""
    total = 0
    for one in choice.template.fields:
        found = value_at(one.name, choice.attributes)
        total += len(found) if isinstance(found, str) else 0
    return total


def forecast(
    campaign: Campaign, rows: Sequence[Row], tallies: Mapping[str, ElementTally]
) -> dict[str, Forecast]:
    """Draw a few images of each element, and tell from them what all would take."""
    found = {}
    for name, element in campaign.elements.items():
        sizes, seconds = [], []
        for template in element.templates:
            template.prepare()
        for _, attributes in rows[:_SAMPLE]:
            for choice in campaign.choose(element, attributes).drawn:
                start = time.process_time()
                image = campaign.draw(choice, attributes, counts=False)
                if image.fallback is None:
                    seconds.append(time.process_time() - start)
                    sizes.append(len(image.data))
        distinct = len(tallies[name].distinct) if name in tallies else 0
        if sizes:
            mean = sum(sizes) / len(sizes), sum(seconds) / len(seconds)
            found[name] = Forecast(round(mean[0] * distinct), mean[1] * distinct)
    return found
