"""`inkmerge preflight`: a whole audience checked before sending."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from inkmerge.batch import RecipientFile, write_aside
from inkmerge.preflight import ElementTally, Forecast, MailingTally, Preflight, preflight_page, run_preflight
from inkmerge.preflight.tally import Example
from inkmerge_cli.console import data_console, error_console, write_data
from inkmerge_cli.options import AsJson, CampaignPath

_OVER = 3


def preflight(
    campaign: CampaignPath,
    recipients: Annotated[
        Path,
        typer.Argument(
            metavar="RECIPIENTS", help="CSV, JSON Lines or Parquet, a recipient a row.", show_default=False
        ),
    ],
    page: Annotated[
        Path | None,
        typer.Option(
            "-o", "--page", metavar="FILE", help="Write an HTML page with bars.", show_default=False
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", help="Of RECIPIENTS, such as cp1252.", show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes. Default: one a core.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a whole audience without drawing: who lacks what, whose text overflows, who would get the fallback image.

    Exit code 3 when a threshold of [preflight] in inkmerge.toml is exceeded.
    """
    source = RecipientFile.open(recipients, encoding)
    with _bar(is_shown=not as_json) as bar:
        task = bar.add_task("preflight", total=source.rows)
        found = run_preflight(
            campaign, source, workers=workers, report=lambda done: bar.update(task, completed=done)
        )
    if page is not None:
        write_aside(page, preflight_page(found).encode("utf-8", "replace"))
    if as_json:
        write_data(json.dumps(found.facts(), ensure_ascii=False, indent=1).encode() + b"\n")
    else:
        _print(found)
    if not found.is_clean:
        raise typer.Exit(_OVER)


def _bar(*, is_shown: bool) -> Progress:
    console = error_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not (is_shown and console.is_terminal))


def _print(found: Preflight) -> None:
    console = data_console()
    console.print(
        f"{escape(found.campaign)}: {found.recipients:,} recipients, {found.duplicates:,} duplicates, "
        f"{found.invalid_rows:,} unusable rows",
        highlight=False,
    )
    for name, tally in found.elements.items():
        console.print(f"\n[bold]{escape(name)}[/bold]", highlight=False)
        console.print(_table(tally, found))
        forecast = found.forecasts.get(name, Forecast())
        console.print(
            f"{tally.distinct:,} distinct images of {tally.images:,}, about {forecast.bytes / 1e6:,.1f} MB "
            f"and {forecast.seconds:,.1f} seconds of one core",
            highlight=False,
        )
    if found.mailing is not None:
        console.print("\n[bold]the mailing[/bold]", highlight=False)
        console.print(_mailing_table(found.mailing))
        console.print(
            f"{found.mailing.messages:,} messages; the first {found.mailing.checked:,} were composed and checked",
            highlight=False,
        )
    for line in found.over:
        console.print(f"[red]over the threshold:[/red] {escape(line)}", highlight=False)


def _mailing_table(tally: MailingTally) -> Table:
    rows = [
        *((f"no message: {code}", count, code) for code, count in tally.skipped.most_common()),
        *((f"finding: {code}", count, code) for code, count in tally.findings.most_common()),
    ]
    of = {code: tally.messages + sum(tally.skipped.values()) for code in tally.skipped}
    return _counts(rows, tally.examples, of, tally.checked)


def _table(tally: ElementTally, found: Preflight) -> Table:
    rows = [
        *((f"variant {one}", count, None) for one, count in tally.variants.most_common()),
        ("in no target group", tally.no_group, None),
        ("in several target groups", tally.several_groups, None),
        *((f"unknown: {one}", count, "group-unknown") for one, count in tally.unknown_groups.most_common()),
        *((f"{one}: missing", field.missing, None) for one, field in sorted(tally.fields.items())),
        *((f"{one}: default", field.default, None) for one, field in sorted(tally.fields.items())),
        *((f"fallback: {code}", count, code) for code, count in tally.fallbacks.most_common()),
        *((f"skipped: {code}", count, code) for code, count in tally.skipped.most_common()),
        *((f"finding: {code}", count, code) for code, count in tally.findings.most_common()),
    ]
    return _counts(rows, tally.examples, {}, found.recipients)


def _counts(
    rows: Iterable[tuple[str, int, str | None]],
    examples: Mapping[str, Example],
    totals: Mapping[str, int],
    total: int,
) -> Table:
    """Return a table of counts with their share of `total`, or of another total by code, and an example."""
    table = Table(box=None, pad_edge=False)
    for column, justify in (("what", "left"), ("count", "right"), ("share", "right"), ("such as", "left")):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]  # two of its words
    for what, count, code in rows:
        example = examples.get(code) if code else None
        if count:
            said = "" if example is None else f"{example.recipient}: {example.message}"
            share = count / max(totals.get(code or "", total), 1)
            table.add_row(escape(what), f"{count:,}", f"{share:.1%}", escape(said))
    return table
