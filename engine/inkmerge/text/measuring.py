"""A text of one style → its width, for passes that have to know how a drawing tool's pieces hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from inkmerge.fonts import FontCatalog
from inkmerge.svg.units import Viewport
from inkmerge.text.bidi import embedding_levels
from inkmerge.text.itemizing import Flow
from inkmerge.text.shaping import shape
from inkmerge.text.styles import Spacing, text_style

_LONGEST: Final = 500
"""Characters that are measured; no line is longer, and what is is estimated from these."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Measures texts with the faces of a catalog; where the designer's own face is missing, with its stand-in.

    Attributes:
        catalog: The faces.
        language: BCP 47 language tag.
    """

    catalog: FontCatalog
    language: str

    def width(self, text: str, style: Mapping[str, str]) -> float:
        """Return the sum of advances in user units, with letter spacing."""
        if not text:
            return 0.0
        if len(text) > _LONGEST:
            return self.width(text[:_LONGEST], style) * len(text) / _LONGEST
        spacing = Spacing(
            _length(style, "letter-spacing"),
            _length(style, "word-spacing"),
        )
        spans = [(0, len(text), text_style(style, self.language, spacing))]
        clusters = shape(text, spans, Flow(embedding_levels(text, "ltr")), self.catalog)
        spaces = sum(one in " \u00a0" for one in text)
        return sum(one.advance for one in clusters) + spacing.letter * len(clusters) + spacing.word * spaces


def _length(style: Mapping[str, str], name: str) -> float:
    size = font_size(style)
    return Viewport(0.0, 0.0, size).length(style.get(name, "0")) or 0.0


def font_size(style: Mapping[str, str]) -> float:
    """Return a computed font size; 16 where it still is a placeholder."""
    try:
        return float(style.get("font-size", "16"))
    except ValueError:
        return 16.0
