"""The benchmark's scenes are sound, its boxes say what the scenes say, and its judge of likeness is just."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from benchmarks.boxes import boxes_of
from benchmarks.likeness import Difference
from benchmarks.measuring import IMAGES, TURNS, take_turns
from benchmarks.scenes import OURS, Fonts, Scene, scenes
from inkmerge import Template

NOTO_SANS = OURS.parents[1] / "fonts" / "NotoSans.ttf"
TEMPLATES = sorted(OURS.glob("*.svg"))
CARD = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="30" viewBox="0 0 60 30">
<defs>
  <linearGradient id="glow"><stop stop-color="#111111"/><stop offset="1" stop-color="#222222"/></linearGradient>
  <filter id="cast"><feColorMatrix values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 127 0"/><feOffset dy="6"/><feGaussianBlur stdDeviation="8"/>
  <feColorMatrix values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0.2 0 0 0 0.5 0"/></filter>
</defs>
<rect width="60" height="30" fill="#ffffff"/><g><path d="M0 0h9v9z"/></g>
<g filter="url(#cast)"><rect x="10" y="5" width="40" height="20" rx="4" fill="#ffffff"/></g>
<circle cx="30" cy="15" r="5" fill="url(#glow)" stroke="#000000" stroke-width="2"/>
<path d="M20 10h8v4h-8z" fill="#ff0000"/>
<text x="30" y="20" text-anchor="middle" font-family="Noto Sans" font-size="10" fill="#333333">Hi {{ name }}</text>
</svg>"""


@pytest.fixture
def fonts() -> Fonts:
    return Fonts(NOTO_SANS, NOTO_SANS)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_scene_checks_clean_and_is_planned(path: Path) -> None:
    template = Template.load(path)
    assert template.check() == ()
    assert template.size == (600, 300)
    assert template.prepare(96, "jpeg") == ()


def test_each_recipient_of_a_scene_has_other_values_and_an_image_of_their_own(fonts: Fonts) -> None:
    found = [scene for scene in scenes(fonts) if scene.path.parent == OURS]
    assert {scene.path for scene in found} == set(TEMPLATES)
    for scene in found:
        assert len({tuple(values.items()) for values in scene.values}) == len(scene.values) >= 20
        assert not any(values in scene.earlier for values in scene.values)
        template = Template.load(scene.path)
        assert len({template.render(one, 96, "jpeg", on_error="raise").data for one in scene.values[:2]}) == 2


def test_peers_get_a_scene_filled_and_as_one_file(fonts: Fonts) -> None:
    scene = Scene("photo", OURS / "photo.svg", fonts, ())
    filled = scene.filled({"headline": "Tom & Ida", "subline": "<b>", "button": "Go"})
    assert ">Tom &amp; Ida</text>" in filled
    assert ">&lt;b&gt;</text>" in filled
    assert "{{" not in filled
    assert filled.count("data:image/jpeg;base64,") == 2


def test_boxes_lie_where_the_scene_has_its_shapes(fonts: Fonts, tmp_path: Path) -> None:
    path = tmp_path / "card.svg"
    path.write_text(CARD)
    behind, card, disc, mark, text = boxes_of(Scene("card", path, fonts, ()))
    assert behind.picture is not None
    assert (card.left, card.top, card.width, card.height) == (10, 5, 40, 20)
    assert card.style["boxShadow"] == "0 6px 16px rgba(0, 0, 51, 0.5)"
    assert (disc.left, disc.top, disc.width) == (24, 9, 12)
    assert disc.style["border"] == "2px solid #000000"
    assert disc.style["backgroundImage"] == "linear-gradient(180deg, #111111, #222222)"
    assert mark.picture is not None
    assert Image.open(io.BytesIO(mark.picture)).size == (16, 8)
    assert (mark.left, mark.top) == (20, 10)
    assert text.text == "Hi {{ name }}"
    assert text.left + text.width / 2 == 30
    assert text.top * 2 == round(text.top * 2)


def picture(x: float = 40, missing: str = "") -> bytes:
    """Draw a disc, a line and a text at `x`, but for what is missing."""
    image = Image.new("RGB", (400, 200), "white")
    draw = ImageDraw.Draw(image)
    if missing != "disc":
        draw.ellipse((250, 40, 370, 160), fill="#206080")
    if missing != "text":
        draw.text((x, 80), "Hello, Anna", fill="black", font_size=28)
    if missing != "line":
        draw.line((40, 140, 200, 140), fill="#bb2222", width=4)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_letter_half_a_pixel_beside_its_place_is_the_same_picture() -> None:
    assert Difference.between(picture(40.5), picture(), "png").is_same_picture


@pytest.mark.parametrize("missing", ["disc", "text", "line"])
def test_nobody_gains_by_leaving_something_out(missing: str) -> None:
    assert not Difference.between(picture(missing=missing), picture(), "png").is_same_picture
    assert not Difference.between(picture(), picture(missing=missing), "png").is_same_picture


def test_a_jpeg_is_compared_with_a_jpeg() -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(picture())).save(out, "JPEG", quality=85, subsampling="4:2:0")
    assert Difference.between(out.getvalue(), picture(), "jpeg") == Difference(0, 0)


def test_a_picture_of_another_size_is_another_picture() -> None:
    out = io.BytesIO()
    Image.new("RGB", (200, 100), "white").save(out, "PNG")
    assert not Difference.between(out.getvalue(), picture(), "png").is_same_picture


@pytest.mark.parametrize(("milliseconds", "images"), [(4, 63), (400, 5)])
def test_a_turn_takes_as_long_for_the_fast_as_for_the_slow(milliseconds: int, images: int) -> None:
    now = 0.0
    drawn: list[str] = []

    def paint(values: object, _: object) -> bytes:
        nonlocal now
        now += milliseconds / 1000
        drawn.append(str(values))
        return b"12345"

    found = take_turns(
        {"way": (lambda: now, paint)},
        [{"name": str(n)} for n in range(400)],
        [{"name": f"before {n}"} for n in range(400)],
        "png",
    )
    assert [len(turn) for turn in found["way"].milliseconds] == [pytest.approx(images, abs=1)] * TURNS
    counted = [one for one in drawn if "before" not in one]
    assert len(set(counted)) == min(len(counted), 400) >= TURNS * IMAGES
    assert "before" in drawn[0]
    assert found["way"].medians == (pytest.approx(milliseconds), 5)
