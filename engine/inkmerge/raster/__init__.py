"""`FlatDocument` → `Canvas`, or a PDF."""

from inkmerge.raster.cairo import libcairo_version, require_libcairo
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.layers import Layer, layers_of
from inkmerge.raster.rasterizing import rasterize, to_pdf, unavailable
from inkmerge.raster.routing import RasterizerChoice

__all__ = [
    "Canvas",
    "Layer",
    "RasterizerChoice",
    "layers_of",
    "libcairo_version",
    "rasterize",
    "require_libcairo",
    "to_pdf",
    "unavailable",
]
