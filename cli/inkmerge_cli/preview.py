"""`inkmerge preview`: what test profiles get, as one page to look at."""

from __future__ import annotations

import webbrowser
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge.batch import write_aside
from inkmerge.campaign import Campaign
from inkmerge.campaign.preview import Preview, previews
from inkmerge.campaign.preview_page import preview_page
from inkmerge.campaign.settings import STATE
from inkmerge.errors import CampaignError, Location
from inkmerge_cli.console import data_console, error_console
from inkmerge_cli.options import CampaignPath

_FELL_BACK = 3


def preview(
    campaign: CampaignPath,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", metavar="NAME", help="A test profile. Repeatable.")
    ] = None,
    all_profiles: Annotated[
        bool, typer.Option("--all", help="All test profiles; so it is without --profile.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="The page. Default: .inkmerge/preview.html.",
            show_default=False,
        ),
    ] = None,
    opens: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Render every image element for test profiles into one page; exit code 3 when some are fallback images.

    Nothing counts for the quota.
    """
    if profile and all_profiles:
        raise typer.BadParameter("--profile and --all exclude each other")
    with closing(Campaign.open(campaign)) as opened:
        names = tuple(dict.fromkeys(profile or opened.profiles))
        if not names:
            raise CampaignError(
                "the campaign has no test profiles",
                location=Location("profiles/"),
                hint='write one, such as profiles/anna.toml: first_name = "Anna"',
            )
        shown = tuple(previews(opened, names))
        page = output or opened.folder / STATE / "preview.html"
        write_aside(page, preview_page(opened.spec.name, shown).encode())
    _print(shown)
    error_console().print(f"the page is {escape(str(page))}")
    if opens:
        webbrowser.open(page.resolve().as_uri())
    if any(one.has_fallback for one in shown):
        raise typer.Exit(_FELL_BACK)


def _print(shown: tuple[Preview, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("profile", "element", "variant", "result", "findings"):
        table.add_column(column, overflow="fold")
    for one in shown:
        for picture in one.pictures:
            codes = dict.fromkeys(finding.code for finding in (*one.findings, *picture.findings))
            table.add_row(
                *map(escape, (one.profile, one.element, picture.variant, picture.outcome, ", ".join(codes)))
            )
    data_console().print(table)
