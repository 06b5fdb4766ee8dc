"""`inkmerge doctor`: what is there, what is missing, and the command that brings it."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

import typer
from rich.table import Table

from inkmerge import InkmergeError, Limits
from inkmerge.fonts import FontCatalog
from inkmerge.raster import libcairo_version, require_libcairo
from inkmerge_cli.console import data_console, report

_PACKAGES = (
    "inkmerge",
    "cairosvg",
    "lxml",
    "jinja2",
    "uharfbuzz",
    "pillow",
    "babel",
    "pebble",
    "unicode-segmentation-rs",
)


def doctor() -> None:
    """Say what this installation has and lacks; exit code 1 when something is missing."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("python", platform.python_version())
    for name in _PACKAGES:
        table.add_row(name, _version(name))
    table.add_row("libcairo", libcairo_version() or "[red]missing[/]")
    faces = FontCatalog.open().faces
    table.add_row("bundled faces", str(len(faces)) if faces else "[red]missing[/]")
    table.add_section()
    for name, value in asdict(Limits()).items():
        table.add_row(f"limit {name.replace('_', ' ')}", f"{value:,}")
    data_console().print(table)
    try:
        require_libcairo()
    except InkmergeError as fault:
        report(fault)
        raise typer.Exit(1) from None
    if not faces:
        raise typer.Exit(1)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "[red]missing[/]"
