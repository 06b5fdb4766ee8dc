"""CSS properties that style SVG: their initial values, and whether they are inherited.

https://www.w3.org/TR/SVG2/propidx.html and, for filters and masks, https://www.w3.org/TR/filter-effects-1/ and
https://www.w3.org/TR/css-masking-1/.
"""

from __future__ import annotations

from typing import Final

INHERITED: Final[dict[str, str]] = {
    "clip-rule": "nonzero",
    "color": "black",
    "color-interpolation": "sRGB",
    "color-interpolation-filters": "linearRGB",
    "direction": "ltr",
    "fill": "black",
    "fill-opacity": "1",
    "fill-rule": "nonzero",
    "font-family": "",
    "font-feature-settings": "normal",
    "font-kerning": "auto",
    "font-size": "16",
    "font-size-adjust": "none",
    "font-stretch": "normal",
    "font-style": "normal",
    "font-variant": "normal",
    "font-variant-caps": "normal",
    "font-variant-ligatures": "normal",
    "font-variant-numeric": "normal",
    "font-variation-settings": "normal",
    "font-weight": "400",
    "glyph-orientation-horizontal": "0deg",
    "glyph-orientation-vertical": "auto",
    "image-rendering": "auto",
    "kerning": "auto",
    "letter-spacing": "normal",
    "line-height": "normal",
    "marker-end": "none",
    "marker-mid": "none",
    "marker-start": "none",
    "paint-order": "normal",
    "shape-rendering": "auto",
    "stroke": "none",
    "stroke-dasharray": "none",
    "stroke-dashoffset": "0",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
    "stroke-opacity": "1",
    "stroke-width": "1",
    "text-align": "start",
    "text-anchor": "start",
    "text-orientation": "mixed",
    "text-rendering": "auto",
    "text-transform": "none",
    "visibility": "visible",
    "white-space": "normal",
    "word-spacing": "normal",
    "writing-mode": "horizontal-tb",
}
NOT_INHERITED: Final[dict[str, str]] = {
    "alignment-baseline": "baseline",
    "background-color": "transparent",
    "baseline-shift": "baseline",
    "clip": "auto",
    "clip-path": "none",
    "display": "inline",
    "dominant-baseline": "auto",
    "enable-background": "accumulate",
    "filter": "none",
    "flood-color": "black",
    "flood-opacity": "1",
    "inline-size": "auto",
    "isolation": "auto",
    "lighting-color": "white",
    "mask": "none",
    "mask-type": "luminance",
    "mix-blend-mode": "normal",
    "opacity": "1",
    "overflow": "visible",
    "shape-inside": "auto",
    "shape-margin": "0",
    "shape-padding": "0",
    "shape-subtract": "none",
    "stop-color": "black",
    "stop-opacity": "1",
    "text-decoration": "none",
    "text-decoration-color": "currentColor",
    "text-decoration-line": "none",
    "text-decoration-style": "solid",
    "transform-box": "view-box",
    "transform-origin": "0 0",
    "unicode-bidi": "normal",
    "vector-effect": "none",
}
# dominant-baseline is inherited in CSS Inline 3 and was not in SVG 1.1; SVG 2 follows CSS.
INHERITED["dominant-baseline"] = NOT_INHERITED.pop("dominant-baseline")

PROPERTIES: Final = INHERITED | NOT_INHERITED
GEOMETRY: Final = frozenset(("x", "y", "cx", "cy", "r", "rx", "ry", "width", "height", "d", "transform"))
"""Attributes that CSS may set as well: https://www.w3.org/TR/SVG2/geometry.html."""
CSS_ONLY: Final = (
    "background-color",
    "mix-blend-mode",
    "isolation",
    "inline-size",
    "shape-inside",
    "shape-padding",
    "shape-margin",
    "font-feature-settings",
    "font-kerning",
    "font-variant-caps",
    "font-variant-ligatures",
    "font-variant-numeric",
    "font-variation-settings",
)
"""Properties that are no presentation attributes, and so count in style sheets and `style` alone.

https://www.w3.org/TR/SVG2/styling.html#PresentationAttributes
"""
CASE_SENSITIVE: Final = frozenset(
    ("font-family", "d", "font-feature-settings", "font-variation-settings", "transform")
)
"""Properties whose values hold names, and so keep their spelling; so does every value with a function in it."""
SPELLING: Final[dict[str, str]] = {
    word.lower(): word
    for word in (
        "crispEdges",
        "geometricPrecision",
        "optimizeLegibility",
        "optimizeQuality",
        "optimizeSpeed",
        "linearRGB",
        "sRGB",
    )
}
"""Keywords as attributes write them, where case counts, by what they are in lower case."""
