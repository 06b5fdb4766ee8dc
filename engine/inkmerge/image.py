"""What a render hands over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from inkmerge.errors import Finding
from inkmerge.fallback import Reason

SUFFIXES: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
}
"""Suffixes of files, by media type."""


@dataclass(frozen=True, slots=True)
class RenderedImage:
    """One image, ready to be sent, with its text alternative.

    Attributes:
        data: The encoded file.
        media_type: ``image/png``, ``image/jpeg``, ``image/webp``, ``image/gif``, ``image/svg+xml`` or ``application/pdf``.
        width: Pixels across (CSS pixels for SVG and PDF). For HTML's `width` divide by ``dpi / 96``.
        height: Pixels down, likewise.
        dpi: Pixels per inch; 96 is one pixel per CSS pixel.
        alt: The text alternative; the same text is in the file's XMP.
        extended_description: Its long form, or None.
        fallback: Why this is the fallback image, or None when it is the recipient's own.
        findings: What there was to report on the way.
        shown: The texts that it shows: the recipient's values, then those that everybody is shown; without decorative ones.
    """

    data: bytes
    media_type: str
    width: int
    height: int
    dpi: float
    alt: str
    extended_description: str | None
    fallback: Reason | None
    findings: tuple[Finding, ...]
    shown: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of `data`, hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()
