"""The parts that a spliced PNG is made of."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode import EncodeOptions, encode
from inkmerge.encode.deflated import adler32_combine
from inkmerge.encode.index_table import index_table
from inkmerge.encode.png_filters import Filter, filtered
from inkmerge.encode.strips import StaticStrips
from inkmerge.flat.bounds import Box
from inkmerge.raster.canvas import Canvas

TEXT = TextAlternative("Shapes")


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_checksums_of_two_parts_give_that_of_both(first: bytes, second: bytes):
    combined = adler32_combine(zlib.adler32(first), zlib.adler32(second), len(second))
    assert combined == zlib.adler32(first + second)


def test_checksums_of_long_parts_of_high_bytes_do_not_overflow():
    part = b"\xff" * 100_000
    assert adler32_combine(zlib.adler32(part), zlib.adler32(part), len(part)) == zlib.adler32(part * 2)


def unfiltered(lines: np.ndarray[Any, Any], step: int) -> list[list[int]]:
    """Reconstruct rows byte by byte, as https://www.w3.org/TR/png-3/#9Filter-types says it."""
    rows: list[list[int]] = []
    for kind, *line in lines.tolist():
        row: list[int] = []
        for x, value in enumerate(line):
            a = row[x - step] if x >= step else 0
            b = rows[-1][x] if rows else 0
            c = rows[-1][x - step] if rows and x >= step else 0
            p = a + b - c
            paeth = min((a, b, c), key=lambda byte, p=p: abs(p - byte))
            row.append((value + (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        rows.append(row)
    return rows


@given(
    st.sampled_from(Filter), st.integers(1, 4), st.integers(1, 4), st.integers(1, 9), st.integers(0, 2**32)
)
def test_filtered_rows_are_reconstructed_as_the_specification_says(
    kind: Filter, step: int, height: int, width: int, seed: int
):
    rows = np.random.default_rng(seed).integers(0, 256, (height, width * step), np.uint8)
    assert unfiltered(filtered(rows, step, kind), step) == rows.tolist()


@pytest.mark.parametrize("kind", Filter)
def test_the_first_row_of_a_strip_looks_at_no_row_above(kind: Filter):
    assert filtered(np.ones((2, 6), np.uint8), 3, kind)[0, 0] in {Filter.NONE, Filter.SUB}


def shades(count: int, width: int = 64, height: int = 48) -> Canvas:
    """Paint so many opaque colours."""
    words = np.arange(width * height, dtype="<u4") % count * 257 | 0xFF000000
    return Canvas(words.tobytes(), width, height, 4 * width, 96)


def with_colours(canvas: Canvas, top: int, words: list[int]) -> Canvas:
    """Paint some pixels from the start of a row on."""
    data = bytearray(canvas.data)
    place = top * canvas.stride
    data[place : place + 4 * len(words)] = np.array(words, "<u4").tobytes()
    return Canvas(bytes(data), canvas.width, canvas.height, canvas.stride, canvas.dpi)


@pytest.mark.parametrize(
    ("static", "words", "mode"),
    [
        (3, [0xFF000000], "P"),  # known
        (3, [0xFF123456, 0xFF654321], "P"),  # new
        (3, [0x80402010], "P"),  # new and translucent
        (250, [0xFF00AA00 + n for n in range(6)], "P"),
        (250, [0xFF00AA00 + n for n in range(7)], "RGB"),
        (256, [0xFF00AA01], "RGB"),
        (256, [0x80402010], "RGBA"),
        (257, [], "RGB"),
    ],
)
def test_png_has_a_palette_where_static_and_dirty_colours_fit_into_it(
    static: int, words: list[int], mode: str
):
    canvas = with_colours(shades(static), 20, words)
    strips = StaticStrips(shades(static), EncodeOptions())
    spliced = Image.open(BytesIO(strips.encode(canvas, [Box(0, 20, 64, 30)], TEXT).data))
    whole = Image.open(BytesIO(encode(canvas, EncodeOptions(), TEXT).data))
    assert spliced.mode == mode
    assert spliced.convert("RGBA").tobytes() == whole.convert("RGBA").tobytes()


def test_a_palette_that_must_be_and_fits_is_spliced():
    canvas = shades(200)
    for palette in ("always", "auto"):
        strips = StaticStrips(canvas, EncodeOptions(palette=palette))
        assert Image.open(BytesIO(strips.encode(canvas, [Box(0, 0, 64, 9)], TEXT).data)).mode == "P"


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=256, unique=True))
def test_every_colour_of_a_palette_is_found_and_no_other(colours: list[int]):
    words = np.array(colours, np.uint32)
    table = index_table(words)
    assert table is not None
    indices, lacking = table.indices(words)
    assert not lacking.size
    assert sorted(indices.tolist()) == list(range(len(colours)))
    others = np.setdiff1d(words ^ np.uint32(0x00010000), words)
    assert set(table.indices(others)[1]) == set(others)
