"""Pillow, written by hand for the scene: the static picture decoded once, the texts pasted, Pillow's encoder."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import ClassVar

import jinja2
from PIL import ImageDraw, ImageFont

from benchmarks.peers.svg_libraries import jpeg
from benchmarks.scenes import Line, Scene
from benchmarks.way import SCALE, Format, Painter, Way

_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}


class PillowByHand(Way):
    """Texts by `ImageDraw.text` at the places where the template has them."""

    name = "Pillow by hand"
    remarks = "static background decoded once; text by raqm, which costs as much as its basic layout here and kerns; PNG at level 6, its default"
    packages: ClassVar[tuple[str, ...]] = ("pillow",)
    level: ClassVar[int] = 6

    def prepare(self, scene: Scene) -> Painter:
        """Draw the static background once, and load the faces."""
        background = scene.background
        lines = [_Pen(line, scene) for line in scene.lines if line.is_dynamic]

        def paint(values: Mapping[str, str], to: Format) -> bytes:
            picture = background.copy()
            draw = ImageDraw.Draw(picture)
            for line in lines:
                line.write(draw, values)
            if to == "jpeg":
                return jpeg(picture)
            out = io.BytesIO()
            picture.save(out, "PNG", compress_level=self.level)
            return out.getvalue()

        return paint


class PillowByHandFast(PillowByHand):
    """The same with the fastest PNG."""

    name = "Pillow by hand, PNG level 1"
    remarks = "as above, with `compress_level=1`"
    formats = ("png",)
    packages = ()
    level = 1


class _Pen:
    """Writes one line."""

    def __init__(self, line: Line, scene: Scene) -> None:
        self._at = SCALE * line.x, SCALE * line.y
        self._anchor, self._fill = _ANCHORS[line.anchor], line.fill
        self._content = jinja2.Environment(autoescape=False).from_string(line.content)  # noqa: S701  no markup
        self._face = ImageFont.truetype(
            str(scene.fonts.of(line)), SCALE * line.size, layout_engine=ImageFont.Layout.RAQM
        )

    def write(self, draw: ImageDraw.ImageDraw, values: Mapping[str, str]) -> None:
        """Write the line of one recipient."""
        draw.text(self._at, self._content.render(values), self._fill, self._face, self._anchor)
