from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode
from inkmerge.encode.palette import alpha_of, exact_palette, reduced_palette
from inkmerge.raster.canvas import Canvas

CanvasOf = Callable[..., Canvas]
Opened = Callable[[bytes], Image.Image]


PIXELS = st.lists(st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=64)


@given(PIXELS)
def test_an_exact_palette_keeps_every_pixel(pixels: list[tuple[int, int, int, int]]):
    picture = Image.new("RGBA", (len(pixels), 1))
    picture.putdata(pixels)
    indexed = exact_palette(picture)
    assert indexed is not None
    assert indexed.mode == "P"
    assert indexed.convert("RGBA").tobytes() == picture.tobytes()


@pytest.mark.parametrize(("colours", "mode"), [(1, "P"), (2, "P"), (16, "P"), (256, "P"), (257, "RGB")])
def test_png_has_a_palette_exactly_where_at_most_256_colours_are_used(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, colours: int, mode: str
):
    canvas = canvas_of(
        lambda x, y: ((x + 20 * y) % colours % 256, (x + 20 * y) % colours // 256, 0, 255), 20, 15
    )
    image = opened(encode(canvas, EncodeOptions(), text).data)
    assert image.mode == mode
    assert len(image.convert("RGB").getcolors(1000)) == colours
    never = opened(encode(canvas, EncodeOptions(palette="never"), text).data)
    assert never.mode == "RGB"
    assert image.convert("RGB").tobytes() == never.tobytes()


def test_a_palette_of_translucent_colours_is_the_same_picture_as_rgba(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative
):
    canvas = canvas_of(lambda x, y: (255, 200, 0, 17 * x) if y < 4 else (0, 0, 90, 255))
    indexed = opened(encode(canvas, EncodeOptions(), text).data)
    assert indexed.mode == "P"
    full = opened(encode(canvas, EncodeOptions(palette="never"), text).data)
    assert indexed.convert("RGBA").tobytes() == full.tobytes()


def test_transparent_colours_come_first_so_that_their_chunk_is_short():
    picture = Image.new("RGBA", (3, 1))
    picture.putdata([(9, 9, 9, 255), (0, 0, 0, 0), (1, 1, 1, 255)])
    indexed = exact_palette(picture)
    assert indexed is not None
    assert alpha_of(indexed) == b"\0"


def test_an_opaque_palette_needs_no_alpha():
    assert alpha_of(reduced_palette(Image.linear_gradient("L").convert("RGB"), 8)) is None


def test_an_asked_for_palette_reduces_the_colours(
    noise: Canvas, translucent_noise: Canvas, opened: Opened, text: TextAlternative
):
    for canvas in (noise, translucent_noise):
        image = opened(encode(canvas, EncodeOptions(palette="always"), text).data)
        assert image.mode == "P"


def test_an_asked_for_palette_is_exact_where_it_can_be(canvas_of: CanvasOf, text: TextAlternative):
    canvas = canvas_of(lambda x, y: (x, y, 0, 255))
    assert encode(canvas, EncodeOptions(palette="always"), text) == encode(canvas, EncodeOptions(), text)
