"""Static pixels + the dynamic layers of a filled tree → `Canvas`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fontTools.misc.transform import Transform
from lxml import etree
from PIL import Image

from inkmerge.flat.bounds import Box, extent_of, own_transform
from inkmerge.flat.document import FlatDocument
from inkmerge.raster import cairo
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.rasterizing import pictures_for_cairo
from inkmerge.raster.routing import RasterizerChoice
from inkmerge.svg.names import local_name
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun

LAYER: Final = cairo.LAYER


PlacedRun = tuple[GlyphRun, str, Transform]
"""Glyphs, their colour as ``#rrggbb``, and the matrix from their user space to pixels."""


@dataclass(slots=True)
class LayerContent:
    """What one dynamic layer of a filled tree draws.

    Attributes:
        touched: Boxes of whole pixels outside of which it draws nothing.
        texts: Its texts, where it has nothing else; else None.
    """

    touched: list[Box]
    texts: list[PlacedRun] | None


@dataclass(frozen=True, slots=True)
class StaticRun:
    """What lies between two dynamic layers, without the transparent pixels around it.

    Attributes:
        canvas: Its pixels.
        box: Where they belong in the picture.
    """

    canvas: Canvas
    box: Box

    @classmethod
    def of(cls, whole: Canvas) -> StaticRun | None:
        """Cut a run out of a picture of it; return None where that shows nothing."""
        size = whole.width, whole.height
        pixels = Image.frombuffer("RGBA", size, whole.data, "raw", "RGBA", whole.stride, 1)
        edges = pixels.getbbox()  # of what is not transparent
        if edges is None:
            return None
        part = pixels.crop(edges)
        data = bytearray(part.tobytes())  # cairo reads from writable memory only
        return cls(Canvas(data, part.width, part.height, 4 * part.width, whole.dpi), Box(*edges))


@dataclass(frozen=True, slots=True)
class Stack:
    """The static runs of a picture, the lowest first; a dynamic layer lies below each but the first.

    Attributes:
        bottom: What lies below all dynamic layers.
        above: For each dynamic layer, from number 1, what lies above it and below the next; None for nothing.
        static: All runs put together: the picture without dynamic layers.
    """

    bottom: Canvas
    above: tuple[StaticRun | None, ...]
    static: Canvas

    @classmethod
    def of(cls, bottom: Canvas, above: Sequence[StaticRun | None]) -> Stack:
        """Put runs together."""
        bottom = replace(bottom, data=bytearray(bottom.data))  # cairo reads from writable memory only
        runs = [one for one in above if one is not None]
        static = bottom
        if runs:
            sheet = cairo.Sheet(bottom)
            for run in runs:
                sheet.put(run.canvas, [run.box], at=run.box)
            static = sheet.canvas()
        return cls(bottom, tuple(above), static)

    @property
    def byte_count(self) -> int:
        """Bytes of the pixels that are held."""
        canvases = [self.static, *(run.canvas for run in self.above if run)]
        return sum(len(one.data) for one in canvases) + len(self.bottom.data) * (
            self.bottom is not self.static
        )

    def lies_above(self, contents: Mapping[int, LayerContent]) -> bool:
        """Tell whether anything static may lie above pixels that a dynamic layer touches."""
        return any(
            run is not None and any(one.overlaps(run.box) for one in content.touched)
            for number, content in contents.items()
            for run in self.above[number - 1 :]
        )


def contents_of(flat: FlatDocument, width: int, height: int) -> dict[int, LayerContent]:
    """Return the layers that draw anything, by number.

    Args:
        flat: A tree in which each dynamic layer is in groups that have its number in the attribute `LAYER`.
        width: Pixels across.
        height: Pixels down.
    """
    scale = Transform(width / flat.width, 0, 0, height / flat.height, 0, 0)
    canvas = Box(0, 0, width, height)
    found: dict[int, LayerContent] = {}
    for number, group, around, is_plain in _layer_groups(flat.root, scale, is_plain=True):
        matrix = around.transform(own_transform(group))
        texts = _texts(group, matrix, flat) if is_plain else None
        if texts is not None:
            add_texts(found, number, texts, (width, height))
            continue
        boxes = [
            box.transformed(matrix).expand(_MARGIN_PX)
            for child in group
            if (box := extent_of(child, flat.ids))
        ]
        if seen := _seen(boxes, canvas):
            content = found.setdefault(number, LayerContent([], []))
            content.touched += seen
            content.texts = None
    return found


