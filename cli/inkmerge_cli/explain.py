"""`inkmerge explain`: which rasterizer draws what of a template, and why."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer
from rich.markup import escape
from rich.table import Table

from inkmerge import IsolatedTemplate, Layer
from inkmerge.errors import MissingValue
from inkmerge_cli.console import data_console
from inkmerge_cli.options import AsJson, AssetDirs, DataFile, Definitions, FontDirs, TemplatePath
from inkmerge_cli.recipient import recipient_of


def explain(
    template: TemplatePath,
    data: DataFile = None,
    define: Definitions = None,
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
    as_json: AsJson = False,
) -> None:
    """Show the layers of a template in paint order: who draws each, and because of what.

    Without --data and -D the fields' examples are taken.
    """
    recipient = recipient_of(data, define or []) if data or define else None
    with IsolatedTemplate.load(template, font_dir or (), asset_dir or (), alt="") as loaded:
        try:
            layers = loaded.layers(recipient)
        except MissingValue as error:
            error.hint = f"give a recipient with --data or -D, or {error.hint}" if error.hint else error.hint
            raise
    if as_json:
        typer.echo(json.dumps([asdict(layer) for layer in layers], ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("layer", "rasterizer", "line", "elements", "uses"):
        table.add_column(column, overflow="fold", justify="right" if column in {"layer", "line"} else "left")
    for number, layer in enumerate(layers, start=1):
        table.add_row(
            str(number), layer.rasterizer, str(layer.line or ""), escape(_elements(layer)), _uses(layer)
        )
    data_console().print(table)


def _elements(layer: Layer) -> str:
    span = layer.first if layer.first == layer.last else f"{layer.first} … {layer.last}"
    return f"{layer.elements}: {span}"


def _uses(layer: Layer) -> str:
    if layer.rasterizer == "cairo":
        return escape("; ".join(name for name, _ in layer.features))
    return escape("; ".join(f"{name}: {reason}" for name, reason in layer.features))
