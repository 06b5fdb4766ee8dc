"""Spliced files hold the pixels of whole ones, whatever was dirty."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode, read_text_alternative
from inkmerge.encode.jpeg_strips import encode_rows
from inkmerge.encode.options import Subsampling
from inkmerge.encode.rows import rows_of
from inkmerge.encode.strips import StaticStrips
from inkmerge.errors import RenderError
from inkmerge.flat.bounds import Box
from inkmerge.raster.canvas import Canvas

TEXT = TextAlternative("A voucher for Anna", "Valid until May.", "de")
PNG, JPEG = EncodeOptions("png"), EncodeOptions("jpeg")

Pair = tuple[Canvas, Canvas, list[Box]]


def canvas_from(straight: np.ndarray[Any, Any], padding: int = 0, dpi: float = 96.0) -> Canvas:
    """Multiply R G B A by alpha, and lay it out as the rasterizer does."""
    height, width, _ = straight.shape
    alpha = straight[..., 3:].astype(np.uint16)
    rows = np.full((height, 4 * width + padding), 0x5A, np.uint8)
    pixels = rows[:, : 4 * width].reshape(height, width, 4)
    pixels[..., :3] = (straight[..., 2::-1] * alpha + 127) // 255
    pixels[..., 3:] = alpha
    return Canvas(rows.tobytes(), width, height, 4 * width + padding, dpi)


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(BytesIO(data)).convert("RGBA"))


def rows(top: int, bottom: int) -> Box:
    """Return the box around some rows of any picture."""
    return Box(-9, top, 999, bottom)


def painted(canvas: Canvas, boxes: list[Box], colours: np.ndarray[Any, Any]) -> Canvas:
    """Copy a canvas, with other pixels in some boxes."""
    pixels = rows_of(canvas).copy()
    for box in boxes:
        left, top, right, bottom = (max(int(edge), 0) for edge in box)
        pixels[top:bottom, left:right] = rows_of(canvas_from(colours))[top:bottom, left:right]
    return Canvas(pixels.tobytes(), canvas.width, canvas.height, 4 * canvas.width, canvas.dpi)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Make a static picture, another one, and the boxes in which they differ."""
    width, height = draw(st.integers(1, 70) | st.integers(300, 420)), draw(st.integers(1, 70))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    colours = draw(st.sampled_from([2, 6, 256]))
    alphas = draw(st.sampled_from([(255, 256), (254, 256), (0, 256)]))
    static, other = (
        np.concatenate(
            [
                random.integers(0, colours, (height, width, 3)) * (255 // (colours - 1)),
                random.integers(*alphas, (height, width, 1)),
            ],
            axis=-1,
        ).astype(np.uint8)
        for _ in range(2)
    )
    other[..., 3] = draw(st.sampled_from([other[..., 3], np.uint8(255)]))
    edges = st.tuples(*[st.integers(-3, 75)] * 4) | st.tuples(*[st.integers(0, 420), st.integers(0, 70)] * 2)
    boxes = [Box(*one) for one in draw(st.lists(edges, max_size=3))]
    canvas = canvas_from(static, draw(st.sampled_from([0, 4])))
    return canvas, painted(canvas, boxes, other), boxes


@settings(max_examples=150, deadline=None)
@given(pairs(), st.sampled_from(["auto", "never"]))
def test_a_spliced_png_has_the_pixels_of_a_whole_one(pair: Pair, palette: Any):
    static, canvas, dirty = pair
    options = EncodeOptions("png", palette=palette)
    spliced = StaticStrips(static, options).encode(canvas, dirty, TEXT).data
    assert np.array_equal(pixels(spliced), pixels(encode(canvas, options, TEXT).data))
    assert read_text_alternative(spliced) == TEXT


@settings(max_examples=150, deadline=None)
@given(pairs(), st.sampled_from([60, 85, 93, 97]), st.sampled_from(["4:2:0", "4:4:4"]))
def test_a_spliced_jpeg_has_the_pixels_of_a_whole_one(pair: Pair, quality: int, subsampling: Subsampling):
    static, canvas, dirty = pair
    options = EncodeOptions("jpeg", quality, subsampling, background="#0af")
    spliced = StaticStrips(static, options).encode(canvas, dirty, TEXT).data
    assert np.array_equal(pixels(spliced), pixels(encode_rows(rows_of(canvas), options)))
    assert read_text_alternative(spliced) == TEXT


@pytest.mark.parametrize("quality", [93, 97])
def test_qualities_above_90_give_the_pixels_of_pillow(noise: Canvas, quality: int):
    options = EncodeOptions("jpeg", quality)
    spliced = StaticStrips(noise, options).encode(noise, [rows(3, 40)], TEXT).data
    assert np.array_equal(pixels(spliced), pixels(encode(noise, options, TEXT).data))


@pytest.mark.parametrize("options", [PNG, JPEG], ids=["png", "jpeg"])
def test_only_the_strips_that_a_range_touches_are_encoded_anew(options: EncodeOptions):
    white, black = (canvas_from(np.full((64, 32, 4), (*[grey] * 3, 255), np.uint8)) for grey in (255, 0))
    seen = pixels(StaticStrips(white, options).encode(black, [rows(31, 33)], TEXT).data)
    assert set(seen[16:48, :, :3].flat) == {0}
    assert set(seen[:16, :, :3].flat) == set(seen[48:, :, :3].flat) == {255}


@pytest.mark.parametrize("options", [PNG, EncodeOptions("png", palette="never"), JPEG], ids=str)
def test_the_bytes_do_not_depend_on_what_was_encoded_before(options: EncodeOptions):
    colours = np.full((40, 24, 4), (200, 30, 60, 255), np.uint8)
    static = canvas_from(colours)
    see_through = painted(static, [rows(0, 20)], np.full((40, 24, 4), (9, 9, 9, 99), np.uint8))
    photo = np.random.default_rng(1).integers(0, 256, (40, 24, 4), np.uint8) | np.uint8([0, 0, 0, 255])
    cases = [
        (static, []),
        (see_through, [rows(0, 20)]),
        (painted(static, [rows(16, 40)], photo), [rows(16, 40)]),
    ]
    used = StaticStrips(static, options)
    for _ in range(2):
        for canvas, dirty in cases:
            fresh = StaticStrips(static, options)
            assert used.encode(canvas, dirty, TEXT) == fresh.encode(canvas, dirty, TEXT)
            assert np.array_equal(
                pixels(used.encode(canvas, dirty, TEXT).data)[..., 3],
                pixels(encode(canvas, options, TEXT).data)[..., 3],
            )


@pytest.mark.parametrize("options", [PNG, EncodeOptions("png", palette="never"), JPEG], ids=str)
def test_strips_can_be_handed_to_another_process(options: EncodeOptions):
    canvas = canvas_from(np.full((40, 24, 4), (200, 30, 60, 255), np.uint8))
    strips = StaticStrips(canvas, options)
    copied = pickle.loads(pickle.dumps(strips))  # noqa: S301  our own bytes
    assert copied.encode(canvas, [rows(3, 9)], TEXT) == strips.encode(canvas, [rows(3, 9)], TEXT)
    assert copied.byte_count == strips.byte_count


@pytest.mark.parametrize("options", [PNG, JPEG], ids=["png", "jpeg"])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_canvas_may_lie_in_any_buffer_with_any_stride(
    options: EncodeOptions, kind: Callable[[bytes], Any], noise: Canvas
):
    dense = Canvas(rows_of(noise).tobytes(), noise.width, noise.height, 4 * noise.width, noise.dpi)
    strips = StaticStrips(dense, options)
    padded = replace(noise, data=kind(bytes(noise.data)))
    assert strips.encode(padded, [rows(5, 30)], TEXT) == strips.encode(dense, [rows(5, 30)], TEXT)


@pytest.mark.parametrize("options", [PNG, EncodeOptions("png", palette="never"), JPEG], ids=str)
def test_a_spliced_file_tells_what_a_whole_one_tells(options: EncodeOptions):
    canvas = canvas_from(np.full((40, 24, 4), (200, 30, 60, 255), np.uint8), dpi=192)
    spliced = StaticStrips(canvas, options).encode(canvas, [rows(0, 9)], TEXT)
    whole = encode(canvas, options, TEXT)
    ours, theirs = Image.open(BytesIO(spliced.data)), Image.open(BytesIO(whole.data))
    ours.load()
    theirs.load()
    assert spliced.media_type == whole.media_type
    assert (ours.mode, ours.getexif()) == (theirs.mode, theirs.getexif())
    assert ours.info == theirs.info


def test_a_jpeg_whose_text_is_too_long_says_so_as_the_whole_encoder_does(noise: Canvas):
    for text in (TextAlternative("short", "&" * 40_000), TextAlternative("x" * 70_000)):
        spliced = StaticStrips(noise, JPEG).encode(noise, [], text)
        whole = encode(noise, JPEG, text)
        assert spliced.findings == whole.findings
        assert read_text_alternative(spliced.data) == read_text_alternative(whole.data)


def test_a_heavy_file_is_a_finding(noise_of: Callable[[int, int], Canvas]):
    heavy = noise_of(300, 130)
    assert [finding.code for finding in StaticStrips(heavy, PNG).encode(heavy, [], TEXT).findings] == [
        "image-heavy"
    ]


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("webp"),
        EncodeOptions("webp", lossless=True),
        EncodeOptions("gif"),
        EncodeOptions("png", optimize=True),
        EncodeOptions("jpeg", optimize=True),
        EncodeOptions("png", palette="always"),
        EncodeOptions("png", size_budget=20_000),
        EncodeOptions("jpeg", size_budget=6_000),
    ],
    ids=lambda options: f"{options.format}-{options.palette}-{options.lossless}-{options.size_budget}",
)
def test_what_cannot_be_spliced_is_encoded_whole(options: EncodeOptions, noise: Canvas):
    strips = StaticStrips(noise, options)
    assert strips.encode(noise, [rows(0, 3)], TEXT) == encode(noise, options, TEXT)


