"""Placed items → flat SVG: one path for all glyphs of one paint, images for colour glyphs, rectangles for lines."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from fontTools.misc.transform import Identity, Transform
from lxml import etree

from inkmerge.images import ImageSource
from inkmerge.svg.names import new
from inkmerge.svg.transforms import transform_text
from inkmerge.svg.units import text_of
from inkmerge.text.characters import Span
from inkmerge.text.color_glyphs import color_glyph, has_color
from inkmerge.text.outlines import glyph_outline, path_data
from inkmerge.text.placing import Placed
from inkmerge.text.shaping import Glyph

_IMAGE_SCHEME: Final = "inkmerge-image:"
_PAINT: Final = (
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
) + ("stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "color", "font-size")
_BELOW: Final = ("underline", "overline")
_ABOVE: Final = ("line-through",)


@dataclass(slots=True)
class Painter:
    """Gathers the elements of one text.

    Attributes:
        scale: Device pixels per user unit.
        bounds: The text's em boxes, to which gradients refer, or None.
        elements: What is drawn, in order.
        images: Pictures of colour glyphs, by digest.
    """

    scale: float
    bounds: tuple[float, float, float, float] | None
    elements: list[etree._Element] = field(default_factory=list)
    images: dict[str, ImageSource] = field(default_factory=dict)

    def paint(self, placed: Sequence[Placed]) -> None:
        """Paint a text span after span, in each the lines below, the glyphs, and the lines above."""
        ordered = sorted(placed, key=lambda one: one.item.cluster.start)
        for _, run in groupby(ordered, key=lambda one: id(one.item.span)):
            group = list(run)
            span = group[0].item.span
            if span.style.get("visibility", "visible") != "visible":
                continue
            into = self._group(span)
            self._decorate(group, span, _BELOW, into)
            self._glyphs(group, span, into)
            self._decorate(group, span, _ABOVE, into)

    def _group(self, span: Span) -> list[etree._Element] | etree._Element:
        opacity = 1.0
        for one in span.lineage():
            if one.parent is not None:
                try:
                    opacity *= min(1.0, max(0.0, float(one.style.get("opacity", "1"))))
                except ValueError:
                    continue
        if opacity >= 1:
            return self.elements
        group = new("g", {"opacity": text_of(opacity)})
        self.elements.append(group)
        return group

    def _glyphs(
        self, group: Iterable[Placed], span: Span, into: list[etree._Element] | etree._Element
    ) -> None:
        data: list[str] = []
        for one in group:
            frame = _frame(one)
            for glyph in one.item.cluster.glyphs:
                origin = frame.translate(glyph.x_offset, glyph.y_offset)
                if has_color(glyph.font) and self._color(glyph, origin, into):
                    continue
                size = glyph.size / glyph.font.upem
                outline = glyph_outline(glyph.font, glyph.glyph_id)
                if outline:
                    data.append(path_data(outline, origin.scale(size, -size)))
        if data:
            self._path(" ".join(data), span.style, into)

    def _path(self, data: str, style: Mapping[str, str], into: list[etree._Element] | etree._Element) -> None:
        attributes = {name: style[name] for name in _PAINT if name in style}
        order = style.get("paint-order", "normal").split()
        parts = [attributes]
        if attributes.get("stroke", "none") != "none" and order[0] == "stroke":
            parts = [attributes | {"fill": "none"}, attributes | {"stroke": "none"}]
        for part in parts:
            path = new("path", {"d": data} | part)
            if self.bounds and ("url(" in part.get("fill", "") or "url(" in part.get("stroke", "")):
                x0, y0, x1, y1 = self.bounds
                path.set("data-text-bounds", f"{x0!r} {y0!r} {x1 - x0!r} {y1 - y0!r}")
            into.append(path)

    def _color(self, glyph: Glyph, origin: Transform, into: list[etree._Element] | etree._Element) -> bool:
        enlarged = math.sqrt(abs(origin[0] * origin[3] - origin[1] * origin[2]))
        picture = color_glyph(glyph.font, glyph.glyph_id, math.ceil(glyph.size * enlarged * self.scale))
        if picture is None:
            return False
        digest = hashlib.sha256(picture.png).hexdigest()
        self.images[digest] = ImageSource(picture.png, "image/png", picture.columns, picture.rows, digest)
        size = glyph.size
        attributes = {
            "href": _IMAGE_SCHEME + digest,
            "x": text_of(picture.x * size),
            "y": text_of(picture.y * size),
            "width": text_of(picture.width * size),
            "height": text_of(picture.height * size),
            "preserveAspectRatio": "none",
        }
        wrapper = new("g", {"transform": transform_text(origin) or "translate(0 0)"})
        wrapper.append(new("image", attributes))
        into.append(wrapper)
        return True

    def _decorate(
        self,
        group: Sequence[Placed],
        span: Span,
        kinds: tuple[str, ...],
        into: list[etree._Element] | etree._Element,
    ) -> None:
        """Draw the lines that this span and those around it declare, with the paint of who declares them."""
        for one in reversed(list(span.lineage())):
            declared = (
                f"{one.style.get('text-decoration-line', '')} {one.style.get('text-decoration', '')}".split()
            )
            for kind in kinds:
                if kind in declared:
                    data = _lines(group, kind, one)
                    if data:
                        self._path(data, one.style, into)


def _frame(placed: Placed) -> Transform:
    frame = Identity.translate(placed.x, placed.y)
    if placed.angle:
        frame = frame.rotate(placed.angle)
    if placed.item.stretch != 1:
        frame = frame.scale(placed.item.stretch, 1)
    return frame


def _lines(group: Sequence[Placed], kind: str, declarer: Span) -> str:
    """Return rectangles under, over or through glyphs; those of upright neighbours are one."""
    pieces: list[tuple[Placed, float]] = []
    for one in sorted(group, key=lambda one: (one.line, one.x)):
        if pieces and one.angle == 0:
            last, width = pieces[-1]
            if (
                last.angle == 0
                and last.line == one.line
                and last.y == one.y
                and abs(last.x + width - one.x) < 0.01
            ):
                pieces[-1] = (last, width + one.item.advance)
                continue
        pieces.append((one, one.item.advance))
    data = []
    for placed, width in pieces:
        font = placed.item.font
        if font is None:
            continue
        em = float(declarer.style.get("font-size", "16")) / font.upem
        thickness = max(font.underline_thickness, 1.0) * em
        if kind == "underline":
            middle = -font.underline_position * em  # its middle, as FreeType and browsers take it
        elif kind == "overline":
            middle = -font.ascent * em + thickness / 2
        else:
            middle = -font.strikeout_position * em + thickness / 2
        frame = _frame(placed)
        corners = (
            (0, middle - thickness / 2),
            (width, middle - thickness / 2),
            (width, middle + thickness / 2),
        )
        points = [frame.transformPoint(point) for point in (*corners, (0, middle + thickness / 2))]
        data.append("M " + " L ".join(f"{text_of(x)} {text_of(y)}" for x, y in points) + " Z")
    return " ".join(data)


def bounds_of(placed: Iterable[Placed]) -> tuple[float, float, float, float] | None:
    """Return the union of the em boxes, in user units."""
    xs: list[float] = []
    ys: list[float] = []
    for one in placed:
        font = one.item.font
        if font is None:
            continue
        em = one.item.cluster.glyphs[0].size / font.upem
        turn = Identity.translate(one.x, one.y).rotate(one.angle)
        for x in (0.0, one.item.advance):
            for y in (-font.ascent * em, font.descent * em):
                px, py = turn.transformPoint((x, y))
                xs.append(px)
                ys.append(py)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else None
