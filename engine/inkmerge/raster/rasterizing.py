"""`FlatDocument` → `Canvas` or PDF: each part by the rasterizer that draws it faithfully."""

from __future__ import annotations

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.errors import Finding, Location, RasterizerUnavailable, Severity
from inkmerge.flat.document import FlatDocument
from inkmerge.raster import cairo, resvg
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.routing import RasterizerChoice, route

_PDF_SCALE = 3.0
"""Pixels per user unit of what a PDF holds as a picture because only resvg draws it."""


def rasterize(
    flat: FlatDocument, width: int, height: int, dpi: float, rasterizer: RasterizerChoice = "auto"
) -> Canvas:
    """Draw a flat document onto `width` × `height` pixels.

    Where libcairo cannot be loaded, `auto` draws everything through resvg (see `unavailable`).

    Raises:
        RasterizerUnavailable: `cairo` is asked for, and there is no libcairo.
        RenderError: A rasterizer fails.
    """
    if draws_all_through_resvg(rasterizer):
        return resvg.draw_all(flat, width, height, dpi)
    return cairo.draw(flat, width, height, dpi, pictures_for_cairo(flat, width, height, rasterizer))


def pictures_for_cairo(
    flat: FlatDocument, width: int, height: int, rasterizer: RasterizerChoice = "auto"
) -> cairo.Pictures:
    """Draw what of a document `auto` leaves to resvg, in `width` × `height` pixels of the whole; nothing for `cairo`.

    Raises:
        RenderError: resvg fails.
    """
    parts = route(flat.root, flat.ids) if rasterizer == "auto" else ()
    return {part.elements: resvg.draw_part(part, flat, width, height) for part in parts}


def draws_all_through_resvg(rasterizer: RasterizerChoice) -> bool:
    """Tell whether pixels come from resvg alone: because it is asked for, or for want of libcairo."""
    return rasterizer == "resvg" or (rasterizer == "auto" and cairo.libcairo_version() is None)


def to_pdf(flat: FlatDocument, text: TextAlternative) -> bytes:
    """Draw a flat document as a PDF page of its physical size; 96 user units are one inch.

    What only resvg draws is a picture in it.

    Raises:
        RasterizerUnavailable: There is no libcairo.
        RenderError: A rasterizer fails.
    """
    cairo.require_libcairo()
    width, height = round(flat.width * _PDF_SCALE), round(flat.height * _PDF_SCALE)
    return cairo.draw_pdf(flat, text.alt, pictures_for_cairo(flat, width, height), (width, height))


def unavailable(rasterizer: RasterizerChoice, name: str) -> Finding | None:
    """Return the finding about the template `name` that everything is drawn through resvg for want of libcairo; None where that is not so."""
    if rasterizer != "auto":
        return None
    try:
        cairo.require_libcairo()
    except RasterizerUnavailable as fault:
        return Finding(
            fault.code,
            Severity.WARNING,
            "the system library libcairo cannot be loaded: everything is drawn through resvg, slower",
            Location(name),
            fault.hint,
        )
    return None