@pytest.mark.parametrize("options", [PNG, JPEG], ids=["png", "jpeg"])
def test_a_spliced_file_within_its_size_budget_stays_as_it_is(options: EncodeOptions, noise: Canvas):
    without = StaticStrips(noise, options).encode(noise, [rows(0, 3)], TEXT)
    enough = replace(options, size_budget=len(without.data))
    assert StaticStrips(noise, enough).encode(noise, [rows(0, 3)], TEXT).data == without.data


@pytest.mark.parametrize(
    ("options", "height"), [(PNG, 16), (JPEG, 16), (EncodeOptions("jpeg", 85, "4:4:4"), 8)], ids=str
)
def test_strips_tell_their_height_and_what_they_hold(options: EncodeOptions, height: int, noise: Canvas):
    strips = StaticStrips(noise, options)
    assert strips.height == height
    size = len(strips.encode(noise, [], TEXT).data)
    assert size - 2_000 < strips.byte_count < size


def test_strips_of_a_format_that_is_encoded_whole_have_no_height_and_hold_nothing(noise: Canvas):
    strips = StaticStrips(noise, EncodeOptions("webp"))
    assert (strips.height, strips.byte_count) == (None, 0)


@pytest.mark.parametrize("change", [{"width": 159}, {"height": 119}, {"dpi": 192.0}], ids=str)
def test_a_canvas_of_another_size_is_a_render_error(change: dict[str, Any], noise: Canvas):
    with pytest.raises(RenderError, match="does not fit"):
        StaticStrips(noise, PNG).encode(replace(noise, **change), [], TEXT)


