"""Recipients → who would get a message of the campaign's mailing, and why not; and what some of the messages are like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from inkmerge.batch import RecipientFile
from inkmerge.batch.seen import Seen
from inkmerge.child_chunks import ChildChunks
from inkmerge.child_processes import ChildPool, enter_child
from inkmerge.errors import InkmergeError
from inkmerge.limits import Limits
from inkmerge.mailing import Mailing, composed
from inkmerge.mailing.run import rows_of
from inkmerge.mailing.streaming import Row
from inkmerge.preflight.tally import MailingTally

_CHUNK: Final = 250
_SAMPLE: Final = 12


def examine_messages(folder: Path, recipients: RecipientFile, workers: int, limits: Limits) -> MailingTally:
    """Find out who would get a message; compose and check those of the first recipients.

    Args:
        folder: The campaign's folder.
        recipients: The audience.
        workers: Processes.
        limits: How large things may be.

    Raises:
        InkmergeError: The mailing cannot be opened, or the recipients cannot be read.
    """
    found = MailingTally()
    sample: list[Row] = []
    with TemporaryDirectory() as aside, Seen(Path(aside) / "seen.sqlite") as seen:
        chunks: ChildChunks[Row, MailingTally] = ChildChunks(
            ChildPool(workers, _enter, (folder, limits)),
            workers,
            _examine,
            _CHUNK,
            lambda count: limits.load_seconds + limits.seconds * count,
            _lost,
        )
        for tally in chunks.results(_sampled(rows_of(recipients, seen), sample)):
            found.add(tally)
    with closing(Mailing.open(folder, limits=limits, counts=False)) as mailing:
        for row in sample:
            one = composed(mailing, row, checks=True)
            if one.data is not None:
                found.check(one.recipient, one.findings)
    return found


def _sampled(rows: Iterator[Row], sample: list[Row]) -> Iterator[Row]:
    for row in rows:
        if len(sample) < _SAMPLE:
            sample.append(row)
        yield row


def _lost(row: Row, reason: InkmergeError) -> MailingTally:
    tally = MailingTally()
    tally.skip(row[0], reason)
    return tally


# What follows runs in the child.

_held: list[Mailing] = []
_asked: list[tuple[Path, Limits]] = []


def _enter(folder: Path, limits: Limits) -> None:
    enter_child(limits.memory)
    _asked[:] = [(folder, limits)]
    with suppress(Exception):  # `_examine` raises it again
        _load()


def _load() -> Mailing:
    folder, limits = _asked[0]
    _held[:] = [Mailing.open(folder, limits=limits, counts=False)]
    return _held[0]


def _examine(rows: list[Row]) -> MailingTally:
    mailing = _held[0] if _held else _load()
    tally = MailingTally()
    for identifier, attributes in rows:
        try:
            if isinstance(attributes, InkmergeError):
                raise attributes
            mailing.examine(attributes)
        except InkmergeError as fault:
            tally.skip(identifier, fault)
        else:
            tally.messages += 1
    return tally
