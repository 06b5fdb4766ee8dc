"""Strips of a PNG: bands of rows deflated on their own, in RGB, in RGBA, or as numbers of a palette."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from inkmerge.encode.deflated import FastWay, Strip, best_strip, chunk, image_data
from inkmerge.encode.index_table import IndexTable, distinct, index_table
from inkmerge.encode.metadata import PNG_SRGB_PERCEPTUAL
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.rows import Bytes, Columns, Words, is_opaque, rgb_of, rgba_of, words_of

STRIP_PX = 16
"""Rows of a strip: as those of a JPEG; a full flush costs some 30 bytes each time."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP_START = b"XML:com.adobe.xmp\0\0\0\0\0"  # not compressed, no language, no translated keyword
_METRES_PER_INCH = 0.0254
_IN_METRES = 1
_COLOUR_SPACE = chunk(b"sRGB", PNG_SRGB_PERCEPTUAL)
_END = chunk(b"IEND", b"")


class _Coding:
    """One way to write pixels, and the static strips that were written so."""

    def __init__(self, colour_type: int, step: int, bytes_of: Callable[[Bytes], Bytes]) -> None:
        self.colour_type = colour_type  # https://www.w3.org/TR/png-3/#3colourType
        self.step = step  # bytes of a pixel
        self.bytes_of = bytes_of  # rows of the canvas as rows of bytes of the file
        self.strips: dict[int, Strip] = {}
        self.ways: dict[int, FastWay] = {}  # of dirty strips

    def static(self, number: int, rows: Bytes) -> Strip:
        """Return a strip of the static picture, encoded when it is first asked for."""
        if number not in self.strips:
            self.strips[number], fast = best_strip(self.bytes_of(rows), self.step)
            # RGBA strips of an opaque picture come late and keep the ways of RGB: which strips were dirty
            # before must not show in the bytes.
            self.ways.setdefault(number, fast)
        return self.strips[number]


class PngStrips:
    """The strips of one static picture, and the parts of the file that are the same for everyone.

    Attributes:
        height: Rows of a strip.
    """

    height = STRIP_PX

    def __init__(self, rows: Bytes, options: EncodeOptions, dpi: float) -> None:
        """Encode every strip of the picture, and also by its palette where it has one."""
        self._size = rows.shape[1], rows.shape[0]
        self._numbers = range(-(-rows.shape[0] // STRIP_PX))
        self._density = _density(dpi)
        self._must_have_palette = options.palette == "always"
        self._table = None if options.palette == "never" else index_table(words_of(rows))
        self._is_opaque = is_opaque(rows)
        self._rgb, self._rgba = _Coding(2, 3, rgb_of), _Coding(6, 4, rgba_of)
        self._rgba.ways = self._rgb.ways
        self._indexed = _Coding(3, 1, self._indices)
        codings = [self._rgb if self._is_opaque else self._rgba] + [self._indexed] * bool(self._table)
        for number in self._numbers:
            for coding in codings:
                coding.static(number, _rows_of_strip(rows, number))

    @property
    def byte_count(self) -> int:
        """Bytes that are held."""
        codings = (self._rgb, self._rgba, self._indexed)
        return sum(len(strip.data) for coding in codings for strip in coding.strips.values())

    def encode(
        self, rows: Bytes, dirty: Mapping[int, Sequence[Columns]], xmp: bytes, *, is_painted_over: bool
    ) -> bytes | None:
        """Return the file of a picture that differs from the static one in some columns of some strips only.

        Returns None when the options ask for a palette that cannot hold the colours.
        """
        pixels = {number: _rows_of_strip(rows, number) for number in dirty}
        if self._table and (found := _found(self._table, pixels)):
            table, indices = found
            return self._file(self._indexed, self._joined(self._indexed, rows, indices), xmp, table)
        if self._must_have_palette:
            return None
        changed = (pixels[number][:, slice(*columns)] for number in dirty for columns in dirty[number])
        stays_opaque = self._is_opaque and (is_painted_over or all(map(is_opaque, changed)))
        coding = self._rgb if stays_opaque else self._rgba
        written = {number: coding.bytes_of(strip) for number, strip in pixels.items()}
        return self._file(coding, self._joined(coding, rows, written), xmp)

    def _joined(self, coding: _Coding, rows: Bytes, dirty: Mapping[int, Bytes]) -> list[Strip]:
        """Return all strips in their order: the dirty ones are deflated, the others are at hand."""
        are_many = 2 * len(dirty) > len(self._numbers)
        return [
            coding.ways[number].to_deflate(dirty[number], coding.step, is_one_of_many=are_many)
            if number in dirty
            else coding.static(number, _rows_of_strip(rows, number))
            for number in self._numbers
        ]

    def _file(
        self, coding: _Coding, strips: Sequence[Strip], xmp: bytes, table: IndexTable | None = None
    ) -> bytes:
        depth, deflate, filters, interlace = 8, 0, 0, 0
        header = struct.pack(">IIBBBBB", *self._size, depth, coding.colour_type, deflate, filters, interlace)
        return b"".join(
            [
                _SIGNATURE,
                chunk(b"IHDR", header),
                _COLOUR_SPACE,
                chunk(b"iTXt", _XMP_START + xmp),
                *(_palette(table) if table else ()),
                self._density,
                *image_data(strips),
                _END,
            ]
        )

    def _indices(self, rows: Bytes) -> Bytes:
        """Return the numbers of the static picture's colours."""
        assert self._table
        return self._table.indices(words_of(rows))[0]


def _rows_of_strip(rows: Bytes, number: int) -> Bytes:
    return rows[number * STRIP_PX : (number + 1) * STRIP_PX]


def _found(table: IndexTable, pixels: Mapping[int, Bytes]) -> tuple[IndexTable, dict[int, Bytes]] | None:
    """Return the numbers of all pixels, and the palette with the colours that it lacked; None if too many."""
    indices: dict[int, Bytes] = {}
    more: dict[int, Words] = {}
    for number, rows in pixels.items():
        indices[number], lacking = table.indices(words_of(rows))
        if lacking.size:
            colours = distinct(lacking)
            if colours is None:
                return None
            more[number] = colours
    if not more:
        return table, indices
    larger = table.with_colours(np.unique(np.concatenate(list(more.values()))))
    if larger is None:
        return None
    # The colours that were there have kept their numbers.
    return larger, indices | {number: larger.indices(words_of(pixels[number]))[0] for number in more}


def _palette(table: IndexTable) -> list[bytes]:
    colours, alphas = table.palette()
    return [chunk(b"PLTE", colours)] + ([chunk(b"tRNS", alphas)] if alphas else [])


def _density(dpi: float) -> bytes:
    per_metre = int(dpi / _METRES_PER_INCH + 0.5)
    return chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, _IN_METRES))
