"""What the sidecar says of elements, by id or layer name → attributes and directives in the tree, in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from lxml import etree

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.svg.names import INKSCAPE_LABEL, TEXT_ROOTS, local_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import elements_by_id
from inkmerge.template.sidecar import Sidecar, embedded_box
from inkmerge.template.structure import REPEAT, SHOW


def bind(root: etree._Element, sidecar: Sidecar, name: str) -> None:
    """Write the sidecar's bindings onto the elements that they name, in place."""
    ids = elements_by_id(root)
    for element in root.iter(etree.Element):
        if (label := element.get(INKSCAPE_LABEL)) is not None:
            ids.setdefault(label, element)
    for target, binding in sidecar.elements.items():
        element = _named(target, "elements", ids, name)
        for attribute, source in binding.items():
            if attribute == "text":
                _set_text(element, source)
            elif attribute in {"show", "repeat"}:
                element.set(SHOW if attribute == "show" else REPEAT, source)
            else:
                element.set(attribute, source)


def _named(target: str, table: str, ids: Mapping[str, etree._Element], name: str) -> etree._Element:
    if target in ids:
        return ids[target]
    near = get_close_matches(target, ids, 1)
    raise TemplateSyntax(
        f"[{table}.{target}] names an element that is not in the SVG",
        location=Location(name, None, target),
        hint=f"did you mean {near[0]!r}?"
        if near
        else "give the element this id, or this layer name in Inkscape",
    )


def _set_text(element: etree._Element, source: str) -> None:
    """Put a text in the place of all the text that an element holds, in the style of its first span."""
    holder = element
    while len(holder) and local_name(holder[0]) == "tspan":
        holder = holder[0]
    for child in list(element):
        if child is not holder and holder not in child.iter(etree.Element):
            remove_element(child)
    for one in element.iter(etree.Element):
        one.text = None
        if one is not element:
            one.tail = None
    holder.text = source


def specified_boxes(
    root: etree._Element, sidecar: Sidecar, name: str
) -> Iterator[tuple[etree._Element, dict[str, Any]]]:
    """Yield each text for which the sidecar or `data-*` attributes give a text box, with the box's fields."""
    ids = elements_by_id(root)
    named = {_named(target, "text", ids, name): spec for target, spec in sidecar.text.items()}
    for element in root.iter(etree.Element):
        if local_name(element) not in TEXT_ROOTS:
            continue
        spec = named.get(element) or embedded_box(dict(element.attrib), place_of(element, name))
        if spec is not None:
            yield element, spec.model_dump(exclude_none=True)
