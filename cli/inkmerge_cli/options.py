"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

TemplatePath = Annotated[
    Path, typer.Argument(metavar="TEMPLATE", help="The SVG template.", show_default=False)
]
CampaignPath = Annotated[
    Path, typer.Argument(metavar="CAMPAIGN", help="The campaign's folder.", show_default=False)
]
FontDirs = Annotated[
    list[Path] | None,
    typer.Option(
        "--font-dir", metavar="DIR", help="A folder with fonts, searched before the bundled ones. Repeatable."
    ),
]
AssetDirs = Annotated[
    list[Path] | None,
    typer.Option("--asset-dir", metavar="DIR", help="A folder from which images may come. Repeatable."),
]
Dpi = Annotated[
    float | None,
    typer.Option(
        "--dpi", help="Pixels per inch; 96 is one pixel per CSS pixel. Default: the template's, else 192."
    ),
]
Width = Annotated[int | None, typer.Option("--width", metavar="PX", help="Pixels across, instead of --dpi.")]


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", help="Of RECIPIENTS, such as cp1252. Default: by its first bytes, else UTF-8."
    ),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Throw away what an earlier run wrote into the folder.")
]
DataFile = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="The recipient as a JSON file.", show_default=False),
]
Definitions = Annotated[
    list[str] | None,
    typer.Option("-D", metavar="NAME=VALUE", help="One attribute; dots reach inside. Repeatable."),
]


class RasterizerName(StrEnum):
    """Who draws."""

    AUTO = "auto"
    CAIRO = "cairo"
    RESVG = "resvg"


RasterizerOption = Annotated[
    RasterizerName,
    typer.Option(
        "--rasterizer",
        help="auto draws each part with the rasterizer that draws it faithfully; others force one.",
    ),
]


class FormatChoice(StrEnum):
    """What can be written."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    SVG = "svg"
    PDF = "pdf"


FormatOption = Annotated[
    FormatChoice | None,
    typer.Option("--format", help="Default: by the suffix of -o where that is a file, else PNG."),
]

SUFFIX_FORMATS = {
    ".png": FormatChoice.PNG,
    ".jpg": FormatChoice.JPEG,
    ".jpeg": FormatChoice.JPEG,
    ".webp": FormatChoice.WEBP,
    ".gif": FormatChoice.GIF,
    ".svg": FormatChoice.SVG,
    ".pdf": FormatChoice.PDF,
}


def require_one_size(dpi: float | None, width: int | None) -> None:
    """Refuse a density together with a width.

    Raises:
        typer.BadParameter: Both are given.
    """
    if dpi is not None and width is not None:
        raise typer.BadParameter("--dpi and --width exclude each other")
