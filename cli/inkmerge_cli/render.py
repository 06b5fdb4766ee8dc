"""`inkmerge render`: one template, one recipient, one image."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from inkmerge import IsolatedTemplate
from inkmerge.batch import write_aside
from inkmerge.errors import DataError, Location, Severity
from inkmerge_cli.console import report, write_data
from inkmerge_cli.options import (
    SUFFIX_FORMATS,
    AssetDirs,
    Dpi,
    FontDirs,
    FormatOption,
    TemplatePath,
    Width,
    require_one_size,
)

_FELL_BACK = 3


def render(
    template: TemplatePath,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where the image goes; - is stdout.", show_default=False
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FILE", help="The recipient as a JSON file.", show_default=False),
    ] = None,
    define: Annotated[
        list[str] | None,
        typer.Option("-D", metavar="NAME=VALUE", help="One attribute; dots reach inside. Repeatable."),
    ] = None,
    dpi: Dpi = None,
    width: Width = None,
    format: FormatOption = None,  # noqa: A002  the option's name
    font_dir: FontDirs = None,
    asset_dir: AssetDirs = None,
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
    recipient = _recipient(data, define or [])
    chosen = format or SUFFIX_FORMATS.get(output.suffix.lower())
    with IsolatedTemplate.load(
        template, font_dir or (), asset_dir or (), alt="" if decorative else alt
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


def _recipient(path: Path | None, define: list[str]) -> dict[str, Any]:
    recipient: dict[str, Any] = {}
    if path is not None:
        recipient = _read_json(path)
    for item in define:
        name, equals, value = item.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"-D {item!r} is not NAME=VALUE")
        *parents, last = name.strip().split(".")
        into = recipient
        for parent in parents:
            into = into.setdefault(parent, {})
            if not isinstance(into, dict):
                raise typer.BadParameter(f"-D {item!r}: {parent!r} already is a plain value")
        into[last] = value
    return recipient


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror}") from None
    except (UnicodeDecodeError, RecursionError) as fault:
        raise DataError(f"{path} is not JSON: {fault}", hint="save it as UTF-8") from None
    except json.JSONDecodeError as fault:
        raise DataError(
            f"{path} is not JSON: {fault.msg}", location=Location(path.name, fault.lineno)
        ) from None
    if not isinstance(found, dict):
        raise DataError(f"{path} holds no object", hint='write {"first_name": "Anna"}')
    return found
