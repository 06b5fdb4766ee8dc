"""`inkmerge check`: what there is to say about templates, for people or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge import Finding, InkmergeError, IsolatedTemplate, Severity
from inkmerge.svg.tools import UNKNOWN, Tool, identify
from inkmerge_cli.console import data_console, error_console
from inkmerge_cli.options import AssetDirs, FontDirs

_MOST_BYTES = 4_000_000
"""What is read of a file to see who wrote it."""
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def check(
    templates: Annotated[list[Path], typer.Argument(metavar="TEMPLATE…", show_default=False)],
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail too.")] = False,
) -> None:
    """Check templates without sending anything; exit code 1 when one cannot be used."""
    checked = [_check(path, font_dir or (), asset_dir or ()) for path in templates]
    found = [(one, finding) for one in checked for finding in one.findings]
    if as_json:
        typer.echo(json.dumps([_plain(one, finding) for one, finding in found], ensure_ascii=False, indent=1))
    else:
        _tools(checked)
        _table([(one, finding) for one, finding in found if finding.code != "written-by"])
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    errors = sum(finding.severity in failing for _, finding in found)
    if not as_json:
        error_console().print(f"{len(templates)} checked, {len(found)} findings, {errors} of them fail")
    if errors:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Checked:
    path: Path
    tool: Tool
    findings: tuple[Finding, ...]


def _check(path: Path, font_dirs: Sequence[Path], asset_dirs: Sequence[Path]) -> _Checked:
    tool = UNKNOWN
    try:
        with IsolatedTemplate.load(path, font_dirs, asset_dirs) as template:
            findings = template.check()
    except InkmergeError as fault:
        findings = (fault.finding(),)
    if path.is_file():
        with path.open("rb") as file:
            tool = identify(file.read(_MOST_BYTES))
    return _Checked(path, tool, findings)


def _plain(one: _Checked, finding: Finding) -> dict[str, object]:
    plain = asdict(finding)
    place = plain.pop("location")
    del plain["weight"]  # the message has the numbers
    return {
        "file": str(one.path),
        "tool": str(one.tool),
        "line": place["line"],
        "element": place["element"],
        **plain,
    }


def _tools(checked: list[_Checked]) -> None:
    """Print a line a file: who wrote it, how many findings, and how to export better."""
    table = Table(box=None, pad_edge=False)
    for column in ("file", "written by", "findings", "to export better"):
        table.add_column(column, overflow="fold")
    for one in checked:
        counts = Counter(finding.severity.value for finding in one.findings if finding.code != "written-by")
        hint = next((finding.hint for finding in one.findings if finding.code == "written-by"), None)
        words = ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items())
        table.add_row(escape(str(one.path)), escape(str(one.tool)), words or "none", escape(hint or ""))
    data_console().print(table)


def _table(found: list[tuple[_Checked, Finding]]) -> None:
    if not found:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("file", "line", "element", "code", "message"):
        table.add_column(column, overflow="fold")
    for one, finding in found:
        place = finding.location
        message = escape(finding.message) + (
            f"\n[dim]hint: {escape(finding.hint)}[/]" if finding.hint else ""
        )
        color = _COLORS[finding.severity]
        table.add_row(
            escape(str(one.path)),
            str(place.line or ""),
            escape(place.element or ""),
            f"[{color}]{finding.severity.value}[/]\n{finding.code}",
            message,
        )
    data_console().print(table)
