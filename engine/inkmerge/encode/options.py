"""How a picture is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """How a picture is written.

    Attributes:
        format: The file format.
        quality: 1 to 100, for JPEG and lossy WebP.
        subsampling: Of colour in JPEG: `4:2:0` is small, `4:4:4` keeps coloured edges sharp.
        background: The colour under what is transparent, for JPEG: ``#rrggbb``.
        lossless: Whether WebP keeps every pixel.
        palette: PNG with at most 256 colours: `auto` where that is exact, `always` by quantizing, `never`.
        optimize: Whether to take long for a smaller file.
        size_budget: Bytes that the file may have, or None; quality goes down in steps until it fits.
    """

    format: Literal["png", "jpeg", "webp"] = "png"
    quality: int = 85
    subsampling: Literal["4:2:0", "4:4:4"] = "4:2:0"
    background: str = "#ffffff"
    lossless: bool = False
    palette: Literal["auto", "always", "never"] = "auto"
    optimize: bool = False
    size_budget: int | None = None
