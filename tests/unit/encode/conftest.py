"""Canvases as the rasterizer would hand them over."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.raster.canvas import Canvas

Pixel = tuple[int, int, int, int]
Paint = Callable[[int, int], Pixel]
CanvasOf = Callable[..., Canvas]


@pytest.fixture
def text() -> TextAlternative:
    return TextAlternative("A voucher for Anna", "Valid until May.", "de")


@pytest.fixture
def canvas_of() -> CanvasOf:
    """Paint a canvas: `paint(x, y)` gives straight R, G, B, A; rows are padded as cairo may pad them."""

    def build(
        paint: Paint, width: int = 16, height: int = 8, *, dpi: float = 96.0, padding: int = 4
    ) -> Canvas:
        rows = bytearray()
        for y in range(height):
            for x in range(width):
                red, green, blue, alpha = paint(x, y)
                rows += bytes((*(round(band * alpha / 255) for band in (blue, green, red)), alpha))
            rows += b"\x5a" * padding
        return Canvas(memoryview(bytes(rows)), width, height, 4 * width + padding, dpi)

    return build


@pytest.fixture
def opened() -> Callable[[bytes], Image.Image]:
    def open_(data: bytes) -> Image.Image:
        image = Image.open(BytesIO(data))
        image.load()
        return image

    return open_


@pytest.fixture
def noise_of(canvas_of: CanvasOf) -> Callable[[int, int], Canvas]:
    """Make an opaque canvas of a size that compresses badly, the same at every run."""
    return lambda width, height: canvas_of(_scattered, width, height)


@pytest.fixture
def noise(noise_of: Callable[[int, int], Canvas]) -> Canvas:
    return noise_of(160, 120)


@pytest.fixture
def translucent_noise(canvas_of: CanvasOf) -> Canvas:
    return canvas_of(lambda x, y: (*_scattered(x, y)[:3], 55 + x), 160, 120)


def _scattered(x: int, y: int) -> Pixel:
    mixed = (x * 73_856_093 ^ y * 19_349_663) * 2_654_435_761 & 0xFFFFFFFF
    return mixed >> 24, mixed >> 16 & 255, mixed >> 8 & 255, 255
