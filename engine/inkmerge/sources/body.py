"""Pieces of a body as they come → its decoded bytes, none more than allowed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zlib import _Decompress

CODINGS: Final = ("gzip", "x-gzip", "deflate", "identity", "")
"""Codings that are asked for or harmless. Not Brotli or Zstandard: their decoders cannot be told where to stop."""


class BodyTooLarge(Exception):
    """A body has more bytes than allowed, as sent or once decoded."""


class BodyDamaged(Exception):
    """A body does not decode, or ends before it should."""


class Body:
    """A body on its way.

    Args:
        coding: The `Content-Encoding`, one of `CODINGS`.
        largest: Bytes that it may have, as sent and once decoded.
    """

    def __init__(self, coding: str, largest: int) -> None:
        self._coding = coding
        self._largest = largest
        self._sent = 0
        self._size = 0
        self._pieces: list[bytes] = []
        self._inflater: _Decompress | None = None

    def announce(self, length: str) -> None:
        """Take the `Content-Length`, so that what is too large is not even begun.

        Raises:
            BodyTooLarge: It names more bytes than allowed.
        """
        if length.isdecimal() and int(length[:20]) > self._largest:
            raise BodyTooLarge

    def feed(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            BodyTooLarge: It has more bytes than allowed.
            BodyDamaged: It does not decode.
        """
        self._sent += len(piece)
        if self._sent > self._largest:
            raise BodyTooLarge
        if self._coding in {"", "identity"}:
            self._keep(piece)
            return
        try:
            self._inflate(piece)
        except zlib.error:
            raise BodyDamaged from None

    def whole(self) -> bytes:
        """Return the decoded body.

        Raises:
            BodyDamaged: It ended before it should.
        """
        if self._inflater is not None and not self._inflater.eof:
            raise BodyDamaged
        return b"".join(self._pieces)

    def _inflate(self, piece: bytes) -> None:
        while piece:
            if self._inflater is None:
                self._inflater = zlib.decompressobj(self._window(piece))
            elif self._inflater.eof:
                if not piece.startswith(b"\x1f"):
                    return  # padding behind the last member
                self._inflater = zlib.decompressobj(31)
            self._keep(self._inflater.decompress(piece, self._largest + 1 - self._size))
            piece = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail

    def _window(self, start: bytes) -> int:
        """Return zlib's number for the format; what HTTP calls deflate is sent with and without zlib's header."""
        if self._coding != "deflate":
            return 31
        return 15 if start[0] & 15 == 8 else -15  # the low half of zlib's first byte is 8

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._largest:
            raise BodyTooLarge
        self._pieces.append(piece)
