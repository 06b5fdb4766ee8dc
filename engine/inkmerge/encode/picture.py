"""A canvas becomes a Pillow picture with straight alpha, or none where it is opaque."""

from __future__ import annotations

from typing import Any

from PIL import Image

from inkmerge.errors import RenderError
from inkmerge.raster.canvas import Canvas


def picture_of(canvas: Canvas) -> Image.Image:
    """Return the pixels as `RGB` when every pixel is opaque, else as `RGBA` with straight alpha.

    Under full transparency the colour is black, which no decoder shows.

    Raises:
        RenderError: The canvas has no pixels, or fewer bytes than its size says.
    """
    if canvas.width < 1 or canvas.height < 1:
        raise RenderError(f"a canvas of {canvas.width} × {canvas.height} pixels holds no picture")
    try:
        return _read(canvas, "RGB", "BGRX") if _is_opaque(canvas) else _read(canvas, "RGBA", "BGRa")
    except ValueError as error:
        raise RenderError(
            f"a canvas of {canvas.width} × {canvas.height} pixels with a stride of {canvas.stride} bytes"
            f" does not match its {len(canvas.data):,} bytes: {error}"
        ) from error


def over_background(picture: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """Return an `RGB` picture: the pixels laid over one colour."""
    if picture.mode == "RGB":
        return picture
    opaque = Image.new("RGB", picture.size, colour)
    opaque.paste(picture, mask=picture)
    return opaque


def _is_opaque(canvas: Canvas) -> bool:
    # Pillow maps a buffer in its own layout instead of copying it. The layout's name does not matter here:
    # alpha is the fourth byte in both.
    lowest, _ = _read(canvas, "RGBA", "RGBA").getchannel("A").getextrema()
    return lowest == 255


def _read(canvas: Canvas, mode: str, layout: str) -> Image.Image:
    """Read the canvas as a Pillow mode from one of Pillow's byte layouts (`a` is premultiplied alpha)."""
    pixels: Any = canvas.data  # Pillow takes any buffer; its annotation lists only some
    return Image.frombuffer(mode, (canvas.width, canvas.height), pixels, "raw", layout, canvas.stride, 1)
