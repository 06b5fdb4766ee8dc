"""Slots → outcomes, drawn by one process a core under limits.

Attributes go to the processes in chunks, so that little is sent to and fro. A chunk comes to one of three ends. It is
**drawn**. Or its process is lost with it, by the **fault of a recipient** whose drawing hangs, crashes or takes too
much memory: it is drawn again one by one, and who loses a process alone once more is given up and gets the fallback.
Or the **pool** is at fault, which broke before the chunk was taken: the chunk is drawn again by a new pool, and when
that breaks over and over, the run ends with an error. What the pool is at fault for never becomes a recipient's. Of a
chunk that is drawn, single slots may come back because something has to be fetched for them first (`errands.py`); they
go to the processes again once it is.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from inkmerge.batch import workers
from inkmerge.batch.manifest import Facts
from inkmerge.batch.workers import Drawn, Start, enter_worker
from inkmerge.child_processes import ChildLost, ChildPool, PoolBroken, result_of
from inkmerge.errands import TRIPS, Errands, removed
from inkmerge.errors import Finding, InkmergeError, WorkerDied
from inkmerge.sources import Fetcher, Outcome, Request, Unfetched

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
_TRIES: Final = 2
"""Processes that a slot may lose before it is given up."""
_TRIES_WHEN_KILLED: Final = 5
"""The same where somebody else killed them, which says little about the drawing."""
_POOLS: Final = 16
"""Pools that may break one after another without a chunk that is drawn."""
_MOST_ERRANDS: Final = 512
"""Slots that may wait for something to be fetched."""
_LOADS: Final = 6
"""Times the limit for loading a template without a chunk that is done, after which the pool is at fault."""


@dataclass(slots=True)
class Slot:
    """One distinct set of attributes on its way to an image.

    Attributes:
        key: What is equal for equal attributes.
        attributes: What the template reads.
        size: About how many characters they have.
        facts: What the manifest says of the image, once it is drawn.
        data: The file, where the worker has not written it.
        fault: The error that ends the run or, after lost processes, the reason for the fallback.
        is_lost: Whether it was given up, after processes were lost with it.
        losses: How many processes were lost with it.
        fetched: What was fetched for it, by the keys of requests.
        trips: How often.
        text: The end of its manifest lines, once the first is written.
    """

    key: bytes
    attributes: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    facts: Facts | None = None
    data: bytes | None = None
    fault: InkmergeError | None = None
    is_lost: bool = False
    losses: int = 0
    fetched: dict[str, Outcome] = field(default_factory=dict)
    trips: int = 0
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

    def __init__(self, start: Start, workers: int, fetcher: Fetcher | None = None) -> None:
        limits = start.job.limits
        self._seconds = limits.seconds
        self._patience = _LOADS * limits.load_seconds + limits.seconds
        self._bound = workers * _CHUNKS_A_WORKER
        self._chunk: list[Slot] = []
        self._running: dict[Any, list[Slot]] = {}
        self._held: list[list[Slot]] = []
        self._characters = 0
        self._size = 1
        self._lost_in_a_row = 0
        self._broken_in_a_row = 0
        self._last_done = time.monotonic()
        self.findings: dict[Finding, None] = {}
        self._errands: Errands[Slot] = Errands(fetcher)
        self._children = ChildPool(workers, enter_worker, (start,))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._children.close()

    @property
    def is_full(self) -> bool:
        """Whether as much is on its way as may be."""
        return (
            len(self._running) + len(self._held) >= self._bound
            or self._characters > _MOST_CHARACTERS
            or len(self._errands) >= _MOST_ERRANDS
        )

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
        """Settle the slots that are done, waiting at most so long for the first.

        Raises:
            WorkerDied: One pool after another breaks before it has drawn anything.
        """
        self.flush()
        for future in wait((*self._running, *self._errands.futures), seconds, FIRST_COMPLETED).done:
            if future in self._running:
                self._settle(future)
        self._go_on()
        self._mend()

    def collect_done(self) -> None:
        """Settle the slots that are done, without waiting."""
        for future in [future for future in self._running if future.done()]:
            self._settle(future)
        self._go_on()

    def _go_on(self) -> None:
        """Draw the slots for which nothing has to be fetched any more."""
        slots = []
        for slot, outcomes in self._errands.done():
            slot.fetched |= outcomes
            slots.append(slot)
        for start in range(0, len(slots), self._size):
            self._start(slots[start : start + self._size])

    def _start(self, chunk: list[Slot]) -> None:
        if self._lost_in_a_row >= _HOPELESS:
            for slot in chunk:
                self._give_up(
                    slot,
                    WorkerDied(
                        f"the template is set aside after {_HOPELESS} renders in a row that hung or crashed",
                        hint="simplify the drawing, or widen Limits(seconds=…, memory=…)",
                    ),
                )
            return
        if not self._running:
            self._last_done = time.monotonic()
        rows = [slot.attributes for slot in chunk]
        fetched = {key: outcome for slot in chunk for key, outcome in slot.fetched.items()}
        limit = self._seconds if len(chunk) == 1 else self._seconds + _PERIODS_OF_GRACE * _CHUNK_SECONDS
        try:
            self._running[self._children.schedule(workers.draw, (rows, fetched), limit)] = chunk
        except PoolBroken:
            self._held.append(chunk)

    def _settle(self, future: Any) -> None:
        """Bring a chunk to one of its three ends; that of a broken pool stays where it is until `_mend`."""
        try:
            drawn: Drawn = result_of(future, self._seconds)
        except PoolBroken:
            return
        except ChildLost as lost:
            tries = _TRIES_WHEN_KILLED if lost.is_killed else _TRIES
            self._draw_again(self._running.pop(future), lost.reason, tries)
        except Exception as fault:  # noqa: BLE001  whatever a drawing raises, it costs one recipient's image
            reason = InkmergeError(f"{type(fault).__name__}: {fault}")
            self._draw_again(self._running.pop(future), reason, 1)
        else:
            self._take(drawn, self._running.pop(future))
        self._last_done = time.monotonic()

    def _take(self, drawn: Drawn, chunk: list[Slot]) -> None:
        self._lost_in_a_row = self._broken_in_a_row = 0
        self.findings.update(dict.fromkeys(drawn.findings))
        if not any(isinstance(outcome, Unfetched) for outcome in drawn.outcomes):
            wanted = _CHUNK_SECONDS * len(chunk) / max(drawn.seconds, 1e-6)
            self._size = max(1, min(_LARGEST_CHUNK, round(wanted), self._size * 2))
        for slot, outcome in zip(chunk, drawn.outcomes, strict=True):
            if isinstance(outcome, Unfetched):
                self._fetch(slot, outcome.requests)
                continue
            if isinstance(outcome, InkmergeError):
                slot.fault = outcome
            else:
                slot.facts, slot.data = outcome
            self._let_go(slot)

    def _fetch(self, slot: Slot, requests: tuple[Request, ...]) -> None:
        slot.trips += 1
        if slot.trips <= TRIPS:
            self._errands.send(slot, requests, slot.fetched)
        else:
            self._give_up(slot, removed())

    def _draw_again(self, chunk: list[Slot], reason: InkmergeError, tries: int) -> None:
        """Draw the slots of a lost chunk again, each alone; give up one that was alone and has no tries left."""
        if len(chunk) == 1:
            self._lost_in_a_row += 1
        for slot in chunk:
            slot.losses += 1
            if len(chunk) == 1 and slot.losses >= tries:
                self._give_up(slot, reason)
            else:
                self._start([slot])

    def _give_up(self, slot: Slot, reason: InkmergeError) -> None:
        slot.fault, slot.is_lost = reason, True
        self._let_go(slot)

    def _let_go(self, slot: Slot) -> None:
        self._characters -= slot.size
        slot.attributes, slot.size, slot.fetched = {}, 0, {}

    def _mend(self) -> None:
        """Replace a pool that is broken, or from which nothing comes although every chunk has a time limit."""
        is_stuck = bool(self._running) and time.monotonic() - self._last_done > self._patience
        if not (self._held or is_stuck or self._children.is_broken):
            return
        self._broken_in_a_row += 1
        if self._broken_in_a_row >= _POOLS:
            raise WorkerDied(
                f"the processes that draw were lost {_POOLS} times in a row before they drew anything",
                hint="free some memory, or use fewer --workers; the same command goes on where it stopped",
            )
        self._children.renew()
        chunks = [*self._held, *self._running.values()]
        self._held.clear()
        self._running.clear()
        for chunk in chunks:
            self._start(chunk)
