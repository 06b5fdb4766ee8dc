"""A prepared tree → why what is in it differs between recipients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from lxml import etree

from inkmerge.compiling import CompiledTemplate
from inkmerge.svg.names import DYNAMIC, FILL, local_name
from inkmerge.svg.parsing import line_of, named
from inkmerge.svg.references import references
from inkmerge.template.expression import FieldUse
from inkmerge.template.placeholders import ElementFill
from inkmerge.template.structure import REPEAT, SHOW

_MOST_CAUSES: Final = 8
"""Causes that are remembered of what is referred to: many elements may refer to one that has many."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a layer is dynamic: a placeholder or a directive.

    Attributes:
        attribute: The attribute in which it is, directives too; None for text.
        source: What the designer wrote there.
        fields: The fields that it reads, such as ``recipient.first_name``.
        element: The element that has it: its id, else its name.
        line: The line of that element in the template, where it is known.
        through: What the layer refers to and so depends on, such as ``linearGradient #g``, and what that refers to in
            turn; empty where the element is in the layer itself.
    """

    attribute: str | None
    source: str
    fields: tuple[str, ...]
    element: str
    line: int | None
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a few words: ``mask #m: linearGradient #g: stop-color="{{ colour }}"``."""
        quote = "'" if '"' in self.source else '"'
        words = self.source if self.attribute is None else f"{self.attribute}={quote}{self.source}{quote}"
        return ": ".join((*self.through, words))


class Causes:
    """Finds the placeholders and directives that elements of a tree depend on.

    Args:
        compiled: The template.
        ids: The elements of its tree, or of a copy of it, by id.
    """

    def __init__(self, compiled: CompiledTemplate, ids: Mapping[str, etree._Element]) -> None:
        self._fills = compiled.fills
        self._fields = frozenset(compiled.uses)
        self._ids = ids
        self._known: dict[str, tuple[Cause, ...]] = {}

    def are_in(self, element: etree._Element) -> bool:
        """Tell whether an element, something in it or anything that it refers to differs between recipients."""
        is_marked = any(DYNAMIC in one.attrib for one in element.iter(etree.Element))
        return is_marked or next(self.of(element), None) is not None

    def of(self, element: etree._Element) -> Iterator[Cause]:
        """Yield the placeholders and directives of an element, of what is in it and of what those refer to."""
        for one in element.iter(etree.Element):
            key = one.get(FILL)
            if key is not None:
                yield from self._written(one, self._fills[key])
            for _, target in references(one):
                yield from self.through(target)

    def through(self, target: str) -> tuple[Cause, ...]:
        """Return the causes in what has an id, or the first of them where there are many."""
        if target not in self._known:
            self._known[target] = ()  # for references that come back
            found = self._ids.get(target)
            if found is not None:
                name = f"{local_name(found)} #{target}"
                causes = islice(self.of(found), _MOST_CAUSES)
                self._known[target] = tuple(replace(one, through=(name, *one.through)) for one in causes)
        return self._known[target]

    def _written(self, element: etree._Element, fill: ElementFill) -> Iterator[Cause]:
        sources: list[tuple[str | None, str, tuple[FieldUse, ...]]] = []
        if fill.show is not None:
            sources.append((SHOW, fill.show.source, fill.show.fields))
        if fill.repeat is not None:
            items = fill.repeat.items
            sources.append((REPEAT, f"{', '.join(fill.repeat.names)} in {items.source}", items.fields))
        sources += [(name, template.source, template.fields) for name, template in fill.attributes]
        sources += [(None, template.source, template.fields) for template in fill.shown_templates()]
        for attribute, source, uses in sources:
            fields = dict.fromkeys(".".join(use.path) for use in uses if use in self._fields)
            yield Cause(attribute, " ".join(source.split()), tuple(fields), named(element), line_of(element))
