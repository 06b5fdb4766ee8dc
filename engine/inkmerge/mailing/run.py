"""A campaign and a file of recipients → messages in an outbox and a manifest; begun anew, or gone on with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from inkmerge.batch import RecipientFile
from inkmerge.batch.claim import Campaign as RunIdentity
from inkmerge.batch.manifest import DUPLICATE
from inkmerge.batch.seen import Seen
from inkmerge.errors import DataError
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.mailing.mailing import Mailing
from inkmerge.mailing.outbox import Outbox, OutboxKind, open_outbox
from inkmerge.mailing.streaming import Composed, Row, Start, compose_all

_ROWS_BETWEEN_REPORTS: Final = 16


@dataclass(slots=True)
class MailProgress:
    """How far a run is.

    Attributes:
        total: Recipients in the file.
        done: Recipients that are settled.
        resumed: Of these, settled by an earlier run.
        bytes: Bytes of the messages that this run composed.
        skipped: Recipients without a message, by the code of the reason.
        fallbacks: Fallback images in messages, by the code of the reason.
        findings: What was reported of messages, by code.
        is_finished: Whether all recipients are settled.
    """

    total: int
    done: int = 0
    resumed: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    fallbacks: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    is_finished: bool = False

    def count(self, one: Composed) -> None:
        """Count what became of a recipient."""
        self.done += 1
        self.bytes += len(one.data or b"")
        if one.skipped is not None:
            self.skipped[one.skipped.code] += 1
        self.fallbacks.update(reason.code for reason in one.fallbacks)
        self.findings.update({finding.code for finding in one.findings})

    @property
    def is_clean(self) -> bool:
        """Whether everybody has a message in which every image is their own."""
        return not self.skipped and not self.fallbacks


@dataclass(frozen=True, slots=True)
class MailJob:
    """What is composed, and where to.

    Attributes:
        campaign: The campaign's folder.
        out: The folder for messages and manifest.
        kind: The form of the messages.
        images: A folder into which images that are no parts of messages are written; None where a batch has done so.
        workers: Processes; None for one a core.
        is_restarted: Whether what an earlier run left is thrown away.
        limits: How large things may be.
    """

    campaign: Path
    out: Path
    kind: OutboxKind = "folder"
    images: Path | None = None
    workers: int | None = None
    is_restarted: bool = False
    limits: Limits = DEFAULT_LIMITS


def run_mailing(
    job: MailJob,
    recipients: RecipientFile,
    report: Callable[[MailProgress], None] = lambda _: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> MailProgress:
    """Compose a message for every recipient into an outbox, in the order of the file; go on with an earlier run.

    Args:
        job: What is composed, and where to.
        recipients: For whom.
        report: Is told how far it is, first when it goes on behind an earlier run.
        is_stopped: Whether to end early, asked after each message.

    Raises:
        DataError: The recipients cannot be read, or the folder cannot be written or belongs to another run.
        InkmergeError: The campaign cannot be opened.
    """
    progress = MailProgress(recipients.rows)
    with closing(Mailing.open(job.campaign, limits=job.limits)) as mailing:
        identity = RunIdentity(mailing.identity, recipients.digest, {"--encoding": recipients.encoding})
        folder = mailing.campaign.folder
    with (
        open_outbox(job.kind, job.out, identity, is_restarted=job.is_restarted) as outbox,
        TemporaryDirectory(prefix="inkmerge-") as aside,
        Seen(Path(aside) / "seen.sqlite") as seen,
    ):
        rows = rows_of(recipients, seen)
        first = _resume(outbox, rows, progress)
        report(progress)
        start = Start(folder, job.limits, images=job.images)
        rest = _before(first, rows)
        with closing(compose_all(start, rest, job.workers)) as messages:
            for one in messages:
                _settle(outbox, one, progress)
                if progress.done % _ROWS_BETWEEN_REPORTS == 0:
                    report(progress)
                if is_stopped():
                    report(progress)
                    return progress
        progress.is_finished = True
        progress.total = progress.done
        report(progress)
    return progress


def rows_of(recipients: RecipientFile, seen: Seen) -> Iterator[Row]:
    """Yield the recipients of a file; in place of attributes stands why a row cannot be used."""
    for recipient in recipients.recipients():
        earlier = seen.line_of(recipient.id, recipient.line)
        if earlier is not None:
            yield (
                recipient.id,
                DataError(
                    f"line {recipient.line}: the id {recipient.id!r} was there before, on line {earlier}",
                    code=DUPLICATE,
                    hint="ids are unique; remove one of the rows",
                ),
            )
        elif recipient.fault is not None:
            yield recipient.id, recipient.fault
        else:
            yield recipient.id, dict(recipient.attributes)


def _resume(outbox: Outbox, rows: Iterator[Row], progress: MailProgress) -> Row | None:
    """Go through what an earlier run has settled; return the first recipient that it has not."""
    for row in rows:
        line = outbox.settled_line(row[0])
        if line is None:
            progress.resumed = progress.done
            return row
        progress.done += 1
        if line.skipped is not None:
            progress.skipped[line.skipped["code"]] += 1
    progress.resumed = progress.done
    return None


def _settle(outbox: Outbox, one: Composed, progress: MailProgress) -> None:
    if one.data is None:
        assert one.skipped is not None  # there is a message or a reason
        outbox.skip(one.recipient, one.skipped, one.findings)
    else:
        outbox.add(one.recipient, one.data, one.findings)
    progress.count(one)


def _before(first: Row | None, rows: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
    yield from rows
