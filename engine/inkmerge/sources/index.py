"""The items of a document, found by their keys in one step."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from inkmerge.errors import Location, SelectorMatchedNothing, SelectorMatchedSeveral, SourceSyntax
from inkmerge.sources.items import Items, Plain, key_text, malformed

POSITION: Final = "position"
"""A selector that every source has: the number of an item, counted from 1."""
_NEIGHBOURS: Final = 10
_FEW: Final = 5


class Index:
    """Finds items by keys; texts are compared exactly, and an empty one is no key.

    Args:
        items: The items of a document.
        keys: Selectors, and the expressions that find their values in an item.
        name: What the campaign calls the source.
        place: Where it comes from.
    """

    def __init__(self, items: Items, keys: Mapping[str, str], name: str, place: Location) -> None:
        self._items = items
        self._keys = keys
        self._name = name
        self._place = place
        self._tables: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
        self._sorted: dict[str, list[str]] = {}

    def find(self, selectors: Mapping[str, Plain]) -> int:
        """Return the number of the one item that has all the keys.

        Raises:
            SourceSyntax: A selector is not among the keys of the source.
            SelectorMatchedNothing: No item has them.
            SelectorMatchedSeveral: Several items have them.
        """
        names = tuple(sorted(selectors))
        wanted = tuple(key_text(selectors[name]) or "" for name in names)
        if not names:
            found: Sequence[int] = range(len(self._items))
        else:
            table = self._tables.get(names)
            if table is None:
                table = self._tables[names] = self._table(names)
            found = table.get(wanted, ())
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._nothing(names, wanted)
        raise self._several(names, wanted, found)

    def missing(self, name: str) -> int:
        """Return how many items have no value for a key."""
        table = self._tables.setdefault((name,), self._table((name,)))
        return len(self._items) - sum(map(len, table.values()))

    def _table(self, names: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
        columns = [self._column(name) for name in names]
        table: dict[tuple[str, ...], list[int]] = {}
        for number, values in enumerate(zip(*columns, strict=True)):
            texts = tuple(text for text in values if text is not None)
            if len(texts) == len(names):
                table.setdefault(texts, []).append(number)
        return table

    def _column(self, name: str) -> list[str | None]:
        expression = self._keys.get(name)
        if expression is None and name == POSITION:
            return [str(number) for number in range(1, len(self._items) + 1)]
        if expression is None:
            known = [*self._keys, POSITION]
            near = get_close_matches(name, known, 1)
            raise SourceSyntax(
                f"the source `{self._name}` has no selector {name!r}",
                location=self._place,
                hint=f"did you mean {near[0]!r}?"
                if near
                else f'add it to keys, as in keys = {{ {name} = "…" }}; there are: {", ".join(known)}',
            )
        found = []
        for number in range(len(self._items)):
            try:
                found.append(key_text(self._items.value(number, expression)) or None)
            except ValueError as fault:
                line = self._items.line(number)
                malformed(f"keys.{name}: {expression!r} {fault}", Location(self._place.template, line))
        return found

    def _nothing(self, names: tuple[str, ...], wanted: tuple[str, ...]) -> SelectorMatchedNothing:
        if not names:
            return SelectorMatchedNothing(
                f"the source `{self._name}` has no items", location=self._place, hint="look into the source"
            )
        near = self._near(names[-1], wanted[-1]) if len(names) == 1 else None
        return SelectorMatchedNothing(
            f"no item of `{self._name}` has {_said(names, wanted)}",
            location=self._place,
            hint=f"did you mean {near!r}?"
            if near is not None
            else f"check the key; the source has {len(self._items):,} items",
        )

    def _near(self, name: str, wanted: str) -> str | None:
        """Return the nearest key among those that start like it, so that a miss costs little among a million."""
        keys = self._sorted.get(name)
        if keys is None:
            keys = self._sorted[name] = sorted(key[0] for key in self._tables[name,])
        at = bisect_left(keys, wanted)
        around = keys if len(keys) <= 50 else keys[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS]
        candidates = {key.strip().casefold()[:100]: key for key in around}
        near = get_close_matches(wanted.strip().casefold()[:100], candidates, 1)
        return candidates[near[0]] if near else None

    def _several(
        self, names: tuple[str, ...], wanted: tuple[str, ...], found: Sequence[int]
    ) -> SelectorMatchedSeveral:
        lines = [line for number in found[:_FEW] if (line := self._items.line(number)) is not None]
        more = ", …" if len(found) > _FEW else ""
        where = (
            f", in lines {', '.join(map(str, lines))}{more}"
            if lines
            else f", numbers {', '.join(str(number + 1) for number in found[:_FEW])}{more}"
        )
        what = f"have {_said(names, wanted)}" if names else "are there, and no selector picks one"
        others = [name for name in self._keys if name not in names]
        return SelectorMatchedSeveral(
            f"{len(found):,} items of `{self._name}` {what}{where}",
            location=Location(self._place.template, lines[0] if lines else None),
            hint=f"select by {', '.join(others) or POSITION} too, or make the key unique in the source",
        )


def _said(names: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = {text[:80]!r}" for name, text in zip(names, wanted, strict=True))
