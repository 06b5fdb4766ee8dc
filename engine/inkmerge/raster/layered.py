"""Static pixels + the dynamic layers of a filled tree → `Canvas`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from inkmerge.flat.bounds import Box
from inkmerge.flat.document import FlatDocument
from inkmerge.raster import cairo, resvg
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.routing import route

LAYER: Final = cairo.LAYER


@dataclass(frozen=True, slots=True)
class Stack:
    """The static runs of a picture, the lowest first; a dynamic layer lies below each but the first.

    Attributes:
        bottom: What lies below all dynamic layers.
        above: For each dynamic layer, from number 1, what lies above it and below the next; None for nothing.
        static: All runs put together: the picture without dynamic layers.
    """

    bottom: Canvas
    above: tuple[Canvas | None, ...]
    static: Canvas

    @classmethod
    def of(cls, runs: Sequence[Canvas | None]) -> Stack:
        """Put runs together; the first is there, others may be nothing."""
        bottom = runs[0]
        assert bottom is not None  # it is drawn, if only as nothing
        above = tuple(runs[1:])
        static = bottom
        if any(one is not None for one in above):
            sheet = cairo.Sheet(bottom)
            for one in above:
                if one is not None:
                    sheet.put(one, [Box(0, 0, bottom.width, bottom.height)], is_over=True)
            static = sheet.canvas()
        return cls(bottom, above, static)


def draw_layers(stack: Stack, flat: FlatDocument, touched: Mapping[int, Sequence[Box]]) -> Canvas:
    """Draw the dynamic layers of a filled tree between the static runs.

    Args:
        stack: The static runs.
        flat: A tree in which each dynamic layer is in groups that have its number in the attribute `LAYER`.
        touched: The pixels that each layer may touch.

    Raises:
        RenderError: A rasterizer fails.
    """
    width, height = stack.static.width, stack.static.height
    regions = [box for boxes in touched.values() for box in boxes]
    pictures = {
        part.elements: resvg.draw_part(part, flat, width, height) for part in route(flat.root, flat.ids)
    }
    sheet = cairo.Sheet(stack.static)
    if all(one is None for one in stack.above):
        sheet.draw(flat, pictures, None)
        return sheet.canvas()
    if regions:
        sheet.put(stack.bottom, regions, is_over=False)
    for number, run in enumerate(stack.above, start=1):
        if number in touched:
            sheet.draw(flat, pictures, number)
        if run is not None and regions:
            sheet.put(run, regions, is_over=True)
    return sheet.canvas()
