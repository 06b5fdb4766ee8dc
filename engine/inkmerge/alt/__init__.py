"""Values + drawn text → a text alternative that is checked against what the picture shows."""

from inkmerge.alt.checks import (
    INVISIBLE,
    Shown,
    check_alt_source,
    check_alt_words,
    check_text_alternative,
    comparable,
    is_language,
    says,
)
from inkmerge.alt.text_alternative import TextAlternative

__all__ = [
    "INVISIBLE",
    "Shown",
    "TextAlternative",
    "check_alt_source",
    "check_alt_words",
    "check_text_alternative",
    "comparable",
    "is_language",
    "says",
]
