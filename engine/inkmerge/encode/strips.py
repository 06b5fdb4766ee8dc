"""A static picture becomes strips that are encoded once; each recipient's dirty strips are put between them.

It is not in `__init__`: it loads numpy, and a program that encodes whole images starts without that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode.encoding import ENCODER_FAILURES, Encoded, encode, not_encodable, weight_findings
from inkmerge.encode.jpeg_strips import JpegStrips
from inkmerge.encode.metadata import metadata_of
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.png_strips import PngStrips
from inkmerge.encode.rows import Bytes, Columns, rows_of
from inkmerge.errors import RenderError
from inkmerge.flat.bounds import Box
from inkmerge.raster.canvas import Canvas


class _Strips(Protocol):
    @property
    def height(self) -> int: ...
    @property
    def byte_count(self) -> int: ...
    def encode(
        self, rows: Bytes, dirty: Mapping[int, Sequence[Columns]], xmp: bytes, *, is_painted_over: bool
    ) -> bytes | None: ...


class StaticStrips:
    """What is the same in everyone's image, encoded.

    PNG and JPEG are spliced from strips. WebP and GIF are encoded whole each time, and so is what `optimize` asks for,
    what `palette="always"` has to reduce, and what a `size_budget` does not hold when it is spliced. Decoded,
    a spliced file has the pixels of a whole one.
    """

    def __init__(self, canvas: Canvas, options: EncodeOptions) -> None:
        """Encode every strip of the static picture, as small as may be.

        Args:
            canvas: The static picture; its pixels are not kept. Every later canvas has its size and dpi.
            options: As for `encode`.

        Raises:
            RenderError: The canvas does not hold what it says, or the format cannot hold it.
        """
        self._options = options
        self._size = canvas.width, canvas.height, canvas.dpi
        self._strips: _Strips | None = None
        rows = rows_of(canvas)
        if options.optimize or options.format in {"webp", "gif"}:
            return
        spliced = JpegStrips if options.format == "jpeg" else PngStrips
        try:
            self._strips = spliced(rows, options, canvas.dpi)
        except ENCODER_FAILURES as error:
            raise not_encodable(canvas, options, error) from error

    @property
    def height(self) -> int | None:
        """Rows of a strip; None when every image is encoded whole."""
        return self._strips.height if self._strips else None

    @property
    def byte_count(self) -> int:
        """Bytes of encoded strips that are held."""
        return self._strips.byte_count if self._strips else 0

    def touched(self, dirty: Iterable[Box]) -> list[int] | None:
        """Return the numbers of the strips that are encoded anew for some boxes; None when all is encoded whole."""
        if self._strips is None:
            return None
        return list(_touched(dirty, self._size[:2], self._strips.height))

    def encode(
        self, canvas: Canvas, dirty: Iterable[Box], text: TextAlternative, *, is_painted_over: bool = False
    ) -> Encoded:
        """Encode one recipient's image.

        The bytes depend on the static picture, the arguments, the versions of the libraries, and for PNG the
        kind of processor (isal and zlib-ng have a loop for each); on nothing else, not on what was encoded before.

        Args:
            canvas: The pixels. Those outside `dirty` equal those of the static picture.
            dirty: Boxes of whole pixels that may differ, in any order; they may overlap or reach over the edges.
            text: As for `encode`.
            is_painted_over: Whether what differs is known to be painted over the static pixels and nothing else, so
                that what was opaque still is.

        Raises:
            RenderError: The canvas has another size or dpi than the static picture, does not hold what it
                says, or cannot be written.
        """
        rows = rows_of(canvas)
        if (canvas.width, canvas.height, canvas.dpi) != self._size:
            width, height, dpi = self._size
            raise RenderError(
                f"a canvas of {canvas.width} × {canvas.height} pixels at {canvas.dpi:g} dpi does not fit strips"
                f" of {width} × {height} at {dpi:g} dpi"
            )
        if self._strips is None:
            return encode(canvas, self._options, text)
        metadata, findings = metadata_of(text, canvas.dpi, self._options.format)
        strips = _touched(dirty, self._size[:2], self._strips.height)
        try:
            data = self._strips.encode(rows, strips, metadata.xmp.encode(), is_painted_over=is_painted_over)
        except ENCODER_FAILURES as error:
            raise not_encodable(canvas, self._options, error) from error
        budget = self._options.size_budget
        if data is None or (budget is not None and len(data) > budget):
            return encode(canvas, self._options, text)
        if budget is None:
            findings += weight_findings(data)
        return Encoded(data, f"image/{self._options.format}", findings)


def _touched(dirty: Iterable[Box], size: tuple[int, int], height: int) -> dict[int, list[Columns]]:
    """Return the columns of boxes within a picture by the numbers, in order, of the strips that they touch."""
    width, rows = size
    touched: dict[int, list[Columns]] = {}
    for box in dirty:
        top, bottom = max(int(box.top), 0), min(int(box.bottom), rows)
        columns = max(int(box.left), 0), min(int(box.right), width)
        if top < bottom and columns[0] < columns[1]:
            for number in range(top // height, (bottom - 1) // height + 1):
                touched.setdefault(number, []).append(columns)
    return dict(sorted(touched.items()))
