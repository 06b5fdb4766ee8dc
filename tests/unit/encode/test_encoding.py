from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode, read_text_alternative
from inkmerge.encode.options import Format, Subsampling
from inkmerge.errors import RenderError
from inkmerge.raster.canvas import Canvas

CanvasOf = Callable[..., Canvas]
Opened = Callable[[bytes], Image.Image]


EVERY_FORMAT = pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("png"),
        EncodeOptions("png", palette="always"),
        EncodeOptions("png", palette="never", optimize=True),
        EncodeOptions("jpeg"),
        EncodeOptions("jpeg", subsampling="4:4:4", optimize=True),
        EncodeOptions("webp"),
        EncodeOptions("webp", lossless=True),
        EncodeOptions("gif"),
    ],
    ids=lambda options: f"{options.format}-{options.palette}-{options.subsampling}-{options.lossless}",
)


def chunk_names(png: bytes) -> list[str]:
    names, place = [], 8
    while place < len(png):
        names.append(png[place + 4 : place + 8].decode())
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return names


def run_decoder(*command: str) -> bytes:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]}, a second decoder, is not installed")
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_an_opaque_canvas_becomes_an_rgb_png_with_the_same_pixels(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative
):
    canvas = canvas_of(lambda x, y: (x * 16, y * 31, 200, 255))
    image = opened(encode(canvas, EncodeOptions(palette="never"), text).data)
    assert image.mode == "RGB"
    assert image.getpixel((3, 5)) == (48, 155, 200)
    assert image.getpixel((15, 7)) == (240, 217, 200)


def test_one_transparent_pixel_makes_an_rgba_png(canvas_of: CanvasOf, opened: Opened, text: TextAlternative):
    canvas = canvas_of(lambda x, y: (255, 128, 0, 0 if (x, y) == (15, 7) else 255))
    image = opened(encode(canvas, EncodeOptions(palette="never"), text).data)
    assert image.mode == "RGBA"
    assert image.getpixel((15, 7)) == (0, 0, 0, 0)
    assert image.getpixel((14, 7)) == (255, 128, 0, 255)


def test_translucent_white_stays_white_so_that_edges_have_no_dark_fringe(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative
):
    canvas = canvas_of(lambda x, y: (255, 255, 255, 1 + x + 16 * y))
    for options in (EncodeOptions(), EncodeOptions(palette="always"), EncodeOptions("webp", lossless=True)):
        image = opened(encode(canvas, options, text).data).convert("RGBA")
        assert {image.getpixel((x, y))[:3] for x in range(16) for y in range(8)} == {(255, 255, 255)}


def test_straight_colours_are_within_what_premultiplication_keeps(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative
):
    canvas = canvas_of(lambda x, y: (200, 100, 50, 255 - x - 16 * y))
    image = opened(encode(canvas, EncodeOptions(palette="never"), text).data)
    for x in range(16):
        for y in range(8):
            *colour, alpha = image.getpixel((x, y))
            assert alpha == 255 - x - 16 * y
            assert all(abs(a - b) <= 2 for a, b in zip(colour, (200, 100, 50), strict=True))


def test_lossless_webp_keeps_every_pixel(
    noise: Canvas, translucent_noise: Canvas, opened: Opened, text: TextAlternative
):
    for canvas in (noise, translucent_noise):
        png = opened(encode(canvas, EncodeOptions(), text).data)
        webp = opened(encode(canvas, EncodeOptions("webp", lossless=True), text).data)
        assert webp.mode == png.mode
        assert webp.tobytes() == png.tobytes()


def test_jpeg_shows_its_background_under_transparency(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative
):
    canvas = canvas_of(lambda x, _: (255, 0, 0, 0 if x < 8 else 255))
    image = opened(encode(canvas, EncodeOptions("jpeg", quality=95, background="#0af"), text).data)
    assert image.mode == "RGB"
    assert all(abs(a - b) < 6 for a, b in zip(image.getpixel((1, 4)), (0, 0xAA, 0xFF), strict=True))


@pytest.mark.parametrize(("subsampling", "factors"), [("4:2:0", 0x22), ("4:4:4", 0x11)])
def test_jpeg_has_the_chroma_resolution_asked_for(
    noise: Canvas, text: TextAlternative, subsampling: Subsampling, factors: int
):
    data = encode(noise, EncodeOptions("jpeg", subsampling=subsampling), text).data
    frame = data.index(b"\xff\xc0")
    assert data[frame + 11] == factors


@pytest.mark.parametrize("fmt", ["jpeg", "webp"])
def test_a_higher_quality_makes_a_larger_file(noise: Canvas, text: TextAlternative, fmt: Format):
    sizes = [len(encode(noise, EncodeOptions(fmt, quality=q), text).data) for q in (20, 60, 95)]
    assert sizes == sorted(set(sizes))


@EVERY_FORMAT
def test_every_file_tells_its_text_and_where_the_format_can_its_density_and_colour_space(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, options: EncodeOptions
):
    canvas = canvas_of(lambda x, y: (x, y, 9, 255), dpi=192)
    encoded = encode(canvas, options, text)
    image = opened(encoded.data)
    assert encoded.media_type == Image.MIME[image.format] == f"image/{options.format}"
    assert read_text_alternative(encoded.data) == text
    assert not encoded.findings
    if options.format == "png":
        assert image.info["dpi"] == pytest.approx((192, 192), abs=0.02)
        assert image.info["srgb"] == 0
    elif options.format != "gif":
        exif = image.getexif()
        assert exif[ExifTags.Base.XResolution] == exif[ExifTags.Base.YResolution] == 192
        assert exif[ExifTags.Base.ResolutionUnit] == 2
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] == 1
    if options.format == "jpeg":
        assert image.info["jfif_density"] == (192, 192)
        assert image.info["jfif_unit"] == 1


