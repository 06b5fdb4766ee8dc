"""`inkmerge container`: image elements saved under a name, and used again with other selectors."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge.batch import write_aside
from inkmerge.campaign import Campaign
from inkmerge.campaign.containers import container_text
from inkmerge.campaign.settings import SETTINGS, read_containers
from inkmerge.errors import LEFT_OUT, CampaignError, Location, Severity
from inkmerge_cli.console import data_console, error_console, report
from inkmerge_cli.options import SUFFIX_FORMATS, CampaignPath
from inkmerge_cli.selectors import Selectors, require_source, selectors_of

_FELL_BACK = 3

container = typer.Typer(
    name="container", no_args_is_help=True, help="List, show, save and render image elements kept for reuse."
)
ContainerName = Annotated[
    str, typer.Argument(metavar="NAME", help="The container's name.", show_default=False)
]


@container.command("list")
def list_containers(campaign: CampaignPath) -> None:
    """List containers: name, template, source, selectors."""
    with closing(Campaign.open(campaign)) as opened:
        specs = read_containers(opened.folder)
        table = Table(box=None, pad_edge=False)
        for column in ("name", "template", "source", "selectors"):
            table.add_column(column, overflow="fold")
        for name, spec in specs.items():
            element = opened.container(name)
            select = ", ".join(f"{key} = {value}" for key, value in spec.select.items())
            source = element.source.name if element.source else ""
            table.add_row(*map(escape, (name, element.base.template.name, source, select)))
    if specs:
        data_console().print(table)
    else:
        error_console().print("there are no containers; save one: inkmerge container save")


@container.command()
def show(campaign: CampaignPath, name: ContainerName) -> None:
    """Print the settings of a container as TOML."""
    with closing(Campaign.open(campaign)) as opened:
        opened.container(name)
        typer.echo((opened.folder / "containers" / f"{name}.toml").read_text(encoding="utf-8-sig"), nl=False)


@container.command()
def save(
    campaign: CampaignPath,
    name: ContainerName,
    element: Annotated[
        str, typer.Option("--from", metavar="ELEMENT", help="The image element.", show_default=False)
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a container of this name.")] = False,
) -> None:
    """Save an image element of inkmerge.toml as a container."""
    folder = campaign.parent if campaign.name == SETTINGS else campaign
    text = container_text(folder, name, element)
    path = folder / "containers" / f"{name}.toml"
    if path.exists() and not force:
        raise CampaignError(
            f"there is a container {name!r} already",
            location=Location(f"containers/{path.name}"),
            hint="overwrite it with --force, or choose another name",
        )
    write_aside(path, text.encode())
    error_console().print(f"saved {escape(str(path))}")


@container.command("render")
def render_container(
    campaign: CampaignPath,
    name: ContainerName,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Where the image goes.", show_default=False),
    ],
    select: Selectors = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The test profile. Default: nobody.")
    ] = None,
) -> None:
    """Render a container, with other selectors where they are given; exit code 3 when it is the fallback image.

    Several images, of several target groups, get numbers: card.png, card-2.png. Nothing counts for the quota.
    """
    selectors = selectors_of(select)
    chosen = SUFFIX_FORMATS.get(output.suffix.lower())
    with closing(Campaign.open(campaign)) as opened:
        recipient: Mapping[str, Any] = opened.profile(profile) if profile else {}
        found = replace(opened.container(name), selected=selectors)
        if selectors:
            require_source(found)
        images = opened.render(found, recipient, format=chosen.value if chosen else None, counts=False)
    for number, image in enumerate(images, 1):
        if image.fallback is None or image.fallback.code not in LEFT_OUT:
            path = output if number == 1 else output.with_stem(f"{output.stem}-{number}")
            write_aside(path, image.data)
        for finding in image.findings:
            if finding.severity != Severity.NOTE:
                report(finding)
    if any(image.fallback for image in images):
        raise typer.Exit(_FELL_BACK)
