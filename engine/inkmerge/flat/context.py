"""What flattening needs to know beside the element at hand, and how it reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree

from inkmerge.errors import Finding, InvalidValue, LimitExceeded, Severity
from inkmerge.fonts import FontCatalog
from inkmerge.images import ImageSource, Pictures
from inkmerge.limits import Limits
from inkmerge.memo import Memo
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.expansion import viewport_of
from inkmerge.svg.names import local_name, mark, new
from inkmerge.svg.parsing import place_of
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.transform_origin import FILL_BOX
from inkmerge.svg.units import Axis, Viewport, plain_number
from inkmerge.text import GlyphRun, TextBox, TextFrame

SHAPE: Final = mark("clip-shape")
"""Mark on an element that a basic shape clips: the shape as CSS writes it."""
GROUP_ATTRIBUTES: Final = (
    "id",
    "transform",
    "opacity",
    "clip-path",
    "mask",
    "filter",
    "mix-blend-mode",
    "isolation",
)
"""What a group says of itself, and takes over from an element that becomes several."""
CARRIED: Final = (FILL_BOX, CONTEXT, SHAPE, *GROUP_ATTRIBUTES)
"""The same with the marks that wait for flat elements around."""
Frames = Memo[tuple[str, str, float], TextFrame]
"""Frames of texts by mark, language and scale."""
_MOST_FRAMES: Final = 4_096
"""A few kilobytes each; recipients' languages may be many."""
OWN: Final = mark("own-definitions")
"""Mark on the `<defs>` with the resources that flattening makes."""


def new_frames() -> Frames:
    """Return what keeps frames."""
    return Memo(_MOST_FRAMES)


@dataclass(slots=True)
class FlattenContext:
    """One pass of flattening over a tree, with what it gathers.

    Attributes:
        name: The template's file name.
        root: The tree's root.
        limits: What is allowed.
        catalog: The faces at hand.
        pictures: Opens pictures.
        viewport: The root's viewport, in user units.
        styles: Computed values of the tree.
        ids: The tree's elements by id.
        boxes: Text boxes by the number that the text element is marked with.
        language: Language of the text, BCP 47.
        scale: Device pixels per user unit, for the resolution of colour glyphs.
        is_filled: Whether values of a recipient stand in the elements.
        written: The attributes in which they stand: what is invalid among them is the recipient's fault.
        findings: What was found.
        images: Pictures by digest.
        glyphs: Upright glyphs of texts, by the keys that their paths have.
        faces: File names of the faces that texts were set with.
        frames: What is kept of texts from recipient to recipient.
        bounded_copies: Ids of copies of paint servers, filters, masks and clip paths, by original and box.
    """

    name: str
    root: etree._Element
    limits: Limits
    catalog: FontCatalog
    pictures: Pictures
    viewport: Viewport
    styles: ComputedStyles
    ids: dict[str, etree._Element]
    boxes: Mapping[str, TextBox]
    language: str = "en"
    scale: float = 1.0
    is_filled: bool = False
    written: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)
    images: dict[str, ImageSource] = field(default_factory=dict)
    glyphs: dict[str, GlyphRun] = field(default_factory=dict)
    faces: set[str] = field(default_factory=set)
    frames: Frames = field(default_factory=new_frames)
    bounded_copies: dict[str, str] = field(default_factory=dict)

    def define(self, resource: etree._Element, kind: str) -> str:
        """Put a resource of our own into the root's `<defs>`, and return its id."""
        defs = next((child for child in self.root if local_name(child) == "defs" and child.get(OWN)), None)
        if defs is None:
            defs = new("defs", {OWN: "1"})
            self.root.insert(0, defs)
        number = len(defs) + 1
        while (name := f"inkmerge-{kind}-{number}") in self.ids:
            number += 1
        resource.set("id", name)
        defs.append(resource)
        self.ids[name] = resource
        return name

    def warn(self, code: str, message: str, element: etree._Element, hint: str | None = None) -> None:
        """Report something that the specification says how to draw all the same."""
        self.findings.append(Finding(code, Severity.WARNING, message, place_of(element, self.name), hint))

    def invalid(self, element: etree._Element, attribute: str, value: str) -> None:
        """Report an invalid value; when it came from a recipient, raise `InvalidValue` instead."""
        message = f"{attribute}={value[:80]!r} is invalid"
        if self.is_filled and any(value.strip() in one for one in self.written):
            raise InvalidValue(
                message,
                location=place_of(element, self.name),
                hint="declare the field's type in the sidecar, so that the value is checked before",
            )
        self.warn("value-invalid", f"{message} and was ignored", element)

    def length(self, element: etree._Element, attribute: str, axis: Axis, default: str = "0") -> float:
        """Return a length attribute in user units, checked against the limits."""
        value = element.get(attribute)
        if value is None or not value.strip():
            return self.measure(default, element, axis)
        found = plain_number(value)
        if found is None:
            found = self.units(element).length(value, axis)
        if found is None:
            self.invalid(element, attribute, value)
            return self.measure(default, element, axis)
        return self.bounded(found, element, attribute)

    def measure(self, value: str, element: etree._Element, axis: Axis) -> float:
        """Return `value` in user units of `element`; 0 when it is no length."""
        found = plain_number(value)
        return (self.units(element).length(value, axis) or 0.0) if found is None else found

    def units(self, element: etree._Element) -> Viewport:
        """Return what relative units refer to on `element`."""
        viewport = viewport_of(element, self.viewport)
        return replace(viewport, font_size=self.styles.font_size(element))

    def bounded(self, value: float, element: etree._Element, attribute: str) -> float:
        """Return `value`, or raise `LimitExceeded` when it is beyond any drawing."""
        if not abs(value) <= self.limits.coordinate:  # nor is NaN
            raise LimitExceeded(
                f"{attribute}: found {value:g}, allowed are {self.limits.coordinate:g} user units",
                location=place_of(element, self.name),
                hint="bring the design nearer to the origin, or widen Limits(coordinate=…)",
            )
        return value