def add_texts(
    contents: dict[int, LayerContent], number: int, texts: list[PlacedRun], size: tuple[int, int]
) -> None:
    """Add texts to a layer, unless all of them are off a picture of some width and height in pixels."""
    boxes = [
        # HarfBuzz tells what glyphs of variable fonts cover to the nearest font unit.
        Box(*run.ink)
        .transformed(matrix)
        .expand(_GLYPH_MARGIN_PX + run.largest_unit * max(map(abs, matrix[:4])))
        for run, _, matrix in texts
    ]
    if seen := _seen(boxes, Box(0, 0, *size)):
        content = contents.setdefault(number, LayerContent([], []))
        content.touched += seen
        content.texts = None if content.texts is None else content.texts + texts


def _seen(boxes: Iterable[Box], canvas: Box) -> list[Box]:
    """Return the whole pixels of boxes, as far as they are on the canvas."""
    return [one for box in boxes if not (one := box.whole().meet(canvas)).is_empty]


def _layer_groups(
    parent: etree._Element, matrix: Transform, *, is_plain: bool
) -> Iterator[tuple[int, etree._Element, Transform, bool]]:
    """Yield the number of a layer, a group of it, the matrix around that, and whether nothing clips it."""
    for child in parent:
        if local_name(child) != "g":
            continue
        if (number := child.get(LAYER)) is not None:
            yield int(number), child, matrix, is_plain
        else:
            is_inner_plain = is_plain and _NOT_PLAIN.isdisjoint(child.keys())
            yield from _layer_groups(child, matrix.transform(own_transform(child)), is_plain=is_inner_plain)


def _texts(group: etree._Element, matrix: Transform, flat: FlatDocument) -> list[PlacedRun] | None:
    """Return the glyph runs in a group; None where it holds anything else."""
    found: list[PlacedRun] = []
    for child in group:
        local = local_name(child)
        if local in {"defs", ""}:
            continue
        if local == "g" and _NOT_PLAIN.isdisjoint(child.keys()):
            inner = _texts(child, matrix.transform(own_transform(child)), flat)
            if inner is None:
                return None
            found += inner
            continue
        run = flat.glyphs.get(child.get(GLYPHS, ""))
        if run is None or not _TEXT.issuperset(child.keys()):
            return None
        found.append((run, child.get("fill", "#000000"), matrix))
    return found


def draw_layers(
    sheet: cairo.Sheet,
    stack: Stack,
    flat: FlatDocument | None,
    contents: Mapping[int, LayerContent],
    rasterizer: RasterizerChoice = "auto",
) -> None:
    """Draw the dynamic layers of a filled tree between the static runs.

    Args:
        sheet: A copy of `stack.static`.
        stack: The static runs.
        flat: The tree; None where all layers are texts that masks paint.
        contents: What its layers draw.
        rasterizer: As for `rasterize`, but not `resvg`, which draws no layers.

    Raises:
        RenderError: A rasterizer fails.
    """
    pictures: cairo.Pictures | None = None
    regions = [box for content in contents.values() for box in content.touched]
    is_layered = stack.lies_above(contents)
    if is_layered:
        sheet.put(stack.bottom, regions)
    for number, run in enumerate(stack.above, start=1):
        content = contents.get(number)
        if content is not None and not (content.texts and sheet.draw_glyphs(content.texts)):
            assert flat is not None
            if pictures is None:
                size = stack.static.width, stack.static.height
                pictures = pictures_for_cairo(flat, *size, rasterizer)
            sheet.draw(flat, pictures, number)
        if run is not None and is_layered:
            sheet.put(run.canvas, [box.meet(run.box) for box in regions if box.overlaps(run.box)], at=run.box)


_MARGIN_PX: Final = 2
"""Pixels around an extent: what anti-aliasing touches."""
_GLYPH_MARGIN_PX: Final = 1 / 8 + 1 / 64
"""Pixels around the ink of glyphs: they are up to an eighth away from their places, and cairo rounds to 1/256."""
_NOT_PLAIN: Final = frozenset(("clip-path", "mask", "filter", "opacity", "mix-blend-mode", "isolation"))
_TEXT: Final = frozenset(("fill", "fill-rule", GLYPHS, INK))
