from __future__ import annotations

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkmerge.alt import TextAlternative
from inkmerge.encode import EncodeOptions, encode, read_text_alternative
from inkmerge.errors import InvalidValue
from inkmerge.raster.canvas import Canvas

TEXT = TextAlternative('Hello "Anna" & <Bo> 🎉', "The long form", "de")


def canvas(image: Image.Image, dpi: float = 192) -> Canvas:
    data = image.convert("RGBA").convert("RGBa").tobytes("raw", "BGRa")
    return Canvas(data, image.width, image.height, 4 * image.width, dpi)


def photo(size: tuple[int, int] = (64, 32)) -> Image.Image:
    across = Image.linear_gradient("L").resize(size)
    down = across.transpose(Image.Transpose.ROTATE_180)
    return Image.merge("RGB", (across, down, across.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("source", "options", "mode"),
    [
        (Image.new("RGB", (8, 8), "#123456"), EncodeOptions(), "P"),
        (Image.new("RGB", (8, 8), "#123456"), EncodeOptions(palette="never"), "RGB"),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 128)), EncodeOptions(palette="never"), "RGBA"),
        (photo((256, 64)), EncodeOptions(), "RGB"),
        (photo((256, 64)), EncodeOptions(palette="always"), "P"),
    ],
)
def test_a_png_has_the_plainest_mode_that_keeps_its_pixels(
    source: Image.Image, options: EncodeOptions, mode: str
) -> None:
    found = decoded(encode(canvas(source), options, TEXT).data)
    assert found.mode == mode
    if options.palette != "always":
        assert found.convert("RGBA").tobytes() == source.convert("RGBA").tobytes()


def test_a_jpeg_puts_its_background_under_what_is_transparent() -> None:
    source = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    found = decoded(encode(canvas(source), EncodeOptions("jpeg", background="#ff0000"), TEXT).data)
    red, green, blue = found.getpixel((8, 8))  # type: ignore[misc]  # three channels
    assert red > 250
    assert green < 5
    assert blue < 5


@pytest.mark.parametrize(("subsampling", "layout"), [("4:2:0", 2), ("4:4:4", 0)])
def test_a_jpeg_is_subsampled_as_asked(subsampling: str, layout: int) -> None:
    from PIL import JpegImagePlugin

    data = encode(canvas(photo()), EncodeOptions("jpeg", subsampling=subsampling), TEXT).data  # type: ignore[arg-type]  # a literal
    assert JpegImagePlugin.get_sampling(decoded(data)) == layout


def test_lossless_webp_keeps_every_pixel_and_lossy_is_smaller() -> None:
    source = Image.effect_noise((64, 64), 60).convert("RGB")
    exact = encode(canvas(source), EncodeOptions("webp", lossless=True), TEXT).data
    assert decoded(exact).convert("RGB").tobytes() == source.tobytes()
    assert len(encode(canvas(source), EncodeOptions("webp", quality=30), TEXT).data) < len(exact)


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_density_srgb_and_text_alternative_are_in_the_file(name: str) -> None:
    data = encode(canvas(photo()), EncodeOptions(name), TEXT).data  # type: ignore[arg-type]  # a literal
    image = decoded(data)
    assert read_text_alternative(data) == TEXT
    if name == "png":
        assert b"sRGB" in data
        assert struct.pack(">IIB", 7559, 7559, 1) in data
    else:
        assert image.getexif().get_ifd(0x8769)[0xA001] == 1
    if name == "jpeg":
        assert image.info["dpi"] == (192, 192)


def test_a_decorative_image_has_no_alt_text_inside() -> None:
    assert read_text_alternative(encode(canvas(photo()), EncodeOptions(), TextAlternative("")).data) is None


def test_a_description_too_long_for_a_jpeg_segment_is_left_out_and_the_alt_text_stays() -> None:
    text = TextAlternative("Hello", "x" * 70_000)
    found = read_text_alternative(encode(canvas(photo()), EncodeOptions("jpeg"), text).data)
    assert found == TextAlternative("Hello", None)


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_any_alt_text_survives_the_file(alt: str) -> None:
    data = encode(canvas(photo()), EncodeOptions("jpeg"), TextAlternative(alt)).data
    found = read_text_alternative(data)
    kept = "".join(
        one
        for one in alt
        if one in "\t\n\r" or " " <= one <= "\ud7ff" or "\ue000" <= one <= "\ufffd" or one > "\uffff"
    )
    assert (found.alt if found else "") == kept.replace("\r\n", "\n").replace("\r", "\n") or "\r" in alt


def test_the_same_picture_is_the_same_bytes() -> None:
    for name in ("png", "jpeg", "webp"):
        options = EncodeOptions(name)  # type: ignore[arg-type]  # a literal
        assert encode(canvas(photo()), options, TEXT).data == encode(canvas(photo()), options, TEXT).data


@pytest.mark.parametrize("name", ["png", "jpeg", "webp"])
def test_a_size_budget_is_kept_and_said(name: str) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    whole = encode(canvas(noise), EncodeOptions(name, quality=90), TEXT).data  # type: ignore[arg-type]  # a literal
    budget = int(len(whole) * 0.7)
    found = encode(canvas(noise), EncodeOptions(name, quality=90, size_budget=budget), TEXT)  # type: ignore[arg-type]  # a literal
    assert len(found.data) <= budget
    assert [finding.code for finding in found.findings] == ["size-reduced"]
    assert read_text_alternative(found.data) == TEXT


def test_a_budget_that_cannot_be_kept_is_a_warning_with_the_smallest_file() -> None:
    found = encode(canvas(photo((256, 256))), EncodeOptions("jpeg", size_budget=100), TEXT)
    assert [finding.code for finding in found.findings] == ["size-budget-exceeded"]


@pytest.mark.parametrize(
    "options",
    [
        EncodeOptions("gif"),  # type: ignore[arg-type]  # wrong on purpose
        EncodeOptions(quality=0),
        EncodeOptions(background="red"),
        EncodeOptions(size_budget=0),
    ],
)
def test_wrong_options_are_refused_with_the_cure(options: EncodeOptions) -> None:
    with pytest.raises(InvalidValue) as caught:
        encode(canvas(photo()), options, TEXT)
    assert caught.value.hint


@pytest.mark.parametrize(("name", "tool"), [("png", "pngcheck"), ("jpeg", "djpeg"), ("webp", "dwebp")])
def test_a_second_decoder_reads_the_file_without_complaint(name: str, tool: str, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / f"t.{name}"
    path.write_bytes(encode(canvas(photo()), EncodeOptions(name), TEXT).data)  # type: ignore[arg-type]  # a literal
    command = {
        "pngcheck": ["pngcheck", "-q", path],
        "djpeg": ["djpeg", "-outfile", tmp_path / "o", path],
        "dwebp": ["dwebp", "-quiet", path, "-o", tmp_path / "o"],
    }
    done = subprocess.run(command[tool], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
