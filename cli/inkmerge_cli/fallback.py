"""`inkmerge fallback make`: the static image that stands in, rendered from the template itself."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from inkmerge.batch import write_aside
from inkmerge.campaign import Campaign
from inkmerge.campaign.fallback_images import fallback_image, sidecar_lines
from inkmerge.errors import Severity
from inkmerge_cli.console import error_console, report
from inkmerge_cli.options import CampaignPath

fallback = typer.Typer(name="fallback", no_args_is_help=True, help="Make fallback images.")


@fallback.callback()
def options() -> None:
    """Make fallback images."""


@fallback.command()
def make(
    campaign: CampaignPath,
    template: Annotated[
        str, typer.Argument(metavar="TEMPLATE", help="The template's name or path.", show_default=False)
    ],
    profile: Annotated[
        str,
        typer.Option(
            "--profile", metavar="NAME", help="The test profile: everybody may see it.", show_default=False
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="A PNG in the campaign. Default: fallbacks/NAME.png.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Render the fallback image of a template for a test profile, and print the lines for its sidecar."""
    if output is not None and output.suffix.lower() != ".png":
        raise typer.BadParameter("the fallback image is a PNG: -o NAME.png")
    with closing(Campaign.open(campaign)) as opened:
        image = fallback_image(opened, template, opened.profile(profile))
        path = output or opened.folder / "fallbacks" / f"{Path(template).stem}.png"
        lines = sidecar_lines(opened, path, image.alt)
    write_aside(path, image.data)
    for finding in image.findings:
        if finding.severity != Severity.NOTE:
            report(finding)
    error_console().print(f"made {escape(str(path))}; write this into {escape(Path(template).stem)}.toml:")
    typer.echo(lines, nl=False)