def test_png_chunks_stand_in_the_order_of_the_specification(canvas_of: CanvasOf, text: TextAlternative):
    canvas = canvas_of(lambda x, _: (x, 0, 0, 128))
    names = chunk_names(encode(canvas, EncodeOptions(), text).data)
    assert names == ["IHDR", "sRGB", "iTXt", "PLTE", "tRNS", "pHYs", "IDAT", "IEND"]


def test_webp_announces_its_xmp_exif_and_alpha_in_the_vp8x_flags(canvas_of: CanvasOf, text: TextAlternative):
    data = encode(canvas_of(lambda *_: (9, 9, 9, 99)), EncodeOptions("webp"), text).data
    assert data[12:16] == b"VP8X"
    assert data[20] & 0x1C == 0x04 | 0x08 | 0x10


@pytest.mark.parametrize("dpi", [0.3, 90.7, 1e5])
def test_an_unusual_density_is_written_as_near_as_the_format_can(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, dpi: float
):
    canvas = canvas_of(lambda *_: (9, 9, 9, 255), dpi=dpi)
    assert opened(encode(canvas, EncodeOptions("jpeg"), text).data).info["jfif_density"] == (
        (min(max(round(dpi), 1), 65_535),) * 2
    )
    assert opened(encode(canvas, EncodeOptions(), text).data).info["dpi"][0] == pytest.approx(dpi, abs=0.02)
    webp = opened(encode(canvas, EncodeOptions("webp"), text).data)
    assert float(webp.getexif()[ExifTags.Base.XResolution]) == pytest.approx(dpi)


@EVERY_FORMAT
def test_the_same_input_gives_the_same_bytes(noise: Canvas, text: TextAlternative, options: EncodeOptions):
    padded = b"".join(
        noise.data[y * noise.stride : y * noise.stride + 4 * noise.width].tobytes() + b"\xee" * 16
        for y in range(noise.height)
    )
    same = Canvas(memoryview(padded), noise.width, noise.height, 4 * noise.width + 16, noise.dpi)
    assert encode(noise, options, text) == encode(noise, options, text) == encode(same, options, text)


def test_png_is_accepted_by_a_second_decoder(canvas_of: CanvasOf, text: TextAlternative, tmp_path: Path):
    file = tmp_path / "image.png"
    for alpha in (255, 128):
        for palette in ("always", "never"):
            canvas = canvas_of(lambda x, y, alpha=alpha: (x * 16, y * 31, 7, alpha))
            file.write_bytes(encode(canvas, EncodeOptions(palette=palette), text).data)
            assert b"No errors detected" in run_decoder("pngcheck", "-v", str(file))


def test_jpeg_is_decoded_alike_by_a_second_decoder(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, tmp_path: Path
):
    file = tmp_path / "image.jpg"
    file.write_bytes(
        encode(canvas_of(lambda x, y: (x * 16, y * 31, 7, 255)), EncodeOptions("jpeg"), text).data
    )
    ppm = opened(run_decoder("djpeg", "-ppm", str(file)))
    near = zip(ppm.tobytes(), opened(file.read_bytes()).tobytes(), strict=True)
    assert all(abs(a - b) <= 3 for a, b in near)


def test_webp_is_decoded_alike_by_a_second_decoder(
    translucent_noise: Canvas, opened: Opened, text: TextAlternative, tmp_path: Path
):
    file, decoded = tmp_path / "image.webp", tmp_path / "image.png"
    file.write_bytes(encode(translucent_noise, EncodeOptions("webp", lossless=True), text).data)
    run_decoder("dwebp", "-quiet", str(file), "-o", str(decoded))
    assert opened(decoded.read_bytes()).tobytes() == opened(file.read_bytes()).tobytes()


@pytest.mark.parametrize(
    "canvas",
    [
        Canvas(memoryview(b""), 0, 0, 0, 96),
        Canvas(memoryview(bytes(16)), 4, 4, 16, 96),
        Canvas(memoryview(bytes(64)), 4, 4, 8, 96),
        Canvas(memoryview(b"\xff" * 60), 4, 4, 16, 96),
    ],
    ids=["empty", "too-few-rows", "stride-below-width", "last-row-cut"],
)
def test_a_canvas_that_lies_about_its_size_is_a_render_error(canvas: Canvas, text: TextAlternative):
    with pytest.raises(RenderError, match="canvas"):
        encode(canvas, EncodeOptions(), text)


def test_a_size_that_the_format_cannot_hold_is_a_render_error_with_a_hint():
    wide = Canvas(memoryview(bytes(4 * 20_000)), 20_000, 1, 80_000, 96)
    with pytest.raises(RenderError) as caught:
        encode(wide, EncodeOptions("webp"), TextAlternative("wide"))
    assert "20000 × 1" in caught.value.message
    assert caught.value.hint is not None


def test_a_density_that_png_cannot_hold_is_a_render_error(canvas_of: CanvasOf, text: TextAlternative):
    with pytest.raises(RenderError):
        encode(canvas_of(lambda *_: (9, 9, 9, 255), dpi=1e12), EncodeOptions(), text)
