"""What the sidecar says of elements, by id or layer name → attributes and directives in the tree, in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.svg.layer_names import LayerNames
from inkmerge.svg.names import TEXT_ROOTS, local_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.template.sidecar import BoxSpec, Sidecar, embedded_box
from inkmerge.template.structure import REPEAT, SHOW


def bind(sidecar: Sidecar, names: LayerNames, name: str) -> None:
    """Write the sidecar's bindings onto the elements that they name, in place.

    Raises:
        TemplateSyntax: A name is unknown, could mean several elements, or is that of no text where a text is needed.
    """
    for target, binding in sidecar.elements.items():
        element = names.find(target, "elements")
        for attribute, source in binding.items():
            if attribute == "text":
                _set_text(_text_in(element, Location(name, element.sourceline, target)), source)
            elif attribute in {"show", "repeat"}:
                element.set(SHOW if attribute == "show" else REPEAT, source)
            else:
                element.set(attribute, source)


def _text_in(element: etree._Element, place: Location) -> etree._Element:
    """Return the text that a name means: the element itself, or the only text of a group."""
    if local_name(element) in TEXT_ROOTS | {"tspan", "textPath", "flowPara", "flowSpan"}:
        return element
    texts = [one for one in element.iter(etree.Element) if local_name(one) in TEXT_ROOTS]
    if len(texts) == 1:
        return texts[0]
    raise TemplateSyntax(
        f"{place.element!r} is a <{local_name(element)}> with {len(texts) or 'no'} texts in it, not a text",
        location=place,
        hint="name the text itself; text that was converted to outlines cannot change",
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


def named_boxes(sidecar: Sidecar, names: LayerNames, name: str) -> dict[etree._Element, BoxSpec]:
    """Return the sidecar's text boxes by the texts that they name.

    Raises:
        TemplateSyntax: As `bind` does.
    """
    named = {}
    for target, spec in sidecar.text.items():
        element = names.find(target, "text")
        named[_text_in(element, Location(name, element.sourceline, target))] = spec
    return named


def specified_boxes(
    root: etree._Element, named: Mapping[etree._Element, BoxSpec], name: str
) -> Iterator[tuple[etree._Element, dict[str, Any]]]:
    """Yield each text for which the sidecar or `data-*` attributes give a text box, with the box's fields."""
    for element in root.iter(etree.Element):
        if local_name(element) not in TEXT_ROOTS:
            continue
        found = named.get(element) or embedded_box(dict(element.attrib), place_of(element, name))
        if found is not None:
            yield element, found.model_dump(exclude_none=True)
