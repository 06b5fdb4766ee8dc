"""Recipients → images and lines of the manifest, in the order of the recipients, those of an earlier run first."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from inkmerge.batch.job import Job, Selection, key_of
from inkmerge.batch.manifest import DUPLICATE, Facts, ManifestFile, facts_of, line_end, line_start, noted
from inkmerge.batch.pool import Slot, WorkerPool
from inkmerge.batch.progress import Progress
from inkmerge.batch.recipient import Recipient
from inkmerge.batch.seen import Seen
from inkmerge.batch.stores import Store
from inkmerge.batch.writing import UNUSABLE
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.errors import DataError, InkmergeError
from inkmerge.fallback import Reason
from inkmerge.isolated import IsolatedTemplate

_WAIT_SECONDS: Final = 0.2
_WINDOW_ROWS: Final = 8192
"""Recipients that may wait for one before them."""
_WINDOW_BYTES: Final = 64_000_000
_MOST_TEXTS: Final = 20_000
_ROWS_BETWEEN_LOOKS: Final = 64


@dataclass(slots=True)
class RecipientQueue:
    """Recipients come in, wait for the image of their values, and leave in order with a line of the manifest.

    Attributes:
        job: What is drawn.
        template: The template, for what the workers do not draw.
        store: Where images go.
        manifest: Where lines go.
        seen: What has been met.
        workers: Who draws.
        progress: How far it is.
        report: Is told of it, several times a second.
    """

    job: Job
    template: IsolatedTemplate | ElementRenderer
    store: Store
    manifest: ManifestFile
    seen: Seen
    workers: WorkerPool
    progress: Progress
    report: Callable[[Progress], None]
    _queue: deque[tuple[str, Slot]] = field(default_factory=deque)
    _open: dict[bytes, Slot] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _reasons: dict[str, str | None] = field(default_factory=dict)
    _texts: dict[bytes, str] = field(default_factory=dict)
    _fresh: dict[bytes, int] = field(default_factory=dict)
    _uncounted: list[str | None] = field(default_factory=list)
    _fallback: Facts | None = None
    _fallback_data: bytes | None = None

    def give(self, recipients: Iterator[Recipient], is_stopped: Callable[[], bool]) -> None:
        """Give every recipient an image, those of an earlier run by finding it there."""
        selection = Selection.of(self.template.fields)
        first = self._resume(recipients, selection, is_stopped)
        self.progress.resumed = self.progress.done
        self._tell()
        rest = recipients if first is None else _before(first, recipients)
        while not is_stopped():
            is_read = self._take_some(rest, selection)
            self.workers.collect_done()
            self._release()
            self._tell()
            if is_read and not self._queue:
                self.progress.is_finished = True
                self.progress.total = self.progress.done + len(self._uncounted)
                return
            while (is_read and self._queue) or self._is_full():
                if is_stopped():
                    return
                self._make_sure(is_waiting=True)
                self.workers.collect(_WAIT_SECONDS)
                self._release()
                self._tell()

    def commit(self) -> None:
        """Make sure of what is settled: the images first, then the lines that speak of them."""
        self.store.flush()
        if self._lines:
            starts = self.manifest.append(self._lines)
            for key, number in self._fresh.items():
                self.seen.add_line(key, starts[number])
            self._lines.clear()
            self._fresh.clear()
            for reason in self._uncounted:
                self.progress.count(reason)
            self._uncounted.clear()
        self.progress.findings = tuple(self.workers.findings)
        self._tell()

    def _tell(self) -> None:
        self.progress.settled = self.progress.done + len(self._uncounted)
        self.progress.distinct = self.seen.images
        self.report(self.progress)

    def _is_full(self) -> bool:
        return (
            self.workers.is_full or len(self._queue) >= _WINDOW_ROWS or self._waiting_bytes() > _WINDOW_BYTES
        )

    def _waiting_bytes(self) -> int:
        return sum(len(slot.data) for slot in self._open.values() if slot.data is not None)

    def _make_sure(self, *, is_waiting: bool) -> None:
        if self.store.wants_flush(len(self._lines), is_waiting=is_waiting):
            self.commit()

    def _take_some(self, recipients: Iterator[Recipient], selection: Selection) -> bool:
        """Take the next recipients, as long as workers can; return whether there are no more."""
        for _ in range(_ROWS_BETWEEN_LOOKS):
            recipient = next(recipients, None)
            if recipient is None:
                return True
            self._take(recipient, selection)
            if self.workers.is_full:
                break
        return False

    def _take(self, recipient: Recipient, selection: Selection) -> None:
        """Put a recipient into the queue, behind the slot of their values."""
        earlier = self.seen.line_of(recipient.id, recipient.line)
        if earlier is not None:
            self._queue.append((recipient.id, _failed(_duplicate(recipient, earlier))))
            return
        if recipient.fault is not None:
            self._queue.append((recipient.id, _failed(recipient.fault)))
            return
        attributes = selection.attributes(recipient.attributes)
        key, size = key_of(attributes)
        slot = self._open.get(key)
        if slot is None:
            text = self._text_of(key)
            if text is not None and not self._queue:
                self._write(recipient.id, text)
                return
            slot = Slot(key, attributes, size, text=text)
            if text is None:
                self._open[key] = slot
                self.workers.submit(slot)
        self._queue.append((recipient.id, slot))

    def _release(self) -> None:
        """Write the lines of all recipients at the head of the queue whose image is settled."""
        queue = self._queue
        while queue and (queue[0][1].text is not None or queue[0][1].is_settled):
            identifier, slot = queue[0]
            if slot.text is None:
                self._settle(slot)
                if slot.key:
                    self._fresh[slot.key] = len(self._lines)
                    self._remember(slot.key, slot.text or "")
            queue.popleft()
            self._write(identifier, slot.text or "")

    def _settle(self, slot: Slot) -> None:
        """Keep an image, and note what the manifest says of it."""
        if slot.facts is None:
            assert slot.fault is not None
            if slot.key and not slot.is_lost:
                raise slot.fault
            slot.facts, slot.data = self._fallback_for(slot.fault)
        facts = slot.facts
        path = None
        if not facts.is_skipped:
            path = self.store.put(facts, slot.data)
            self.seen.add_image(facts.digest, self.store.part)
        slot.text = facts.line_end(path)
        slot.data = None
        self._open.pop(slot.key, None)

    def _text_of(self, key: bytes) -> str | None:
        """Return the end of the lines for what has this key, or None when it was not drawn yet."""
        text = self._texts.get(key)
        if text is not None:
            return text
        number = self._fresh.get(key)
        if number is not None:
            return line_end(self._lines[number])
        start = self.seen.start_of(key)
        return None if start is None else self._remember(key, self.manifest.text_at(start))

    def _remember(self, key: bytes, text: str) -> str:
        if len(self._texts) >= _MOST_TEXTS:
            self._texts.clear()
        self._texts[key] = text
        return text

    def _write(self, identifier: str, text: str) -> None:
        self._lines.append(line_start(identifier) + text)
        self._uncounted.append(self._reason_of(text))
        self._make_sure(is_waiting=False)

    def _reason_of(self, text: str) -> str | None:
        """Return the code of the fallback reason that the end of a line names."""
        try:
            return self._reasons[text]
        except KeyError:
            fallback: Any = json.loads("{" + text)["fallback"]
        if len(self._reasons) > _WINDOW_ROWS:
            self._reasons.clear()
        reason = None if fallback is None else str(fallback["code"])
        self._reasons[text] = reason
        return reason

    def _fallback_for(self, fault: InkmergeError) -> tuple[Facts, bytes | None]:
        """Return the fallback image with a reason; its bytes are the same for all reasons."""
        if self._fallback is None:
            output = self.job.output
            image = self.template.fallback(Reason("internal-error", "no image"), **output)
            self._fallback = facts_of(image, self.job.fallback_digest(self.template, image))
            self._fallback_data = image.data
        findings = [noted(fault.code, fault.message, fault.hint)]
        reason = {"code": fault.code, "message": fault.message}
        return replace(self._fallback, fallback=reason, findings=findings), self._fallback_data

    def _resume(
        self, recipients: Iterator[Recipient], selection: Selection, is_stopped: Callable[[], bool]
    ) -> Recipient | None:
        """Go through the recipients that the manifest holds, and note what they got.

        Returns:
            The first recipient whose line is of no use any more, because its image is gone; or None.
        """
        for counted, (start, line) in enumerate(self.manifest.lines()):
            if counted % _WINDOW_ROWS == 0 and is_stopped():
                break
            recipient = next(recipients, None)
            head = "" if recipient is None else line_start(recipient.id)
            if recipient is None or not line.startswith(head):
                raise DataError(
                    f"line {counted + 1} of the manifest is of another recipient",
                    code=UNUSABLE,
                    hint="begin anew with --restart",
                )
            text = line[len(head) :]
            if not self._note(recipient, (start, text), selection):
                self.manifest.cut(start)
                return recipient
            self.progress.count(self._reason_of(text))
        return None

    def _note(self, recipient: Recipient, line: tuple[int, str], selection: Selection) -> bool:
        """Note what a recipient got, by where their line starts and how it ends; False when the image is not there."""
        start, text = line
        if text not in self._reasons:
            try:
                found = json.loads("{" + text)
                digest, path = found["digest"], found["path"]
            except (ValueError, KeyError):
                return False
            if path is not None:
                if not self.store.has(path):
                    return False
                self.seen.add_image(digest)
        if self.seen.line_of(recipient.id, recipient.line) is not None or recipient.fault is not None:
            return True
        if not self.template.reads_pictures:  # whose files may have changed since
            key, _ = key_of(selection.attributes(recipient.attributes))
            self.seen.add_line(key, start)
        return True


def _before(first: Recipient, rest: Iterator[Recipient]) -> Iterator[Recipient]:
    yield first
    yield from rest


def _failed(fault: InkmergeError) -> Slot:
    """Return a slot of one recipient, who gets no image of their own."""
    return Slot(b"", fault=fault)


def _duplicate(recipient: Recipient, earlier: int) -> DataError:
    return DataError(
        f"the id {recipient.id!r} of line {recipient.line} is that of line {earlier} too",
        code=DUPLICATE,
        hint="ids are unique; rows without one are known as `row-` and their number, which no written id may be"
        if recipient.id.startswith("row-")
        else "ids are unique; remove one of the rows",
    )
