"""Attributes → outcomes, drawn by one process a core under limits; a process that is lost is replaced.

Attributes go to the processes in chunks, so that little is sent to and fro. A chunk whose process hangs, dies or
exceeds its memory is drawn again one by one, so that it costs only the recipient who caused it.
"""

from __future__ import annotations

import gc
import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from pebble import ProcessExpired, ProcessPool

from inkmerge.batch.job import Job
from inkmerge.batch.manifest import NOTHING_IS_SENT, Facts, facts_of
from inkmerge.batch.writing import write_aside
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.errors import (
    Finding,
    InkmergeError,
    TemplateError,
    TimeLimitExceeded,
    WorkerDied,
)
from inkmerge.isolated import enter_child, start_method
from inkmerge.loaded import Template

_CHUNK_SECONDS: Final = 0.2
"""About how long a chunk takes: long against sending it, short against the time limit."""
_LARGEST_CHUNK: Final = 64
_LARGE: Final = 100_000
"""Characters of one recipient's values above which a chunk is sent at once."""
_MOST_CHARACTERS: Final = 32_000_000
_CHUNKS_A_WORKER: Final = 3
_PERIODS_OF_GRACE: Final = 2
_HOPELESS: Final = 20
"""Renders lost one after another without one that succeeds, after which the rest is not tried."""


@dataclass(frozen=True, slots=True)
class Images:
    """Where a worker writes its files: `folder` for images, `aside` for those that are not whole yet."""

    folder: Path
    aside: Path


@dataclass(frozen=True, slots=True)
class Start:
    """What a worker starts with.

    Attributes:
        job: What it draws.
        images: Where it writes; None when it hands the files back.
        template: The digest of the template in the output, which may not change while the batch runs.
    """

    job: Job
    images: Images | None
    template: str


