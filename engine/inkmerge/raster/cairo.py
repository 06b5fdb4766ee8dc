"""`FlatDocument` → `Canvas` or PDF, drawn by CairoSVG.

CairoSVG and cairocffi are imported on first use: they load the system library libcairo, which may be missing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from lxml import etree

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.errors import InkmergeError, RasterizerUnavailable, RenderError
from inkmerge.flat.document import FlatDocument
from inkmerge.raster.canvas import Canvas


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


def rasterize(flat: FlatDocument, width: int, height: int, dpi: float) -> Canvas:
    """Draw a flat document onto `width` × `height` pixels.

    Raises:
        RasterizerUnavailable: There is no libcairo.
        RenderError: CairoSVG fails.
    """
    library = _library()
    try:
        surface = library.draw_pixels(etree.tostring(flat.root), flat, width, height)
    except InkmergeError:
        raise
    except Exception as fault:
        raise RenderError(f"CairoSVG failed: {type(fault).__name__}: {fault}") from fault
    # a copy: the buffer is the surface's own, and goes with it
    return Canvas(bytes(surface.get_data()), width, height, surface.get_stride(), dpi)


def to_pdf(flat: FlatDocument, text: TextAlternative) -> bytes:
    """Draw a flat document as a PDF page of its physical size; 96 user units are one inch.

    Raises:
        RasterizerUnavailable: There is no libcairo.
        RenderError: CairoSVG fails.
    """
    library = _library()
    try:
        found: bytes = library.draw_pdf(etree.tostring(flat.root), flat, text.alt)
    except InkmergeError:
        raise
    except Exception as fault:
        raise RenderError(f"CairoSVG failed: {type(fault).__name__}: {fault}") from fault
    return found
