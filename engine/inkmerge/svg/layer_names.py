"""Layer names: what designers call elements in their tools, however the tool writes it into the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from lxml import etree

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.svg.names import INKSCAPE_LABEL, SERIF_ID, XLINK_HREF, local_name, svg_name
from inkmerge.svg.references import href, references

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{2,6})_")
_COPY: Final = re.compile(r"_\d+_$")
"""What Illustrator puts behind a name that an earlier element has."""
_LABELS: Final = (INKSCAPE_LABEL, SERIF_ID, "data-name")
_NAMED_ONCE: Final = 5
"""Candidates that an error lists."""


def unescaped(identifier: str) -> str:
    """Return the layer name behind an id of Illustrator or CorelDRAW.

    Each character that no id may hold is written as `_xHH_`, a space as `_`, and a name that is taken gets a
    number behind it (`_1_`).
    """
    plain = _COPY.sub("", identifier)
    return _ESCAPE.sub(lambda match: _character(match[1]), plain)


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""


class LayerNames:
    """The elements of a tree by every name that a binding may use.

    An exact id comes first, then the tool's own layer name (`inkscape:label`, `serif:id`, `data-name`, Sketch's
    `<title>`), then the name behind an escaped id, then names without regard to case and to what stands for spaces.

    Args:
        root: The tree as parsed.
        name: The template's file name, for errors.
    """

    def __init__(self, root: etree._Element, name: str) -> None:
        self._name = name
        self._root = root

    @cached_property
    def _tiers(self) -> list[dict[str, list[etree._Element]]]:
        """Elements by name, in the order in which names count; most templates ask for none."""
        elements = [one for one in self._root.iter(etree.Element) if local_name(one)]
        tiers: list[dict[str, list[etree._Element]]] = []
        for names_of in (_own_id, _layer_names, _plain_id, _loose_names):
            tier: dict[str, list[etree._Element]] = {}
            for element in elements:
                for one in dict.fromkeys(names_of(element)):
                    tier.setdefault(one, []).append(element)
            tiers.append(tier)
        # a repeated id counts once, as in browsers
        tiers[0] = {key: found[:1] for key, found in tiers[0].items()}
        return tiers

    def find(self, target: str, table: str) -> etree._Element:
        """Return the element that a table of the sidecar names.

        Raises:
            TemplateSyntax: No element has the name, and the nearest is told; or several have, and they are listed.
        """
        wanted = (target, target, target, _loose(target))
        for tier, key in zip(self._tiers, wanted, strict=True):
            found = tier.get(key, [])
            if len(found) == 1:
                return found[0]
            if found:
                raise self._ambiguous(target, table, found)
        known = dict.fromkeys(key for tier in self._tiers[:3] for key in tier)
        near = get_close_matches(target, known, 1)
        raise TemplateSyntax(
            f"[{table}.{target}] names an element that is not in the SVG",
            location=Location(self._name, None, target),
            hint=f"did you mean {near[0]!r}?"
            if near
            else "give the element this id, or the layer this name in the drawing tool",
        )

    def _ambiguous(self, target: str, table: str, found: list[etree._Element]) -> TemplateSyntax:
        listed = ", ".join(
            f"<{local_name(one)}> in line {one.sourceline}"
            + (f" (id {one.get('id')})" if one.get("id") else "")
            for one in found[:_NAMED_ONCE]
        )
        more = f" and {len(found) - _NAMED_ONCE} more" if len(found) > _NAMED_ONCE else ""
        return TemplateSyntax(
            f"[{table}.{target}] could mean several elements: {listed}{more}",
            location=Location(self._name, found[0].sourceline, target),
            hint="use the id of the one that is meant, or give the layers different names",
        )


def drop_layer_names(root: etree._Element) -> None:
    """Take away layer names, in place, and give ids that hold placeholders a fixed form.

    Figma and Illustrator name a text layer after its text, and so write `id="{{ first_name }}"`: that is a name, and
    nothing to fill.
    """
    renamed: dict[str, str] = {}
    for element in root.iter(etree.Element):
        for label in _LABELS:
            element.attrib.pop(label, None)
        identifier = element.get("id", "")
        if "{" in identifier:
            fixed = renamed.setdefault(identifier, f"inkmerge-layer-{len(renamed) + 1}")
            element.set("id", fixed)
    if not renamed:
        return
    for element in root.iter(etree.Element):
        for attribute, target in list(references(element)):
            if target in renamed and attribute != "href":
                element.set(attribute, f"url(#{renamed[target]})")
        link = href(element)
        if link and link.startswith("#") and link[1:] in renamed:
            element.attrib.pop(XLINK_HREF, None)
            element.set("href", "#" + renamed[link[1:]])


def _own_id(element: etree._Element) -> Iterator[str]:
    if (identifier := element.get("id")) is not None:
        yield identifier


def _layer_names(element: etree._Element) -> Iterator[str]:
    for attribute in _LABELS:
        if (label := element.get(attribute)) is not None:
            yield label
    parent = element.getparent()
    title = element.find(svg_name("title"))
    if parent is not None and title is not None and title.text:
        yield title.text.strip()  # Sketch titles each layer


def _plain_id(element: etree._Element) -> Iterator[str]:
    identifier = element.get("id", "")
    if identifier and (plain := unescaped(identifier)) != identifier:
        yield plain


def _loose_names(element: etree._Element) -> Iterator[str]:
    for names_of in (_own_id, _layer_names, _plain_id):
        for one in names_of(element):
            yield _loose(one)


def _loose(name: str) -> str:
    """Fold case, and what tools write instead of spaces."""
    return " ".join(re.split(r"[\s_-]+", name.strip().casefold()))
