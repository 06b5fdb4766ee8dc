"""Values + drawn text → a text alternative that is checked against what the picture shows."""

from inkmerge.alt.checks import Shown, check_alt_source, check_text_alternative
from inkmerge.alt.text_alternative import TextAlternative

__all__ = ["Shown", "TextAlternative", "check_alt_source", "check_text_alternative"]
