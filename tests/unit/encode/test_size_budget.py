from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode
from inkmerge.encode.options import Format
from inkmerge.errors import Severity
from inkmerge.raster.canvas import Canvas

CanvasOf = Callable[..., Canvas]
NoiseOf = Callable[[int, int], Canvas]
Opened = Callable[[bytes], Image.Image]


def test_a_file_within_its_budget_is_left_as_it_was_asked_for(noise: Canvas, text: TextAlternative):
    asked = encode(noise, EncodeOptions("jpeg"), text)
    assert encode(noise, EncodeOptions("jpeg", size_budget=len(asked.data)), text) == asked


@pytest.mark.parametrize("fmt", ["png", "jpeg", "webp", "gif"])
@pytest.mark.parametrize("share", [0.95, 0.7])
def test_quality_is_lowered_until_the_file_fits_and_a_note_says_how(
    noise: Canvas, text: TextAlternative, fmt: Format, share: float
):
    asked = encode(noise, EncodeOptions(fmt), text).data
    budget = int(len(asked) * share)
    encoded = encode(noise, EncodeOptions(fmt, size_budget=budget), text)
    (finding,) = encoded.findings
    assert len(encoded.data) <= budget
    assert (finding.code, finding.severity) == ("size-reduced", Severity.NOTE)
    assert f"{len(asked):,} became {len(encoded.data):,}" in finding.message


def test_no_step_is_taken_further_than_needed(noise: Canvas, text: TextAlternative):
    at_80 = len(encode(noise, EncodeOptions("jpeg", quality=80, optimize=True), text).data)
    encoded = encode(noise, EncodeOptions("jpeg", quality=95, size_budget=at_80), text)
    assert "saved at quality 80" in encoded.findings[0].message
    assert len(encoded.data) == at_80


@pytest.mark.parametrize(
    ("options", "last_step"),
    [
        (EncodeOptions("png", size_budget=1), "reduced to 16 colours"),
        (EncodeOptions("jpeg", size_budget=1), "quality 35"),
        (EncodeOptions("jpeg", subsampling="4:4:4", size_budget=1), "quality 35 with 4:2:0 chroma"),
        (
            EncodeOptions("jpeg", quality=20, subsampling="4:4:4", size_budget=1),
            "quality 20 with 4:2:0 chroma",
        ),
        (EncodeOptions("webp", size_budget=1), "quality 35"),
        (EncodeOptions("gif", size_budget=1), "reduced to 16 colours"),
    ],
    ids=str,
)
def test_a_budget_out_of_reach_gives_the_smallest_file_and_a_warning(
    noise: Canvas, text: TextAlternative, options: EncodeOptions, last_step: str
):
    encoded = encode(noise, options, text)
    (finding,) = encoded.findings
    assert (finding.code, finding.severity) == ("size-budget-exceeded", Severity.WARNING)
    assert last_step in finding.message
    assert finding.hint is not None


def test_nothing_is_said_to_have_been_done_where_nothing_made_the_file_smaller(
    noise: Canvas, text: TextAlternative
):
    options = EncodeOptions("webp", quality=30, size_budget=1)
    encoded = encode(noise, options, text)
    assert "after" not in encoded.findings[0].message
    assert encoded.data == encode(noise, EncodeOptions("webp", quality=30), text).data


def test_lossless_webp_stays_lossless_within_a_budget(noise: Canvas, text: TextAlternative, opened: Opened):
    encoded = encode(noise, EncodeOptions("webp", lossless=True, size_budget=1), text)
    assert opened(encoded.data).tobytes() == opened(encode(noise, EncodeOptions(), text).data).tobytes()


def test_a_png_that_must_not_have_a_palette_has_none_within_a_budget(
    noise: Canvas, text: TextAlternative, opened: Opened
):
    encoded = encode(noise, EncodeOptions(palette="never", size_budget=1), text)
    assert opened(encoded.data).mode == "RGB"


@pytest.mark.parametrize("fmt", ["png", "gif"])
def test_few_colours_are_reduced_only_below_their_number(
    fmt: Format, canvas_of: CanvasOf, text: TextAlternative, opened: Opened
):
    canvas = canvas_of(lambda x, y: ((x * y) % 40 * 6, 0, 0, 255), 64, 64)
    encoded = encode(canvas, EncodeOptions(fmt, size_budget=1), text)
    assert len(opened(encoded.data).getcolors()) <= 32


def test_a_translucent_png_keeps_its_transparency_within_a_budget(
    translucent_noise: Canvas, text: TextAlternative, opened: Opened
):
    asked = len(encode(translucent_noise, EncodeOptions(), text).data)
    encoded = encode(translucent_noise, EncodeOptions(size_budget=asked // 2), text)
    image = opened(encoded.data)
    assert image.mode == "P"
    assert image.convert("RGBA").getpixel((0, 0))[3] < 128


@pytest.mark.parametrize(
    ("side", "severity"), [(170, None), (230, Severity.NOTE), (300, Severity.WARNING)], ids=str
)
def test_a_heavy_image_without_a_budget_is_reported(
    noise_of: NoiseOf, text: TextAlternative, side: int, severity: Severity | None
):
    encoded = encode(noise_of(side, side), EncodeOptions(palette="never"), text)
    found = [(finding.code, finding.severity) for finding in encoded.findings]
    assert found == ([("image-heavy", severity)] if severity else [])
