"""The bytes of a message → the tree of its parts, as SpamAssassin takes messages apart.

Python's `email` reads broken messages otherwise, and keeps lines whole that SpamAssassin cuts, which lengthens HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from inkmerge.mailing.spam_headers import content_type, header_value
from inkmerge.mailing.spam_transfer import from_base64, from_quoted_printable

_LONGEST_LINE: Final = 2048  # a longer one is cut in pieces, each with a line end of its own
_MOST_BLANK_LINES: Final = 20
_MOST_PARTS: Final = 1000
_DEEPEST: Final = 20
_LONGEST_NAME: Final = 256
_LONGEST_VALUE: Final = 8192
_BAD_HEADERS: Final = 3  # then the body is taken to have begun

_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_MBOX_LINE: Final = re.compile(rb"From\s+(?!:)")
_HEADER: Final = re.compile(rb"[!-9;-~]+[ \t]*:")
_FILE_NAME: Final = re.compile(r'name=\s*"?([^";]+)"?', re.IGNORECASE | re.ASCII)
_HTML_FILE: Final = re.compile(r"\.s?html?$", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """A message, or a part of one.

    Attributes:
        headers: By names in lower case; of several of a name, the last.
        kind: The media type; all texts but HTML, calendars and cards are `text/plain`.
        charset: The declared one.
        name: The file's name, where it has one.
        parts: The parts in it; None for a part that has a body of its own.
        body: The bytes of that body, without their transfer encoding, where it is text or a message.
    """

    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/plain"
    charset: str | None = None
    name: str = ""
    parts: list[Part] | None = None
    body: bytes = b""

    @property
    def shown_kind(self) -> str:
        """The type as which it is read: a file named so is HTML."""
        return "text/html" if _HTML_FILE.search(self.name) else self.kind

    def set_header(self, name: bytes, raw: bytes) -> None:
        """Take a header; of several of a name the last counts."""
        self.headers[name.decode("latin-1").lower()] = header_value(raw)

    def walk(self) -> Iterator[Part]:
        """Go through the part and all parts in it."""
        yield self
        for part in self.parts or ():
            yield from part.walk()


def read_message(message: bytes, depth: int = _DEEPEST) -> Part:
    """Take a message apart, down to `depth` levels."""
    lines = _LINE.findall(message) or [b"\n"]
    if _MBOX_LINE.match(lines[0]) and len(lines) > 1:
        del lines[0]
    is_crlf = b"\r\n" in lines[0] or b"\r\n" in lines[-1]
    whole = Part()
    lines = _read_headers(whole, lines, is_crlf=is_crlf)
    if is_crlf:
        lines = [line[:-2] + b"\n" if line.endswith(b"\r\n") else line for line in lines]
    lines = _without_blank_runs(lines)
    declared = content_type(whole.headers)
    whole.kind = declared.kind
    is_multipart = declared.kind.startswith("multipart/") and len(lines) > 1 and lines[0].strip()
    if is_multipart and not (declared.boundary and lines[0].startswith(_mark(declared.boundary))):
        lines.insert(0, b"\n")
    _read_body(whole, declared.boundary, lines, depth)
    return whole


def _read_headers(whole: Part, lines: list[bytes], *, is_crlf: bool) -> list[bytes]:
    """Read the headers of a message; return the lines of its body."""
    line_end = b"\r\n" if is_crlf else b"\n"
    header: bytearray | None = None
    bad_headers = 0
    for number, raw in enumerate((*lines, line_end)):
        line = re.sub(rb"(?<!\r)\n", b"\r\n", raw) if is_crlf else raw
        if line.startswith((b" ", b"\t")):
            header = bytearray() if header is None else header
            header += line
            continue
        if header is not None:
            name, colon, value = bytes(header).partition(b":")
            if colon:
                whole.set_header(
                    name.rstrip(b" \t")[:_LONGEST_NAME], value.replace(b"\r\n", b"\n")[:_LONGEST_VALUE]
                )
        if line == line_end:
            return lines[number + 1 :]
        if line.startswith(b"--"):
            return lines[number:]
        if not _HEADER.match(line):
            bad_headers += 1
            if bad_headers > _BAD_HEADERS:
                return lines[number:]
        header = bytearray(line)
    return []


def _without_blank_runs(lines: list[bytes]) -> list[bytes]:
    """Shorten runs of blank lines to the most that SpamAssassin looks at."""
    kept: list[bytes] = []
    run: list[bytes] = []
    for line in lines:
        if not line.strip(b" \t\n\r\f\v"):
            run.append(line)
            continue
        if run:
            kept += _shortened(run, is_first=not kept)
            run = []
        kept.append(line)
    return kept + _shortened(run, is_first=not kept)


def _shortened(run: list[bytes], *, is_first: bool) -> list[bytes]:
    excess = len(run) - (1 if is_first else 0) - _MOST_BLANK_LINES
    at = 2 if is_first else 1
    return run[:at] + run[at + excess :] if excess > 0 else run


def _mark(boundary: str) -> bytes:
    return b"--" + boundary.encode("latin-1")


def _read_body(part: Part, boundary: str | None, lines: list[bytes], depth: int) -> None:
    if part.kind.startswith("multipart/") and boundary is not None and depth > 0:
        _read_parts(part, boundary, lines, depth - 1)
        return
    declared = content_type(part.headers)
    if not declared.is_missing:
        is_whole = not declared.kind.startswith("multipart/") or boundary is not None
        part.kind = declared.kind if is_whole else "text/plain"
    part.charset = declared.charset
    file_name = _FILE_NAME.search(part.headers.get("content-disposition", ""))
    part.name = file_name[1] if file_name else declared.name or ""
    is_message = part.kind in {"message/rfc822", "message/global"} and depth > 0
    if is_message or part.shown_kind in {"text/plain", "text/html"}:
        part.body = _decoded(b"".join(lines), part)
    if is_message and part.body:
        part.parts = [read_message(part.body, depth - 1)]


def _decoded(body: bytes, part: Part) -> bytes:
    encoding = part.headers.get("content-transfer-encoding", "").lower()
    if encoding == "quoted-printable":
        return from_quoted_printable(body).replace(b"\r\n", b"\n")
    if encoding == "base64":
        decoded = from_base64(body)
        return decoded.replace(b"\r\n", b"\n") if re.match(r"(?:text|message)/", part.kind) else decoded
    return body


def _read_parts(whole: Part, boundary: str, lines: list[bytes], depth: int) -> None:
    whole.parts = []
    border = re.compile(re.escape(_mark(boundary)) + rb"(--)?\s*\Z")
    for number, line in enumerate(lines):
        found = border.match(line)
        if found and not found[1]:
            lines = lines[number + 1 :]
            break
    reader = _PartReader(boundary)
    last_number = len(lines) - 1
    for number, line in enumerate(lines):
        found = border.match(line) if line.startswith(b"--") else None
        is_last = found is not None and found[1] is not None
        if found and reader.is_boundary_reused:
            found = None
            reader.is_boundary_reused = not is_last
        if not found and number < last_number:
            reader.read(line)
            continue
        part, body = reader.finished(None if found else line)
        declared = content_type(part.headers)
        part.kind = declared.kind
        if declared.is_missing and whole.kind == "multipart/digest":
            part.kind = "message/rfc822"
        whole.parts.append(part)
        _read_body(part, declared.boundary or boundary, body, depth)
        if is_last or len(whole.parts) == _MOST_PARTS:
            return
        reader = _PartReader(boundary)


class _PartReader:
    """Reads the lines of one part, headers first."""

    def __init__(self, boundary: str) -> None:
        self._boundary = boundary
        self._part = Part()
        self._header = bytearray()
        self._body: list[bytes] = []
        self._is_in_body = False
        self.is_boundary_reused = False  # the part is a multipart with the boundary of the one around it

    def read(self, line: bytes) -> None:
        if not self._is_in_body:
            if _HEADER.match(line):
                self._end_header()
                self._header = bytearray(line)
                return
            if line.startswith((b" ", b"\t")) and self._header:
                self._header += line
                return
            self._end_header(is_last=True)
            self._is_in_body = True
            if line in {b"\n", b"\r\n", b"", b"\r"}:
                return
        self._add(line)

    def finished(self, last_line: bytes | None) -> tuple[Part, list[bytes]]:
        """Return the part and its body, to which a last line that is no border belongs."""
        if last_line is not None:
            self._add(last_line)
        elif self._body:  # the last line end is part of the border
            last = self._body.pop().removesuffix(b"\n")
            self._body += [last] if last else []
        return self._part, self._body

    def _add(self, line: bytes) -> None:
        while len(line) > _LONGEST_LINE:
            self._body.append(line[:_LONGEST_LINE] + b"\n")
            line = line[_LONGEST_LINE:]
        self._body.append(line)

    def _end_header(self, *, is_last: bool = False) -> None:
        if not self._header:
            return
        name, _, value = bytes(self._header).partition(b":")
        self._part.set_header(name, value)
        if is_last and name.lower() == b"content-type":
            self.is_boundary_reused = content_type(self._part.headers).boundary == self._boundary
