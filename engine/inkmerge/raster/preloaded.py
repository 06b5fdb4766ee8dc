"""Loads libcairo ahead of time, where it is there: imported by the isolated renderer's server process."""

from contextlib import suppress

with suppress(OSError):
    import inkmerge.raster.cairo_surfaces  # noqa: F401  for its effect
