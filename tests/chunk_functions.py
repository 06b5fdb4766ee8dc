"""What tests run in processes of their own: these have to find it by its name."""

from __future__ import annotations

import os
import signal
import threading

from inkmerge.child_chunks import Told
from inkmerge.sources import Request, Unfetched


def doubled(numbers: list[int], _told: Told) -> list[int]:
    """Return each number twice itself; -1 ends the process, -2 hangs, -3 is refused."""
    for number in numbers:
        if number == -1:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == -2:
            threading.Event().wait()
        if number == -3:
            raise ValueError("refused")
    return [2 * number for number in numbers]


def doubled_parts(numbers: list[int], told: Told) -> list[int]:
    """Do as `doubled`; -100 has -1 among its parts."""
    return doubled([-1 if number == -100 else number for number in numbers], told)


def lacking(numbers: list[int], told: Told) -> list[str] | Unfetched:
    """Lack something until it is known that it cannot be had; then say so."""
    request = Request("https://shop.example/a.json")
    fault = told.get(request.key)
    return [fault.code for _ in numbers] if fault is not None else Unfetched((request,))


def enter() -> None:
    """Do nothing."""


def end_at_once() -> None:
    """End the process as it starts."""
    os._exit(1)
