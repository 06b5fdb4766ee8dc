"""Recipients → their messages, one after another, in processes that can be lost."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from inkmerge.batch.writing import write_aside
from inkmerge.campaign import Campaign
from inkmerge.child_chunks import ChildChunks, Opened, Told, once_fetched
from inkmerge.child_processes import ChildPool
from inkmerge.errors import Finding, InkmergeError
from inkmerge.fallback import Reason
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.mailing.check import check_mailing
from inkmerge.mailing.composing import message_bytes
from inkmerge.mailing.mailing import Mailing
from inkmerge.mailing.placing import PlacedImage
from inkmerge.sources import Fetcher, Unfetched

_CHUNK: Final = 16


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of one recipient.

    Attributes:
        recipient: Their id.
        data: The message as it is sent, with lines that end in CRLF; None where there is none.
        skipped: Why there is none.
        findings: What there was to say of groups, content and images.
        fallbacks: Why images of the message are fallback images, each once.
    """

    recipient: str
    data: bytes | None
    skipped: Reason | None
    findings: tuple[Finding, ...] = ()
    fallbacks: tuple[Reason, ...] = ()


Row = tuple[str, Mapping[str, Any] | InkmergeError]
"""Id and attributes of a recipient; in place of attributes, why the row cannot be used."""


@dataclass(frozen=True, slots=True)
class Start:
    """What each process does.

    Attributes:
        campaign: The campaign's folder.
        limits: How large things may be, and how long they may take.
        counts: Whether images count for the quota.
        images: A folder into which images that are no parts of messages are written, or None.
        checks: Whether messages are checked.
        kept: Where drawn images are kept for the other processes.
    """

    campaign: Path
    limits: Limits = DEFAULT_LIMITS
    counts: bool = True
    images: Path | None = None
    checks: bool = False
    kept: Path | None = None


def compose_all(
    start: Start, rows: Iterator[Row], workers: int | None, fetcher: Fetcher | None = None
) -> Generator[Composed, None, None]:
    """Yield what became of each recipient, in their order; only a few are held at a time.

    Args:
        start: What each process does.
        rows: The recipients.
        workers: Processes; None for one a core.
        fetcher: What fetches what they lack of the network; None opens one.

    Raises:
        InkmergeError: The campaign cannot be opened.
        WorkerDied: The processes are lost again and again before they take any work.
    """
    limits, workers = start.limits, workers or os.cpu_count() or 1
    if fetcher is None:
        with closing(Campaign.open(start.campaign, limits=limits)) as campaign:
            yield from compose_all(start, rows, workers, campaign.fetcher)
        return
    with TemporaryDirectory(prefix="inkmerge-") as kept:
        chunks: ChildChunks[Row, list[Composed]] = ChildChunks(
            ChildPool(workers, _enter, (replace(start, kept=Path(kept)),)),
            workers,
            _compose,
            _CHUNK,
            lambda count: limits.load_seconds + limits.seconds * count,
            lambda row, reason: [Composed(row[0], None, Reason.of(reason), (reason.finding(),))],
            fetcher,
        )
        for found in chunks.results(rows):
            yield from found


def composed(mailing: Mailing, row: Row, images: Path | None = None, *, checks: bool = False) -> Composed:
    """Return what becomes of one recipient.

    Args:
        mailing: The mailing.
        row: The recipient.
        images: A folder into which images that are no parts of the message are written.
        checks: Whether the message is checked.
    """
    identifier, attributes = row
    try:
        if isinstance(attributes, InkmergeError):
            raise attributes
        filled = mailing.fill(attributes)
        data = message_bytes(filled.message())
        if images is not None:
            _write_images(filled.images, images)
    except InkmergeError as fault:
        return Composed(identifier, None, Reason.of(fault), (fault.finding(),))
    reasons = (one.named.image.fallback for one in filled.images)
    fallbacks = tuple(dict.fromkeys(reason for reason in reasons if reason is not None))
    findings = filled.findings + (check_mailing(filled, data) if checks else ())
    return Composed(identifier, data, None, findings, fallbacks)


def _write_images(images: Sequence[PlacedImage], folder: Path) -> None:
    """Write the images that are no parts of the message and are not there yet, as a batch would."""
    for one in images:
        path = folder / one.named.path
        if one.content_id is None and not path.exists():
            write_aside(path, one.named.image.data, path.with_name(f".{path.name}.{os.getpid()}"))


# What follows runs in the child.


def _open(start: Start) -> tuple[Mailing, Start]:
    mailing = Mailing.open(
        start.campaign, limits=start.limits, counts=start.counts, kept=start.kept, is_online=False
    )
    mailing.prepare()
    gc.freeze()
    return mailing, start


_opened: Final[Opened[Start, tuple[Mailing, Start]]] = Opened(_open)


def _enter(start: Start) -> None:
    _opened.enter(start, start.limits.memory)


def _compose(rows: list[Row], told: Told) -> list[Composed] | Unfetched:
    mailing, start = _opened.get()
    attributes = [attributes for _, attributes in rows]
    return once_fetched(
        mailing.campaign.fetcher,
        told,
        lambda: mailing.lacking(attributes),
        lambda: [composed(mailing, row, start.images, checks=start.checks) for row in rows],
    )
