"""A strip into which pieces are put has the bytes of one that is encoded as a whole."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.encode import EncodeOptions, jpeg_strips
from inkmerge.encode.jpeg_strips import MCU_PX, JpegStrips, encode_rows
from inkmerge.encode.rows import Columns

Pixels = np.ndarray[Any, Any]


def painted(random: np.random.Generator, shape: tuple[int, int], colours: int, lowest_alpha: int) -> Pixels:
    """Scatter colours, multiplied by alpha."""
    alpha = random.integers(lowest_alpha, 256, (*shape, 1))
    straight = random.integers(0, colours, (*shape, 3)) * 255 // (colours - 1)
    return np.concatenate([straight * alpha // 255, alpha], axis=-1).astype(np.uint8)


@settings(max_examples=400, deadline=None)
@given(
    st.data(),
    st.builds(partial(EncodeOptions, "jpeg"), st.integers(1, 100), st.sampled_from(["4:2:0", "4:4:4"])),
    st.tuples(st.integers(17, 600), st.integers(17, 50)),
    st.sampled_from([2, 5, 256]),
    st.sampled_from([255, 254, 0]),
)
def test_pieces_make_the_bytes_of_strips_that_are_encoded_whole(
    data: st.DataObject, options: EncodeOptions, size: tuple[int, int], colours: int, alpha: int
):
    width, height = size
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    static, other = (painted(random, (height, width), colours, alpha) for _ in range(2))
    if data.draw(st.booleans()):
        static[:] = static[0, 0]
    px = MCU_PX[options.subsampling]
    changed = static.copy()
    dirty: dict[int, list[Columns]] = {}
    for n in sorted(data.draw(st.sets(st.integers(0, (height - 1) // px), min_size=1))):
        edges = sorted(data.draw(st.sets(st.integers(0, width), min_size=2, max_size=6)))
        dirty[n] = list(zip(edges[::2], edges[1::2], strict=False))
        for left, right in dirty[n]:
            rows = slice(n * px, (n + 1) * px)
            changed[rows, left:right] = other[rows, left:right]
    strips = JpegStrips(static, options, 96)
    spliced = strips.encode(changed, dirty, b"", is_painted_over=False)
    assert spliced == JpegStrips(changed, options, 96).encode(changed, {}, b"", is_painted_over=False)
    assert spliced == strips.encode(
        changed, dirty, b"", is_painted_over=False
    )  # also with what it has learned


@pytest.mark.parametrize(
    ("dirty", "widths"),
    [
        ([(40, 60)], [96]),  # MCUs 2 and 3, with 1 and 4, and what tells them apart on either side
        ([(0, 16)], [64]),  # before the first there is none
        ([(1_100, 1_168)], [144]),  # 68 to 72, with 67 and 73
        ([(1_100, 1_184)], [1_190]),  # with 74, which is the last and narrower
        ([(1_100, 1_185)], [1_190]),  # into the last
        ([(40, 60), (50, 90)], [128]),
        ([(40, 60), (200, 210)], [256]),  # near together
        ([(700, 710), (40, 60)], [176]),  # far apart
        ([(100, 1_000)], [1_190]),  # nearly all
    ],
)
def test_only_dirty_columns_and_the_mcus_beside_them_are_encoded_where_that_is_less_work(
    dirty: list[tuple[int, int]], widths: list[int], noted: list[int]
):
    rows = painted(np.random.default_rng(3), (32, 1_190), 256, 255)
    strips = JpegStrips(rows, EncodeOptions("jpeg"), 96)
    noted.clear()
    strips.encode(rows, {1: dirty}, b"", is_painted_over=False)
    assert noted == widths


def test_pieces_of_several_strips_are_encoded_side_by_side(noted: list[int]):
    rows = painted(np.random.default_rng(3), (16 * 40, 1_200), 256, 255)
    strips = JpegStrips(rows, EncodeOptions("jpeg"), 96)
    noted.clear()
    strips.encode(rows, {n: [(40, 60)] for n in range(3)}, b"", is_painted_over=False)
    assert noted == [16 * (1 + 3 * (4 + 1))]
    noted.clear()
    strips.encode(rows, {n: [(16, 16 * 31)] for n in range(39)}, b"", is_painted_over=False)
    assert noted == [16 * (1 + 12 * (32 + 1))] * 3 + [16 * (1 + 3 * (32 + 1))]


def test_a_strip_that_the_pictures_edge_cuts_off_is_encoded_whole(noted: list[int]):
    rows = painted(np.random.default_rng(3), (20, 400), 256, 255)
    strips = JpegStrips(rows, EncodeOptions("jpeg"), 96)
    noted.clear()
    strips.encode(rows, {1: [(40, 60)]}, b"", is_painted_over=False)
    assert noted == [400]


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return where the columns are noted that are encoded in each call."""
    encoded: list[int] = []

    def encode(rows: Pixels, options: EncodeOptions, *, stays_opaque: bool = False) -> bytes:
        encoded.append(rows.shape[1])
        return encode_rows(rows, options, stays_opaque=stays_opaque)

    monkeypatch.setattr(jpeg_strips, "encode_rows", encode)
    return encoded


def test_a_picture_that_shows_what_tells_pieces_apart_has_its_strips_encoded_whole():
    static = painted(np.random.default_rng(5), (48, 400), 256, 255)
    options = EncodeOptions("jpeg")
    strips = JpegStrips(static, options, 96)
    changed = static.copy()
    changed[16:32, 32:64] = np.tile(strips.pieces.separator, (1, 2, 1))
    changed[0:16, 200:220] = 0xFF
    dirty = {0: [(200, 220)], 1: [(32, 64)]}
    spliced = strips.encode(changed, dirty, b"", is_painted_over=False)
    assert spliced == JpegStrips(changed, options, 96).encode(changed, {}, b"", is_painted_over=False)
