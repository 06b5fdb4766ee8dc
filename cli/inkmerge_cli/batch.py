"""`inkmerge batch`: one template, many recipients, a folder of images with a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inkmerge import IsolatedTemplate
from inkmerge.batch import (
    MANIFEST,
    ManifestLine,
    Section,
    contact_sheet,
    read_recipients,
    run_batch,
    write_aside,
)
from inkmerge_cli.console import error_console
from inkmerge_cli.options import (
    AssetDirs,
    Dpi,
    FontDirs,
    FormatOption,
    RasterizerName,
    RasterizerOption,
    TemplatePath,
    Width,
    require_one_size,
)

_FELL_BACK = 3
_SHEET_LENGTH = 200


def batch(
    template: TemplatePath,
    recipients: Annotated[
        Path, typer.Argument(metavar="RECIPIENTS.csv", help="One recipient a row.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="The folder.", show_default=False)
    ],
    dpi: Dpi = None,
    width: Width = None,
    format: FormatOption = None,  # noqa: A002  the option's name
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    rasterizer: RasterizerOption = RasterizerName.AUTO,
) -> None:
    """Render every recipient's image; exit code 3 when some got the fallback image."""
    require_one_size(dpi, width)
    settings: dict[str, Any] = {"dpi": dpi, "width": width, "format": format.value if format else None}
    console = error_console()
    total = sum(1 for _ in read_recipients(recipients))
    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[fell_back]} fallbacks"),
        TimeRemainingColumn(),
    )
    lines: list[ManifestLine] = []
    done = fell_back = 0
    with (
        IsolatedTemplate.load(
            template, font_dir or (), asset_dir or (), rasterizer=rasterizer.value
        ) as loaded,
        Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress,
    ):
        task = progress.add_task(template.stem, total=total, fell_back=0)
        for line in run_batch(loaded, read_recipients(recipients), output, settings):
            done += 1
            fell_back += line.fallback is not None
            if len(lines) < _SHEET_LENGTH:
                lines.append(line)
            progress.update(task, advance=1, fell_back=fell_back)
    page = contact_sheet(template.stem, [Section(template.stem, "", lines)])
    write_aside(output / "index.html", page.encode())
    console.print(
        f"{done} images in {output}, {fell_back} of them fallback images; manifest: {output / MANIFEST}"
    )
    if fell_back:
        raise typer.Exit(_FELL_BACK)
