"""Recipients → who would get a message of the campaign's mailing, and why not; and what some of the messages are like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from inkmerge.batch import RecipientFile
from inkmerge.batch.seen import Seen
from inkmerge.campaign import Campaign
from inkmerge.child_chunks import ChildChunks, Opened, Told, once_fetched
from inkmerge.child_processes import ChildPool
from inkmerge.errors import InkmergeError
from inkmerge.limits import Limits
from inkmerge.mailing import Mailing, composed
from inkmerge.mailing.run import rows_of
from inkmerge.mailing.streaming import Row
from inkmerge.preflight.tally import MailingTally
from inkmerge.sources import Unfetched

_CHUNK: Final = 250
_SAMPLE: Final = 12


def examine_messages(
    campaign: Campaign, recipients: RecipientFile, workers: int, limits: Limits
) -> MailingTally:
    """Find out who would get a message; compose and check those of the first recipients.

    Args:
        campaign: The campaign.
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
            ChildPool(workers, _enter, (campaign.folder, limits)),
            workers,
            _examine,
            _CHUNK,
            lambda count: limits.load_seconds + limits.seconds * count,
            _lost,
            campaign.fetcher,
        )
        for tally in chunks.results(_sampled(rows_of(recipients, seen), sample)):
            found.add(tally)
    mailing = Mailing(campaign, limits=limits, counts=False)
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


def _open(start: tuple[Path, Limits]) -> Mailing:
    folder, limits = start
    return Mailing.open(folder, limits=limits, counts=False, is_online=False)


_opened: Final[Opened[tuple[Path, Limits], Mailing]] = Opened(_open)


def _enter(folder: Path, limits: Limits) -> None:
    _opened.enter((folder, limits), limits.memory)


def _examine(rows: list[Row], told: Told) -> MailingTally | Unfetched:
    mailing = _opened.get()
    attributes = [attributes for _, attributes in rows]
    return once_fetched(
        mailing.campaign.fetcher, told, lambda: mailing.lacking(attributes), lambda: _tallied(mailing, rows)
    )


def _tallied(mailing: Mailing, rows: list[Row]) -> MailingTally:
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
