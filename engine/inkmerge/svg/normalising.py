"""The list of passes that bring any SVG to one plain form, in their order; each is a named function on the tree.

Styles first, since a template's placeholders are found between the two halves; then all that needs references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from lxml import etree

from inkmerge.errors import Finding
from inkmerge.limits import Limits
from inkmerge.svg import cascade as cascading
from inkmerge.svg import context_paint, reference_checks, server_links, transform_origin
from inkmerge.svg.expansion import Expansion, push_inherited
from inkmerge.svg.sizing import document_viewport
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.units import Viewport


@dataclass(slots=True)
class Drawing:
    """A tree on its way to the plain form.

    Attributes:
        root: The tree, changed in place.
        name: The template's file name.
        limits: What is allowed.
        language: What `systemLanguage` is compared with.
        viewport: The root's viewport, known once styles are.
        findings: What was found on the way.
    """

    root: etree._Element
    name: str
    limits: Limits
    language: str = "en"
    viewport: Viewport = field(default_factory=lambda: Viewport(300, 150))
    findings: list[Finding] = field(default_factory=list)

    @property
    def styles(self) -> ComputedStyles:
        """Computed values of the tree as it is now."""
        return ComputedStyles(self.viewport)


def cascade(drawing: Drawing) -> None:
    """Turn style sheets, `style` attributes, shorthands and custom properties into presentation attributes."""
    drawing.findings += cascading.cascade(drawing.root, drawing.limits, drawing.name)


def size(drawing: Drawing) -> None:
    """Read what percentages and `rem` refer to."""
    viewport = document_viewport(drawing.root)
    drawing.viewport = replace(viewport, root_font_size=ComputedStyles(viewport).font_size(drawing.root))


def expand(drawing: Drawing) -> None:
    """Decide `switch`, drop what is not displayed, put copies in the place of `use`, make groups of viewports."""
    expansion = Expansion(drawing.root, drawing.viewport, drawing.limits, drawing.name, drawing.language)
    expansion.run()
    drawing.findings += expansion.findings


def apply_transform_origins(drawing: Drawing) -> None:
    """Write `transform-origin` into the transforms."""
    drawing.findings += transform_origin.apply_transform_origins(drawing.root, drawing.viewport, drawing.name)


def resolve_context_paint(drawing: Drawing) -> None:
    """Write the paint of a `use` in the place of `context-fill` and `context-stroke`."""
    context_paint.resolve_context_paint(drawing.root, drawing.styles)


def inherit(drawing: Drawing) -> None:
    """Write inherited properties onto the elements that use them."""
    push_inherited(drawing.root, drawing.styles)


def link_servers(drawing: Drawing) -> None:
    """Copy what gradients and patterns take over by `href` into them."""
    drawing.findings += server_links.resolve_href_chains(drawing.root, drawing.name)


def break_reference_cycles(drawing: Drawing) -> None:
    """Take away references by which resources refer to themselves."""
    drawing.findings += reference_checks.break_reference_cycles(drawing.root, drawing.name)


def check_fan_out(drawing: Drawing) -> None:
    """Refuse resources that multiply beyond the limits."""
    reference_checks.check_fan_out(drawing.root, drawing.limits, drawing.name)


Pass = Callable[[Drawing], None]
STYLES: Final[tuple[Pass, ...]] = (cascade, size)
REFERENCES: Final[tuple[Pass, ...]] = (
    expand,
    apply_transform_origins,
    resolve_context_paint,
    inherit,
    link_servers,
    break_reference_cycles,
    check_fan_out,
)
NORMALISING: Final[tuple[Pass, ...]] = STYLES + REFERENCES


def run(passes: Iterable[Pass], drawing: Drawing) -> None:
    """Carry out passes in their order, in place."""
    for one in passes:
        one(drawing)
