"""Static pixels + the dynamic layers of a filled tree → `Canvas`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree
from PIL import Image

from inkmerge.flat.bounds import Box
from inkmerge.flat.document import FlatDocument
from inkmerge.raster import cairo, resvg
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.routing import route
from inkmerge.svg.names import local_name
from inkmerge.svg.transforms import parse_transform
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun

LAYER: Final = cairo.LAYER


@dataclass(frozen=True, slots=True)
class Stack:
    """The static runs of a picture, the lowest first; a dynamic layer lies below each but the first.

    Attributes:
        bottom: What lies below all dynamic layers.
        above: For each dynamic layer, from number 1, what lies above it and below the next; None for nothing.
        static: All runs put together: the picture without dynamic layers.
        covered: The pixels that each of `above` covers; None for nothing.
    """

    bottom: Canvas
    above: tuple[Canvas | None, ...]
    static: Canvas
    covered: tuple[Box | None, ...]

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
        return cls(bottom, above, static, tuple(map(_covered, above)))

    def lies_above(self, touched: Mapping[int, Sequence[Box]]) -> bool:
        """Tell whether anything static may lie above pixels that a dynamic layer touches."""
        return any(
            box is not None and any(not one.meet(box).is_empty for one in boxes)
            for number, boxes in touched.items()
            for box in self.covered[number - 1 :]
        )


def _covered(canvas: Canvas | None) -> Box | None:
    if canvas is None:
        return None
    size = canvas.width, canvas.height
    pixels = Image.frombuffer("RGBA", size, canvas.data, "raw", "RGBA", canvas.stride, 1)
    found = pixels.getbbox()  # of what is not transparent
    return None if found is None else Box(*found)


def draw_layers(
    sheet: cairo.Sheet, stack: Stack, flat: FlatDocument, touched: Mapping[int, Sequence[Box]]
) -> None:
    """Draw the dynamic layers of a filled tree between the static runs.

    Args:
        sheet: A copy of `stack.static`.
        stack: The static runs.
        flat: A tree in which each dynamic layer is in groups that have its number in the attribute `LAYER`.
        touched: The pixels that each layer may touch.

    Raises:
        RenderError: A rasterizer fails.
    """
    painter = _LayerPainter(sheet, flat, stack.static.width, stack.static.height)
    regions = [box for boxes in touched.values() for box in boxes]
    is_layered = stack.lies_above(touched)
    if is_layered:
        sheet.put(stack.bottom, regions, is_over=False)
    for number, run in enumerate(stack.above, start=1):
        if number in touched:
            painter.paint(number)
        if run is not None and is_layered:
            sheet.put(run, regions, is_over=True)


class _LayerPainter:
    """Paints the layers of one filled tree: plain text from masks, all else as a whole document is drawn."""

    def __init__(self, sheet: cairo.Sheet, flat: FlatDocument, width: int, height: int) -> None:
        self._sheet = sheet
        self._flat = flat
        self._size = width, height
        self._pictures: cairo.Pictures | None = None
        self._scale = Transform(width / flat.width, 0, 0, height / flat.height, 0, 0)

    def paint(self, number: int) -> None:
        """Paint one layer."""
        texts = self._texts(self._flat.root, self._scale, str(number), is_inside=False)
        if texts is not None and self._sheet.draw_glyphs(texts):
            return
        if self._pictures is None:
            width, height = self._size
            self._pictures = {
                part.elements: resvg.draw_part(part, self._flat, width, height)
                for part in route(self._flat.root, self._flat.ids)
            }
        self._sheet.draw(self._flat, self._pictures, number)

    def _texts(
        self, parent: etree._Element, matrix: Transform, number: str, *, is_inside: bool
    ) -> list[tuple[GlyphRun, str, Transform]] | None:
        """Return the glyph runs of a layer with their colours and matrices; None where it holds anything else."""
        found: list[tuple[GlyphRun, str, Transform]] = []
        for child in parent:
            local = local_name(child)
            layer = child.get(LAYER)
            if local == "defs" or not local or (layer is not None and layer != number):
                continue
            if local == "g" and not any(name in child.attrib for name in _NOT_PLAIN):
                own = parse_transform(child.get("transform", "")) or Identity
                inner = self._texts(
                    child, matrix.transform(own), number, is_inside=is_inside or layer is not None
                )
                if inner is None:
                    return None
                found += inner
                continue
            run = self._flat.glyphs.get(child.get(GLYPHS, ""))
            if is_inside and (run is None or not set(child.attrib) <= _TEXT):
                return None
            if is_inside and run is not None:
                found.append((run, child.get("fill", "#000000"), matrix))
            elif not is_inside and local == "g":
                return None  # a clip path or the like around layers
        return found


_NOT_PLAIN: Final = ("clip-path", "mask", "filter", "opacity", "mix-blend-mode", "isolation")
_TEXT: Final = frozenset(("fill", "fill-rule", GLYPHS, INK))
