"""One font file (or member of a collection) → `Face`; a face with coordinates → `FontInstance`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import uharfbuzz as hb

from inkmerge.errors import FontNotFound, Location
from inkmerge.fonts.query import Style

_LARGEST_FILE: Final = 40_000_000
_WIDTHS: Final = (50.0, 62.5, 75.0, 87.5, 100.0, 112.5, 125.0, 150.0, 200.0)
"""Percent for OS/2's usWidthClass 1 to 9: https://learn.microsoft.com/typography/opentype/spec/os2#uswidthclass"""
SLANT: Final = 0.2493
"""tan 14°: the angle that CSS Fonts 4 gives to `oblique`."""
_EMBOLDEN: Final = 0.03
"""By how much of an em synthesized bold thickens strokes."""
_SAMPLES: Final[dict[str, str]] = {
    "Latin": "Aaé",
    "Vietnamese": "ạữ",
    "Greek": "Ωα",
    "Cyrillic": "Жя",
    "Armenian": "Աա",
    "Georgian": "აბ",
    "Hebrew": "אש",
    "Arabic": "عي",
    "Devanagari": "कि",
    "Bengali": "কি",
    "Gurmukhi": "ਕਿ",
    "Gujarati": "કિ",
    "Tamil": "கி",
    "Telugu": "కి",
    "Kannada": "ಕಿ",
    "Malayalam": "കി",
    "Sinhala": "කි",
    "Thai": "กี",
    "Lao": "ກີ",
    "Khmer": "កិ",
    "Myanmar": "ကိ",
    "Han": "中文",
    "Kana": "あア",
    "Hangul": "한국",
    "Emoji": "😀🎉",
    "Symbols": "★→",
    "Math": "∑√",
}
"""A few characters by which a face is said to cover a script."""


@dataclass(frozen=True, slots=True)
class FaceDescriptors:
    """What a `@font-face` rule says of a face; None stands for what the file itself says.

    Attributes:
        family: The family that it belongs to.
        weight: Lowest and highest weight.
        style: `normal`, `italic` or `oblique`.
        stretch: Narrowest and widest, in percent.
        ranges: First and last code points for which it may be used; empty for all.
    """

    family: str
    weight: tuple[float, float] | None = None
    style: Style | None = None
    stretch: tuple[float, float] | None = None
    ranges: tuple[tuple[int, int], ...] = ()


class Face:
    """One face of one font file, or of bytes that came with a template.

    Attributes:
        path: The file; for a face that came with a template, a name for it.
        index: Its number in a collection.
        family: The typographic family name.
        names: Every name by which CSS may ask for it, folded.
        weight_range: Lowest and highest weight.
        stretch_range: Narrowest and widest, in percent.
        style: `normal` or `italic`.
        is_color: Whether its glyphs have colours of their own.
        ranges: First and last code points for which it may be used; empty for all.
    """

    def __init__(self, path: Path, index: int = 0, data: bytes | None = None) -> None:
        self.path = path
        self.index = index
        self.ranges: tuple[tuple[int, int], ...] = ()
        try:
            if data is None and path.stat().st_size > _LARGEST_FILE:
                raise FontNotFound(
                    f"the font file {path.name} is larger than {_LARGEST_FILE:,} bytes", code="font-broken"
                )
            blob = hb.Blob.from_file_path(str(path)) if data is None else hb.Blob(data)
            self.hb_face = hb.Face(blob, index)
        except OSError as fault:
            raise FontNotFound(
                f"the font file {path.name} cannot be read: {fault}", code="font-broken"
            ) from None
        if not self.hb_face.glyph_count or not self.hb_face.unicodes:
            raise FontNotFound(
                f"{path.name} is no usable font",
                code="font-broken",
                location=Location(path.name),
                hint="replace it by a TrueType or OpenType file, or remove it from the folder",
            )
        self._read()

    def _read(self) -> None:
        face = self.hb_face
        self.upem = face.upem or 1000
        legacy = face.get_name(1) or self.path.stem
        self.family = face.get_name(16) or legacy
        named = {self.family, legacy, face.get_name(4) or legacy, face.get_name(6) or legacy}
        self.names = frozenset(fold(name) for name in named)
        os2 = bytes(face.reference_table("OS/2").data or b"")
        weight = float(int.from_bytes(os2[4:6], "big") or 400) if len(os2) >= 8 else 400.0
        width = int.from_bytes(os2[6:8], "big") if len(os2) >= 8 else 5
        is_italic = len(os2) >= 64 and bool(int.from_bytes(os2[62:64], "big") & 0x201)
        self.style: Style = "italic" if is_italic else "normal"
        self.axes = {
            axis.tag: (axis.min_value, axis.default_value, axis.max_value) for axis in face.axis_infos
        }
        stretch = _WIDTHS[min(max(width, 1), 9) - 1]
        self.weight_range = (
            (self.axes["wght"][0], self.axes["wght"][2]) if "wght" in self.axes else (weight, weight)
        )
        self.stretch_range = (
            (self.axes["wdth"][0], self.axes["wdth"][2]) if "wdth" in self.axes else (stretch, stretch)
        )
        self.is_color = (
            face.has_color_layers or face.has_color_paint or face.has_color_png or face.has_color_svg
        )

    def described(self, by: FaceDescriptors) -> Face:
        """Return a copy of the face that goes by what a `@font-face` rule says of it."""
        described = copy(self)
        described.family = by.family
        described.names = frozenset((fold(by.family),))
        described.weight_range = by.weight or self.weight_range
        described.stretch_range = by.stretch or self.stretch_range
        described.style = by.style or self.style
        described.ranges = by.ranges
        return described

    @cached_property
    def _unicodes(self) -> Any:
        return self.hb_face.unicodes

    def covers(self, code_point: int) -> bool:
        """Tell whether the face has a glyph for a code point, and may be used for it."""
        is_in_range = not self.ranges or any(first <= code_point <= last for first, last in self.ranges)
        return is_in_range and code_point in self._unicodes

    @cached_property
    def scripts(self) -> tuple[str, ...]:
        """Names of the scripts that the face covers."""
        return tuple(
            name
            for name, sample in _SAMPLES.items()
            if all(self.covers(ord(character)) for character in sample)
        )


