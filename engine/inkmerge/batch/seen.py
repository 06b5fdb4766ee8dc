"""What a run has met already, on disk beyond what is met often: memory does not grow with the recipients.

The file is thrown away at the end; a run that goes on builds it anew from recipients and manifest.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from inkmerge.batch.writing import UNUSABLE
from inkmerge.errors import DataError

R = TypeVar("R")

_CACHE_KIB: Final = 64 * 1024
_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
CREATE TABLE ids (id BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID;
CREATE TABLE images (digest BLOB PRIMARY KEY, part INTEGER) WITHOUT ROWID;
CREATE TABLE lines (key BLOB PRIMARY KEY, start INTEGER) WITHOUT ROWID;
"""


class Seen:
    """Ids with their lines in the file, images, and where in the manifest it is said what was drawn.

    Attributes:
        images: How many images there are.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        self.images = 0
        self._database = self._asked(lambda: sqlite3.connect(path, isolation_level=None))
        self._asked(lambda: self._database.executescript(_TABLES))
        self._asked(lambda: self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}"))
        self._asked(lambda: self._database.execute("BEGIN"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._path.unlink(missing_ok=True)

    def line_of(self, identifier: str, line: int) -> int | None:
        """Note an id and its line; return the line on which it was met before, or None."""
        digest = _digest(identifier)
        execute = self._database.execute
        added = self._asked(lambda: execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (digest, line)))
        if added.rowcount:
            return None
        found = self._asked(lambda: execute("SELECT line FROM ids WHERE id = ?", (digest,)).fetchone())
        return int(found[0])

    def lines_of(self, rows: Sequence[tuple[str, int]]) -> list[int | None]:
        """Do the same for many ids, each with a line of its own, in a third of the time."""
        noted = [(_digest(identifier), line) for identifier, line in rows]
        command = "INSERT OR IGNORE INTO ids VALUES (?, ?)"
        added = self._asked(lambda: self._database.executemany(command, noted)).rowcount
        if added == len(noted):
            return [None] * added
        return [self._other_line(digest, line) for digest, line in noted]

    def _other_line(self, digest: bytes, line: int) -> int | None:
        execute = self._database.execute
        (found,) = self._asked(lambda: execute("SELECT line FROM ids WHERE id = ?", (digest,)).fetchone())
        return None if found == line else int(found)

    def add_image(self, digest: str, part: int = 0) -> None:
        """Note an image, and the part of the store that holds it."""
        command, row = "INSERT OR IGNORE INTO images VALUES (?, ?)", (bytes.fromhex(digest), part)
        self.images += self._asked(lambda: self._database.execute(command, row)).rowcount

    def add_images(self, digests: Iterable[bytes]) -> int:
        """Note images, and return how many are new."""
        command, rows = "INSERT OR IGNORE INTO images VALUES (?, 0)", [(digest,) for digest in digests]
        added = self._asked(lambda: self._database.executemany(command, rows)).rowcount
        self.images += added
        return added

    def part_of(self, digest: str) -> int | None:
        """Return the part that holds an image, or None when there is no such image yet."""
        command, row = "SELECT part FROM images WHERE digest = ?", (bytes.fromhex(digest),)
        found = self._asked(lambda: self._database.execute(command, row).fetchone())
        return None if found is None else int(found[0])

    def add_line(self, key: bytes, start: int) -> None:
        """Note where the manifest has a line for what has this key."""
        command, row = "INSERT OR IGNORE INTO lines VALUES (?, ?)", (key, start)
        self._asked(lambda: self._database.execute(command, row))

    def start_of(self, key: bytes) -> int | None:
        """Return where the manifest has a line for what has this key, or None."""
        command = "SELECT start FROM lines WHERE key = ?"
        found = self._asked(lambda: self._database.execute(command, (key,)).fetchone())
        return None if found is None else int(found[0])

    def _asked(self, ask: Callable[[], R]) -> R:
        try:
            return ask()
        except sqlite3.Error as fault:
            raise DataError(
                f"{self._path} cannot be written: {fault}",
                code=UNUSABLE,
                hint="free some space, and run the same command again: it goes on where it stopped",
            ) from None


def _digest(identifier: str) -> bytes:
    return hashlib.blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=16).digest()