@pytest.mark.parametrize("options", [PNG, JPEG], ids=["png", "jpeg"])
@pytest.mark.parametrize(
    "canvas",
    [
        Canvas(b"", 0, 0, 0, 96),
        Canvas(bytes(16), 4, 4, 16, 96),
        Canvas(bytes(64), 4, 4, 8, 96),
        Canvas(b"\xff" * 60, 4, 4, 16, 96),
    ],
    ids=["empty", "too-few-rows", "stride-below-width", "last-row-cut"],
)
def test_a_canvas_that_lies_about_its_size_is_a_render_error(options: EncodeOptions, canvas: Canvas):
    with pytest.raises(RenderError, match="canvas"):
        StaticStrips(canvas, options)


@pytest.mark.parametrize(("width", "height"), [(1, 65_501), (65_501, 1)])
def test_a_size_that_jpeg_cannot_hold_is_a_render_error_with_a_hint(width: int, height: int):
    with pytest.raises(RenderError, match="pixels cannot be encoded as jpeg") as caught:
        StaticStrips(Canvas(bytes(4 * width * height), width, height, 4 * width, 96), JPEG)
    assert caught.value.hint


def test_a_density_that_png_cannot_hold_is_a_render_error(noise: Canvas):
    with pytest.raises(RenderError):
        StaticStrips(replace(noise, dpi=1e12), PNG)