@dataclass(slots=True)
class Slot:
    """One distinct set of attributes on its way to an image.

    Attributes:
        key: What is equal for equal attributes.
        attributes: What the template reads.
        size: About how many characters they have.
        facts: What the manifest says of the image, once it is drawn.
        data: The file, where the worker has not written it.
        fault: The error that ends the run or, after a lost process, the reason for the fallback.
        is_lost: Whether the process was lost with it.
        text: The end of its manifest lines, once the first is written.
    """

    key: bytes
    attributes: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    facts: Facts | None = None
    data: bytes | None = None
    fault: InkmergeError | None = None
    is_lost: bool = False
    text: str | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is known what becomes of it."""
        return self.facts is not None or self.fault is not None


class WorkerPool:
    """Draws slots, several at a time; `collect` brings in what is done.

    Attributes:
        findings: What workers found when they prepared the template, each once.
    """

    def __init__(self, start: Start, workers: int) -> None:
        self._seconds = start.job.limits.seconds
        self._bound = workers * _CHUNKS_A_WORKER
        self._chunk: list[Slot] = []
        self._running: dict[Any, list[Slot]] = {}
        self._characters = 0
        self._size = 1
        self._lost_in_a_row = 0
        self.findings: dict[Finding, None] = {}
        self._pool = ProcessPool(
            max_workers=workers,
            context=start_method(),
            initializer=_enter_worker,
            initargs=(start,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it so
        self._pool.join()

    @property
    def is_full(self) -> bool:
        """Whether as much is on its way as may be."""
        return len(self._running) >= self._bound or self._characters > _MOST_CHARACTERS

    def submit(self, slot: Slot) -> None:
        """Take a slot to be drawn with the next chunk."""
        self._chunk.append(slot)
        self._characters += slot.size
        if len(self._chunk) >= self._size or slot.size > _LARGE:
            self.flush()

    def flush(self) -> None:
        """Send what has been gathered, although the chunk is not full."""
        if self._chunk:
            chunk, self._chunk = self._chunk, []
            self._start(chunk)

    def collect(self, seconds: float) -> None:
        """Settle the slots that are done, waiting at most so long for the first."""
        self.flush()
        for future in wait(self._running, seconds, FIRST_COMPLETED).done:
            self._settle(future, self._running.pop(future))

    def collect_done(self) -> None:
        """Settle the slots that are done, without waiting."""
        for future in [future for future in self._running if future.done()]:
            self._settle(future, self._running.pop(future))

    def _start(self, chunk: list[Slot]) -> None:
        if self._lost_in_a_row >= _HOPELESS:
            for slot in chunk:
                self._lose(
                    slot,
                    WorkerDied(
                        f"the template is set aside after {_HOPELESS} renders in a row that hung or crashed",
                        hint="simplify the drawing, or widen Limits(seconds=…, memory=…)",
                    ),
                )
            return
        rows = [slot.attributes for slot in chunk]
        limit = self._seconds if len(chunk) == 1 else self._seconds + _PERIODS_OF_GRACE * _CHUNK_SECONDS
        future: Any = self._pool.schedule(draw, args=(rows,), timeout=limit)
        self._running[future] = chunk

    def _settle(self, future: Any, chunk: list[Slot]) -> None:
        try:
            drawn: Drawn = future.result()
        except Exception as fault:  # noqa: BLE001  whatever it is, it costs one recipient's image
            self._retry(chunk, self._reason(fault))
            return
        self._lost_in_a_row = 0
        self.findings.update(dict.fromkeys(drawn.findings))
        wanted = _CHUNK_SECONDS * len(chunk) / max(drawn.seconds, 1e-6)
        self._size = max(1, min(_LARGEST_CHUNK, round(wanted), self._size * 2))
        for slot, outcome in zip(chunk, drawn.outcomes, strict=True):
            if isinstance(outcome, InkmergeError):
                slot.fault = outcome
            else:
                slot.facts, slot.data = outcome
            self._let_go(slot)

    def _retry(self, chunk: list[Slot], reason: InkmergeError) -> None:
        """Draw the slots of a lost chunk one by one; a lost slot of its own is given up."""
        if len(chunk) > 1:
            for slot in chunk:
                self._start([slot])
            return
        self._lost_in_a_row += 1
        self._lose(chunk[0], reason)

    def _reason(self, fault: Exception) -> InkmergeError:
        if isinstance(fault, TimeoutError):
            return TimeLimitExceeded(
                f"drawing took longer than {self._seconds:g} seconds",
                hint="simplify the drawing, or widen Limits(seconds=…)",
            )
        if isinstance(fault, ProcessExpired):
            return WorkerDied(
                f"the child process that draws was lost (exit code {fault.exitcode})",
                hint="the drawing crashes its rasterizer; simplify it",
            )
        if isinstance(fault, MemoryError):
            return WorkerDied("drawing needs more memory than allowed", hint="widen Limits(memory=…)")
        return (
            fault if isinstance(fault, InkmergeError) else InkmergeError(f"{type(fault).__name__}: {fault}")
        )

    def _lose(self, slot: Slot, reason: InkmergeError) -> None:
        slot.fault, slot.is_lost = reason, True
        self._let_go(slot)

    def _let_go(self, slot: Slot) -> None:
        self._characters -= slot.size
        slot.attributes, slot.size = {}, 0


# What follows runs in the worker.


@dataclass(slots=True)
class _Held:
    """What a worker keeps between chunks."""

    job: Job
    template: Template | ElementRenderer
    images: Images | None
    fallback: str
    drawn: OrderedDict[str, Facts]
    counts_recipients: bool
    findings: tuple[Finding, ...]


_MOST_DRAWN: Final = 4096
_held: list[_Held] = []
_asked: list[Start] = []


def _enter_worker(start: Start) -> None:
    """Limit what the worker may take, and load the template, which the parent has seen to load."""
    enter_child(start.job.limits.memory)
    _asked[:] = [start]
    with suppress(Exception):  # an initializer that raises would be started for ever; `draw` raises it again
        _load(start)


def _load(start: Start) -> None:
    job = start.job
    template = job.load()
    fallback = template.digest(None, **job.output)
    if fallback != start.template:
        raise TemplateError(
            f"{job.template.name}, its sidecar, its pictures or its fonts changed while the batch ran",
            hint="undo the change and run the same command again, or begin anew with --restart",
        )
    findings = template.prepare(**job.output)
    gc.freeze()  # what is there now stays: it need not be looked through again and again
    _held[:] = [
        _Held(job, template, start.images, fallback, OrderedDict(), _counts_recipients(template), findings)
    ]


def _counts_recipients(template: Template | ElementRenderer) -> bool:
    """Tell whether a quota counts each recipient, those with equal values too."""
    return isinstance(template, ElementRenderer) and template.counts_recipients


Outcome = tuple[Facts, bytes | None] | InkmergeError


class Drawn(NamedTuple):
    """What a worker hands back for a chunk: an outcome for each, the seconds they took, and findings of its template."""

    outcomes: list[Outcome]
    seconds: float
    findings: tuple[Finding, ...] = ()


def draw(rows: Sequence[dict[str, Any]]) -> Drawn:
    """Draw one image after another."""
    if not _held:
        try:
            _load(_asked[0])
        except InkmergeError as fault:
            return Drawn([fault for _ in rows], 0.0)
    start = time.perf_counter()
    outcomes = [_outcome(_held[0], attributes) for attributes in rows]
    return Drawn(outcomes, time.perf_counter() - start, _held[0].findings)


def _outcome(held: _Held, attributes: dict[str, Any]) -> Outcome:
    """Draw one image; an error means that the run cannot go on."""
    output = held.job.output
    try:
        digest = held.template.digest(attributes, **output)
    except InkmergeError:
        digest = held.fallback
    if digest in held.drawn and digest != held.fallback and not held.counts_recipients:
        return held.drawn[digest], None
    try:
        image = held.template.render(attributes, **output)
        is_skipped = image.fallback is not None and image.fallback.code in NOTHING_IS_SENT
        name = digest if image.fallback is None else held.job.fallback_digest(held.template, image)
        facts = facts_of(image, name)
        if is_skipped:
            return facts, b""
        if held.images is None:
            return facts, image.data
        path = held.images.folder / facts.file_name
        if image.fallback is None or not path.exists():
            write_aside(path, image.data, held.images.aside / f"{os.getpid()}.part")
    except InkmergeError as fault:
        return fault
    held.drawn[digest] = facts
    if len(held.drawn) > _MOST_DRAWN:
        held.drawn.popitem(last=False)
    return facts, None
