"""Computed style of a span → `Look`: what shaping and placing need of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inkmerge.text.styles import Spacing, baseline_offset, baseline_shift, text_style

if TYPE_CHECKING:
    from lxml import etree

    from inkmerge.fonts import FontCatalog, FontInstance
    from inkmerge.text.context import TextContext
    from inkmerge.text.itemizing import TextStyle
    from inkmerge.text.text_frame import Span


@dataclass(frozen=True, slots=True)
class Look:
    """What the items of one span have in common.

    Attributes:
        style: What shaping needs.
        spacing: Letter and word spacing.
        baseline: `dominant-baseline`, `alignment-baseline` and the face that they ask; None for the alphabetic one.
        shifts: How far up `baseline-shift` moves it, the innermost first, in user units.
    """

    style: TextStyle
    spacing: Spacing
    baseline: tuple[str, str, FontInstance] | None
    shifts: tuple[float, ...]

    @property
    def drop(self) -> float:
        """How far down the baseline is, in user units."""
        drop = 0.0
        if self.baseline is not None:
            drop = baseline_offset(*self.baseline, self.style.size)
        for shift in self.shifts:
            drop -= shift
        return drop


def read_look(span: Span, element: etree._Element, context: TextContext, *, is_vertical: bool) -> Look:
    """Return the look of a span; those around it have theirs."""
    spacing = _spacing(span, element, context)
    style = text_style(span.style, span.language, spacing)
    if any(one.is_spread for one in span.lineage()):
        style = replace(style, is_spread=True)
    baseline = _baseline(span, context.catalog, is_vertical=is_vertical)
    shifts = () if span.parent is None else span.parent.look.shifts
    shift = span.style.get("baseline-shift", "baseline")
    if span.parent is not None and shift not in {"baseline", "0"}:
        shifts = (_shift(shift, span.parent, element, context, style.size), *shifts)
    return Look(style, spacing, baseline, shifts)


def font_of(span: Span, catalog: FontCatalog) -> FontInstance:
    """Return the face that a span asks for."""
    return catalog.match(text_style(span.style, span.language, Spacing()).query)


def _spacing(span: Span, element: etree._Element, context: TextContext) -> Spacing:
    found = []
    for name in ("letter-spacing", "word-spacing"):
        value = span.style.get(name, "normal")
        found.append(0.0 if value == "normal" else context.length(value, element, "other"))
    return Spacing(*found)


def _baseline(span: Span, catalog: FontCatalog, *, is_vertical: bool) -> tuple[str, str, FontInstance] | None:
    dominant = _dominant(span)
    alignment = span.style.get("alignment-baseline", "baseline")
    if is_vertical and dominant == "auto":  # https://www.w3.org/TR/css-inline-3/#dominant-baseline-property
        dominant = "central"
    if dominant in {"auto", "alphabetic"} and alignment in {"baseline", "auto"}:
        return None
    return dominant, alignment, font_of(span, catalog)


def _dominant(span: Span) -> str:
    """Return the dominant baseline; SVG 1.1's `no-change` and `reset-size` keep that of the element around."""
    declared = (one.style.get("dominant-baseline", "auto") for one in span.lineage())
    return next((one for one in declared if one not in {"no-change", "reset-size"}), "auto")


def _shift(value: str, around: Span, element: etree._Element, context: TextContext, size: float) -> float:
    """Return how far up a `baseline-shift` moves an element of a font size inside another, in user units."""
    if value in {"sub", "super"}:
        return baseline_shift(value, font_of(around, context.catalog), around.look.style.size)
    if value.endswith("%"):
        try:
            return float(value[:-1]) / 100 * size
        except ValueError:
            return 0.0
    return context.length(value, element, "other")
