"""Items → the results of a function over some of them at a time, in order, in processes that can be lost."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from inkmerge.child_processes import ChildLost, ChildPool, PoolBroken, result_of
from inkmerge.errors import InkmergeError, WorkerDied

Item = TypeVar("Item")
Result = TypeVar("Result")
_LOOK_SECONDS: Final = 0.5
_MOST_BROKEN: Final = 16
_CHUNKS_A_WORKER: Final = 3


@dataclass(slots=True)
class ChildChunks(Generic[Item, Result]):
    """Runs a function over chunks of items.

    A chunk whose process hangs or dies is run again item by item, so that it costs only the one who caused it.

    Attributes:
        pool: The processes.
        workers: How many there are.
        function: Takes a list of items, in a process of the pool.
        size: Items of a chunk.
        seconds: How long a chunk may take, by the number of its items.
        lost: What stands for an item that a process was lost with.
        divide: What to run by itself when a process was lost with an item, before that is given up; nothing for one
            that is not divided.
    """

    pool: ChildPool
    workers: int
    function: Callable[[list[Item]], Result]
    size: int
    seconds: Callable[[int], float]
    lost: Callable[[Item, InkmergeError], Result]
    divide: Callable[[Item], Sequence[Item]] = lambda _: ()
    _running: deque[tuple[list[Item], Any]] = field(default_factory=deque)
    _broken: int = 0

    def results(self, items: Iterator[Item]) -> Iterator[Result]:
        """Yield the results, in the order of the items; only a few chunks are held at a time.

        Raises:
            WorkerDied: The processes are lost again and again before they take any work.
        """
        try:
            while True:
                while len(self._running) < self.workers * _CHUNKS_A_WORKER:
                    chunk = list(islice(items, self.size))
                    if not chunk:
                        break
                    self._running.append((chunk, self._start(chunk)))
                if not self._running:
                    return
                yield from self._first()
        finally:
            self.pool.close()

    def _first(self) -> Iterator[Result]:
        """Yield the result of the first chunk, or replace it where its process was lost."""
        chunk, future = self._running[0]
        while not wait([future], _LOOK_SECONDS).done:
            if self.pool.is_broken and not future.done():
                self._renew()
                return
        try:
            found: Result = result_of(future, self.seconds(len(chunk)))
        except PoolBroken:
            self._renew()
            return
        except ChildLost as lost:
            self._running.popleft()
            parts = chunk if len(chunk) > 1 else self.divide(chunk[0])
            if parts:
                self._running.extendleft(([one], self._start([one])) for one in reversed(parts))
            else:
                yield self.lost(chunk[0], lost.reason)
            return
        self._broken = 0
        self._running.popleft()
        yield found

    def _start(self, chunk: list[Item]) -> Any:
        while True:
            try:
                return self.pool.schedule(self.function, (chunk,), self.seconds(len(chunk)))
            except PoolBroken:
                self._renew()

    def _renew(self) -> None:
        """Start the processes anew, with all that they had not done."""
        self._broken += 1
        if self._broken > _MOST_BROKEN:
            raise WorkerDied("the processes that work are lost as they start", hint="is the memory used up?")
        self.pool.renew()
        chunks = [(chunk, future) for chunk, future in self._running]
        self._running.clear()
        for chunk, future in chunks:
            is_done = future.done() and not future.cancelled() and future.exception() is None
            self._running.append((chunk, future if is_done else self._start(chunk)))
