"""What stands for an image where it is not seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextAlternative:
    """The text alternative of one image; equal in the API's result, the HTML, the file and the SVG.

    Attributes:
        alt: The short form, at most 250 characters; empty for a decorative image.
        extended_description: The long form, or None.
        language: BCP 47 language tag of both, such as ``de`` or ``pt-BR``.
    """

    alt: str
    extended_description: str | None = None
    language: str = "en"
