"""Names of SVG's world: namespaces, qualified names, groups of elements."""

from __future__ import annotations

from typing import Final

from lxml import etree

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
XML: Final = "http://www.w3.org/XML/1998/namespace"
INKSCAPE: Final = "http://www.inkscape.org/namespaces/inkscape"
SODIPODI: Final = "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"
SERIF: Final = "http://www.serif.com/"
INKMERGE: Final = "urn:inkmerge:template"
"""Marks that the engine itself puts on elements between parse and flatten; never written out."""

DYNAMIC: Final = f"{{{INKMERGE}}}dynamic"
"""Mark on an element that is filled and flattened anew for each recipient."""
FILL: Final = f"{{{INKMERGE}}}fill"
"""Mark on an element with placeholders or directives: the key of what fills it."""
FRAME: Final = f"{{{INKMERGE}}}frame"
"""Mark on a text of which recipients change nothing but what is written in it: the key of what is kept of the rest."""
XLINK_HREF: Final = f"{{{XLINK}}}href"
XML_SPACE: Final = f"{{{XML}}}space"
XML_LANG: Final = f"{{{XML}}}lang"
INKSCAPE_LABEL: Final = f"{{{INKSCAPE}}}label"
SERIF_ID: Final = f"{{{SERIF}}}id"
"""Where Affinity keeps a layer's name."""
SODIPODI_ROLE: Final = f"{{{SODIPODI}}}role"

SHAPES: Final = frozenset(("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"))
CONTAINERS: Final = frozenset(
    ("svg", "g", "defs", "symbol", "a", "switch", "clipPath", "mask", "pattern", "marker")
)
TEXT_CONTENT: Final = frozenset(
    ("text", "tspan", "textPath", "tref", "a", "flowRoot", "flowRegion", "flowPara", "flowDiv", "flowSpan")
)
TEXT_ROOTS: Final = frozenset(("text", "flowRoot"))
GRADIENTS: Final = frozenset(("linearGradient", "radialGradient"))
NEVER_DRAWN: Final = frozenset(
    ("defs", "symbol", "clipPath", "mask", "pattern", "marker", "filter", "linearGradient", "radialGradient")
)
"""Elements whose content is drawn only where something refers to it."""


def svg_name(local: str) -> str:
    """Return the qualified name of the SVG element `local`."""
    return f"{{{SVG}}}{local}"


def local_name(element: etree._Element) -> str:
    """Return the local name of an SVG element; the empty string for one of another namespace."""
    tag = element.tag
    found = _LOCAL_NAMES.get(tag)
    if found is None:
        is_svg = isinstance(tag, str) and tag.startswith(_SVG_PREFIX)
        found = tag[_SVG_PREFIX_LENGTH:] if is_svg else ""
        if is_svg and len(_LOCAL_NAMES) < _MOST_NAMES:
            _LOCAL_NAMES[tag] = found
    return found


def new(local: str, attributes: dict[str, str] | None = None) -> etree._Element:
    """Make an SVG element without a parent."""
    return etree.Element(svg_name(local), attributes or {}, nsmap={None: SVG})


def mark(local: str) -> str:
    """Return the qualified name of one of the engine's own marks."""
    return f"{{{INKMERGE}}}{local}"


_SVG_PREFIX = f"{{{SVG}}}"
_LOCAL_NAMES: dict[object, str] = {}
_MOST_NAMES: Final = 1000
"""Names remembered: SVG has about eighty, and a file may make up others."""
_SVG_PREFIX_LENGTH = len(_SVG_PREFIX)
