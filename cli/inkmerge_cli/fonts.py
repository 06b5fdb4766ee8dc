"""`inkmerge fonts`: which faces there are, what they cover, and what a template would use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge import IsolatedTemplate
from inkmerge.fonts import Face, FontCatalog
from inkmerge_cli.console import data_console, error_console
from inkmerge_cli.options import FontDirs


def fonts(
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="SVG", help="Show what this template uses.", show_default=False),
    ] = None,
    font_dir: FontDirs = None,
) -> None:
    """List the faces at hand; no fonts of the system are ever used."""
    if template is not None:
        _used(template, font_dir or [])
        return
    catalog = FontCatalog.open(tuple(font_dir or ()))
    table = Table(box=None, pad_edge=False)
    for column in ("family", "weight", "stretch", "style", "scripts", "file"):
        table.add_column(column, overflow="fold")
    for face in catalog.faces:
        table.add_row(*_row(face))
    data_console().print(table)
    error_console().print(f"{len(catalog.faces)} faces")


def _row(face: Face) -> tuple[str, ...]:
    return (
        escape(face.family),
        _range(*face.weight_range),
        _range(*face.stretch_range),
        face.style,
        ("colour emoji " if face.is_color else "") + " ".join(face.scripts),
        escape(face.path.name),
    )


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _used(template: Path, font_dirs: list[Path]) -> None:
    with IsolatedTemplate.load(template, font_dirs) as loaded:
        for name in loaded.faces():
            typer.echo(name)
