"""Where words go: data to stdout, all else to stderr; colours only where NO_COLOR and the terminal allow them."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.markup import escape

from inkmerge import Finding, InkmergeError

_COLORS = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def error_console() -> Console:
    """Return the console for messages, progress and tables that are not data."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def data_console() -> Console:
    """Return the console for tables that were asked for."""
    return Console(highlight=False)


def report(fault: Finding | InkmergeError) -> None:
    """Print an error or a finding in its form: ``error[code]: message``, the place, the hint."""
    first, *rest = str(fault).splitlines()
    kind, _, message = first.partition(": ")
    color = _COLORS[kind.partition("[")[0]]
    console = error_console()
    console.print(f"[{color}]{escape(kind)}:[/] {escape(message)}")
    for line in rest:
        is_hint = line.startswith("hint: ")
        console.print(
            f"[bold]hint:[/] {escape(line[6:])}" if is_hint else escape(line),
            style=None if is_hint else "dim",
        )


def write_data(data: bytes) -> None:
    """Write bytes to stdout."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
