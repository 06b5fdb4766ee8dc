"""Files that are there whole or not at all, and what the disk says put into words."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from inkmerge.errors import DataError

UNUSABLE = "output-unusable"
"""Code of an output folder that cannot be written, is full, or belongs to another batch."""


def write_aside(path: Path, data: bytes, aside: Path | None = None) -> None:
    """Write a file so that it is there whole or not at all.

    Args:
        path: Where it goes; its folder is made when it is not there.
        data: What is in it.
        aside: The file that is written first, on the same file system; by default a hidden one beside it.

    Raises:
        DataError: It cannot be written.
    """
    aside = aside or path.with_name(f".{path.name}.part")
    try:
        try:
            aside.write_bytes(data)
            aside.replace(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(data)
            aside.replace(path)
    except OSError as fault:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise unwritable(path, fault) from None


def write_at(file: BinaryIO, start: int, data: bytes, path: Path) -> None:
    """Write so that all of it stands at the end of a file, or nothing.

    Args:
        file: The file, open for writing without a buffer.
        start: Where its end is to be before; what stands behind is written over.
        data: What is written.
        path: What the file is called in the error.

    Raises:
        DataError: It cannot be written; the file then ends at `start`.
    """
    rest = memoryview(data)
    try:
        file.seek(start)
        while rest:
            rest = rest[file.write(rest) :]
    except OSError as fault:
        file.truncate(start)
        raise unwritable(path, fault) from None


def unwritable(path: Path, fault: OSError) -> DataError:
    """Return the error for a place that cannot be written: what the system says, and the cure."""
    reason = os.strerror(fault.errno) if fault.errno else str(fault)
    hints = {
        errno.ENOSPC: "free some space, and run the same command again: it goes on where it stopped",
        errno.EDQUOT: "the quota is used up: free some space, and run the same command again",
        errno.EFBIG: "files may not grow so large here: raise the limit, and run the same command again",
    }
    hint = hints.get(fault.errno or 0, "choose another folder with -o, or change its permissions")
    return DataError(f"{path} cannot be written: {reason}", code=UNUSABLE, hint=hint)
