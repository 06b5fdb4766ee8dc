"""Recipients → what they would get, counted in processes that can be lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from inkmerge.child_chunks import ChildChunks, Told
from inkmerge.child_processes import ChildPool
from inkmerge.errors import InkmergeError
from inkmerge.limits import Limits
from inkmerge.preflight.counting import Counted, Row, count, enter_counting
from inkmerge.preflight.tally import ElementTally
from inkmerge.sources import Fetcher, Unfetched

_CHUNK: Final = 250


class _Asked(NamedTuple):
    """A recipient, and the image elements for which they are looked at."""

    row: Row
    elements: Sequence[str]


def examine(
    rows: Iterator[Row],
    elements: Sequence[str],
    start: tuple[Path, Limits],
    workers: int,
    fetcher: Fetcher,
) -> Iterator[list[Counted]]:
    """Yield what was counted of one part of the audience after another.

    A process that hangs or dies costs only the recipient who caused it, and only the image element.

    Args:
        rows: The recipients.
        elements: The names of the campaign's image elements.
        start: The campaign's folder, and how large things may be.
        workers: Processes.
        fetcher: What fetches what they lack.

    Raises:
        WorkerDied: The processes are lost again and again before they take any work.
    """
    _, limits = start
    chunks: ChildChunks[_Asked, list[Counted]] = ChildChunks(
        ChildPool(workers, enter_counting, start),
        workers,
        _counted,
        _CHUNK,
        lambda many: limits.seconds + (limits.load_seconds if many > 1 else 0.0),
        _lost,
        fetcher,
        _divided,
    )
    yield from chunks.results(_Asked(row, elements) for row in rows)


def _divided(asked: _Asked) -> list[_Asked]:
    return [_Asked(asked.row, (element,)) for element in asked.elements] if len(asked.elements) > 1 else []


def _lost(asked: _Asked, reason: InkmergeError) -> list[Counted]:
    tally = ElementTally(images=1)
    tally.fallbacks[reason.code] += 1
    tally.note(reason, asked.row[0], 0.0)
    return [Counted(asked.elements[0], tally, frozenset())]


def _counted(asked: list[_Asked], told: Told) -> list[Counted] | Unfetched:
    """Count, in a child, what recipients would get."""
    return count([one.row for one in asked], asked[0].elements, told)
