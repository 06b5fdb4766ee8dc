"""`inkmerge preview`: what test profiles get, as one page to look at."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterator
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
from inkmerge.mailing import Mailing
from inkmerge.mailing.check import check_mailing
from inkmerge.mailing.preview import MailingPreview, mailing_preview
from inkmerge.mailing.preview_page import mailing_page
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

    Where the campaign has a mailing, a second page shows the messages: on desktop and phone, without images, in the dark,
    as text. Nothing counts for the quota.
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
        beside = _page_of_mailing(page) if opened.spec.mailing is not None else None
        messages = () if beside is None else tuple(_messages(opened, names))
        if beside is not None:
            write_aside(beside, mailing_page(opened.spec.name, messages).encode())
        linked = None if beside is None else beside.name
        write_aside(page, preview_page(opened.spec.name, shown, linked).encode())
    _print(shown)
    console = error_console()
    console.print(f"the page is {escape(str(page))}")
    if beside is not None:
        _print_messages(messages)
        console.print(f"the page of the mailing is {escape(str(beside))}")
    if opens:
        webbrowser.open(page.resolve().as_uri())
    if any(one.has_fallback for one in shown) or any(one.has_fallback for one in messages):
        raise typer.Exit(_FELL_BACK)


def _page_of_mailing(page: Path) -> Path:
    """Return where the page of the mailing goes: `mailing.html` beside `preview.html`, else by the page's own name."""
    return page.with_name("mailing.html" if page.stem == "preview" else f"{page.stem}-mailing.html")


def _messages(campaign: Campaign, names: tuple[str, ...]) -> Iterator[MailingPreview]:
    mailing = Mailing(campaign, counts=False)
    for name in names:
        yield mailing_preview(mailing, name, campaign.profile(name), check_mailing)


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


def _print_messages(messages: tuple[MailingPreview, ...]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("profile", "subject", "weight", "findings"):
        table.add_column(column, overflow="fold")
    for one in messages:
        findings = (one.absence,) if one.absence is not None else one.findings
        subject = "no message" if one.filled is None else str(one.filled.headers["Subject"])
        codes = ", ".join(dict.fromkeys(finding.code for finding in findings))
        table.add_row(*map(escape, (one.profile, subject, f"{one.weight / 1000:,.0f} kB", codes)))
    data_console().print()
    data_console().print(table)
