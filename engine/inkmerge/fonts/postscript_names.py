"""PostScript names that design tools write as families → family, weight and style: `OpenSans-SemiBoldItalic`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from inkmerge.fonts.query import FontQuery

_WEIGHTS: Final[dict[str, float]] = {
    "thin": 100,
    "hairline": 100,
    "extralight": 200,
    "ultralight": 200,
    "light": 300,
    "regular": 400,
    "normal": 400,
    "roman": 400,
    "book": 400,
    "medium": 500,
    "semibold": 600,
    "demibold": 600,
    "demi": 600,
    "extrabold": 800,
    "ultrabold": 800,
    "bold": 700,
    "black": 900,
    "heavy": 900,
}
"""Names of weights: https://www.w3.org/TR/css-fonts-4/#font-weight-numeric-values"""
_STRETCHES: Final[dict[str, float]] = {"condensed": 75, "cond": 75, "narrow": 75, "expanded": 125}
_SLOPES: Final = frozenset(("italic", "ital", "it", "oblique"))
_FOUNDRY: Final = re.compile(r"(?:PS)?MT$")
"""What Monotype's fonts have behind their names: `ArialMT`, `Arial-BoldMT`, `TimesNewRomanPSMT`."""
_WORDS: Final = re.compile("|".join(sorted((*_WEIGHTS, *_STRETCHES, *_SLOPES), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class PostScriptName:
    """A PostScript name taken apart.

    Attributes:
        family: The family, without spaces.
        weight: The weight it names, or None.
        is_italic: Whether it names a slope.
        stretch: The width it names in percent, or None.
    """

    family: str
    weight: float | None
    is_italic: bool
    stretch: float | None


def read_name(name: str) -> PostScriptName | None:
    """Take a PostScript name apart; None for one whose end says nothing of a style."""
    family, _, style = _FOUNDRY.sub("", name).partition("-")
    words = style.lower().replace("-", "").removesuffix("ps")
    found = _WORDS.findall(words)
    if not family or "".join(found) != words or (not words and family == name):
        return None
    return PostScriptName(
        family.removesuffix("PS"),
        next((_WEIGHTS[word] for word in found if word in _WEIGHTS), None),
        any(word in _SLOPES for word in found),
        next((_STRETCHES[word] for word in found if word in _STRETCHES), None),
    )


def applied(query: FontQuery, index: int, name: PostScriptName, family: str) -> FontQuery:
    """Return a query with a family in the place of a PostScript name; what CSS says beside it comes first."""
    families = (*query.families[:index], family, *query.families[index + 1 :])
    return FontQuery(
        families,
        name.weight if name.weight is not None and query.weight == 400 else query.weight,
        "italic" if name.is_italic and query.style == "normal" else query.style,
        name.stretch if name.stretch is not None and query.stretch == 100 else query.stretch,
        query.variations,
    )
