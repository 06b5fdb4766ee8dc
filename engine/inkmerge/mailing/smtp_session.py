"""The standard library's SMTP, within one time limit for all of it and with a limit to what a server may say."""

from __future__ import annotations

import smtplib
import socket
import time
from typing import Any, Final

_CHUNK: Final = 4096
_MOST_BYTES: Final = 256 * 1024
"""Bytes of all replies of one connection; an honest server needs some thousand."""


class Session(smtplib.SMTP):
    """A connection to a server; smtplib alone would wait anew for each byte, and read replies without an end.

    Args:
        deadline: When it must be over, in seconds of the monotonic clock.
    """

    def __init__(self, deadline: float, host: str, port: int, **options: Any) -> None:
        self._deadline = deadline
        super().__init__(host, port, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Return the server's next reply."""
        if self.file is None and self.sock is not None:
            self.file = _Replies(self.sock, self._deadline)
        return super().getreply()


class TlsSession(Session, smtplib.SMTP_SSL):
    """A connection that is encrypted from the start."""


class _Replies:
    """The lines that a server sends. What it sent before TLS is thrown away with the connection it came over."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._buffer = b""
        self._left = _MOST_BYTES

    def readline(self, longest: int) -> bytes:
        """Return the next line, or what there is of it when it is longer or the server ends it.

        Raises:
            TimeoutError: The deadline has passed.
            OSError: The connection broke, or the server says too much.
        """
        while b"\n" not in self._buffer and len(self._buffer) < longest:
            rest = self._deadline - time.monotonic()
            if rest <= 0:
                raise TimeoutError("timed out")
            if self._left <= 0:
                raise OSError("the server does not stop talking")
            self._connection.settimeout(rest)
            chunk = self._connection.recv(_CHUNK)
            if not chunk:
                break
            self._left -= len(chunk)
            self._buffer += chunk
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        line, self._buffer = self._buffer[: min(end, longest)], self._buffer[min(end, longest) :]
        return line

    def close(self) -> None:
        """Do nothing: the session closes the connection."""
