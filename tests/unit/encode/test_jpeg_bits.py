"""A strip into which pieces are put has the bytes of one that is encoded as a whole."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkmerge.encode import EncodeOptions, jpeg_strips
from inkmerge.encode.jpeg_bits import Piece, StripBits, block_tables
from inkmerge.encode.jpeg_strips import COMPONENTS, MCU_PX, JpegStrips, encode_rows

Pixels = np.ndarray[Any, Any]

SEGMENT, CODES, SCAN = 2, 0xC4, 0xDA


def parts(file: bytes) -> tuple[bytes, bytes]:
    """Return what a JPEG says of its Huffman codes, and its entropy-coded bytes."""
    codes = b""
    place = SEGMENT
    while True:
        marker = file[place + 1]
        end = place + SEGMENT + int.from_bytes(file[place + 2 : place + 4], "big")
        if marker == CODES:
            codes += file[place + 4 : end]
        place = end
        if marker == SCAN:
            return codes, file[place:-SEGMENT]


def strip_bits(rows: Pixels, options: EncodeOptions) -> StripBits:
    codes, data = parts(encode_rows(rows, options))
    mcus = -(-rows.shape[1] // MCU_PX[options.subsampling])
    return StripBits(data, mcus, block_tables(codes, COMPONENTS[options.subsampling]))


def painted(random: np.random.Generator, shape: tuple[int, int], colours: int, lowest_alpha: int) -> Pixels:
    """Scatter colours, multiplied by alpha."""
    alpha = random.integers(lowest_alpha, 256, (*shape, 1))
    straight = random.integers(0, colours, (*shape, 3)) * 255 // (colours - 1)
    return np.concatenate([straight * alpha // 255, alpha], axis=-1).astype(np.uint8)


@settings(max_examples=400, deadline=None)
@given(
    st.data(),
    st.builds(partial(EncodeOptions, "jpeg"), st.integers(1, 100), st.sampled_from(["4:2:0", "4:4:4"])),
    st.integers(17, 260),
    st.sampled_from([2, 5, 256]),
    st.sampled_from([255, 254, 0]),
)
def test_pieces_make_the_bytes_of_a_strip_that_is_encoded_whole(
    data: st.DataObject, options: EncodeOptions, width: int, colours: int, alpha: int
):
    px = MCU_PX[options.subsampling]
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    shape = data.draw(st.integers(1, px)), width
    static, other = (painted(random, shape, colours, alpha) for _ in range(2))
    if data.draw(st.booleans()):
        static[:] = static[0, 0]
    mcus = -(-width // px)
    edges = sorted(data.draw(st.sets(st.integers(0, mcus - 1), min_size=2, max_size=min(6, mcus))))
    places = list(zip(edges[::2], edges[1::2], strict=False))
    changed = static.copy()
    for first, last in places:
        # The first MCU of a piece is unchanged unless the strip starts with it.
        span = slice((first + bool(first)) * px, last * px)
        changed[:, span] = other[:, span]
    pieces = [
        Piece(first, last, parts(encode_rows(changed[:, first * px : (last + 1) * px].copy(), options))[1])
        for first, last in places
    ]
    bits = strip_bits(static, options)
    assert bits.with_pieces(pieces) == parts(encode_rows(changed, options))[1]
    assert bits.with_pieces(pieces) == bits.with_pieces(pieces)  # also with what it has learned


@pytest.mark.parametrize(
    ("dirty", "widths"),
    [
        ([(40, 60)], [64]),  # MCUs 2 and 3, with 1 and 4
        ([(0, 16)], [32]),  # before the first there is none
        ([(1_100, 1_184)], [118]),  # 68 to 73, with 67, and 74, which is the last and narrower
        ([(1_100, 1_185)], [1_190]),  # into the last
        ([(40, 60), (50, 90)], [96]),
        ([(40, 60), (300, 310)], [320]),  # near together
        ([(700, 710), (40, 60)], [64, 64]),  # far apart
        ([(100, 1_000)], [1_190]),  # nearly all
    ],
)
def test_only_dirty_columns_and_the_mcus_beside_them_are_encoded_where_that_is_less_work(
    dirty: list[tuple[int, int]], widths: list[int], monkeypatch: pytest.MonkeyPatch
):
    rows = painted(np.random.default_rng(3), (32, 1_190), 256, 255)
    options = EncodeOptions("jpeg")
    strips = JpegStrips(rows, options, 96)
    encoded: list[int] = []

    def noted(rows: Pixels, options: EncodeOptions, *, stays_opaque: bool) -> bytes:
        encoded.append(rows.shape[1])
        return encode_rows(rows, options, stays_opaque=stays_opaque)

    monkeypatch.setattr(jpeg_strips, "encode_rows", noted)
    strips.encode(rows, {1: dirty}, b"", is_painted_over=False)
    assert encoded == widths
