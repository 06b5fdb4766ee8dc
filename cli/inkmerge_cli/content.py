"""`inkmerge content import`: an item of a content source, fetched and stored as a file that people edit."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Annotated

import typer
from rich.markup import escape

from inkmerge.campaign import Campaign
from inkmerge.campaign.settings import content_path
from inkmerge.sources import write_content
from inkmerge_cli.console import error_console, report
from inkmerge_cli.options import CampaignPath
from inkmerge_cli.selectors import Selectors, require_source, selectors_of

content = typer.Typer(name="content", no_args_is_help=True, help="Import content from its sources.")


@content.callback()
def options() -> None:
    """Import content from its sources."""


@content.command("import")
def import_content(
    campaign: CampaignPath,
    container: Annotated[
        str, typer.Argument(metavar="CONTAINER", help="The container's name.", show_default=False)
    ],
    select: Selectors = None,
) -> None:
    """Fetch the item that a container shows, and store it in content/CONTAINER.toml.

    Without --select it is the item of somebody of whom nothing is known.
    """
    selectors = selectors_of(select)
    with closing(Campaign.open(campaign)) as opened:
        found = replace(opened.container(container), selected=selectors)
        require_source(found)
        assert found.source is not None  # it has just been required
        item = found.source.select(**found.keys({}))
        path = content_path(opened.folder, container)
        write_content(path, item)
    for finding in item.findings:
        report(finding)
    keys = ", ".join(f"{name} = {key}" for name, key in item.key.items())
    error_console().print(f"imported {escape(keys)} from {escape(item.origin)} into {escape(str(path))}")
    if found.source.spec.mode == "live":
        error_console().print(
            f"[bold]hint:[/] `{escape(found.source.name)}` is live: images show what it says then; "
            'write mode = "import" to show what is imported'
        )
