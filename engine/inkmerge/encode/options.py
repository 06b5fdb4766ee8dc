"""How an image shall be encoded, checked when it is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from inkmerge.errors import InvalidValue

Format = Literal["png", "jpeg", "webp", "gif"]
Subsampling = Literal["4:2:0", "4:4:4"]
Palette = Literal["auto", "always", "never"]

_HEX_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class EncodeOptions:
    """The asked-for encoding; options of other formats are ignored.

    Attributes:
        format: ``png``, ``jpeg``, ``webp`` or ``gif``.
        quality: 1 to 100, for JPEG and lossy WebP.
        subsampling: JPEG's chroma resolution; ``4:4:4`` keeps coloured text sharp and costs about a third more.
        background: ``#rgb`` or ``#rrggbb``, put under transparency for JPEG, and under partly transparent pixels for GIF.
        lossless: Whether WebP keeps every pixel.
        palette: PNG with at most 256 colours: ``auto`` only when that is exact, ``always`` reduces the
            colours where it must, ``never`` writes RGB or RGBA even within a size budget.
        optimize: Whether to spend several times the time on a file that is a little smaller; GIF has nothing to gain.
        size_budget: Bytes that the file shall not exceed, or None. Quality is lowered in steps until it fits.

    Raises:
        InvalidValue: An option is not among those allowed.
    """

    format: Format = "png"
    quality: int = 85
    subsampling: Subsampling = "4:2:0"
    background: str = "#ffffff"
    lossless: bool = False
    palette: Palette = "auto"
    optimize: bool = False
    size_budget: int | None = None

    def __post_init__(self) -> None:
        _require_one_of("format", self.format, get_args(Format))
        _require_one_of("subsampling", self.subsampling, get_args(Subsampling))
        _require_one_of("palette", self.palette, get_args(Palette))
        if not _is_integer(self.quality) or not 1 <= self.quality <= 100:
            raise InvalidValue(
                f"`quality` is {self.quality!r}, not a whole number from 1 to 100",
                hint="80 to 90 suits pictures with text",
            )
        if not isinstance(self.background, str) or not _HEX_COLOUR.fullmatch(self.background):
            raise InvalidValue(
                f"`background` is {self.background!r}, not a colour such as `#ffffff`",
                hint="write `#rgb` or `#rrggbb`; transparency has no place under a JPEG",
            )
        if self.size_budget is not None and (not _is_integer(self.size_budget) or self.size_budget < 1):
            raise InvalidValue(
                f"`size_budget` is {self.size_budget!r}, not a whole number of bytes above 0",
                hint="100000 (100 kB) is good practice in mail; None sets no budget",
            )

    @property
    def background_rgb(self) -> tuple[int, int, int]:
        """The background as red, green and blue, each 0 to 255."""
        digits = self.background[1:]
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        red, green, blue = bytes.fromhex(digits)
        return red, green, blue


def _require_one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidValue(
            f"`{name}` is {value!r}, which is not among those allowed",
            hint="write one of " + ", ".join(f"`{one}`" for one in allowed),
        )


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
