"""`FlatDocument` → `Canvas` or PDF, drawn by CairoSVG, with pictures of what resvg drew in their places.

CairoSVG and cairocffi are imported on first use: they load the system library libcairo, which may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.errors import InkmergeError, RasterizerUnavailable, RenderError
from inkmerge.flat.bounds import Box
from inkmerge.flat.document import FlatDocument
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.resvg import PartPixels
from inkmerge.text.glyph_runs import GlyphRun

PICTURE: Final = "inkmerge-picture"
"""Attribute, in what CairoSVG reads, of an element that is drawn already: the number of its picture, or nothing."""

LAYER: Final = "layer"
"""Attribute of a group, in what CairoSVG reads: the number of the dynamic layer that it holds."""

Pictures = Mapping[tuple[etree._Element, ...], PartPixels | None]
"""Pictures of parts of a document by the elements whose place they take; None draws nothing."""


@lru_cache(maxsize=1)
def _library() -> Any:
    """Return the module with our surfaces, which needs libcairo."""
    try:
        return _import_surfaces()
    except OSError as fault:
        raise RasterizerUnavailable(
            "the system library libcairo cannot be loaded",
            hint="Debian, Ubuntu: apt-get install libcairo2; Fedora: dnf install cairo; Alpine: apk add cairo; "
            "macOS: brew install cairo",
        ) from fault
    except MemoryError as fault:  # what cffi raises for it
        raise RasterizerUnavailable(
            "this system forbids what it takes to draw with libcairo: memory that is written and executed",
            hint="pip install --upgrade cffi: its wheels need none; or let this program have it (SELinux: execmem)",
        ) from fault


def _import_surfaces() -> Any:
    from inkmerge.raster import cairo_surfaces  # noqa: PLC0415  libcairo may be missing, and loading it takes long

    return cairo_surfaces


def require_libcairo() -> None:
    """Raise `RasterizerUnavailable`, with the command that installs it, when libcairo cannot be loaded."""
    _library()


def libcairo_version() -> str | None:
    """Return the version of libcairo, or None when it cannot be loaded."""
    try:
        return str(_library().cairo.cairo_version_string())
    except RasterizerUnavailable:
        return None


def draw(flat: FlatDocument, width: int, height: int, dpi: float, pictures: Pictures) -> Canvas:
    """Draw a flat document onto `width` × `height` pixels, with `pictures` in the place of some of its elements.

    Raises:
        RasterizerUnavailable: There is no libcairo.
        RenderError: CairoSVG fails.
    """
    library = _library()
    with _errors():
        surface = library.draw_pixels(_serialized(flat, pictures), flat, _listed(pictures), (width, height))
    # a copy: the buffer is the surface's own, and goes with it
    return Canvas(bytes(surface.get_data()), width, height, surface.get_stride(), dpi)


class Sheet:
    """A copy of a canvas that is drawn on.

    Args:
        canvas: What is copied.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = replace(canvas, data=bytearray(canvas.data))
        self._surface = _library().surface_on(self._canvas)

    def put(self, canvas: Canvas, regions: Sequence[Box], *, at: Box | None = None) -> None:
        """Put a part of the picture over some regions; a canvas of the whole, without `at`, in their place."""
        if regions:
            _library().put(self._surface, canvas, regions, at)

    def draw_glyphs(self, texts: Sequence[tuple[GlyphRun, str, Transform]]) -> bool:
        """Paint glyph runs, each in a colour under a matrix to pixels; False where one has to be outlined."""
        with _errors():
            found: bool = _library().draw_glyphs(self._surface, texts)
        return found

    def restore(self, canvas: Canvas, boxes: Sequence[Box]) -> None:
        """Make boxes of whole pixels those of another canvas again."""
        self._surface.flush()
        here, there = _pixels(self._canvas), _pixels(canvas)
        for left, top, right, bottom in boxes:
            here[top:bottom, left:right] = there[top:bottom, left:right]
        self._surface.mark_dirty()

    def draw(self, flat: FlatDocument, pictures: Pictures, layer: int | None) -> None:
        """Draw a document, or one of its layers, over what is there.

        Raises:
            RenderError: CairoSVG fails.
        """
        with _errors():
            _library().draw_onto(self._surface, _serialized(flat, pictures), flat, _listed(pictures), layer)

    def canvas(self) -> Canvas:
        """Return what has been drawn: the memory that is drawn on, not a copy."""
        self._surface.flush()
        return self._canvas


def _pixels(canvas: Canvas) -> Any:
    """Return a view of rows and columns of a canvas."""
    import numpy as np  # noqa: PLC0415  a program that draws without plans starts without it

    return np.ndarray((canvas.height, canvas.width), np.uint32, canvas.data, 0, (canvas.stride, 4))


def draw_pdf(flat: FlatDocument, title: str, pictures: Pictures, size: tuple[int, int]) -> bytes:
    """Draw a flat document as a PDF page of its physical size; 96 user units are one inch.

    Args:
        flat: The document.
        title: The page's title.
        pictures: What stands in the place of some elements.
        size: Width and height in pixels of the whole page at the density of the pictures.

    Raises:
        RasterizerUnavailable: There is no libcairo.
        RenderError: CairoSVG fails.
    """
    library = _library()
    with _errors():
        found: bytes = library.draw_pdf(_serialized(flat, pictures), flat, _listed(pictures), (title, size))
    return found


def _listed(pictures: Pictures) -> list[PartPixels | None]:
    return list(pictures.values())


def _serialized(flat: FlatDocument, pictures: Pictures) -> bytes:
    """Write the tree, with the first element of each picture marked by the picture's number and the others left out."""
    marked: list[etree._Element] = []
    for number, elements in enumerate(pictures):
        for element in elements:
            element.set(PICTURE, str(number) if element is elements[0] else "")
            marked.append(element)
    svg: bytes = etree.tostring(flat.root)
    for element in marked:
        del element.attrib[PICTURE]
    return svg


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except InkmergeError:
        raise
    except Exception as fault:
        raise RenderError(f"CairoSVG failed: {type(fault).__name__}: {fault}") from fault
