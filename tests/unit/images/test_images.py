from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from inkmerge.errors import AssetNotAllowed, AssetNotFound, AssetTooLarge, InkmergeError, Location, NotAnImage
from inkmerge.images import ImageFolders, ImageSource, decode, open_image
from inkmerge.limits import Limits

PLACE = Location("t.svg", 3, "photo")


def encoded(image: Image.Image, name: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def opened(href: str, folder: Path, limits: Limits | None = None, *assets: Path) -> ImageSource:
    return open_image(href, ImageFolders(folder, assets), limits or Limits(), PLACE)


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_known_by_its_content(name: str, tmp_path: Path) -> None:
    data = encoded(Image.new("RGB", (6, 4), "red"), name)
    source = opened(uri(data, "image/x-lies"), tmp_path)
    assert (source.media_type, source.width, source.height) == (f"image/{name.lower()}", 6, 4)
    (tmp_path / "a b.bin").write_bytes(data)
    assert opened("a%20b.bin", tmp_path) == source


def test_pictures_come_from_the_templates_folder_and_the_allowed_ones_only(tmp_path: Path) -> None:
    inside, assets, outside = (tmp_path / name for name in ("in", "assets", "out"))
    for folder in (inside, assets, outside):
        folder.mkdir()
        (folder / f"{folder.name}.png").write_bytes(encoded(Image.new("L", (1, 1))))
    (inside / "link.png").symlink_to(outside / "out.png")
    assert opened("in.png", inside).width == 1
    assert opened("assets.png", inside, None, assets).width == 1
    assert opened("../assets/assets.png", inside, None, assets).width == 1
    for href in ("../out/out.png", "link.png"):
        with pytest.raises(AssetNotAllowed):
            opened(href, inside)


@pytest.mark.parametrize(
    ("href", "kind"),
    [
        ("http://127.0.0.1/a.png", AssetNotAllowed),
        ("//host/a.png", AssetNotAllowed),
        ("file:///etc/passwd", AssetNotAllowed),
        ("/etc/passwd", AssetNotAllowed),
        ("C:\\a.png", AssetNotAllowed),
        ("nothing.png", AssetNotFound),
        ("data:image/png;base64,@@", NotAnImage),
        ("data:nonsense", NotAnImage),
        ("data:text/plain,hello", NotAnImage),
        (uri(b"%!PS-Adobe"), NotAnImage),
        (uri(b"II*\x00" + b"\0" * 20), NotAnImage),
        (uri(b"\x1f\x8b\x08\0"), NotAnImage),
        (uri(b"x" * 5_000_000), AssetTooLarge),
    ],
)
def test_what_is_no_allowed_picture_is_refused_with_its_place(
    href: str, kind: type[InkmergeError], tmp_path: Path
) -> None:
    with pytest.raises(kind) as caught:
        opened(href, tmp_path)
    assert caught.value.location == PLACE


def test_pixels_are_counted_before_they_are_decoded(tmp_path: Path) -> None:
    data = encoded(Image.new("1", (5000, 5000)))
    with pytest.raises(AssetTooLarge, match="5,000"):
        opened(uri(data), tmp_path)
    assert opened(uri(data), tmp_path, replace(Limits(), image_px=30_000_000)).width == 5000


def test_exif_orientation_turns_the_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (4, 2), "red")
    image.paste("blue", (0, 0, 1, 2))
    source = opened(uri(encoded(image, "PNG", exif=exif.tobytes())), tmp_path)
    assert (source.width, source.height) == (2, 4)
    found = decode(source, 2, 4)
    assert found.data[:3] == b"\xff\x00\x00"  # the blue edge is on top: B G R
    assert found.data[-4:-1] == b"\x00\x00\xff"


def test_a_picture_is_decoded_at_most_at_the_size_it_is_drawn(tmp_path: Path) -> None:
    source = opened(uri(encoded(Image.new("RGB", (400, 200), "red"), "JPEG")), tmp_path)
    assert (decode(source, 100, 50).width, decode(source, 100, 50).height) == (100, 50)
    assert decode(source, 4000, 2000).width == 400


@pytest.mark.parametrize(
    ("image", "pixel"),
    [
        (Image.new("RGBA", (2, 2), (255, 0, 0, 128)), (0, 0, 128, 128)),
        (Image.new("LA", (2, 2), (255, 255)), (255, 255, 255, 255)),
        (Image.new("L", (2, 2), 7), (7, 7, 7, 255)),
        (Image.new("1", (2, 2), 1), (255, 255, 255, 255)),
        (Image.new("P", (2, 2), 0), (0, 0, 0, 255)),
        (Image.new("I;16", (2, 2), 0xFFFF), (255, 255, 255, 255)),
    ],
)
def test_every_mode_becomes_premultiplied_pixels(
    image: Image.Image, pixel: tuple[int, ...], tmp_path: Path
) -> None:
    found = decode(opened(uri(encoded(image)), tmp_path), 2, 2)
    assert tuple(found.data[:4]) == pixel
    assert found.is_opaque == (pixel[3] == 255)


def test_a_cmyk_jpeg_is_brought_to_rgb(tmp_path: Path) -> None:
    source = opened(uri(encoded(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")), tmp_path)
    blue, green, red, _ = decode(source, 8, 8).data[:4]
    assert red > 200
    assert max(blue, green) < 60


def test_a_damaged_picture_is_no_picture(tmp_path: Path) -> None:
    data = encoded(Image.effect_noise((64, 64), 50))
    with pytest.raises(NotAnImage):
        decode(opened(uri(data[: len(data) // 2]), tmp_path), 64, 64)
