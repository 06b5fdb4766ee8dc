"""A variant + the item of its source → its content, as far as it is the same for all recipients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from inkmerge.errors import InkmergeError
from inkmerge.memo import Memo
from inkmerge.sources import Content
from inkmerge.template.expression import TextTemplate

_MOST_KNOWN: Final = 1_024
"""Items whose content is remembered."""


class ItemContent(NamedTuple):
    """What a variant makes of an item.

    Attributes:
        item: The item; None without a source.
        values: The item's fields, and the variant's fixed values, by their names.
        texts: The variant's texts, in their order: filled where they read nothing of a recipient, else to be filled.
    """

    item: Content | None
    values: Mapping[str, Any]
    texts: tuple[tuple[str, str | TextTemplate], ...]


@dataclass(frozen=True, slots=True)
class ItemContents:
    """The content of one variant by its items; those asked for last are remembered.

    Attributes:
        values: Fixed values and pictures, by their names.
        texts: Texts with placeholders, by their names.
        campaign: What texts read as `campaign`.
    """

    values: Mapping[str, Any]
    texts: Mapping[str, TextTemplate]
    campaign: Mapping[str, Any]
    _known: Memo[int, ItemContent] = field(
        init=False, repr=False, compare=False, default_factory=lambda: Memo(_MOST_KNOWN)
    )

    def of(self, item: Content | None) -> ItemContent:
        """Return the content with an item, or, for None, without one."""
        known = self._known.get(id(item))  # which no other object has while it is held here
        if known is None:
            known = self._made(item)
            self._known[id(item)] = known
        return known

    def _made(self, item: Content | None) -> ItemContent:
        values = {**({} if item is None else item.fields), **self.values}
        content = dict(values)
        scope = {"content": content, "campaign": self.campaign}
        texts: list[tuple[str, str | TextTemplate]] = []
        for name, text in self.texts.items():
            filled = _filled(text, scope)
            if filled is None:
                content.pop(name, None)  # what stood there is another for each recipient from here on
                texts.append((name, text))
            else:
                content[name] = filled
                texts.append((name, filled))
        return ItemContent(item, values, tuple(texts))


def _filled(text: TextTemplate, scope: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Fill a text that reads nothing but what is in a scope; None for one that needs a recipient, or fails."""
    if text.reads_locale or not all(_is_in(use.path, scope) for use in text.fields):
        return None
    try:
        return text.fill(scope).text
    except InkmergeError:  # which is said to each recipient
        return None


def _is_in(path: tuple[str, ...], scope: Mapping[str, Mapping[str, Any]]) -> bool:
    return path[0] == "campaign" or (len(path) > 1 and path[1] in scope.get(path[0], ()))
