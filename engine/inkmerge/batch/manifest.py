"""What became of each recipient: a line each in JSON Lines, in the order of the recipients, or a Parquet table."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from inkmerge.batch.parquet_tables import write_table
from inkmerge.batch.writing import UNUSABLE, unwritable, write_at
from inkmerge.errors import LEFT_OUT, DataError, Location
from inkmerge.image import SUFFIXES, RenderedImage

L = TypeVar("L")

MANIFEST: Final = "manifest.jsonl"
PARQUET_MANIFEST: Final = "manifest.parquet"
_BATCH_ROWS: Final = 10_000
_BLOCK: Final = 4096
_DECODER: Final = json.JSONDecoder()
_ESCAPED: Final = "backslashreplace"
"""How a lone surrogate, which JSON may hold and UTF-8 may not, is written: as JSON's own escape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """What the manifest says of an image.

    Attributes:
        digest: What names the image: a SHA-256 over the values used, the template, its fonts and the output.
        media_type: The file's media type.
        width: Pixels across.
        height: Pixels down.
        dpi: Pixels per inch.
        bytes: The file's size.
        alt: Its text alternative.
        extended_description: The long form, or None.
        fallback: Code and message of the reason, or None.
        findings: What was reported, each with its cure.
    """

    digest: str
    media_type: str
    width: int
    height: int
    dpi: float
    bytes: int
    alt: str
    extended_description: str | None
    fallback: dict[str, str] | None
    findings: list[str]


_DESCRIBED: Final = tuple(field.name for field in fields(_Described))


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestLine(_Described):
    """What became of one recipient.

    Attributes:
        recipient: Their id.
        path: Where the image is, relative to the manifest; None when the recipient is to be skipped.
    """

    recipient: str
    path: str | None

    @property
    def is_skipped(self) -> bool:
        """Whether the recipient gets nothing."""
        return self.path is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(_Described):
    """What the lines of all recipients of one image say."""

    @property
    def file_name(self) -> str:
        """The image's name, under the first two digits of its digest: folders stay small."""
        return f"{self.digest[:2]}/{self.digest}.{SUFFIXES[self.media_type]}"

    @property
    def is_skipped(self) -> bool:
        """Whether the recipient is to get nothing."""
        return self.fallback is not None and self.fallback["code"] in NOTHING_IS_SENT

    def line_end(self, path: str | None) -> str:
        """Return what follows the recipient on a line of the manifest."""
        described = {name: getattr(self, name) for name in _DESCRIBED}  # a tenth of the time of `asdict`
        return json.dumps({"path": path, **described}, ensure_ascii=False)[1:] + "\n"


DUPLICATE: Final = "duplicate-recipient"
NOTHING_IS_SENT: Final = LEFT_OUT | {DUPLICATE}
"""Codes of reasons for which a recipient gets no image at all."""


def facts_of(image: RenderedImage, digest: str) -> Facts:
    """Return what the manifest says of an image."""
    return Facts(
        digest=digest,
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        bytes=len(image.data),
        alt=image.alt,
        extended_description=image.extended_description,
        fallback=asdict(image.fallback) if image.fallback else None,
        findings=[noted(finding.code, finding.message, finding.hint) for finding in image.findings],
    )


def noted(code: str, message: str, hint: str | None) -> str:
    """Return what a finding or an error says in one line, with its cure."""
    return f"{code}: {message}" + (f"; hint: {hint}" if hint else "")


def line_start(recipient: str) -> str:
    """Return the start of a recipient's line."""
    start = '{"recipient": ' + json.dumps(recipient, ensure_ascii=False) + ", "
    return start if start.isascii() else start.encode("utf-8", _ESCAPED).decode()


def line_end(line: str) -> str:
    """Return what follows the recipient on a line; the inverse of `line_start` and `Facts.line_end`."""
    _, end = _DECODER.raw_decode(line, len('{"recipient": '))
    return line[end + len(", ") :]


