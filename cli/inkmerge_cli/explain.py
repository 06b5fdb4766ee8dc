"""`inkmerge explain`: what of a template is drawn once for everybody, what anew for each recipient, by whom, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge import IsolatedTemplate
from inkmerge.batch import write_aside
from inkmerge.errors import MissingValue
from inkmerge.explaining import Explanation, Layer
from inkmerge.loaded import example_recipient
from inkmerge.raster import DrawnPart
from inkmerge_cli.console import data_console, report
from inkmerge_cli.explanation_picture import elements_words, encoded_words, explanation_picture, place_words
from inkmerge_cli.options import (
    SUFFIX_FORMATS,
    AsJson,
    AssetDirs,
    DataFile,
    Definitions,
    Dpi,
    FontDirs,
    FormatChoice,
    FormatOption,
    RasterizerName,
    RasterizerOption,
    TemplatePath,
    Width,
    require_one_size,
)
from inkmerge_cli.recipient import recipient_of

_MOST_BOXES = 6
"""Boxes of a layer that are listed; JSON has all."""


def explain(
    template: TemplatePath,
    data: DataFile = None,
    define: Definitions = None,
    dpi: Dpi = None,
    width: Width = None,
    format: FormatOption = None,  # noqa: A002  the option's name
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            metavar="FILE",
            help="Draw it as well: where each dynamic layer is, and which rows are encoded anew.",
            show_default=False,
        ),
    ] = None,
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    rasterizer: RasterizerOption = RasterizerName.AUTO,
    as_json: AsJson = False,
) -> None:
    """Show the layers of a template in paint order: which change and why, who draws them, what is encoded anew.

    Without --data and -D the fields' examples are taken.
    """
    require_one_size(dpi, width)
    with IsolatedTemplate.load(
        template, font_dir or (), asset_dir or (), alt="", rasterizer=rasterizer.value
    ) as loaded:
        given = recipient_of(data, define or []) if data or define else None
        recipient = given if given is not None else example_recipient(loaded.fields) or {}
        try:
            found = loaded.explain(recipient, dpi, format.value if format else None, width=width)
        except MissingValue as error:
            error.hint = f"give a recipient with --data or -D, or {error.hint}" if error.hint else error.hint
            raise
        if picture is not None:
            image = loaded.render(recipient, found.dpi, "png", on_error="raise")
            chosen = SUFFIX_FORMATS.get(picture.suffix.lower(), FormatChoice.PNG)
            write_aside(picture, explanation_picture(template.name, found, image.data, chosen.value))
    if as_json:
        typer.echo(json.dumps(asdict(found) | {"share": found.share}, ensure_ascii=False, indent=1))
        return
    _print(template.name, found)
    if found.finding:
        report(found.finding)


def _print(name: str, found: Explanation) -> None:
    console = data_console()
    size = f"{found.width} × {found.height} pixels at {found.dpi:g} dpi"
    console.print(f"{escape(name)}: {found.format}, {size}\n")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for layer in found.layers:
        for number, (key, words) in enumerate(_lines(layer)):
            table.add_row(_title(layer) if number == 0 else "", key, escape(words))
    console.print(table)
    console.print(f"\n{encoded_words(found)}")


def _title(layer: Layer) -> str:
    return f"[bold]dynamic {layer.number}[/]" if layer.kind == "dynamic" else layer.kind


def _lines(layer: Layer) -> Iterator[tuple[str, str]]:
    """Yield what there is to say about a layer: where it is, why it changes, who draws it, what it touches."""
    yield "elements", elements_words(layer)
    for cause in layer.causes:
        yield "because", f"{cause} at {place_words(cause.element, cause.line)}"
    if layer.whole:
        yield "as one", f"with all that is in its group, for {', '.join(layer.whole)}"
    for part in layer.parts:
        yield part.rasterizer, _part(part)
    if not layer.parts:
        yield "drawn", "nothing for this recipient"
    if layer.touched:
        boxes = [
            f"{right - left} × {bottom - top} at {left}, {top}" for left, top, right, bottom in layer.touched
        ]
        more = f" and {len(boxes) - _MOST_BOXES} more" if len(boxes) > _MOST_BOXES else ""
        yield "pixels", "; ".join(boxes[:_MOST_BOXES]) + more


def _part(part: DrawnPart) -> str:
    is_routed = part.rasterizer == "resvg"
    uses = ", ".join(f"{name} ({why})" if why and is_routed else name for name, why in part.features)
    plural = "s" if part.elements > 1 else ""
    return f"{part.elements} element{plural} from {place_words(part.first, part.line)}: {uses}"
