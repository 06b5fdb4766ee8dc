"""A `<text>` element and its `TextFrame` → `FlatText`: collect, shape, place or fit, paint."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from inkmerge.errors import Finding, Severity
from inkmerge.fonts.face import Face
from inkmerge.svg.names import new
from inkmerge.text.boxes import Overflow, fit_text
from inkmerge.text.characters import Characters, collect, collect_flat
from inkmerge.text.context import FlatText
from inkmerge.text.glyph_runs import GlyphRun, Stretch, ink_of
from inkmerge.text.items import adjust_lengths, shaped_items
from inkmerge.text.painting import Painter, bounds_of
from inkmerge.text.placing import Placed, place
from inkmerge.text.text_frame import TextFrame


class _Set(NamedTuple):
    """A text in its place.

    Attributes:
        characters: The text as drawn, which an ellipsis may have cut.
        placed: Its items.
        lines: The lines of a text box.
        findings: What was found on the way.
    """

    characters: Characters
    placed: list[Placed]
    lines: tuple[str, ...]
    findings: tuple[Finding, ...]


class UprightText(NamedTuple):
    """A text that one path in one paint shows; the run is None for nothing but spaces."""

    run: GlyphRun | None
    findings: tuple[Finding, ...]


def flatten_text(element: etree._Element, frame: TextFrame, into: etree._Element | None = None) -> FlatText:
    """Set the text in an element and return its outlines.

    Args:
        element: The text element.
        frame: What was read of it, or of another that differs in nothing but its text.
        into: The group that the outlines are put into; None for one by itself.

    Raises:
        LimitExceeded: There is more text than `Limits.text_total` allows.
    """
    characters = _required(collect(element, frame))
    if not characters.text:
        return FlatText((), {}, (), "", None)
    characters, placed, lines, findings = _set(characters)
    bounds = bounds_of(placed)
    painter = Painter(frame.scale, bounds, frame.catalog, new("g") if into is None else into)
    painter.paint(placed)
    drawn = " ".join(lines) if lines else characters.text
    return FlatText(
        tuple(painter.group),
        painter.images,
        findings,
        drawn,
        bounds,
        lines,
        _faces(placed),
        tuple(painter.paths),
        tuple(painter.runs),
    )


def set_upright(text: str, frame: TextFrame) -> UprightText | None:
    """Set a text of one style without painting it; None where one path in one paint may not be all that it takes.

    Args:
        text: The text, with nothing else in its element.
        frame: What was read of the element, whose text is known to be painted, without a stroke or lines.

    Raises:
        LimitExceeded: There is more text than `Limits.text_total` allows.
    """
    characters = read_text(text, frame)
    if not characters.text:
        return UprightText(None, ())
    found = _set(characters)
    stretches = []
    for item, left, baseline, angle, _ in sorted(found.placed, key=lambda one: one.item.cluster.start):
        glyphs = item.cluster.glyphs
        if angle or item.stretch != 1 or (glyphs and glyphs[0].font.face.is_color):
            return None
        if glyphs:
            stretches.append(Stretch(left, baseline, glyphs))
    ink = ink_of(stretches)
    return UprightText(None if ink is None else GlyphRun(tuple(stretches), ink), found.findings)


def _set(characters: Characters) -> _Set:
    """Shape a text and put it into its place or box."""
    frame = characters.frame
    lines: tuple[str, ...] = ()
    overflow = None
    if frame.box is not None:
        fitted = fit_text(characters, frame.box)
        placed, characters, lines = fitted.placed(), fitted.characters, fitted.lines
        overflow = fitted.overflow
    else:
        items = shaped_items(characters)
        adjust_lengths(characters, items)
        placed = place(characters, items, is_rtl=frame.direction == "rtl")
    findings = _missing(characters, placed)
    if overflow is not None:
        findings.append(_overflow(overflow, characters))
    findings += missing_families(characters)
    return _Set(characters, placed, lines, tuple(findings))


def read_text(text: str, frame: TextFrame) -> Characters:
    """Read a text with nothing else in its element.

    Raises:
        LimitExceeded: There is more text than `Limits.text_total` allows.
    """
    if frame.is_flat:
        return _required(collect_flat(text, frame))
    element = new("text")
    element.text = text
    return _required(collect(element, frame))


def _required(characters: Characters) -> Characters:
    frame = characters.frame
    frame.limits.require("text_total", len(characters.text), frame.location)
    for _, _, span in characters.runs():
        frame.limits.require("font_size", span.size, frame.location)
    return characters


def _faces(placed: Sequence[Placed]) -> tuple[str, ...]:
    faces = dict.fromkeys(glyphs[0].font.face for one in placed if (glyphs := one.item.cluster.glyphs))
    return tuple(dict.fromkeys(map(_file_name, faces)))


@lru_cache(maxsize=1024)
def _file_name(face: Face) -> str:
    return face.path.name


def _overflow(overflow: Overflow, characters: Characters) -> Finding:
    sample = characters.text[:40] + ("…" if len(characters.text) > 40 else "")
    return Finding(
        "text-overflow",
        Severity.ERROR,
        f"the text {sample!r} does not fit its box: {overflow.words}",
        characters.frame.location,
        "make the box larger, allow more lines, lower min_size, or limit the field with max_length",
        overflow.share,
    )


def _missing(characters: Characters, placed: Sequence[Placed]) -> list[Finding]:
    clusters = [one.item.cluster for one in placed if one.item.cluster.is_missing]
    if not clusters:
        return []
    missing = dict.fromkeys(characters.text[one.start : one.end] for one in clusters)
    named = ", ".join(
        f"{one!r} ({' '.join(f'U+{ord(each):04X}' for each in one)})" for one in list(missing)[:5]
    )
    return [
        Finding(
            "missing-glyph",
            Severity.ERROR,
            f"no face has a glyph for {named}",
            characters.frame.location,
            "put a font that has it into a font folder",
            len(missing),
        )
    ]


def missing_families(characters: Characters) -> list[Finding]:
    """Return what is to be said of families that are not at hand."""
    missing = [
        (span.style.get("font-family", ""), span.missing_family)
        for _, _, span in characters.runs()
        if span.missing_family is not None
    ]
    return [
        Finding(
            "font-family-missing",
            Severity.WARNING,
            f"the family {name!r} is not at hand; the default stands in for it",
            characters.frame.location,
            "put the font into a font folder, or name a stand-in in its fonts.toml",
        )
        for _, name in dict.fromkeys(missing)
    ]
