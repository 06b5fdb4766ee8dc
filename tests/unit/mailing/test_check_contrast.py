"""Transparent images on light and dark backgrounds."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from inkmerge.mailing import check_contrast

from .checked_mails import check, encoded, image, letters, page, placed, tag

INK, LIGHT = "#2b1a3a", "#f4f1ea"


def grounds(data: bytes, around: str = "{}") -> list[str]:
    """Return the backgrounds on which an image is said to vanish."""
    hero = placed(image(data))
    found = check(page(around.replace("{}", tag(hero))), hero)
    return [one.message.rpartition("(")[2].rstrip(")") for one in found if one.code == "image-contrast"]


def test_dark_letters_on_transparency_vanish_in_dark_mode() -> None:
    assert grounds(letters(INK)) == ["#121212"]


def test_light_letters_on_transparency_vanish_on_white() -> None:
    assert grounds(letters(LIGHT)) == ["#ffffff"]


def test_letters_of_middling_light_are_read_on_both() -> None:
    assert grounds(letters("#8a7a5a")) == []


def test_an_outline_or_a_plate_keeps_letters_readable() -> None:
    assert grounds(letters(INK, outline="#ffffff")) == []
    assert grounds(letters(LIGHT, outline="#121212")) == []
    assert grounds(letters(INK, outline="#3a2a4a")) == ["#121212"]
    assert grounds(letters(INK, ground="#f4f1ea")) == []
    assert grounds(letters(LIGHT, ground="#121212")) == []


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ('<table bgcolor="#2b1a3a"><tr><td>{}</td></tr></table>', []),
        ('<div style="background:#2b1a3a url(x.png)">{}</div>', []),
        ('<div style="background-color:rgb(43, 26, 58)"><p>{}</p></div>', []),
        ('<div style="background:#2b1a3a"><p style="background:white">{}</p></div>', ["#ffffff"]),
        ('<div style="background:transparent">{}</div>', ["#ffffff"]),
    ],
)
def test_light_letters_are_looked_at_on_the_background_where_they_stand(
    around: str, expected: list[str]
) -> None:
    assert grounds(letters(LIGHT), around) == expected


def test_a_background_that_a_style_sheet_may_say_is_not_guessed() -> None:
    style = "<style>.hero { background: #2b1a3a }</style>"
    assert grounds(letters(LIGHT), style + '<div class="hero">{}</div>') == []
    assert grounds(letters(INK), style.replace("2b1a3a", "eeeeee") + '<div class="hero">{}</div>') == [
        "#121212"
    ]


def test_opaque_images_and_photos_are_not_looked_at() -> None:
    assert grounds(encoded(Image.new("RGB", (300, 100), INK))) == []
    assert grounds(encoded(Image.new("RGB", (300, 100), INK), "JPEG")) == []
    assert grounds(encoded(Image.new("RGBA", (300, 100), (43, 26, 58, 255)))) == []
    assert grounds(encoded(Image.new("RGBA", (300, 100), (43, 26, 58, 0)))) == []


def test_round_corners_and_soft_shadows_are_no_lines() -> None:
    picture = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    ImageDraw.Draw(picture).rounded_rectangle((0, 0, 299, 99), 20, fill=INK)
    assert grounds(encoded(picture)) == []
    picture = Image.new("RGBA", (300, 100), (0, 0, 0, 40))
    ImageDraw.Draw(picture).rounded_rectangle((20, 20, 279, 79), 8, fill="#f7b53c")
    assert grounds(encoded(picture)) == []


def test_a_palette_with_a_transparent_colour_is_transparent() -> None:
    picture = Image.new("P", (400, 120), 0)
    picture.putpalette([255, 255, 255, 43, 26, 58])
    draw = ImageDraw.Draw(picture)
    for left in range(40, 360, 23):
        draw.rectangle((left, 30, left + 6, 90), fill=1)
    for kind in ("GIF", "PNG"):
        data = io.BytesIO()
        picture.save(data, kind, transparency=0)
        assert grounds(data.getvalue()) == ["#121212"]


def test_an_image_in_twice_the_density_is_judged_alike() -> None:
    with Image.open(io.BytesIO(letters(INK))) as picture:
        double = encoded(picture.resize((800, 240), Image.Resampling.BICUBIC))
    hero = placed(image(double, dpi=192.0))
    assert "image-contrast" in [one.code for one in check(page(tag(hero)), hero)]


def test_an_image_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    hero = placed(image(letters("#2b1a3b")))
    first = check(page(tag(hero)), hero)
    monkeypatch.setattr(check_contrast, "_outline", lambda _: pytest.fail("decoded again"))
    assert check(page(tag(hero)), hero) == first


def test_the_share_that_vanishes_is_in_the_message() -> None:
    hero = placed(image(letters(INK)))
    (found,) = check(page(tag(hero)), hero)
    assert "100% of the outline" in found.message
