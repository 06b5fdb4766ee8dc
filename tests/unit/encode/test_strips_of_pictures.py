"""Spliced files of a photo and of flat art: how large they are, and what other decoders make of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from decoders import canvas_of_picture, decoded, same_in_chromium
from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode
from inkmerge.encode.jpeg_strips import encode_rows
from inkmerge.encode.rows import rows_of
from inkmerge.encode.strips import StaticStrips
from inkmerge.flat.bounds import Box

PHOTOS = Path(__file__).resolve().parents[3] / "fixtures" / "demo" / "assets"
WIDTH, HEIGHT = 600, 301
ALL = [Box(0, 0, WIDTH, HEIGHT)]
DIRTY = [Box(30, 60, 350, 130), Box(30, 200, 200, 240)]  # parts of 9 of 19 strips of 16 rows
TEXT = TextAlternative("A voucher for Anna", "Valid until May.", "de")
PNG, JPEG, JPEG_444 = EncodeOptions("png"), EncodeOptions("jpeg"), EncodeOptions("jpeg", 85, "4:4:4")


def photo() -> Image.Image:
    with Image.open(PHOTOS / "pagoda.jpg") as image:
        return ImageOps.fit(image.convert("RGBA"), (WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def flat_art() -> Image.Image:
    """Paint shapes with smooth edges in far more than 256 colours, on a gradient."""
    large = Image.linear_gradient("L").resize((2 * WIDTH, 2 * HEIGHT)).convert("RGBA")
    draw = ImageDraw.Draw(large)
    draw.rectangle((0, 80, 2 * WIDTH, 2 * HEIGHT), fill="#f4f1ea")
    for n in range(60):
        x, y, size = n * 337 % 1_150, n * 211 % 560, 20 + n * 53 % 160
        draw.ellipse((x, y, x + size, y + size), fill=(n * 71 % 256, n * 37 % 256, n * 113 % 256))
    return large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def glass() -> Image.Image:
    """Fade the photo out to the left."""
    picture = photo()
    picture.putalpha(Image.linear_gradient("L").rotate(90).resize(picture.size))
    return picture


def lettered(static: Image.Image) -> Image.Image:
    """Write a text into the dirty boxes."""
    picture = static.copy()
    draw = ImageDraw.Draw(picture)
    draw.text((40, 60), "Hello Anna", fill="black", font_size=50)
    draw.text((40, 200), "A voucher", fill="#a02040", font_size=30)
    return picture


def spliced(picture: Image.Image, options: EncodeOptions) -> bytes:
    return (
        StaticStrips(canvas_of_picture(picture), options)
        .encode(canvas_of_picture(lettered(picture)), DIRTY, TEXT)
        .data
    )


def whole(picture: Image.Image, options: EncodeOptions) -> bytes:
    """Encode the whole picture, with the encoder that the strips have."""
    canvas = canvas_of_picture(lettered(picture))
    if options.format == "jpeg":
        return encode_rows(rows_of(canvas), options)
    return encode(canvas, options, TEXT).data


EVERY_PICTURE = pytest.mark.parametrize("paint", [photo, flat_art, glass])
EVERY_FORMAT = pytest.mark.parametrize("options", [PNG, JPEG, JPEG_444], ids=["png", "420", "444"])


@pytest.mark.parametrize("paint", [photo, flat_art])
@pytest.mark.parametrize("dirty", [DIRTY, ALL], ids=["nine", "all"])
@pytest.mark.parametrize(("options", "bound"), [(PNG, 1.08), (JPEG, 1.01), (JPEG_444, 1.01)], ids=str)
def test_strips_cost_few_bytes_beside_pillows_defaults(
    paint: Callable[[], Image.Image], dirty: list[Box], options: EncodeOptions, bound: float
):
    picture = paint()
    canvas = canvas_of_picture(lettered(picture))
    ours = StaticStrips(canvas_of_picture(picture), options).encode(canvas, dirty, TEXT).data
    assert len(ours) <= bound * len(encode(canvas, options, TEXT).data)


def test_a_photo_that_covers_flat_colours_is_filtered_like_a_photo():
    canvas = canvas_of_picture(photo())
    blank = canvas_of_picture(Image.new("RGBA", (WIDTH, HEIGHT), "white"))
    ours = StaticStrips(blank, PNG).encode(canvas, ALL, TEXT).data
    assert len(ours) <= 1.08 * len(encode(canvas, PNG, TEXT).data)


@EVERY_PICTURE
def test_pngcheck_finds_no_error_in_a_spliced_png(paint: Callable[[], Image.Image], tmp_path: Path):
    file = tmp_path / "image.png"
    file.write_bytes(spliced(paint(), PNG))
    assert b"No errors detected" in decoded("pngcheck", "-v", str(file))


@EVERY_PICTURE
@pytest.mark.parametrize("options", [JPEG, JPEG_444], ids=["420", "444"])
def test_djpeg_decodes_a_spliced_jpeg_to_the_pixels_of_a_whole_one(
    paint: Callable[[], Image.Image], options: EncodeOptions, tmp_path: Path
):
    files = [tmp_path / "spliced.jpg", tmp_path / "whole.jpg"]
    for file, make in zip(files, (spliced, whole), strict=True):
        file.write_bytes(make(paint(), options))
    first, second = (decoded("djpeg", "-ppm", str(file)) for file in files)
    assert first == second


@EVERY_PICTURE
@EVERY_FORMAT
def test_libvips_decodes_a_spliced_file_to_the_pixels_of_a_whole_one(
    paint: Callable[[], Image.Image], options: EncodeOptions, tmp_path: Path
):
    seen = []
    for make in (spliced, whole):
        file = tmp_path / f"{make.__name__}.{options.format}"
        file.write_bytes(make(paint(), options))
        decoded("vips", "rawsave", str(file), f"{file}.raw")
        seen.append(Path(f"{file}.raw").read_bytes())
    assert seen[0] == seen[1]
    assert seen[0]


def test_chromium_decodes_spliced_files_to_the_pixels_of_whole_ones(tmp_path: Path):
    pairs = [
        tuple((options.format, make(paint(), options)) for make in (spliced, whole))
        for paint in (photo, flat_art, glass)
        for options in (PNG, JPEG, JPEG_444)
    ]
    assert same_in_chromium(pairs, tmp_path) == [True] * 9
