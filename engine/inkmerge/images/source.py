"""An encoded picture that a template or a recipient brings, checked but not decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageSource:
    """One picture as it came, known to be of an allowed format and size.

    Attributes:
        data: The encoded bytes, unchanged.
        media_type: ``image/png``, ``image/jpeg``, ``image/webp``, ``image/gif`` or ``image/svg+xml``.
        width: Pixels across once the EXIF orientation is applied; 0 for SVG.
        height: Pixels down once the EXIF orientation is applied; 0 for SVG.
        digest: SHA-256 of `data`, hexadecimal.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    digest: str
