"""CairoSVG's surfaces, with pictures handed over decoded and nothing fetched."""

from __future__ import annotations

import io
import math
from typing import Any, NoReturn

import cairocffi as cairo
from cairosvg.parser import Tree
from cairosvg.surface import Surface

from inkmerge.flat.document import IMAGE_SCHEME, FlatDocument
from inkmerge.images import decode
from inkmerge.svg.units import ViewBox, viewport_transform

_PDF_DATE = "2000-01-01T00:00:00Z"
_FILTERS = {
    "optimizeSpeed": cairo.FILTER_NEAREST,
    "pixelated": cairo.FILTER_NEAREST,
    "crisp-edges": cairo.FILTER_NEAREST,
}


def draw_pixels(svg: bytes, flat: FlatDocument, width: int, height: int) -> Any:
    """Return a cairo image surface of `width` × `height` pixels with the drawing."""
    surface = _PixelSurface(_tree(svg), flat, (width, height))
    surface.cairo.flush()
    return surface.cairo


def draw_pdf(svg: bytes, flat: FlatDocument, title: str) -> bytes:
    """Return a PDF of one page; its dates are fixed, so that the same input gives the same bytes."""
    output = io.BytesIO()
    surface = _PdfSurface(_tree(svg), flat, output)
    surface.cairo.set_metadata(cairo.PDF_METADATA_TITLE, title)
    surface.cairo.set_metadata(cairo.PDF_METADATA_CREATE_DATE, _PDF_DATE)
    surface.cairo.set_metadata(cairo.PDF_METADATA_MOD_DATE, _PDF_DATE)
    surface.finish()
    return output.getvalue()


def _refuse(url: str, resource_type: str | None = None) -> NoReturn:
    raise ValueError(f"{url!r} ({resource_type}) may not be fetched")


def _tree(svg: bytes) -> Tree:
    return Tree(bytestring=svg, url_fetcher=_refuse)


class _FlatSurface(Surface):  # type: ignore[misc]  # cairosvg has no types
    """Draws flat SVG: an `<image>` is a decoded picture."""

    def __init__(self, tree: Tree, flat: FlatDocument, output: Any) -> None:
        self._flat = flat
        super().__init__(tree, output, 96)

    def draw(self, node: Any) -> None:
        """Draw a node; pictures without CairoSVG's detour through PNG."""
        if node.tag == "image":
            self._draw_picture(node)
        else:
            super().draw(node)

    def _draw_picture(self, node: Any) -> None:
        source = self._flat.images[node["href"].removeprefix(IMAGE_SCHEME)]
        x, y, width, height = (float(node[name]) for name in ("x", "y", "width", "height"))
        fit, is_slice = viewport_transform(
            ViewBox(0, 0, source.width, source.height), width, height, node.get("preserveAspectRatio", "")
        )
        context = self.context
        context.save()
        context.translate(x, y)
        if is_slice:
            context.rectangle(0, 0, width, height)
            context.clip()
        context.translate(fit.dx, fit.dy)
        drawn_width, drawn_height = source.width * fit.xx, source.height * fit.yy
        columns = math.hypot(*context.user_to_device_distance(drawn_width, 0))
        rows = math.hypot(*context.user_to_device_distance(0, drawn_height))
        picture = decode(source, math.ceil(columns), math.ceil(rows))
        pixels = cairo.ImageSurface.create_for_data(
            bytearray(picture.data), cairo.FORMAT_ARGB32, picture.width, picture.height, picture.stride
        )
        context.scale(drawn_width / picture.width, drawn_height / picture.height)
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


class _PdfSurface(_FlatSurface):
    """A PDF page; pictures keep twice the resolution of the screen."""

    surface_class = cairo.PDFSurface
