"""The flat SVG: everything resolved, ready for a rasterizer."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from inkmerge.images.source import ImageSource
from inkmerge.svg.names import svg_name
from inkmerge.svg.properties import CSS_ONLY
from inkmerge.svg.references import elements_by_id
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun

IMAGE_SCHEME = "inkmerge-image:"
"""An `<image>` in a `FlatDocument` refers to its picture by this scheme and the picture's digest."""


@dataclass(frozen=True)  # no slots: `ids` is kept once it is made
class FlatDocument:
    """A flat SVG tree with the pictures that it shows.

    Attributes:
        root: The `<svg>` element; its `viewBox` is ``0 0 width height``, and no other is in the tree.
        width: Width of the document in CSS pixels (user units).
        height: Height of the document in CSS pixels.
        images: Encoded pictures by digest; an `<image>` has `href="inkmerge-image:DIGEST"`.
        glyphs: Upright glyphs by key; the path that outlines them has it in the attribute `GLYPHS`.
    """

    root: etree._Element
    width: float
    height: float
    images: Mapping[str, ImageSource]
    glyphs: Mapping[str, GlyphRun] = field(default_factory=dict)

    @cached_property
    def ids(self) -> dict[str, etree._Element]:
        """The tree's elements by id; the tree must not change afterwards."""
        return elements_by_id(self.root)

    def outline(self, root: etree._Element) -> None:
        """Give each path of a tree that stands for glyphs its outlines, in place; the tree is this one's, or a copy."""
        for path in root.iter(svg_name("path")):
            key = path.attrib.pop(GLYPHS, None)
            if key is not None:
                path.set("d", self.glyphs[key].outline())
                path.attrib.pop(INK, None)

    def to_svg(self) -> bytes:
        """Serialize as UTF-8, with the pictures as data URIs, and as CSS what is no presentation attribute."""
        root = deepcopy(self.root)
        write_css_only(root)
        self.outline(root)
        for image in root.iter("{http://www.w3.org/2000/svg}image"):
            href = image.get("href", "")
            if href.startswith(IMAGE_SCHEME):
                source = self.images[href.removeprefix(IMAGE_SCHEME)]
                payload = b64encode(source.data).decode("ascii")
                image.set("href", f"data:{source.media_type};base64,{payload}")
        data: bytes = etree.tostring(root, encoding="utf-8")
        return data


def write_css_only(root: etree._Element) -> None:
    """Move properties that SVG knows in CSS alone from attributes into `style`, in place, for whoever reads plain SVG."""
    for element in root.iter(etree.Element):
        style = [f"{name}:{element.attrib.pop(name)}" for name in CSS_ONLY if name in element.attrib]
        if style:
            element.set("style", ";".join(style))
