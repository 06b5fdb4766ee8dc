"""`FlatDocument` → `Canvas`, or a PDF."""

from inkmerge.raster.cairo import libcairo_version, require_libcairo
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.drawn_parts import DrawnPart, drawn_parts
from inkmerge.raster.rasterizing import rasterize, to_pdf, unavailable
from inkmerge.raster.routing import RasterizerChoice

__all__ = [
    "Canvas",
    "DrawnPart",
    "RasterizerChoice",
    "drawn_parts",
    "libcairo_version",
    "rasterize",
    "require_libcairo",
    "to_pdf",
    "unavailable",
]
