"""The prepared tree + a recipient's scope → the filled tree: directives carried out, placeholders replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from inkmerge.alt import Shown
from inkmerge.errors import InvalidValue, LimitExceeded, Location
from inkmerge.limits import Limits
from inkmerge.svg.names import FILL, INKMERGE
from inkmerge.svg.parsing import remove_element
from inkmerge.template.expression import TextTemplate
from inkmerge.template.placeholders import ElementFill, Repeat

_MARKED = etree.XPath("descendant-or-self::*[@ink:fill]", namespaces={"ink": INKMERGE})
_CHANGED = etree.XPath("descendant-or-self::*[@ink:dynamic]", namespaces={"ink": INKMERGE})


@dataclass(slots=True)
class Filler:
    """Fills one tree for one recipient.

    Attributes:
        fills: What there is to fill, by key.
        decorative: Fields whose values need not be in the text alternative.
        limits: How often an element may be repeated.
        shown: The values drawn as text, gathered on the way.
        written: What stands in attributes because of values, gathered on the way.
    """

    fills: Mapping[str, ElementFill]
    decorative: frozenset[str]
    limits: Limits
    shown: list[Shown] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    _repeated: int = 0

    def fill(self, root: etree._Element, scope: Mapping[str, object]) -> list[etree._Element]:
        """Fill a tree in place, and return the elements that are to be flattened.

        Raises:
            DataError: A value is missing or does not fit where it is put.
            LimitExceeded: Elements are repeated too often.
        """
        self._walk(_MARKED(root), scope)
        return list(_CHANGED(root))

    def _walk(self, elements: Iterable[etree._Element], scope: Mapping[str, object]) -> None:
        skipped: set[etree._Element] = set()
        for element in elements:
            if element in skipped:
                continue
            fill = self.fills[element.attrib.pop(FILL)]
            if fill.tail is not None:
                element.tail = self.text(fill.tail, fill, scope)
            if fill.show is not None and not fill.show.evaluate(scope):
                skipped.update(element.iter(etree.Element))
                remove_element(element)
            elif fill.repeat is not None:
                skipped.update(element.iter(etree.Element))
                self._repeat(element, fill, fill.repeat, scope)
            else:
                self._fill_one(element, fill, scope)

    def _fill_one(self, element: etree._Element, fill: ElementFill, scope: Mapping[str, object]) -> None:
        for name, template in fill.attributes:
            value = template.fill(scope).text
            if "url(" in value and "url(" not in template.source:
                raise InvalidValue(f"{name}={value[:60]!r} is a reference", location=fill.location)
            element.set(name, value)
            self.written.add(value)
        if fill.text is not None:
            element.text = self.text(fill.text, fill, scope)

    def text(self, template: TextTemplate, fill: ElementFill, scope: Mapping[str, object]) -> str:
        """Fill one of an element's texts.

        Raises:
            DataError: A value is missing or does not fit.
        """
        filled = template.fill(scope, is_drawn=True)
        names = template.names
        is_decorative = fill.is_decorative or (bool(names) and self.decorative.issuperset(names))
        name = names[0] if names else None
        self.shown.extend([Shown(value, name, is_decorative) for value in filled.shown if value.strip()])
        return filled.text

    def _repeat(
        self, element: etree._Element, fill: ElementFill, repeat: Repeat, scope: Mapping[str, object]
    ) -> None:
        items = _items(repeat.items.evaluate(scope), self.limits, fill.location)
        parent = element.getparent()
        if parent is None:
            return
        index = parent.index(element)
        size = sum(1 for _ in element.iter(etree.Element))
        self._repeated += size * len(items)
        self.limits.require("elements", self._repeated, fill.location)
        tail, element.tail = element.tail, None
        for position, item in enumerate(items):
            clone = deepcopy(element)
            parent.insert(index + position, clone)
            inner = {**scope, **_bind(repeat.names, item, fill.location), "loop": _loop(position, len(items))}
            self._fill_one(clone, fill, inner)
            self._walk(_MARKED(clone), inner)
        if tail:
            last = parent[index + len(items) - 1] if index + len(items) > 0 else None
            if last is not None:
                last.tail = (last.tail or "") + tail
            else:
                parent.text = (parent.text or "") + tail
        parent.remove(element)


def _items(value: object, limits: Limits, place: Location) -> list[object]:
    if isinstance(value, Mapping):
        value = list(value)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InvalidValue(
            f"data-repeat needs a list, and got {type(value).__name__}",
            location=place,
            hint='declare the field as type = "list"',
        )
    found: list[object] = []
    for item in value:
        found.append(item)
        if len(found) > limits.repeat:
            raise LimitExceeded(
                f"data-repeat: more than {limits.repeat:,} items", location=place, hint="shorten the list"
            )
    return found


def _bind(names: tuple[str, ...], item: object, place: Location) -> dict[str, object]:
    if len(names) == 1:
        return {names[0]: item}
    if isinstance(item, str) or not isinstance(item, Iterable):
        raise InvalidValue(f"{type(item).__name__} does not give {len(names)} values", location=place)
    values = list(item)
    if len(values) != len(names):
        raise InvalidValue(f"{len(values)} values for {len(names)} names", location=place)
    return dict(zip(names, values, strict=True))


def _loop(position: int, length: int) -> dict[str, object]:
    """Return Jinja's `loop` as far as a drawing needs it."""
    return {
        "index": position + 1,
        "index0": position,
        "first": position == 0,
        "last": position == length - 1,
        "length": length,
    }
