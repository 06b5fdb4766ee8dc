"""CairoSVG's surfaces, with pictures handed over decoded and nothing fetched."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import cairocffi as cairo
from cairosvg.parser import Tree
from cairosvg.surface import Surface
from fontTools.misc.transform import Transform

from inkmerge.flat.bounds import Box
from inkmerge.flat.document import IMAGE_SCHEME, FlatDocument
from inkmerge.images import decode
from inkmerge.raster.cairo import LAYER, PICTURE
from inkmerge.raster.canvas import Canvas
from inkmerge.raster.glyph_fonts import paint_run
from inkmerge.raster.resvg import PartPixels
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun

_MASKED = frozenset(("d", "fill", "fill-rule", GLYPHS, INK, LAYER))
"""What a path may have to be painted from masks; what it may inherit from groups is none of it."""
_PDF_DATE = "2000-01-01T00:00:00Z"
_FILTERS = {
    "optimizeSpeed": cairo.FILTER_NEAREST,
    "pixelated": cairo.FILTER_NEAREST,
    "crisp-edges": cairo.FILTER_NEAREST,
}


def draw_pixels(
    svg: bytes, flat: FlatDocument, pictures: Sequence[PartPixels | None], size: tuple[int, int]
) -> Any:
    """Return a cairo image surface of `size` (width, height) pixels with the drawing."""
    surface = _PixelSurface(_tree(svg), _Content(flat, pictures, size), size)
    surface.cairo.flush()
    return surface.cairo


def surface_on(canvas: Canvas) -> Any:
    """Return a surface on the memory of a canvas."""
    return cairo.ImageSurface.create_for_data(
        canvas.data, cairo.FORMAT_ARGB32, canvas.width, canvas.height, canvas.stride
    )


def put(surface: Any, canvas: Canvas, regions: Sequence[Box], at: Box | None) -> None:
    """Put a canvas over some regions of a surface, with its corner at that of `at`; without `at`, in their place."""
    context = cairo.Context(surface)
    for box in regions:
        context.rectangle(box.left, box.top, box.width, box.height)
    context.clip()
    if at is None:
        context.set_operator(cairo.OPERATOR_SOURCE)
        context.set_source_surface(surface_on(canvas))
    else:
        context.set_source_surface(surface_on(canvas), at.left, at.top)
    context.paint()


def draw_glyphs(surface: Any, texts: Sequence[tuple[GlyphRun, str, Transform]]) -> bool:
    """Paint glyph runs, each in a colour (``#rrggbb``) under a matrix, over what is on a surface.

    Return False, and paint nothing, where one has to be outlined.
    """
    if not all(run.suits_masks(matrix) for run, _, matrix in texts):
        return False
    with cairo.Context(surface) as context:
        for run, color, matrix in texts:
            context.set_source_rgb(*(level / 255 for level in bytes.fromhex(color[1:])))
            paint_run(context, run, matrix)
    return True


def draw_onto(
    surface: Any,
    svg: bytes,
    flat: FlatDocument,
    pictures: Sequence[PartPixels | None],
    layer: int | None,
) -> None:
    """Draw a document, or one of its layers, over what is on a surface."""
    size = surface.get_width(), surface.get_height()
    _LayerSurface(_tree(svg), _Content(flat, pictures, size), (surface, layer))


def draw_pdf(
    svg: bytes,
    flat: FlatDocument,
    pictures: Sequence[PartPixels | None],
    page: tuple[str, tuple[int, int]],
) -> bytes:
    """Return a PDF of one page; its dates are fixed, so that the same input gives the same bytes.

    `page` is its title, and its size in pixels at the density of the pictures.
    """
    output = io.BytesIO()
    title, size = page
    surface = _PdfSurface(_tree(svg), _Content(flat, pictures, size), output)
    surface.cairo.set_metadata(cairo.PDF_METADATA_TITLE, title)
    surface.cairo.set_metadata(cairo.PDF_METADATA_CREATE_DATE, _PDF_DATE)
    surface.cairo.set_metadata(cairo.PDF_METADATA_MOD_DATE, _PDF_DATE)
    surface.finish()
    return output.getvalue()


def _refuse(url: str, resource_type: str | None = None) -> NoReturn:
    raise ValueError(f"{url!r} ({resource_type}) may not be fetched")


def _tree(svg: bytes) -> Tree:
    return Tree(bytestring=svg, url_fetcher=_refuse)


@dataclass(frozen=True, slots=True)
class _Content:
    """What is drawn beside the tree.

    Attributes:
        flat: The document.
        pictures: What resvg drew, by number.
        size: Pixels of the whole document at the density of the pictures.
    """

    flat: FlatDocument
    pictures: Sequence[PartPixels | None]
    size: tuple[int, int]


class _FlatSurface(Surface):  # type: ignore[misc]  # cairosvg has no types
    """Draws flat SVG: an `<image>` is a decoded picture, and what resvg drew is put in its place."""

    _has_masks = True

    def __init__(self, tree: Tree, content: _Content, output: Any) -> None:
        self._content = content
        self._flat = content.flat
        self._base: Any = None
        super().__init__(tree, output, 96)

    def draw(self, node: Any) -> None:
        """Draw a node; pictures without CairoSVG's detour through PNG."""
        if self._base is None:
            self._base = self.context.get_matrix()
        if PICTURE in node:
            self._draw_part(node[PICTURE])
        elif node.tag == "image":
            self._draw_picture(node)
        elif GLYPHS in node and self._draw_glyphs(node):
            return
        else:
            super().draw(node)

    def _draw_part(self, number: str) -> None:
        """Put what resvg drew where it belongs, pixel on pixel."""
        part = self._content.pictures[int(number)] if number else None
        if part is None:
            return
        pixels = cairo.ImageSurface.create_for_data(
            bytearray(part.data), cairo.FORMAT_ARGB32, part.width, part.height, 4 * part.width
        )
        width, height = self._content.size
        context = self.context
        context.save()
        context.set_matrix(self._base)
        context.scale(self._flat.width / width, self._flat.height / height)
        pattern = cairo.SurfacePattern(pixels)
        pattern.set_filter(cairo.FILTER_NEAREST)
        pattern.set_matrix(cairo.Matrix(x0=-part.left, y0=-part.top))
        context.set_source(pattern)
        context.paint()
        context.restore()

    def _draw_glyphs(self, node: Any) -> bool:
        """Paint upright glyphs from masks; return False where their outlines have to be filled."""
        run = self._flat.glyphs.get(node[GLYPHS])
        matrix = self.context.get_matrix().as_tuple()
        is_plain = self._has_masks and self.stroke_and_fill and set(node) <= _MASKED
        if run is None:
            return False
        if is_plain and run.suits_masks(matrix):
            with self.context as context:
                context.set_source_rgba(*self.map_color(node["fill"]))
                context.identity_matrix()
                paint_run(context, run, matrix)
            return True
        node["d"] = run.outline()
        return False

    def _draw_picture(self, node: Any) -> None:
        source = self._flat.images[node["href"].removeprefix(IMAGE_SCHEME)]
        x, y, width, height = (float(node[name]) for name in ("x", "y", "width", "height"))
        context = self.context
        context.save()
        context.translate(x, y)
        columns = math.hypot(*context.user_to_device_distance(width, 0))
        rows = math.hypot(*context.user_to_device_distance(0, height))
        picture = decode(source, math.ceil(columns), math.ceil(rows))
        pixels = cairo.ImageSurface.create_for_data(
            bytearray(picture.data), cairo.FORMAT_ARGB32, picture.width, picture.height, picture.stride
        )
        context.scale(width / picture.width, height / picture.height)
        pattern = cairo.SurfacePattern(pixels)
        pattern.set_extend(cairo.EXTEND_PAD)  # no transparent border where the picture is stretched
        pattern.set_filter(_FILTERS.get(node.get("image-rendering"), cairo.FILTER_GOOD))
        context.set_source(pattern)
        context.rectangle(0, 0, picture.width, picture.height)
        context.fill()
        context.restore()


class _PixelSurface(_FlatSurface):
    """An image surface of exactly the size asked for."""

    device_units_per_user_units = 1

    def _create_surface(self, width: float, height: float) -> tuple[Any, int, int]:
        del width, height
        columns, rows = self.output
        return cairo.ImageSurface(cairo.FORMAT_ARGB32, columns, rows), columns, rows

    def set_context_size(self, width: float, height: float, viewbox: Any, tree: Tree) -> None:
        """Scale user units to pixels; each axis by itself, since the size in pixels is rounded."""
        del width, height
        tree.image_width, tree.image_height = viewbox[2], viewbox[3]
        self.context.scale(self.width / self._flat.width, self.height / self._flat.height)
        self.context_width, self.context_height = self._flat.width, self._flat.height


class _LayerSurface(_PixelSurface):
    """A surface that is there already, of which one dynamic layer is drawn, or all."""

    def _create_surface(self, width: float, height: float) -> tuple[Any, int, int]:
        del width, height
        surface, self._layer = self.output
        return surface, surface.get_width(), surface.get_height()

    def draw(self, node: Any) -> None:
        """Draw a node, unless it is a layer that is not asked for."""
        layer = node.get(LAYER)
        if layer is None or self._layer is None or int(layer) == self._layer:
            super().draw(node)


class _PdfSurface(_FlatSurface):
    """A PDF page; pictures keep twice the resolution of the screen."""

    surface_class = cairo.PDFSurface
    _has_masks = False