class FontInstance:
    """A face with coordinates on its axes, ready to shape; positions are in font units.

    Attributes:
        face: The face.
        hb_font: HarfBuzz's font, scaled to the face's units per em.
        upem: Units per em.
        ascent: Above the baseline, in font units, positive.
        descent: Below the baseline, in font units, positive.
        x_height: Height of a small x, in font units.
        cap_height: Height of a capital H, in font units.
        underline_position: Of its middle, in font units, negative below the baseline.
        underline_thickness: In font units.
        strikeout_position: Of its upper edge above the baseline, in font units.
        strikeout_thickness: In font units.
        superscript_rise: How far up superscripts stand, in font units.
        subscript_drop: How far down subscripts stand, in font units.
        synthetic_slant: Tangent of the angle by which upright glyphs are slanted; 0 for none.
        synthetic_bold: Whether strokes are made thicker because the face has no bold.
    """

    def __init__(
        self,
        face: Face,
        variations: Iterable[tuple[str, float]],
        synthetic_slant: float,
        *,
        synthetic_bold: bool,
    ) -> None:
        self.face = face
        self.hb_font = hb.Font(face.hb_face)
        self.upem = face.upem
        self.hb_font.scale = (self.upem, self.upem)
        self.variations = tuple(variations)
        if self.variations:
            self.hb_font.set_variations(dict(self.variations))
        self.synthetic_slant = synthetic_slant
        self.synthetic_bold = synthetic_bold
        if synthetic_slant:
            self.hb_font.synthetic_slant = synthetic_slant
        if synthetic_bold:
            self.hb_font.synthetic_bold = (_EMBOLDEN, _EMBOLDEN, False)
        extents = self.hb_font.get_font_extents("ltr")
        self.ascent = float(extents.ascender) or 0.8 * self.upem
        self.descent = -float(extents.descender) or 0.2 * self.upem
        metric = hb.OTMetricsTag
        self.x_height = self._metric(metric.X_HEIGHT, 0.5)
        self.cap_height = self._metric(metric.CAP_HEIGHT, 0.7)
        self.underline_position = self._metric(metric.UNDERLINE_OFFSET, -0.1)
        self.underline_thickness = self._metric(metric.UNDERLINE_SIZE, 0.05)
        self.strikeout_position = self._metric(metric.STRIKEOUT_OFFSET, 0.3)
        self.strikeout_thickness = self._metric(metric.STRIKEOUT_SIZE, 0.05)
        self.superscript_rise = self._metric(metric.SUPERSCRIPT_EM_Y_OFFSET, 0.4)
        self.subscript_drop = self._metric(metric.SUBSCRIPT_EM_Y_OFFSET, 0.2)

    def _metric(self, tag: Any, default: float) -> float:
        found = self.hb_font.get_metric_position(tag)
        return float(found) if found else default * self.upem


def fold(name: str) -> str:
    """Return a family name as CSS compares it: without regard to case and spacing."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
