"""A message → a file of its own, a part of an mbox, or a file in a Maildir.

Names and bytes follow from recipient and message alone. Files have the line ends of those who read them: an .eml is the
message as it goes over the wire, with CRLF, so that its digest and its signatures hold; an mbox and a Maildir are what
mail programs of Unix keep, with LF.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from inkmerge.batch.writing import unwritable, write_aside, write_at
from inkmerge.mailing.mail_manifest import MailLine

FOLDER: Final = "messages"
MBOX: Final = "messages.mbox"
MAILDIR: Final = "Maildir"
_FROM_LINE: Final = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"
"""The same for all: the message's own Date says when, its From says who."""
_FROM: Final = re.compile(rb"^(>*From )", re.MULTILINE)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.@+_-]")
_LONGEST_SAFE: Final = 60


class Kept(NamedTuple):
    """Where a message is: its file, where in it, and how long it is there."""

    path: str
    offset: int | None
    bytes: int


class MessageStore(Protocol):
    """Keeps messages, each whole or not at all."""

    def holds(self, line: MailLine) -> bool:
        """Tell whether the message of a manifest's line is there, line by line from the first."""

    def begin(self) -> None:
        """Drop what an ended run left behind the last of these lines."""

    def keep(self, recipient: str, message: bytes) -> Kept:
        """Keep a message with CRLF.

        Raises:
            DataError: It cannot be written.
        """

    def close(self) -> None:
        """Finish."""


class FolderStore:
    """An .eml file a recipient, in folders named for two digits, so that these stay small."""

    def __init__(self, folder: Path, aside: Path) -> None:
        self._folder = folder
        self._aside = aside

    def holds(self, line: MailLine) -> bool:
        """Tell whether the file is there with its size."""
        try:
            return (self._folder / str(line.path)).stat().st_size == line.bytes
        except OSError:
            return False

    def begin(self) -> None:
        """Do nothing: the next message has the name of what is left, if anything is."""

    def keep(self, recipient: str, message: bytes) -> Kept:
        """Write the file aside and give it its name."""
        name, digest = file_name(recipient)
        path = f"{FOLDER}/{digest[:2]}/{name}.eml"
        write_aside(self._folder / path, message, self._aside / "message.part")
        return Kept(path, None, len(message))

    def close(self) -> None:
        """Do nothing."""


class MboxStore:
    """One file in the mboxrd format, which grows by whole messages."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / MBOX
        try:
            self._file = self._path.open("r+b" if self._path.exists() else "w+b", buffering=0)
            self._size = self._path.stat().st_size
        except OSError as fault:
            raise unwritable(self._path, fault) from None
        self._end = 0
        self._is_ours = False

    def holds(self, line: MailLine) -> bool:
        """Tell whether the file is long enough; then the next message goes behind this one."""
        assert line.offset is not None
        end = line.offset + line.bytes + 1
        if end > self._size:
            return False
        self._end = end
        return True

    def begin(self) -> None:
        """Cut off what stands behind the last whole message."""
        try:
            self._file.truncate(self._end)
        except OSError as fault:
            raise unwritable(self._path, fault) from None
        self._is_ours = True

    def keep(self, recipient: str, message: bytes) -> Kept:  # noqa: ARG002  others name files by it
        """Append the message, between its From line and an empty one."""
        data = quoted(message)
        start = self._end + len(_FROM_LINE)
        write_at(self._file, self._end, _FROM_LINE + data + b"\n", self._path)
        self._end = start + len(data) + 1
        return Kept(MBOX, start, len(data))

    def close(self) -> None:
        """Close the file, behind its last whole message where this run has written into it."""
        with self._file:
            if self._is_ours:
                self._file.truncate(self._end)


class MaildirStore:
    """A Maildir: each message is written in `tmp` and appears in `new`, under a name that the recipient gives it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / MAILDIR
        try:
            for name in ("tmp", "new", "cur"):
                (self._folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise unwritable(self._folder, fault) from None

    def holds(self, line: MailLine) -> bool:  # noqa: ARG002  others look
        """Say yes: what was delivered may have been read, filed or deleted since, and does not come again."""
        return True

    def begin(self) -> None:
        """Do nothing: the next message has the name of what is left, if anything is."""

    def keep(self, recipient: str, message: bytes) -> Kept:
        """Write the message into `tmp` and move it to `new`."""
        _, digest = file_name(recipient)
        name = (
            f"0.{digest}.inkmerge"  # a time, what is unique, and a host, https://cr.yp.to/proto/maildir.html
        )
        data = with_lf(message)
        write_aside(self._folder / "new" / name, data, self._folder / "tmp" / name)
        return Kept(f"{MAILDIR}/new/{name}", None, len(data))

    def close(self) -> None:
        """Do nothing."""


def file_name(recipient: str) -> tuple[str, str]:
    """Return a file name without suffix for a recipient's id, and the 20 digits in it that no other id has.

    What people read of the id comes first; nothing in it leads to another folder, hides the file, or is a name that some
    system keeps for itself, and ids that differ only in case are told apart where the file system does not.
    """
    digest = hashlib.blake2b(recipient.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()
    readable = _UNSAFE.sub("_", recipient[:_LONGEST_SAFE]).lstrip(".-")
    return (f"{readable}-{digest}" if readable else digest), digest


def quoted(message: bytes) -> bytes:
    """Return a message as it stands in an mbox (mboxrd), with LF.

    Every line that begins with `From `, behind any number of `>`, gets one more `>`, so that readers can take it off
    again; mboxo, which quotes only `From ` itself, cannot be undone, and mboxcl breaks when a line is edited.
    """
    return _FROM.sub(rb">\1", with_lf(message))


def with_lf(message: bytes) -> bytes:
    """Return a message whose lines end with LF, the last one too."""
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines if lines.endswith(b"\n") else lines + b"\n"


def with_crlf(message: bytes) -> bytes:
    """Return a message whose lines end with CRLF, the last one too."""
    return with_lf(message).replace(b"\n", b"\r\n")
