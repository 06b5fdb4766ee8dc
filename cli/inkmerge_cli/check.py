"""`inkmerge check`: what there is to say about templates, for people or as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge import Finding, InkmergeError, IsolatedTemplate, Severity
from inkmerge_cli.console import data_console, error_console
from inkmerge_cli.options import AssetDirs, FontDirs

_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def check(
    templates: Annotated[list[Path], typer.Argument(metavar="TEMPLATE…", show_default=False)],
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Check templates without sending anything; exit code 1 when one cannot be used."""
    found: list[tuple[Path, Finding]] = []
    for path in templates:
        try:
            with IsolatedTemplate.load(path, font_dir or (), asset_dir or ()) as template:
                found.extend((path, finding) for finding in template.check())
        except InkmergeError as fault:
            found.append((path, fault.finding()))
    if as_json:
        typer.echo(
            json.dumps([_plain(path, finding) for path, finding in found], ensure_ascii=False, indent=1)
        )
    else:
        _table(found)
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    errors = sum(finding.severity in failing for _, finding in found)
    if not as_json:
        error_console().print(f"{len(templates)} checked, {len(found)} findings, {errors} of them fail")
    if errors:
        raise typer.Exit(1)


def _plain(path: Path, finding: Finding) -> dict[str, object]:
    plain = asdict(finding)
    place = plain.pop("location")
    return {"file": str(path), "line": place["line"], "element": place["element"], **plain}


def _table(found: list[tuple[Path, Finding]]) -> None:
    if not found:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("file", "line", "element", "code", "message"):
        table.add_column(column, overflow="fold")
    for path, finding in found:
        place = finding.location
        message = escape(finding.message) + (
            f"\n[dim]hint: {escape(finding.hint)}[/]" if finding.hint else ""
        )
        color = _COLORS[finding.severity]
        table.add_row(
            escape(str(path)),
            str(place.line or ""),
            escape(place.element or ""),
            f"[{color}]{finding.severity.value}[/]\n{finding.code}",
            message,
        )
    data_console().print(table)
