"""GIF: colours, transparency, the place of the text, and what other decoders make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps

from decoders import canvas_of_picture, decoded, same_in_chromium
from inkmerge import Template
from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode, read_text_alternative
from inkmerge.encode.gif_picture import HardPicture
from inkmerge.encode.gif_xmp import GIF_XMP, GIF_XMP_TRAILER
from inkmerge.encode.xmp import xmp_packet
from inkmerge.errors import RenderError, Severity
from inkmerge.raster.canvas import Canvas

CanvasOf = Callable[..., Canvas]
Opened = Callable[[bytes], Image.Image]
PHOTOS = Path(__file__).resolve().parents[3] / "fixtures" / "demo" / "assets"
SIZE = 300, 151
GIF = EncodeOptions("gif")
TEXT = TextAlternative("A voucher for Anna", "Gültig bis Mai. شكراً", "de")


def photo() -> Image.Image:
    with Image.open(PHOTOS / "pagoda.jpg") as image:
        return ImageOps.fit(image.convert("RGBA"), SIZE, Image.Resampling.LANCZOS)


def card_on_photo() -> Image.Image:
    """Put a white card with a text on the photo."""
    picture = photo()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((20, 20, 200, 120), fill="white")
    draw.text((40, 50), "Hello Anna", fill="#12355b", font_size=26)
    return picture


def flat_art() -> Image.Image:
    """Paint texts in more than 256 colours on a flat one."""
    picture = Image.new("RGBA", (600, 301), "#f4f1ea")
    draw = ImageDraw.Draw(picture)
    for n in range(6):
        colour = (n * 71 % 256, n * 37 % 256, n * 113 % 256)
        draw.text((20, 10 + 48 * n), f"Hello Anna, {n}", fill=colour, font_size=24)
    return picture


def cut_out() -> Image.Image:
    """Write a text, and fade a photo out, on nothing."""
    picture = photo()
    picture.putalpha(Image.linear_gradient("L").rotate(90).resize(SIZE))
    ImageDraw.Draw(picture).rectangle((150, 0, 299, 70), fill=(0, 0, 0, 0))
    ImageDraw.Draw(picture).text((160, 20), "Hello Anna", fill="#12355b", font_size=26)
    return picture


def few_colours() -> Image.Image:
    return Image.new("RGBA", SIZE, "#12355b")


EVERY_PICTURE = pytest.mark.parametrize("paint", [photo, card_on_photo, flat_art, cut_out, few_colours])


def gif_of(picture: Image.Image, options: EncodeOptions = GIF) -> bytes:
    return encode(canvas_of_picture(picture), options, TEXT).data


def flattened(picture: Image.Image) -> Image.Image:
    opaque = Image.new("RGB", picture.size, "white")
    opaque.paste(picture, mask=picture.convert("RGBA"))
    return opaque


@pytest.mark.parametrize(("colours", "kept"), [(1, 1), (2, 2), (3, 3), (255, 255), (256, 256), (257, 256)])
def test_up_to_256_colours_are_kept_as_they_are(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, colours: int, kept: int
):
    def paint(x: int, y: int) -> tuple[int, int, int, int]:
        number = (x + 20 * y) % colours
        return number % 256, number // 256, 0, 255

    image = opened(encode(canvas_of(paint, 20, 15), GIF, text).data).convert("RGB")
    assert len(image.getcolors() or ()) == kept
    if colours == kept:
        assert all(image.getpixel((x, y)) == paint(x, y)[:3] for x in range(20) for y in range(15))


@pytest.mark.parametrize(("colours", "is_exact"), [(255, True), (256, False)])
def test_the_transparent_colour_is_one_of_256(
    canvas_of: CanvasOf, opened: Opened, text: TextAlternative, colours: int, is_exact: bool
):
    def paint(x: int, y: int) -> tuple[int, int, int, int]:
        number = x + 20 * y
        return (number, 7, 0, 255) if number < colours else (9, 9, 9, 0)

    image = opened(encode(canvas_of(paint, 20, 15), GIF, text).data).convert("RGBA")
    seen = [image.getpixel((x, y)) for y in range(15) for x in range(20)]
    assert all(pixel[3] == (255 if n < colours else 0) for n, pixel in enumerate(seen))
    assert len({pixel for pixel in seen if pixel[3]}) >= 254
    if is_exact:
        assert seen[:colours] == [(n, 7, 0, 255) for n in range(colours)]


@given(st.lists(st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=64))
def test_pixels_below_half_alpha_are_transparent_and_the_others_lie_on_the_background(
    pixels: list[tuple[int, int, int, int]],
):
    picture = Image.new("RGBA", (len(pixels), 1))
    picture.putdata(pixels)
    indexed = HardPicture.of(picture, (0, 170, 255)).exact()
    assert indexed is not None
    assert indexed.colours == len(indexed.picture.getcolors() or ())
    for x, (*colour, alpha) in enumerate(pixels):
        index = indexed.picture.getpixel((x, 0))
        shown = indexed.picture.convert("RGB").getpixel((x, 0))
        assert (index == indexed.transparent) == (alpha < 128)
        wanted = [
            round((band * alpha + below * (255 - alpha)) / 255)
            for band, below in zip(colour, (0, 170, 255), strict=True)
        ]
        if alpha < 128:
            wanted = [0, 170, 255]  # for readers that know no transparency
        assert all(abs(a - b) <= 1 for a, b in zip(shown, wanted, strict=True))


@pytest.mark.parametrize("alpha", [0, 255])
def test_no_finding_where_transparency_is_on_or_off(canvas_of: CanvasOf, text: TextAlternative, alpha: int):
    assert not encode(canvas_of(lambda x, _: (x, 0, 0, alpha if x < 5 else 255)), GIF, text).findings


def test_partly_transparent_pixels_are_counted_in_one_finding(canvas_of: CanvasOf, text: TextAlternative):
    encoded = encode(
        canvas_of(lambda x, _: (9, 9, 9, 40 * x if x < 7 else 255)),
        EncodeOptions("gif", background="#0af"),
        text,
    )
    (finding,) = encoded.findings
    assert (finding.code, finding.severity) == ("transparency-reduced", Severity.NOTE)
    assert "of 48 in between" in finding.message
    assert "lie on #0af" in finding.message
    assert finding.hint is not None


def test_what_is_transparent_costs_no_colours(opened: Opened):
    picture = photo()
    picture.paste((0, 0, 0, 0), (0, 0, 150, 151))
    left = opened(gif_of(picture)).convert("RGBA").crop((150, 0, 300, 151))
    alone = opened(gif_of(photo().crop((150, 0, 300, 151)))).convert("RGB")
    assert len(left.getcolors() or ()) >= len(alone.getcolors() or ()) - 2


def distance(one: Image.Image, other: Image.Image, blur: int) -> float:
    """Return the mean difference of two pictures seen from afar: averaged over squares."""
    size = one.width // blur, one.height // blur
    first, second = (picture.convert("RGB").resize(size, Image.Resampling.BOX) for picture in (one, other))
    return sum(abs(a - b) for a, b in zip(first.tobytes(), second.tobytes(), strict=True)) / (
        3 * size[0] * size[1]
    )


def test_a_gradient_is_dithered_so_that_it_shows_no_bands(opened: Opened):
    bands = [Image.linear_gradient("L").rotate(90 * n).resize(SIZE) for n in range(3)]
    picture = Image.merge("RGB", bands)
    shown = opened(gif_of(picture))
    plain = HardPicture.of(picture, (255, 255, 255)).reduced(256)
    assert distance(shown, picture, 5) < 0.7 * distance(plain, picture, 5)


def test_text_on_a_flat_colour_is_not_dithered(opened: Opened):
    picture = flat_art().convert("RGB")
    assert len(picture.getcolors(1 << 16) or ()) > 256
    plain = HardPicture.of(picture, (255, 255, 255)).reduced(256)
    assert opened(gif_of(picture)).convert("RGB").tobytes() == plain.convert("RGB").tobytes()


def test_a_flat_area_beside_a_photo_stays_flat(opened: Opened):
    shown = opened(gif_of(card_on_photo())).convert("RGB")
    assert shown.crop((22, 22, 198, 48)).getcolors() == [(176 * 26, (255, 255, 255))]
    photo_colours = shown.crop((210, 0, 300, 151)).getcolors()
    assert photo_colours is not None
    assert len(photo_colours) > 100


def test_a_budget_takes_colours_from_dithered_and_transparent_pictures_too(opened: Opened):
    encoded = encode(canvas_of_picture(cut_out()), EncodeOptions("gif", size_budget=10_000), TEXT)
    assert len(encoded.data) <= 10_000
    assert [finding.code for finding in encoded.findings] == ["transparency-reduced", "size-reduced"]
    image = opened(encoded.data).convert("RGBA")
    assert image.getchannel("A").getextrema() == (0, 255)
    assert len(image.getcolors() or ()) <= 128


def test_optimize_changes_nothing():
    assert gif_of(cut_out(), EncodeOptions("gif", optimize=True)) == gif_of(cut_out())


def test_a_side_above_65535_is_a_render_error():
    wide = Canvas(memoryview(bytes(4 * 70_000)), 70_000, 1, 280_000, 96)
    with pytest.raises(RenderError, match="70000 × 1"):
        encode(wide, GIF, TEXT)


def blocks_of(data: bytes) -> list[str]:
    """Walk over a GIF as a reader does that knows nothing of XMP, and name its blocks."""
    names = [data[:6].decode()]
    place = 13 + (3 << (data[10] & 7) + 1 if data[10] & 128 else 0)
    while data[place] != 0x3B:
        if data[place] == 0x2C:
            names.append("picture")
            place += 11 + (3 << (data[place + 9] & 7) + 1 if data[place + 9] & 128 else 0)
        else:
            assert data[place] == 0x21
            is_application = data[place + 1] == 0xFF
            names.append(data[place + 3 : place + 14].decode() if is_application else hex(data[place + 1]))
            place += 2
        while data[place]:
            place += 1 + data[place]
        place += 1
    assert place == len(data) - 1
    return names


@given(st.text(max_size=600))
def test_a_reader_that_takes_the_packet_for_sub_blocks_gets_past_it(alt: str):
    text = TextAlternative(alt, alt or None, "en")
    canvas = Canvas(memoryview(bytes(4)), 1, 1, 4, 96)
    assert blocks_of(encode(canvas, GIF, text).data) == ["GIF89a", "XMP DataXMP", "0xf9", "picture"]


def test_the_packet_stands_raw_before_its_trailer():
    data = gif_of(few_colours())
    assert len(GIF_XMP_TRAILER) == 258
    assert data.count(GIF_XMP + xmp_packet(TEXT).encode() + GIF_XMP_TRAILER) == 1


def test_a_text_behind_another_extension_and_picture_is_found():
    data = gif_of(few_colours())
    start = data.index(GIF_XMP)
    end = data.index(GIF_XMP_TRAILER) + len(GIF_XMP_TRAILER)
    comment = b"\x21\xfe\5Hello\0"
    moved = data[:start] + comment + data[end:-1] + data[start:end] + b";"
    assert read_text_alternative(moved) == TEXT


@pytest.fixture
def file(paint: Callable[[], Image.Image], tmp_path: Path) -> Path:
    path = tmp_path / "image.gif"
    path.write_bytes(gif_of(paint()))
    return path


@EVERY_PICTURE
def test_libvips_decodes_the_pixels_that_pillow_decodes(file: Path, opened: Opened):
    decoded("vips", "copy", str(file), f"{file}.png")
    ours = opened(file.read_bytes()).convert("RGBA")
    theirs = opened(Path(f"{file}.png").read_bytes()).convert("RGBA")
    assert theirs.getchannel("A").tobytes() == ours.getchannel("A").tobytes()
    assert flattened(theirs).tobytes() == flattened(ours).tobytes()


@EVERY_PICTURE
def test_imagemagick_decodes_the_pixels_that_pillow_decodes(file: Path, opened: Opened):
    decoded("convert", str(file), "-depth", "8", f"{file}.png")
    ours = opened(file.read_bytes()).convert("RGBA")
    theirs = opened(Path(f"{file}.png").read_bytes()).convert("RGBA")
    assert flattened(theirs).tobytes() == flattened(ours).tobytes()


@EVERY_PICTURE
def test_giflib_and_gifsicle_find_one_picture_and_no_fault(file: Path):
    assert b"GIF file terminated normally" in decoded("giftext", str(file))
    assert b"1 image\n" in decoded("gifsicle", "--info", str(file))


@pytest.mark.parametrize("paint", [photo, cut_out])
def test_exiftool_reads_the_text(file: Path):
    (found,) = json.loads(decoded("exiftool", "-json", "-G", "-validate", "-warning", str(file)))
    assert found.get("ExifTool:Warning") is None
    (found,) = json.loads(decoded("exiftool", "-json", "-XMP:all", "-lang", "en", str(file)))
    assert found["AltTextAccessibility"] == found["AltTextAccessibility-de"] == TEXT.alt
    assert found["ExtDescrAccessibility"] == found["ExtDescrAccessibility-de"] == TEXT.extended_description


def test_chromium_decodes_the_pixels_that_pillow_decodes(tmp_path: Path, opened: Opened):
    pairs = []
    for paint in (photo, card_on_photo, flat_art, cut_out, few_colours):
        gif = gif_of(paint())
        png = encode(canvas_of_picture(opened(gif)), EncodeOptions("png"), TEXT).data
        pairs.append((("gif", gif), ("png", png)))
    assert same_in_chromium(pairs, tmp_path) == [True] * 5


def test_a_prepared_template_gives_the_gif_of_an_unprepared_one(tmp_path: Path):
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="30" data-background="#fe8"><title>Hi {{ name }}</title>'
        '<circle r="20" fill="#0a7"/><text y="20" font-size="20">{{ name }}</text></svg>'
    )
    template = Template.load(tmp_path / "t.svg")
    recipient: dict[str, Any] = {"name": "Anna"}
    whole = template.render(recipient, 96, "gif", on_error="raise")
    assert not template.prepare(96, "gif")
    assert template.render(recipient, 96, "gif", on_error="raise") == whole
    assert (whole.media_type, whole.width, whole.height) == ("image/gif", 80, 30)
    assert "lie on #fe8" in whole.findings[-1].message
    assert read_text_alternative(whole.data) == TextAlternative("Hi Anna", None, "en")
