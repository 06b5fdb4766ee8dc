"""What setting text needs beside the element, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from inkmerge.errors import Finding, Location
from inkmerge.fonts import FontCatalog
from inkmerge.images import ImageSource
from inkmerge.limits import Limits
from inkmerge.text.boxes import TextBox
from inkmerge.text.glyph_runs import GlyphRun
from inkmerge.text.text_frame import LengthOf, PathOf, StyleOf


@dataclass(frozen=True, slots=True)
class TextContext:
    """What a text's frame is read with.

    Attributes:
        catalog: The faces.
        style_of: Computed style of an element: property → value; `font-size` is a number of user units.
        length: A length in user units: (value, element, axis).
        path_of: Path data and transform of what a `textPath` runs along, or None.
        scale: Device pixels per user unit, for the resolution of colour glyphs.
        language: BCP 47 language tag.
        box: The text box, or None.
        limits: How much text there may be.
        location: The place of the text in the template.
    """

    catalog: FontCatalog
    style_of: StyleOf
    length: LengthOf
    path_of: PathOf
    scale: float
    language: str
    box: TextBox | None
    limits: Limits
    location: Location


@dataclass(frozen=True, slots=True)
class FlatText:
    """A text as it is drawn.

    Attributes:
        elements: Groups, paths and images in the user space of the text element.
        images: The pictures of colour glyphs, by digest.
        findings: Missing glyphs, overflow, missing families.
        drawn: The text as drawn.
        bounds: Left, top, right and bottom of the em boxes, or None for no text.
        lines: The lines of a text box.
        faces: File names of the faces that it is set with.
        paths: The paths in them, which have no attributes yet, and those that they are to have, with paint as in CSS.
        runs: Upright glyphs, by the numbers that paths have in `GLYPHS`.
    """

    elements: tuple[etree._Element, ...]
    images: Mapping[str, ImageSource]
    findings: tuple[Finding, ...]
    drawn: str
    bounds: tuple[float, float, float, float] | None
    lines: tuple[str, ...] = ()
    faces: tuple[str, ...] = ()
    paths: tuple[tuple[etree._Element, dict[str, str]], ...] = ()
    runs: tuple[GlyphRun, ...] = ()
