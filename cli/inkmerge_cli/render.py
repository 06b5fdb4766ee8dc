"""`inkmerge render`: one template, one recipient, one image."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inkmerge import IsolatedTemplate
from inkmerge.batch import write_aside
from inkmerge.errors import Severity
from inkmerge_cli.console import report, write_data
from inkmerge_cli.options import (
    SUFFIX_FORMATS,
    AssetDirs,
    DataFile,
    Definitions,
    Dpi,
    FontDirs,
    FormatOption,
    RasterizerName,
    RasterizerOption,
    TemplatePath,
    Width,
    require_one_size,
)
from inkmerge_cli.recipient import recipient_of

_FELL_BACK = 3


def render(
    template: TemplatePath,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where the image goes; - is stdout.", show_default=False
        ),
    ],
    data: DataFile = None,
    define: Definitions = None,
    dpi: Dpi = None,
    width: Width = None,
    format: FormatOption = None,  # noqa: A002  the option's name
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    rasterizer: RasterizerOption = RasterizerName.AUTO,
    alt: Annotated[
        str | None, typer.Option("--alt", help="The text alternative, instead of the template's own.")
    ] = None,
    decorative: Annotated[
        bool, typer.Option("--decorative", help="The image says nothing: its text alternative is empty.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail instead of writing the fallback image.")
    ] = False,
) -> None:
    """Render the image of one recipient; exit code 3 when it is the fallback image."""
    require_one_size(dpi, width)
    recipient = recipient_of(data, define or [])
    chosen = format or SUFFIX_FORMATS.get(output.suffix.lower())
    with IsolatedTemplate.load(
        template,
        font_dir or (),
        asset_dir or (),
        alt="" if decorative else alt,
        rasterizer=rasterizer.value,
    ) as loaded:
        image = loaded.render(
            recipient,
            dpi,
            chosen.value if chosen else None,
            width=width,
            on_error="raise" if strict else "fallback",
        )
    if str(output) == "-":
        write_data(image.data)
    else:
        write_aside(output, image.data)
    for finding in image.findings:
        if finding.severity != Severity.NOTE:
            report(finding)
    if image.fallback:
        raise typer.Exit(_FELL_BACK)
