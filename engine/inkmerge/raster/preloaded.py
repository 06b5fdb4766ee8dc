"""Loads libcairo ahead of time, where it is there: imported by the isolated renderer's server process."""

from contextlib import suppress

with suppress(OSError):
    from inkmerge.raster import cairo_surfaces as cairo_surfaces
