"""Items → the results of a function over some of them at a time, in order, in processes that can be lost.

The processes ask nobody on the network, as those of a batch: a function that lacks something says so, and is run again
once it is fetched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from inkmerge.child_processes import ChildLost, ChildPool, PoolBroken, enter_child, result_of
from inkmerge.errands import TRIPS, Errands, removed
from inkmerge.errors import InkmergeError, WorkerDied
from inkmerge.sources import Fetcher, Outcome, Request, Unfetched

Item = TypeVar("Item")
Result = TypeVar("Result")
Told = Mapping[str, Outcome]
"""What became of requests, by their keys."""
_LOOK_SECONDS: Final = 0.5
_MOST_BROKEN: Final = 16
_CHUNKS_A_WORKER: Final = 3


@dataclass(slots=True)
class _Chunk(Generic[Item]):
    """Some items on their way.

    Attributes:
        items: The items.
        told: What was fetched for them.
        trips: How often something was.
        future: That of the function; None before it is started.
    """

    items: list[Item]
    told: dict[str, Outcome] = field(default_factory=dict)
    trips: int = 0
    future: Any = None


@dataclass(slots=True)
class ChildChunks(Generic[Item, Result]):
    """Runs a function over chunks of items.

    A chunk whose process hangs or dies is run again item by item, so that it costs only the one who caused it.

    Attributes:
        pool: The processes.
        workers: How many there are.
        function: Takes a list of items, in a process of the pool, and what was fetched for them; returns `Unfetched`
            where something is lacking.
        size: Items of a chunk.
        seconds: How long a chunk may take, by the number of its items.
        lost: What stands for an item that a process was lost with.
        fetcher: What fetches.
        divide: What to run by itself when a process was lost with an item, before that is given up; nothing for one
            that is not divided.
    """

    pool: ChildPool
    workers: int
    function: Callable[[list[Item], Told], Result | Unfetched]
    size: int
    seconds: Callable[[int], float]
    lost: Callable[[Item, InkmergeError], Result]
    fetcher: Fetcher
    divide: Callable[[Item], Sequence[Item]] = lambda _: ()
    _running: deque[_Chunk[Item]] = field(default_factory=deque)
    _broken: int = 0

    def results(self, items: Iterator[Item]) -> Iterator[Result]:
        """Yield the results, in the order of the items; only a few chunks are held at a time.

        Raises:
            WorkerDied: The processes are lost again and again before they take any work.
        """
        try:
            while True:
                while len(self._running) < self.workers * _CHUNKS_A_WORKER:
                    some = list(islice(items, self.size))
                    if not some:
                        break
                    self._running.append(self._started(_Chunk(some)))
                if not self._running:
                    return
                yield from self._first()
        finally:
            self.pool.close()

    def _first(self) -> Iterator[Result]:
        """Yield the result of the first chunk, or replace it where its process was lost, or something is lacking."""
        chunk = self._running[0]
        while not wait([chunk.future], _LOOK_SECONDS).done:
            if self.pool.is_broken and not chunk.future.done():
                self._renew()
                return
        try:
            found: Result | Unfetched = result_of(chunk.future, self.seconds(len(chunk.items)))
        except PoolBroken:
            self._renew()
            return
        except ChildLost as lost:
            self._running.popleft()
            parts = chunk.items if len(chunk.items) > 1 else self.divide(chunk.items[0])
            if parts:
                again = [self._started(_Chunk([one], dict(chunk.told))) for one in parts]
                self._running.extendleft(reversed(again))
            else:
                yield self.lost(chunk.items[0], lost.reason)
            return
        self._broken = 0
        if isinstance(found, Unfetched):
            self._fetch(chunk, found.requests)
            return
        self._running.popleft()
        yield found

    def _fetch(self, chunk: _Chunk[Item], requests: tuple[Request, ...]) -> None:
        """Fetch what a chunk lacks, and run it again."""
        chunk.trips += 1
        if chunk.trips > TRIPS:
            chunk.told |= {request.key: removed() for request in requests}
        else:
            errands: Errands[None] = Errands(self.fetcher)
            errands.send(None, requests, chunk.told)
            wait(errands.futures)
            for _, outcomes in errands.done():
                chunk.told |= outcomes
        self._started(chunk)

    def _started(self, chunk: _Chunk[Item]) -> _Chunk[Item]:
        """Start a chunk, anew where it was started before; return it."""
        while True:
            try:
                seconds = self.seconds(len(chunk.items))
                chunk.future = self.pool.schedule(self.function, (chunk.items, chunk.told), seconds)
            except PoolBroken:
                self._renew()
            else:
                return chunk

    def _renew(self) -> None:
        """Start the processes anew, with all that they had not done."""
        self._broken += 1
        if self._broken > _MOST_BROKEN:
            raise WorkerDied("the processes that work are lost as they start", hint="is the memory used up?")
        self.pool.renew()
        for chunk in self._running:
            future = chunk.future
            if not (future.done() and not future.cancelled() and future.exception() is None):
                self._started(chunk)


# What follows runs in the child.

Start = TypeVar("Start")
Held = TypeVar("Held")


class Opened(Generic[Start, Held]):
    """What a process opens once and keeps for all its chunks.

    Args:
        opening: Opens it, from what the process starts with.
    """

    def __init__(self, opening: Callable[[Start], Held]) -> None:
        self._opening = opening
        self._start: list[Start] = []
        self._held: list[Held] = []

    def enter(self, start: Start, memory: int) -> None:
        """Limit what the process may take, and open what the parent has seen to open."""
        enter_child(memory)
        self._start[:] = [start]
        with suppress(
            Exception
        ):  # an initializer that raises would be started for ever; `get` raises it again
            self.open(start)

    def open(self, start: Start) -> Held:
        """Open it, in the place of what was open before."""
        self._held[:] = [self._opening(start)]
        return self._held[0]

    def get(self) -> Held:
        """Return it; raises why it cannot be opened."""
        return self._held[0] if self._held else self.open(self._start[0])


def once_fetched(
    fetcher: Fetcher, told: Told, lacking: Callable[[], tuple[Request, ...]], work: Callable[[], Result]
) -> Result | Unfetched:
    """Do a chunk's work, or return what has to be fetched before.

    Args:
        fetcher: The process's own, which asks nobody.
        told: What was fetched for the chunk.
        lacking: Says what is lacking, before anything is counted or drawn.
        work: Does the work.
    """
    fetcher.settle(told)
    try:
        requests = lacking()
        return Unfetched(requests) if requests else work()
    except Unfetched as fault:  # it was there, and was removed
        return fault
