"""Glyphs of an `SVG ` table → SVG pictures of one glyph each.

https://learn.microsoft.com/typography/opentype/spec/svg
"""

from __future__ import annotations

import base64
import re
import zlib
from functools import lru_cache
from typing import Final

from lxml import etree

from inkmerge.fonts import FontInstance
from inkmerge.svg.names import local_name, new, svg_name

MARGIN: Final = 1.0
"""Ems that a picture has on each side of the em square, for what stands out of it."""
_SHOWN: Final = 300
"""Width and height that the picture gives for its own: any will do, as it is fitted into three ems."""
_GZIP: Final = b"\x1f\x8b"
_LARGEST_DOCUMENT: Final = 10_000_000
_GLYPH_ID: Final = re.compile(r"glyph\d+")


@lru_cache(maxsize=512)
def svg_glyph(font: FontInstance, glyph_id: int, color: str) -> str | None:
    """Return a data URI of the picture of a glyph, or None when the table has none.

    The picture is three ems wide and high; the glyph's origin is at (1, 2) ems from its upper left corner.

    Args:
        font: The face.
        glyph_id: The glyph.
        color: The text's colour, for `currentColor`.
    """
    blob = font.face.hb_face.get_glyph_color_svg(glyph_id)
    source = bytes(blob.data or b"") if blob is not None else b""
    root = _parsed(source)
    if root is None:
        return None
    if not _keep_glyph(root, f"glyph{glyph_id}"):
        return None
    em = font.upem
    for name, value in (
        ("x", "0"),
        ("y", "0"),
        ("width", str(em)),
        ("height", str(em)),
        ("overflow", "visible"),
    ):
        root.set(name, value)
    outer = new("svg", {"viewBox": f"{-em} {-2 * em} {3 * em} {3 * em}", "color": color})
    outer.set("width", str(_SHOWN))
    outer.set("height", str(_SHOWN))
    outer.append(root)
    return "data:image/svg+xml;base64," + base64.b64encode(etree.tostring(outer)).decode()


def _parsed(source: bytes) -> etree._Element | None:
    if source.startswith(_GZIP):
        try:
            source = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(source, _LARGEST_DOCUMENT)
        except zlib.error:
            return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError:
        return None
    return root if root.tag == svg_name("svg") else None


def _keep_glyph(root: etree._Element, name: str) -> bool:
    """Drop the other glyphs of a document, in place; tell whether it has this one."""
    if root.get("id") == name:
        return True
    found = next((one for one in root.iter(etree.Element) if one.get("id") == name), None)
    if found is None:
        return False
    source = etree.tostring(found).decode()
    for child in list(root):
        other = child.get("id", "") if local_name(child) else ""
        if other != name and _GLYPH_ID.fullmatch(other) and f"#{other}" not in source:
            root.remove(child)
    return True
