"""Torn placeholders: what drawing tools split over several spans is put together again, in place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from inkmerge.errors import TemplateSyntax
from inkmerge.svg.names import TEXT_ROOTS, local_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.style import ComputedStyles

_OPEN: Final = re.compile(r"\{[{%#](?:(?![}%#]\}).)*$", re.DOTALL)
_HALF_OPEN: Final = re.compile(r"\{$")
_CLOSERS: Final[dict[str, str]] = {"{{": "}}", "{%": "%}", "{#": "#}"}
_SMART_QUOTES: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "‘": "'", "’": "'", "‚": "'"})
_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
KERNING: Final = frozenset(
    ("letter-spacing", "word-spacing", "kerning", "font-kerning", "font-feature-settings")
)
"""Properties in which pieces of one run differ because a tool kerned them."""

_Slot = tuple[etree._Element, str]


def mend(root: etree._Element, styles: ComputedStyles, name: str) -> None:
    """Join placeholders that are split over text nodes of one style, and straighten quotes inside them.

    Raises:
        TemplateSyntax: A placeholder is split over different styles, or never closed.
    """
    for element in root.iter(etree.Element):
        if local_name(element) in TEXT_ROOTS:
            slots = list(_slots(element))
            _join(slots, styles, name)
            for owner, kind in slots:
                _set(owner, kind, straighten(_get(owner, kind)))


def straighten(source: str) -> str:
    """Replace typographic quotes and spaces inside placeholders, which editors put there, by those Jinja reads."""
    if "{" not in source:
        return source
    return _TAG.sub(_straighten_one, source)


def _straighten_one(match: re.Match[str]) -> str:
    text = match[0].replace("\u00a0", " ")
    return text if '"' in text or "'" in text else text.translate(_SMART_QUOTES)


def _slots(element: etree._Element) -> Iterator[_Slot]:
    """Yield the text nodes of a text in document order, as (owner, "text" or "tail")."""
    yield element, "text"
    for child in element:
        if isinstance(child.tag, str):
            yield from _slots(child)
        yield child, "tail"


def _get(owner: etree._Element, kind: str) -> str:
    return (owner.text if kind == "text" else owner.tail) or ""


def _set(owner: etree._Element, kind: str, value: str) -> None:
    if kind == "text":
        owner.text = value or None
    else:
        owner.tail = value or None


def _styled_by(slot: _Slot) -> etree._Element:
    owner, kind = slot
    parent = owner.getparent()
    return owner if kind == "text" or parent is None else parent


def _join(slots: list[_Slot], styles: ComputedStyles, name: str) -> None:
    index = 0
    while index < len(slots):
        start = slots[index]
        text = _get(*start)
        opened = unclosed(text)
        if opened is None:
            index += 1
            continue
        following = index + 1
        while opened is not None and following < len(slots):
            more = _get(*slots[following])
            if more:
                if more.strip():
                    _require_one_style(start, slots[following], styles, name)
                taken, rest = _take(text, more)
                text += taken
                _set(*slots[following], rest)
                opened = unclosed(text)
            following += 1
        if opened is not None and not _HALF_OPEN.search(text):
            raise TemplateSyntax(
                f"a placeholder is never closed: {opened[:60]!r}",
                location=place_of(_styled_by(start), name),
                hint=f"close it with {_CLOSERS[opened[:2]]}",
            )
        _set(*start, text)
        index += 1


def unclosed(text: str) -> str | None:
    """Return the placeholder that `text` opens and does not close, or None."""
    match = _OPEN.search(_TAG.sub("", text)) or _HALF_OPEN.search(text)
    return match[0] if match else None


def _take(text: str, more: str) -> tuple[str, str]:
    """Split what follows at the end of the placeholder that `text` leaves open."""
    joined = text + more
    opened = unclosed(text) or ""
    start = len(text) - len(opened)
    if joined[start : start + 2] not in _CLOSERS:
        # a lone brace at the end: it opens a placeholder only when its twin follows
        return "", more
    closer = _CLOSERS[joined[start : start + 2]]
    end = joined.find(closer, start + 2)
    stop = len(joined) if end < 0 else end + 2
    taken = joined[len(text) : stop]
    return taken, more[len(taken) :]


def _require_one_style(first: _Slot, second: _Slot, styles: ComputedStyles, name: str) -> None:
    one, other = _styled_by(first), _styled_by(second)
    if one is other or is_alike(styles(one), styles(other)):
        return
    differing = _differing(styles(one), styles(other))
    raise TemplateSyntax(
        f"a placeholder is split over text of different styles ({', '.join(differing)})",
        location=place_of(one, name),
        hint="select the whole placeholder in the drawing tool and give it one style",
    )


def is_alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether two computed styles differ in nothing but kerning."""
    return not _differing(one, other)


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(key for key in (set(one) | set(other)) - KERNING if one.get(key) != other.get(key))
