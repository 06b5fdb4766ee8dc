"""`FlatDocument` → `Canvas`, or a PDF."""

from inkmerge.raster.cairo import libcairo_version, rasterize, require_libcairo, to_pdf
from inkmerge.raster.canvas import Canvas

__all__ = ["Canvas", "libcairo_version", "rasterize", "require_libcairo", "to_pdf"]
