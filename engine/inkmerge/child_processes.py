"""Functions → what they return, run in processes that can be killed: a pebble pool, started anew when it breaks.

pebble replaces a process that is lost while it works. One that is lost before any has taken its work (killed as it
starts, say) breaks the whole pool: that is the pool's fault and nobody else's, and is told apart here.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from multiprocessing.context import BaseContext
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from inkmerge.errors import InkmergeError, TimeLimitExceeded, WorkerDied

if sys.platform == "win32":
    from multiprocessing.context import SpawnProcess as _Process
else:
    from multiprocessing.context import ForkServerProcess as _Process

_PRELOADED: Final = ("inkmerge.loaded", "inkmerge.raster.preloaded")
_LOOK_SECONDS: Final = 0.5
_FROM_TERMINALS: Final = (signal.SIGINT, signal.SIGTERM)
_LEFT: Final = 254
"""Exit code of a process that went away with 0 in the middle of its work."""
_FROM_OUTSIDE: Final = frozenset(
    sign * getattr(signal, name, 0) for name in ("SIGKILL", "SIGTERM", "SIGINT", "SIGHUP") for sign in (1, -1)
)
"""Exit codes of a process that somebody killed (negative), or asked to end (positive: pebble's own handler)."""


class ChildLost(Exception):
    """The process was lost with the work that it had taken: it hung, died, or took too much memory.

    Attributes:
        reason: What to say of it.
        is_killed: Whether somebody else ended it: a person, or a system that is short of memory.
    """

    def __init__(self, reason: InkmergeError, *, is_killed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_killed = is_killed


class PoolBroken(Exception):
    """The pool is of no use any more, and the work was not done, through no fault of its own."""


class ChildPool:
    """Processes that run functions, several at a time; `renew` replaces all of them."""

    def __init__(self, workers: int, initializer: Callable[..., None], arguments: Sequence[Any]) -> None:
        self._workers = workers
        self._initializer = initializer
        self._arguments = arguments
        self._is_started = False
        self.is_closed = False
        self._pool = self._new()

    @property
    def is_broken(self) -> bool:
        """Whether the pool has to be renewed."""
        return self._is_started and not self.is_closed and not self._pool.active

    def schedule(self, function: Callable[..., Any], arguments: Sequence[Any], seconds: float) -> Any:
        """Have a function run, at most so long; return its future, for `result_of`.

        Raises:
            PoolBroken: The pool has to be renewed first.
            CancelledError: The pool is closed.
        """
        if self.is_closed:
            raise CancelledError
        try:
            if not self._is_started:
                _start_server()
            future = self._pool.schedule(function, args=arguments, timeout=seconds)
        except (RuntimeError, BrokenProcessPool, OSError) as fault:
            self._is_started = True
            raise PoolBroken from fault
        self._is_started = True
        return future

    def run(self, function: Callable[..., Any], arguments: Sequence[Any], seconds: float) -> Any:
        """Run a function and return what it returns.

        Raises:
            ChildLost: The process was lost with it.
            PoolBroken: The pool has to be renewed.
            CancelledError: The pool is closed.
        """
        future = self.schedule(function, arguments, seconds)
        while not wait([future], _LOOK_SECONDS).done:
            if self.is_closed:
                raise CancelledError
            if self.is_broken and not future.done():
                raise PoolBroken
        return result_of(future, seconds)

    def renew(self) -> None:
        """End all processes, and start new ones with the next work."""
        self._end()
        self._is_started = False
        self._pool = self._new()

    def close(self) -> None:
        """End all processes."""
        self.is_closed = True
        self._end()

    def _new(self) -> ProcessPool:
        self._context = _Context()
        return ProcessPool(
            max_workers=self._workers,
            context=self._context,
            initializer=self._initializer,
            initargs=self._arguments,
        )

    def _end(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it so
        self._context.kill()
        self._pool.join()


def result_of(future: Any, seconds: float) -> Any:
    """Return what a function returned whose future is done; what it raised is raised.

    Raises:
        ChildLost: The process was lost with it.
        PoolBroken: The pool broke before.
    """
    try:
        return future.result()
    except BrokenProcessPool as fault:
        raise PoolBroken from fault
    except TimeoutError:
        raise ChildLost(
            TimeLimitExceeded(
                f"drawing took longer than {seconds:g} seconds",
                hint="simplify the drawing, or widen Limits(seconds=…)",
            )
        ) from None
    except ProcessExpired as fault:
        raise ChildLost(
            WorkerDied(
                f"the child process that draws was lost (exit code {fault.exitcode})",
                hint="the drawing crashes its rasterizer; simplify it",
            ),
            is_killed=fault.exitcode in _FROM_OUTSIDE,
        ) from None
    except MemoryError:
        raise ChildLost(
            WorkerDied("drawing needs more memory than allowed", hint="widen Limits(memory=…)")
        ) from None


@lru_cache(maxsize=1)
def start_method() -> BaseContext:
    """Return how children are started: `forkserver` with the libraries loaded, or `spawn` where there is none (Windows)."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    return context


class _Worker(_Process):
    """A process of a pool. It never ends of its own accord, so that an exit code of 0 is as good as any other."""

    @property
    def exitcode(self) -> int | None:
        """The exit code; pebble takes no notice of 0, and would wait for the work until its time is up."""
        code = super().exitcode
        return _LEFT if code == 0 else code


class _Context:
    """The context that a pool starts its processes in, which it remembers."""

    def __init__(self) -> None:
        self._context = start_method()
        self._processes: list[_Worker] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def Process(self, **options: Any) -> _Worker:  # noqa: N802  the name that pebble calls
        """Return a process that is not started yet."""
        process = _Worker(**options)
        self._processes = [*(one for one in self._processes if one.is_alive()), process]
        return process

    def kill(self) -> None:
        """End all processes at once: asked to, one that hangs would take seconds, one that starts would complain."""
        for process in self._processes:
            if process.is_alive():
                process.kill()


_shielded: Final[list[bool]] = []


def shield_children() -> None:
    """Let the signals of a terminal end this process alone, from the first moment of every child on.

    For a program that is nothing else: all that it starts through `forkserver` then starts with SIGINT and SIGTERM
    held back. Our own children let them through again once they have left the terminal; see `enter_child`.
    """
    _shielded[:] = [True]


def _start_server() -> None:
    """Start the process from which children are forked, when it has to hold signals back."""
    if not _shielded or sys.platform == "win32":
        return
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415  not on Windows

    resource_tracker.ensure_running()  # which lets signals through when it is done
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FROM_TERMINALS)
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# What follows runs in the child.


def enter_child(memory: int) -> None:
    """Leave the terminal, and limit what the child may take, where the platform can."""
    _leave_terminal()
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        used = _address_space()
        if used is not None:
            resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))


def _leave_terminal() -> None:
    """Get a session of one's own: what is sent to the group ends the parent, and the parent ends its children."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        os.setsid()
    for number in _FROM_TERMINALS:
        handler = signal.signal(number, signal.SIG_IGN)  # which forgets one that was held back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (number,))
        signal.signal(number, handler)


def _address_space() -> int | None:
    """Return the bytes of address space in use, or None where it cannot be told."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  no path of a file system
            pages = int(file.read().split()[0])
    except (OSError, ValueError):
        return None
    import resource  # noqa: PLC0415  not on Windows

    return pages * resource.getpagesize()
