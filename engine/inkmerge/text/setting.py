"""A `<text>` element → `FlatText`: collect, shape, place or fit, paint."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from inkmerge.errors import Finding, Severity
from inkmerge.text.boxes import fit_text
from inkmerge.text.characters import Characters, Surroundings, collect
from inkmerge.text.context import FlatText, TextContext
from inkmerge.text.items import Setting, adjust_lengths, base_direction, shaped_items
from inkmerge.text.painting import Painter, bounds_of
from inkmerge.text.placing import PathSource, Placed, place


def flatten_text(element: etree._Element, context: TextContext) -> FlatText:
    """Set a text and return its outlines.

    Raises:
        LimitExceeded: There is more text than `Limits.text_total` allows.
    """
    paths = PathSource(context.path_of, context.length)
    is_boxed = context.box is not None
    characters = collect(
        element,
        Surroundings(
            context.style_of,
            context.length,
            lambda one: is_boxed or paths.measured(one) is not None,
            context.language,
            is_boxed,
        ),
    )
    context.limits.require("text_total", len(characters.text), context.location)
    if not characters.text:
        return FlatText((), {}, (), "", None)
    for _, _, span in characters.runs():
        context.limits.require("font_size", float(span.style.get("font-size", "16")), context.location)
    setting = Setting(context.catalog, context.length)
    findings: list[Finding] = []
    lines: tuple[str, ...] = ()
    overflow = None
    if context.box is not None:
        fitted = fit_text(characters, context.box, setting, _origin(element, context))
        placed, characters, lines = fitted.placed, fitted.characters, fitted.lines
        overflow = fitted.overflow
    else:
        items = shaped_items(characters, setting)
        adjust_lengths(characters, items, context.length)
        placed = place(characters, items, paths, is_rtl=base_direction(characters) == "rtl")
    findings += _missing(characters, placed, context)
    if overflow is not None:
        findings.append(_overflow(overflow, characters, context))
    findings += _families(characters, context)
    bounds = bounds_of(placed)
    painter = Painter(context.scale, bounds, setting.font_of)
    painter.paint(placed)
    drawn = " ".join(lines) if lines else characters.text
    return FlatText(
        tuple(painter.elements),
        painter.images,
        tuple(findings),
        drawn,
        bounds,
        lines,
        _faces(placed),
        tuple(painter.runs),
    )


def _faces(placed: Sequence[Placed]) -> tuple[str, ...]:
    faces = dict.fromkeys(glyph.font.face for one in placed for glyph in one.item.cluster.glyphs)
    return tuple(dict.fromkeys(face.path.name for face in faces))


def _origin(element: etree._Element, context: TextContext) -> tuple[float, float]:
    """Return where the designer put the text: its own first position, else that of its first line."""
    for one in element.iter(etree.Element):
        x, y = one.get("x"), one.get("y")
        if x is not None or y is not None:
            return (
                context.length((x or "0").replace(",", " ").split()[0], one, "x"),
                context.length((y or "0").replace(",", " ").split()[0], one, "y"),
            )
    return 0.0, 0.0


def _overflow(what: str, characters: Characters, context: TextContext) -> Finding:
    sample = characters.text[:40] + ("…" if len(characters.text) > 40 else "")
    return Finding(
        "text-overflow",
        Severity.ERROR,
        f"the text {sample!r} does not fit its box: {what}",
        context.location,
        "make the box larger, allow more lines, lower min_size, or limit the field with max_length",
    )


def _missing(characters: Characters, placed: Sequence[Placed], context: TextContext) -> list[Finding]:
    missing = dict.fromkeys(
        characters.text[one.item.cluster.start : one.item.cluster.end]
        for one in placed
        if one.item.cluster.is_missing
    )
    if not missing:
        return []
    named = ", ".join(
        f"{one!r} ({' '.join(f'U+{ord(each):04X}' for each in one)})" for one in list(missing)[:5]
    )
    return [
        Finding(
            "missing-glyph",
            Severity.ERROR,
            f"no face has a glyph for {named}",
            context.location,
            "put a font that has it into a font folder",
        )
    ]


def _families(characters: Characters, context: TextContext) -> list[Finding]:
    found = []
    for families in dict.fromkeys(span.style.get("font-family", "") for span in characters.spans):
        names = [name.strip().strip("\"'") for name in families.split(",") if name.strip()]
        if names and not any(context.catalog.has_family(name) for name in names):
            found.append(
                Finding(
                    "font-family-missing",
                    Severity.WARNING,
                    f"the family {names[0]!r} is not at hand; the default stands in for it",
                    context.location,
                    "put the font into a font folder, or name a stand-in in its fonts.toml",
                )
            )
    return found
