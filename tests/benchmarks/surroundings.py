"""What every way finds: two static faces cut from the bundled variable font, no system fonts, one thread."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from benchmarks.scenes import ROOT, Fonts

_ONE_THREAD = (
    "VIPS_CONCURRENCY",
    "RAYON_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "UV_THREADPOOL_SIZE",
)
_FONTCONFIG = "<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"


@contextmanager
def surroundings() -> Iterator[Fonts]:
    """Set up the process and those that it starts, before a peer's library is loaded."""
    for name in _ONE_THREAD:
        os.environ[name] = "1"
    with tempfile.TemporaryDirectory(prefix="bench-fonts-") as folder:
        fonts = cut_faces(Path(folder))
        conf = Path(folder, "fonts.conf")
        conf.write_text(_FONTCONFIG.format(folder=folder))
        os.environ["FONTCONFIG_FILE"] = str(conf)
        yield fonts


def cut_faces(folder: Path) -> Fonts:
    """Write the regular and the bold face of the bundled Noto Sans."""
    faces = []
    for style, weight in (("Regular", 400), ("Bold", 700)):
        font = TTFont(ROOT / "fonts" / "NotoSans.ttf")
        instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, inplace=True)
        _rename(font, style)
        faces.append(folder / f"NotoSans-{style}.ttf")
        font.save(faces[-1])
    return Fonts(*faces)


def _rename(font: TTFont, style: str) -> None:
    """Say in a face what it is, where libraries look it up."""
    names = {1: "Noto Sans", 2: style, 4: f"Noto Sans {style}", 6: f"NotoSans-{style}", 16: None, 17: None}
    for number, text in names.items():
        font["name"].removeNames(nameID=number)
        if text is not None:
            font["name"].setName(text, number, 3, 1, 0x409)
    is_bold = style == "Bold"
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~0x61 | (0x20 if is_bold else 0x40)
    font["head"].macStyle = int(is_bold)
