"""Composed messages → a folder of .eml files, an mbox or a Maildir, and a manifest of what became of each recipient.

A message is kept before the manifest's line speaks of it, and lines are whole. However a run ends, the same run
again finds its lines, goes on behind them, and ends with the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from inkmerge.batch.claim import Campaign, Claim
from inkmerge.batch.manifest import DUPLICATE, ManifestFile, parsed_line
from inkmerge.batch.seen import Seen
from inkmerge.batch.writing import UNUSABLE
from inkmerge.errors import DataError, Finding, Location
from inkmerge.fallback import Reason
from inkmerge.mailing.mail_manifest import MAIL_MANIFEST, MailLine, codes_of, skipped_line
from inkmerge.mailing.message_stores import (
    FOLDER,
    MAILDIR,
    MBOX,
    FolderStore,
    MaildirStore,
    MboxStore,
    MessageStore,
    with_crlf,
)

OutboxKind = Literal["folder", "mbox", "maildir"]

_FILES: Final = (MAIL_MANIFEST, FOLDER, MBOX, MAILDIR)
_ANYBODY: Final = Campaign("", "", {})


def open_outbox(
    kind: OutboxKind, path: Path, campaign: Campaign = _ANYBODY, *, is_restarted: bool = False
) -> Outbox:
    """Open a folder for the messages of one mailing, and go on with what an earlier run of the same has begun.

    Args:
        kind: `folder` for an .eml file a recipient in ``messages/``, `mbox` for ``messages.mbox`` in the mboxrd format,
            `maildir` for ``Maildir/``; beside it stands the manifest ``mail.jsonl``.
        path: The folder; it is made when it is not there.
        campaign: What makes this run the same as an earlier one; the folder is refused when it belongs to another.
        is_restarted: Whether what an earlier run left is thrown away.

    Raises:
        DataError: The folder cannot be written, belongs to another mailing, holds something else, or is in use.
    """
    options = {"the kind of outbox": kind, **campaign.options}
    return Outbox(kind, path, replace(campaign, options=options), is_restarted=is_restarted)


class Outbox:
    """Messages of one mailing, in the order of its recipients; `open_outbox` makes one.

    Attributes:
        settled: How many recipients have a line.
    """

    def __init__(self, kind: OutboxKind, path: Path, campaign: Campaign, *, is_restarted: bool) -> None:
        self.settled = 0
        with ExitStack() as stack:
            claim = stack.enter_context(
                Claim(path, campaign, _FILES, run="mailing", is_restarted=is_restarted)
            )
            self._seen = stack.enter_context(Seen(claim.state / "seen.sqlite"))
            self._manifest = ManifestFile(path / MAIL_MANIFEST)
            stack.callback(self._manifest.close)
            self._store = _store(kind, path, claim.aside)
            stack.callback(self._store.close)
            self._earlier = stack.enter_context(closing(_lines_of(self._manifest)))
            self._next = self._read_on()
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the folder."""
        self._open.close()

    def settled_line(self, recipient: str) -> MailLine | None:
        """Return the line of the next recipient where an earlier run has settled them, who then need not be composed.

        Raises:
            DataError: The earlier run had another recipient here, or its manifest is none.
        """
        return self._take_up(recipient)

    def add(self, recipient: str, message: bytes, findings: Sequence[Finding] = ()) -> MailLine:
        """Keep the message of the next recipient, where an earlier run has not done so.

        Args:
            recipient: Their id.
            message: The composed message; lines may end with CRLF or LF.
            findings: What was reported about it.

        Returns:
            The line of the manifest.

        Raises:
            DataError: It cannot be written, somebody with this id has a line already, or an earlier run kept another
                message for them.
        """
        sent = with_crlf(message)
        digest = hashlib.sha256(sent).hexdigest()
        earlier = self._take_up(recipient)
        if earlier is not None:
            if earlier.digest != digest:
                raise self._another(
                    f"{recipient!r} got another message in the run that this one goes on with"
                )
            return earlier
        if (before := self._seen.line_of(recipient, self.settled + 1)) is not None:
            raise DataError(
                f"the id {recipient!r} was there before, as number {before}",
                code=DUPLICATE,
                hint="ids are unique; remove one of the rows",
            )
        kept = self._store.keep(recipient, sent)
        line = MailLine(
            recipient=recipient,
            path=kept.path,
            offset=kept.offset,
            bytes=kept.bytes,
            digest=digest,
            skipped=None,
            findings=codes_of(findings),
        )
        return self._write(line)

    def skip(self, recipient: str, reason: Reason, findings: Sequence[Finding] = ()) -> MailLine:
        """Note why the next recipient gets no message, and return the line of the manifest.

        Raises:
            DataError: It cannot be written, or an earlier run kept a message for them.
        """
        earlier = self._take_up(recipient)
        if earlier is not None:
            if earlier.digest is not None:
                raise self._another(f"{recipient!r} got a message in the run that this one goes on with")
            return earlier
        self._seen.line_of(recipient, self.settled + 1)
        return self._write(skipped_line(recipient, reason, findings))

    def _write(self, line: MailLine) -> MailLine:
        self._manifest.append([line.text()])
        self.settled += 1
        return line

    def _take_up(self, recipient: str) -> MailLine | None:
        """Return the line that an earlier run wrote for the next recipient, as long as what it speaks of is there."""
        if self._next is None:
            return None
        line, start = self._next
        if line.recipient != recipient:
            raise self._another(
                f"the run that this one goes on with had {line.recipient!r} before {recipient!r}"
            )
        if line.path is not None and not self._store.holds(line):
            self._manifest.cut(start)
            self._store.begin()
            self._next = None
            return None
        self.settled += 1
        self._seen.line_of(recipient, self.settled)
        self._next = self._read_on()
        return line

    def _read_on(self) -> tuple[MailLine, int] | None:
        """Return the next line of an earlier run and where it starts, or get ready to go on behind the last."""
        found = next(self._earlier, None)
        if found is None:
            self._store.begin()
        return found

    def _another(self, what: str) -> DataError:
        return DataError(
            what,
            code=UNUSABLE,
            location=Location(MAIL_MANIFEST, self.settled + 1),
            hint="choose another folder with -o, or begin anew with --restart",
        )


def _lines_of(manifest: ManifestFile) -> Generator[tuple[MailLine, int]]:
    for number, (start, text) in enumerate(manifest.lines(), 1):
        yield parsed_line(text, MailLine, Location(MAIL_MANIFEST, number)), start


def _store(kind: OutboxKind, path: Path, aside: Path) -> MessageStore:
    match kind:
        case "folder":
            return FolderStore(path, aside)
        case "mbox":
            return MboxStore(path)
        case "maildir":
            return MaildirStore(path)
