"""`inkmerge new`: a campaign folder to start from."""

from __future__ import annotations

import json
from contextlib import closing
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from inkmerge.batch import write_aside
from inkmerge.campaign import Campaign, campaign_schema
from inkmerge.campaign.fallback_images import fallback_image, sidecar_lines
from inkmerge.campaign.settings import SETTINGS, STATE
from inkmerge.errors import CampaignError
from inkmerge.template.sidecar import sidecar_schema
from inkmerge_cli.console import error_console
from inkmerge_cli.schema import schema_text

_TEMPLATE = "teaser"
_PROFILE = "neutral"


def new(
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="The folder to make.", show_default=False)],
) -> None:
    """Make a campaign folder that works as it is, to start from."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CampaignError(f"{folder} is there already, and not empty", hint="give the name of a new folder")
    _copy(files("inkmerge_cli") / "skeleton", folder)
    (folder / "gitignore").rename(folder / ".gitignore")  # packages leave out files that begin with a dot
    settings = folder / SETTINGS
    name = json.dumps(folder.resolve().name, ensure_ascii=False)  # JSON's strings are TOML's
    settings.write_text(settings.read_text(encoding="utf-8").replace('"NAME"', name), encoding="utf-8")
    write_aside(folder / STATE / "inkmerge.schema.json", schema_text(campaign_schema()).encode())
    write_aside(folder / STATE / "sidecar.schema.json", schema_text(sidecar_schema()).encode())
    _make_fallback(folder)
    console = error_console()
    console.print(f"made {escape(str(folder))}; look at it:")
    console.print(f"  inkmerge preview {escape(str(folder))} --open")


def _copy(source: Traversable, into: Path) -> None:
    """Copy the skeleton."""
    for one in source.iterdir():
        if one.is_dir():
            _copy(one, into / one.name)
        else:
            write_aside(into / one.name, one.read_bytes())


def _make_fallback(folder: Path) -> None:
    """Make the fallback image, and name it in the sidecar."""
    path = folder / "fallbacks" / f"{_TEMPLATE}.png"
    with closing(Campaign.open(folder)) as campaign:
        image = fallback_image(campaign, _TEMPLATE, campaign.profile(_PROFILE))
        lines = sidecar_lines(campaign, path, image.alt)
    write_aside(path, image.data)
    with (folder / "templates" / f"{_TEMPLATE}.toml").open("a", encoding="utf-8") as sidecar:
        sidecar.write(
            f"\n# What stands in; made by: inkmerge fallback make . {_TEMPLATE} --profile {_PROFILE}\n"
        )
        sidecar.write(lines)
