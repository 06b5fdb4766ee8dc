"""Placeholders in the tree → compiled templates, and marks on the elements that a recipient changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from inkmerge.errors import Location, TemplateSyntax, UnsupportedFeature
from inkmerge.svg.names import DYNAMIC, FILL, FRAME, GRADIENTS, SHAPES, TEXT_ROOTS, local_name, new, svg_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.references import elements_by_id, references
from inkmerge.template.expression import Expression, ExpressionCompiler, FieldUse, TextTemplate
from inkmerge.template.mending import straighten
from inkmerge.template.structure import REPEAT, SHOW

_REFUSED: Final[dict[str, str]] = {
    "id": "give the element a fixed id",
    "clip-path": "use data-show on elements with different clip paths",
    "mask": "use data-show on elements with different masks",
    "filter": "use data-show on elements with different filters",
}
_EACH: Final = re.compile(r"\s*([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s+in\s+(.+)", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class Repeat:
    """`names in items` of a `data-repeat`."""

    names: tuple[str, ...]
    items: Expression


@dataclass(frozen=True, slots=True)
class ElementFill:
    """What a recipient changes on one element.

    Attributes:
        attributes: Attribute names and their templates.
        text: The template of the text inside, before the first child.
        tail: The template of the text behind the element.
        show: The condition under which the element is there.
        repeat: What the element is repeated for.
        is_decorative: Whether the text shown here need not be in the text alternative.
        location: The place of the element.
    """

    attributes: tuple[tuple[str, TextTemplate], ...]
    text: TextTemplate | None
    tail: TextTemplate | None
    show: Expression | None
    repeat: Repeat | None
    is_decorative: bool
    location: Location

    def templates(self) -> Iterator[TextTemplate | Expression]:
        """Yield everything compiled here."""
        for _, template in self.attributes:
            yield template
        for one in (self.text, self.tail, self.show, self.repeat.items if self.repeat else None):
            if one is not None:
                yield one

    def fields(self) -> Iterator[FieldUse]:
        """Yield every field that is read here."""
        for one in self.templates():
            yield from one.fields

    def shown_templates(self) -> Iterator[TextTemplate]:
        """Yield the templates whose output is drawn as text."""
        for one in (self.text, self.tail):
            if one is not None:
                yield one


def compile_placeholders(
    root: etree._Element, compiler: ExpressionCompiler, name: str
) -> dict[str, ElementFill]:
    """Compile every placeholder and directive of a tree, and mark the elements that hold them, in place.

    Raises:
        TemplateSyntax: A placeholder does not parse.
        UnsafeTemplate: It asks for something that could harm.
        UnsupportedFeature: It stands where nothing may change.
    """
    _hoist_directives(root)
    fills: dict[str, ElementFill] = {}
    for element in list(root.iter(etree.Element)):
        local = local_name(element)
        if local in {"title", "desc"} and element.getparent() is root:
            continue  # the text alternative, which is compiled on its own
        fill = _compile_one(element, compiler, name)
        if fill is None:
            continue
        key = str(len(fills))
        fills[key] = fill
        element.set(FILL, key)
        text_root = _text_root(element)
        if text_root is not None:
            text_root.set(DYNAMIC, "1")
        elif fill.attributes:
            element.set(DYNAMIC, "1")
    _mark_dependents(root)
    _mark_frames(root, fills)
    return fills


def field_uses(fills: Iterable[ElementFill]) -> tuple[FieldUse, ...]:
    """Return every field that the fills read; loop variables of directives are none."""
    found: dict[FieldUse, None] = {}
    loop_names = {"loop"}
    for fill in fills:
        if fill.repeat:
            loop_names.update(fill.repeat.names)
        for template in fill.templates():
            for use in template.fields:
                found[use] = None
    return tuple(
        use
        for use in found
        if not (use.path[0] == "recipient" and use.path[1:2] and use.path[1] in loop_names)
    )


def _compile_one(element: etree._Element, compiler: ExpressionCompiler, name: str) -> ElementFill | None:
    local = local_name(element)
    place = place_of(element, name)
    show = repeat = None
    if (source := element.attrib.pop(SHOW, None)) is not None:
        show = compiler.expression(source, place)
    if (source := element.attrib.pop(REPEAT, None)) is not None:
        repeat = _repeat(source, compiler, place)
    attributes = []
    for attribute, value in element.attrib.items():
        if _PLACEHOLDER.search(value):
            _require_fillable(element, attribute, place)
            attributes.append((attribute, compiler.text(straighten(value), place)))
    text = tail = None
    if local in _TEXT_HOLDERS and _PLACEHOLDER.search(element.text or ""):
        text = compiler.text(element.text or "", place)
    parent = element.getparent()
    if parent is not None and local_name(parent) in _TEXT_HOLDERS and _PLACEHOLDER.search(element.tail or ""):
        tail = compiler.text(element.tail or "", place_of(parent, name))
    if not (attributes or text or tail or show or repeat):
        return None
    return ElementFill(tuple(attributes), text, tail, show, repeat, _is_hidden(element), place)


def _repeat(source: str, compiler: ExpressionCompiler, place: Location) -> Repeat:
    match = _EACH.fullmatch(source)
    if match is None or re.search(r"\sif\s", match[2]):
        raise TemplateSyntax(
            f"data-repeat={source[:60]!r} is not of the form `item in items`",
            location=place,
            hint="write `item in items`, and choose among them with data-show",
        )
    names = tuple(word.strip() for word in match[1].split(","))
    return Repeat(names, compiler.expression(match[2], place))


def _require_fillable(element: etree._Element, attribute: str, place: Location) -> None:
    is_reference = attribute.endswith("href") and local_name(element) != "image"
    if attribute not in _REFUSED and not is_reference:
        return
    hint = _REFUSED.get(attribute, "write one element for each choice, with data-show")
    raise UnsupportedFeature(
        f"a placeholder in {attribute} of <{local_name(element)}>", location=place, hint=hint
    )


def _is_hidden(element: etree._Element) -> bool:
    current: etree._Element | None = element
    while current is not None:
        if current.get("aria-hidden") == "true":
            return True
        current = current.getparent()
    return False


def _text_root(element: etree._Element) -> etree._Element | None:
    current: etree._Element | None = element
    while current is not None:
        if local_name(current) in TEXT_ROOTS:
            return current
        current = current.getparent()
    return None


def _hoist_directives(root: etree._Element) -> None:
    """Let a group carry the directives of shapes, texts and images, which flattening replaces."""
    replaced = SHAPES | TEXT_ROOTS | {"image"}
    for element in list(root.iter(etree.Element)):
        parent = element.getparent()
        if parent is None or local_name(element) not in replaced:
            continue
        moved = {name: element.attrib.pop(name) for name in (SHOW, REPEAT) if name in element.attrib}
        if moved:
            group = new("g", moved)
            group.sourceline = element.sourceline
            group.tail, element.tail = element.tail, None
            parent.replace(element, group)
            group.append(element)


def _mark_dependents(root: etree._Element) -> None:
    """Mark texts and pictures that change with what they refer to: it is copied to span them, or a text runs along it."""
    ids = elements_by_id(root)
    changing = {
        name
        for name, element in ids.items()
        if local_name(element) in _COPIED_BY_TEXT
        and any(one.get(FILL) for one in element.iter(etree.Element))
    }
    if not changing:
        return
    for element in root.iter(etree.Element):
        copier = element if local_name(element) == "image" else _text_root(element)
        if copier is not None and any(target in changing for _, target in references(element)):
            copier.set(DYNAMIC, "1")


def _mark_frames(root: etree._Element, fills: Mapping[str, ElementFill]) -> None:
    """Mark the texts of which recipients change nothing but what is written in them."""
    for number, text in enumerate(root.iter(*map(svg_name, TEXT_ROOTS))):
        if DYNAMIC not in text.attrib:
            continue
        inside = [(one, fills.get(one.get(FILL, ""))) for one in text.iter(etree.Element)]
        around = [fills.get(one.get(FILL, "")) for one in text.iterancestors()]
        changes = any(fill is not None and fill.attributes for fill in (*around, *(one for _, one in inside)))
        is_other = any(fill is not None and (fill.show or fill.repeat) for _, fill in inside)
        if not changes and not is_other and not any(local_name(one) == "textPath" for one, _ in inside):
            text.set(FRAME, str(number))


_COPIED_BY_TEXT: Final = GRADIENTS | SHAPES | {"pattern", "mask", "clipPath", "filter"}
_TEXT_HOLDERS: Final = frozenset(
    ("text", "tspan", "textPath", "a", "flowPara", "flowSpan", "flowDiv", "tref")
)
