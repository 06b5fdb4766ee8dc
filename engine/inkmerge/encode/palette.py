"""A picture with many colours becomes one with at most 256, each pixel an index."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import cast

from PIL import Image

_MAX_COLOURS = 256  # https://www.w3.org/TR/png-3/#11PLTE
_RUN_BYTES = 4 * 32
_RUNS_KEPT = 4_096


def exact_palette(picture: Image.Image) -> Image.Image | None:
    """Return the same pixels as a `P` picture, or None when they have more than 256 colours.

    Colours that differ in alpha alone count as different. Transparent colours come first, so that the
    PNG's `tRNS` chunk, which ends with the last of them, is short.
    """
    counted = picture.getcolors(_MAX_COLOURS)
    if counted is None:
        return None
    alpha = b"" if picture.mode == "RGBA" else b"\xff"
    colours = sorted(
        (bytes(cast("tuple[int, ...]", bands)) + alpha for _, bands in counted), key=_alpha_first
    )
    indexed = Image.frombytes("P", picture.size, _indices(picture.convert("RGBA").tobytes(), colours))
    if picture.mode == "RGBA":
        indexed.putpalette(b"".join(colours), "RGBA")
    else:  # a palette with alpha would make Pillow write a `tRNS` chunk of nothing but 255
        indexed.putpalette(b"".join(colour[:3] for colour in colours), "RGB")
    return indexed


def reduced_palette(picture: Image.Image, colours: int) -> Image.Image:
    """Return the picture in at most so many colours, without dithering.

    Flat areas stay flat, which keeps text clean and the file small; a smooth gradient shows bands.
    """
    # Median cut gives the better colours, but knows no alpha.
    method = Image.Quantize.MEDIANCUT if picture.mode == "RGB" else Image.Quantize.FASTOCTREE
    return picture.quantize(colours, method=method, dither=Image.Dither.NONE)


def alpha_of(palette: Image.Image) -> bytes | None:
    """Return the alpha of each colour up to the last that is not opaque, or None when all are."""
    # https://www.w3.org/TR/png-3/#11tRNS: colours beyond the chunk's end are opaque
    return bytes((palette.getpalette("RGBA") or [])[3::4]).rstrip(b"\xff") or None


def _indices(pixels: bytes, colours: list[bytes]) -> bytes:
    """Return one byte for each pixel of four: its colour's place in the list."""
    # Words of 32 bits in the machine's order, so that a pixel takes one access to a dictionary; and most
    # runs of pixels of a flat picture are alike, so that most are looked up at once.
    places = {int.from_bytes(colour, sys.byteorder): place for place, colour in enumerate(colours)}

    @lru_cache(maxsize=_RUNS_KEPT)
    def places_of(run: bytes) -> bytes:
        return bytes(map(places.__getitem__, memoryview(run).cast("I")))

    return b"".join(places_of(pixels[at : at + _RUN_BYTES]) for at in range(0, len(pixels), _RUN_BYTES))


def _alpha_first(colour: bytes) -> tuple[int, bytes]:
    return colour[3], colour