def read_manifest(path: Path) -> Iterator[ManifestLine]:
    """Yield the lines of a manifest in JSON Lines.

    Raises:
        DataError: A line is none.
    """
    return read_lines(path, ManifestLine)


def read_lines(path: Path, kind: Callable[..., L]) -> Iterator[L]:
    """Yield what a kind of line makes of each object of a file in JSON Lines.

    Raises:
        DataError: A line is none.
    """
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            yield parsed_line(line, kind, Location(path.name, number))


def parsed_line(line: str, kind: Callable[..., L], place: Location) -> L:
    """Return what a kind of line makes of the object on one.

    Raises:
        DataError: It is none.
    """
    try:
        return kind(**json.loads(line))
    except (ValueError, TypeError):
        raise DataError(
            "the line is no line of a manifest",
            code=UNUSABLE,
            location=place,
            hint="begin anew with --restart",
        ) from None


class ManifestFile:
    """A manifest that grows by whole lines; what a killed run left of a line is cut off when it is opened.

    Raises:
        DataError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: BinaryIO = path.open("r+b" if path.exists() else "w+b", buffering=0)
            self._size = _end_of_last_line(self._file)
            self._file.truncate(self._size)
        except OSError as fault:
            raise unwritable(path, fault) from None

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield where each line starts, in bytes, and the line."""
        with self._path.open("rb") as file:
            start = 0
            for line in file:
                yield start, line.decode()
                start += len(line)

    def text_at(self, start: int) -> str:
        """Return what follows the recipient on the line that starts there."""
        self._file.seek(start)
        line = b""
        while not line.endswith(b"\n"):
            block = self._file.read(_BLOCK)
            end = block.find(b"\n") + 1
            line += block[:end] if end else block
            if not block:
                break
        return line_end(line.decode())

    def cut(self, size: int) -> None:
        """Drop what stands behind so many bytes."""
        self._size = size
        self._file.truncate(size)

    def append(self, lines: Sequence[str]) -> list[int]:
        """Write whole lines, and hand them to the system.

        Returns:
            Where each of them starts.

        Raises:
            DataError: They cannot be written; the manifest is then as before.
        """
        encoded = [line.encode("utf-8", _ESCAPED) for line in lines]
        starts = list(accumulate(map(len, encoded), initial=self._size))[:-1]
        data = b"".join(encoded)
        write_at(self._file, self._size, data, self._path)
        self._size += len(data)
        return starts

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _end_of_last_line(file: BinaryIO) -> int:
    end = file.seek(0, os.SEEK_END)
    while end > 0:
        start = max(0, end - (1 << 16))
        file.seek(start)
        block = file.read(end - start)
        found = block.rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


_TYPES: Final = {
    "recipient": "string",
    "digest": "string",
    "path": "string",
    "media_type": "string",
    "width": "int64",
    "height": "int64",
    "dpi": "float64",
    "bytes": "int64",
    "alt": "string",
    "extended_description": "string",
    "fallback_code": "string",
    "fallback_message": "string",
    "findings": "list",
}


def write_parquet_manifest(lines: Path, path: Path) -> None:
    """Write a manifest in JSON Lines as a Parquet table; the fallback's code and message are columns of their own.

    Raises:
        DataError: It cannot be written.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        write_table(aside, _columns(lines), tuple(_TYPES), tuple(_TYPES.values()))
        aside.replace(path)
    except OSError as fault:
        aside.unlink(missing_ok=True)
        raise unwritable(path, fault) from None


def _columns(path: Path) -> Iterator[list[list[Any]]]:
    lines = read_manifest(path)
    while batch := list(islice(lines, _BATCH_ROWS)):
        yield [[_cell(line, name) for line in batch] for name in _TYPES]


def _cell(line: ManifestLine, name: str) -> Any:
    if name.startswith("fallback_"):
        return line.fallback and line.fallback[name.removeprefix("fallback_")]
    value = getattr(line, name)
    # Arrow refuses the lone surrogates that JSON may hold
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
