"""Ctrl-C and SIGTERM → the word `interrupted` and an exit code, at whatever moment they come.

By default they end the program at once, without unwinding: all that it writes is valid at any moment, and what is in
the middle of something cannot be unwound. `gathered` lets a command finish what it has begun first.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SIGNALLED = 128
"""What is added to a signal's number to get the exit code."""
_SHOW_CURSOR = "\r\x1b[2K\x1b[?25h"


def end_on_signals() -> None:
    """End the program when a signal comes."""
    for number in SIGNALS:
        signal.signal(number, _end)


@contextmanager
def gathered() -> Iterator[list[int]]:
    """Gather the first signal instead of being ended by it; the second ends the program."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if received:
            _end(received[0], frame)
        received.append(number)

    earlier = {number: signal.signal(number, note) for number in SIGNALS}
    try:
        yield received
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    _end_children()
    with suppress(OSError, ValueError):
        shown = _SHOW_CURSOR if os.isatty(2) else ""
        os.write(2, f"{shown}interrupted\n".encode())
    os._exit(SIGNALLED + number)


def _end_children() -> None:
    """Kill those that draw, which could hang for ever without somebody who looks at the time."""
    multiprocessing: Any = sys.modules.get("multiprocessing")
    with suppress(Exception):  # whatever was in the middle of something
        for child in multiprocessing.active_children():
            os.kill(child.pid, signal.SIGKILL)
