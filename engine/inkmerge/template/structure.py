"""Blocks between elements → directives: `{% if %}` and `{% for %}` around elements become groups that know when.

A block inside one text node stays there, and is Jinja's. One that opens in a text node and closes in a later
sibling's becomes an element with `data-show` or `data-repeat`; one that crosses element borders is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from lxml import etree

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.svg.names import TEXT_CONTENT, local_name, svg_name
from inkmerge.svg.parsing import place_of

SHOW: Final = "data-show"
REPEAT: Final = "data-repeat"
_BLOCK: Final = re.compile(r"(\{%-?\s*(\w+)(.*?)-?%\})", re.DOTALL)
_OPENERS: Final = {"if": "endif", "for": "endfor"}
_BRANCHES: Final = frozenset(("elif", "else"))
_CLOSERS: Final = frozenset(("endif", "endfor"))


@dataclass(slots=True)
class _Tag:
    word: str
    rest: str
    source: str


@dataclass(slots=True)
class _Branch:
    tag: _Tag
    content: list[_Node] = field(default_factory=list)


@dataclass(slots=True)
class _Block:
    branches: list[_Branch]
    end: str = ""

    def holds_elements(self) -> bool:
        return any(
            not isinstance(item, str) and (not isinstance(item, _Block) or item.holds_elements())
            for branch in self.branches
            for item in branch.content
        )


_Item: TypeAlias = "str | etree._Element | _Tag"
_Node: TypeAlias = "str | etree._Element | _Block"


def structure(root: etree._Element, name: str) -> None:
    """Turn blocks between siblings into directives, in place.

    Raises:
        TemplateSyntax: A block crosses element borders, or is no `if` or `for`.
    """
    for element in list(root.iter(etree.Element)):
        if "{%" in (element.text or "") or any("{%" in (child.tail or "") for child in element):
            if len(element) == 0:
                continue  # all in one text node: Jinja's
            _rebuild(element, name)


def _rebuild(element: etree._Element, name: str) -> None:
    items = _items(element)
    content = _parse(items, element, name)
    if not any(isinstance(item, _Block) and item.holds_elements() for item in content):
        return
    children = list(element)
    for child in children:
        child.tail = None
        element.remove(child)
    element.text = None
    wrapper = svg_name("tspan" if local_name(element) in TEXT_CONTENT else "g")
    _emit(content, element, wrapper, place_of(element, name))


def _items(element: etree._Element) -> list[_Item]:
    items: list[_Item] = []

    def add_text(text: str | None) -> None:
        position = 0
        for match in _BLOCK.finditer(text or ""):
            assert text is not None  # it matched
            if match.start() > position:
                items.append(text[position : match.start()])
            items.append(_Tag(match[2], match[3].strip(), match[1]))
            position = match.end()
        if text and position < len(text):
            items.append(text[position:])

    add_text(element.text)
    for child in element:
        items.append(child)
        add_text(child.tail)
    return items


def _parse(items: list[_Item], element: etree._Element, name: str) -> list[_Node]:
    top: list[_Node] = []
    stack: list[_Block] = []
    for item in items:
        into = stack[-1].branches[-1].content if stack else top
        if not isinstance(item, _Tag):
            into.append(item)
        elif item.word in _OPENERS:
            block = _Block([_Branch(item)])
            into.append(block)
            stack.append(block)
        elif item.word in _BRANCHES and stack:
            stack[-1].branches.append(_Branch(item))
        elif item.word in _CLOSERS and stack and _OPENERS[stack[-1].branches[0].tag.word] == item.word:
            stack.pop().end = item.source
        elif item.word in _CLOSERS | _BRANCHES:
            raise _crossing(item, element, name)
        else:
            into.append(item.source)
    if stack:
        raise _crossing(stack[-1].branches[0].tag, element, name)
    return top


def _crossing(tag: _Tag, element: etree._Element, name: str) -> TemplateSyntax:
    return TemplateSyntax(
        f"the block {tag.source} crosses the border of <{local_name(element)}>",
        location=place_of(element, name),
        hint="open and close it between the same siblings, or use data-show or data-repeat on a group",
    )


def _emit(content: list[_Node], parent: etree._Element, wrapper: str, place: Location) -> None:
    for item in content:
        if isinstance(item, str):
            _append_text(parent, item)
        elif not isinstance(item, _Block):
            parent.append(item)
        elif not item.holds_elements():
            _append_text(parent, _source(item))
        else:
            _emit_block(item, parent, wrapper, place)


def _emit_block(block: _Block, parent: etree._Element, wrapper: str, place: Location) -> None:
    earlier: list[str] = []
    for branch in block.branches:
        group = etree.SubElement(parent, wrapper)
        group.sourceline = place.line
        word, rest = branch.tag.word, branch.tag.rest
        if word == "for":
            group.set(REPEAT, rest)
            earlier.append(rest.partition(" in ")[2].partition(" if ")[0])
        else:
            conditions = [f"not ({one})" for one in earlier]
            if word in {"if", "elif"}:
                conditions.append(f"({rest})")
                earlier.append(rest)
            group.set(SHOW, " and ".join(conditions))
        _emit(branch.content, group, wrapper, place)


def _source(block: _Block) -> str:
    """Write a block that holds only text as Jinja again."""
    parts = []
    for branch in block.branches:
        parts.append(branch.tag.source)
        parts.extend(
            item if isinstance(item, str) else _source(item)
            for item in branch.content
            if not _is_element(item)
        )
    return "".join(parts) + block.end


def _is_element(item: str | etree._Element | _Block) -> bool:
    return not isinstance(item, (str, _Block))


def _append_text(parent: etree._Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
