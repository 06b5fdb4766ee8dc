"""A path → the open database of a quota; whatever SQLite or the disk says leaves as `QuotaUnusable` with its cure."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from inkmerge.errors import QuotaUnusable

BUSY_SECONDS = 30.0
"""How long another process may hold the database before the quota counts as unusable."""

_APPLICATION: Final = 0x696E6B71
"""What tells our files from others: https://www.sqlite.org/pragma.html#pragma_application_id"""
_VERSION: Final = 1
_CHECKPOINT_PAGES: Final = 4_000  # 16 MB of log between two writes into the file itself
_MARKS: Final = (
    f"PRAGMA journal_mode = WAL; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION};"
)
_TABLES: Final = """
CREATE TABLE taken (
    measure INTEGER, key BLOB, day INTEGER NOT NULL, PRIMARY KEY (measure, key)
) WITHOUT ROWID;
CREATE TABLE ledger (
    measure INTEGER PRIMARY KEY, used INTEGER NOT NULL,
    calendar TEXT NOT NULL, start INTEGER NOT NULL, period_used INTEGER NOT NULL
);
INSERT INTO ledger VALUES (0, 0, '', 0, 0), (1, 0, '', 0, 0);
"""
_ANEW: Final = (
    "put a copy of it back, or remove it together with its -wal and -shm: counting then begins at 0"
)
_WRITABLE: Final = "let the account that sends write the file and its folder"
_SPACE: Final = "free some space on its disk"
_HINTS: Final = {
    sqlite3.SQLITE_BUSY: "end the other program that holds it, such as a database browser",
    sqlite3.SQLITE_LOCKED: "end the other program that holds it, such as a database browser",
    sqlite3.SQLITE_READONLY: _WRITABLE,
    sqlite3.SQLITE_PERM: _WRITABLE,
    sqlite3.SQLITE_CANTOPEN: _WRITABLE,
    sqlite3.SQLITE_FULL: _SPACE,
    sqlite3.SQLITE_IOERR: "see whether its disk is full or failing; it has to be a local one",
    sqlite3.SQLITE_NOTADB: _ANEW,
    sqlite3.SQLITE_CORRUPT: _ANEW,
}


class QuotaDatabase:
    """The file of a quota, opened by this process.

    Args:
        path: The file; it and its folder are made when they are not there.

    Raises:
        QuotaUnusable: It cannot be read or written, or is none of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with usable(path):
            if not path.exists():
                _make(path)
            self._file = _identity(path)
            self._process = os.getpid()
            self.connection = self._connected()

    def require_same(self) -> None:
        """Make sure that the file counts for all: it is still there, and opened by this very process.

        Raises:
            QuotaUnusable: Somebody removed or replaced it while it was in use.
        """
        if self._process != os.getpid():
            # a connection must not be used, nor closed, on the other side of a fork: keep the parent's as it is
            self._parent, self._process = self.connection, os.getpid()
            self.connection = self._connected()
        try:
            is_same = _identity(self._path) == self._file
        except OSError:
            is_same = False
        if not is_same:
            raise QuotaUnusable(
                f"the quota's database {self._path} was removed or replaced while it was in use",
                hint="end all runs of the campaign before you remove it; `Quota.reset` sets it to 0 in between",
            )

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._require_ours(connection)
            connection.execute(
                "PRAGMA synchronous = NORMAL"
            )  # a power cut may forget the last takes, no crash does
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(
                "BEGIN IMMEDIATE"
            )  # says now, not in the middle of a send, that it is read-only
            connection.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        return connection

    def _require_ours(self, connection: sqlite3.Connection) -> None:
        found = [_asked(connection, name) for name in ("application_id", "user_version", "journal_mode")]
        if found != [_APPLICATION, _VERSION, "wal"]:
            raise QuotaUnusable(f"{self._path} is no quota's database of this version", hint=_ANEW)


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk raise into `QuotaUnusable`."""
    try:
        yield
    except sqlite3.Error as fault:
        code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        hint = _HINTS.get(code & 0xFF, _ANEW)  # the rest is an extended code
        raise QuotaUnusable(f"the quota's database {path} cannot be used: {fault}", hint=hint) from None
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise QuotaUnusable(f"the quota's database {path} cannot be used: {reason}", hint=_WRITABLE) from None


def _asked(connection: sqlite3.Connection, pragma: str) -> object:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _make(path: Path) -> None:
    """Make the file aside and put it in its place whole: several processes may begin at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    aside = Path(name)
    try:
        connection = sqlite3.connect(aside, isolation_level=None)
        try:
            connection.executescript(_MARKS + _TABLES)
        finally:
            connection.close()
        aside.chmod(0o666 & ~_umask())
        _put(aside, path, os.link)
    finally:
        aside.unlink(missing_ok=True)


def _put(aside: Path, path: Path, link: Callable[[Path, Path], None]) -> None:
    try:
        link(aside, path)
    except FileExistsError:
        return  # another process was first
    except OSError:
        if not path.exists():  # a disk without links; who lost the race sees it at the first take
            aside.replace(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
