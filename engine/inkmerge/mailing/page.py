"""`Page`: the HTML of a mailing, compiled → for a recipient, its parts: HTML as it is sent, and calls for images.

The source stays byte for byte as it is, but for placeholders and image elements. It is taken apart once, by position:
what is the same for everybody is kept as literals, and Jinja gets a text of marks alone, of which a recipient makes a
sequence of literals, values and images. A value is escaped for the place at which its placeholder stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qsl

from inkmerge.content.cleaning import clean
from inkmerge.errors import InkmergeError, Location, UnsafeTemplate
from inkmerge.mailing.escaping import Context, escaped
from inkmerge.mailing.page_calls import UNANSWERED, Answers, PageCall, answering
from inkmerge.template.expression import FieldUse, TextTemplate
from inkmerge.template.sandbox import finalized

MARK: Final = re.compile("\ue000([A-Z])(\\d*)\n*\ue001")
"""A mark in what Jinja reads and writes: its kind and number, with the line ends of what it stands for."""
LONGEST: Final = 2_000_000
"""Characters of marks that a page may be filled to."""
ELEMENT: Final = "data-inkmerge"
"""The attribute that makes an `<img>` an image element."""
SCHEME: Final = "inkmerge:"
"""The beginning of a `src` that does the same, where no such attribute can be written, as in MJML."""
SELECTOR: Final = "data-select-"
"""The beginning of attributes that say which item an image element shows."""
DENSITIES: Final = "data-srcset"
"""The attribute that asks for a `srcset`: ``1x, 2x``."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a placeholder stands: its context, and its line from 1 where that of the file is known."""

    context: Context
    line: int | None


@dataclass(frozen=True, slots=True)
class ContainerCall:
    """`{{ container("teaser", product=4712) }}`: a container by name, with other keys."""

    name: str
    selected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ImageCall:
    """An image element in a filled page.

    Attributes:
        name: The image element, or the container.
        is_container: Which of the two.
        selected: Keys with which it selects its content, where they are given.
        tag: The parts of its tag, HTML as it is and attributes: those that are not sent are left out.
        line: Where it is in the file, where that is known.
    """

    name: str
    is_container: bool
    selected: Mapping[str, str]
    tag: tuple[str | TagAttribute, ...]
    line: int | None


@dataclass(frozen=True, slots=True)
class TagAttribute:
    """An attribute of an image element that decides what is sent: its name, its value, and how both are written."""

    name: str
    value: str
    source: str


Part = str | ImageCall


@dataclass(frozen=True, slots=True)
class ImageTag:
    """An image element in the source: its name, and its line."""

    name: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML of a mailing, compiled.

    Attributes:
        name: Its file.
        literals: What is the same for everybody.
        spots: Where its placeholders stand.
        images: Its image elements.
        calls: What it asks of the recipient, beside attributes.
        text: The marks, with Jinja between them.
        most_marks: Combining marks on a character that values may hold.
        digest: SHA-256 of the source, hexadecimal.
    """

    name: str
    literals: tuple[str, ...]
    spots: tuple[Spot, ...]
    images: tuple[ImageTag, ...]
    calls: tuple[PageCall, ...]
    text: TextTemplate
    most_marks: int
    digest: str

    @property
    def fields(self) -> tuple[FieldUse, ...]:
        """What its placeholders read."""
        return self.text.fields

    def fill(self, scope: Mapping[str, object], answers: Answers = UNANSWERED) -> tuple[Part, ...]:
        """Fill the page for a recipient.

        Args:
            scope: What placeholders read.
            answers: What the page is answered.

        Raises:
            InkmergeError: A value is missing, or does not fit where it stands; line and cure are named.
        """
        found = _Values(self.most_marks)
        pieces: list[str] = []
        try:
            with answering(answers):
                self.text.write(scope, found.write, pieces)
            return tuple(_Reader(self, found, pieces).parts())
        except InkmergeError as fault:
            fault.location = Location(self.name, self._line(pieces, found), fault.location.element)
            raise

    def _line(self, pieces: Sequence[str], found: _Values) -> int | None:
        """Return the line of the placeholder at which filling ended."""
        if found.line is not None:
            return found.line
        spots = [mark[2] for mark in MARK.finditer("".join(pieces)) if mark[1] == "S"]
        return self.spots[int(spots[-1])].line if spots else self.text.location.line


def mark(name: str, line_ends: int = 0) -> str:
    """Write a mark: its kind and number, and so many line ends."""
    return "\ue000" + name + "\n" * line_ends + "\ue001"


class _Values:
    """What the placeholders of a page print for a recipient, by number."""

    def __init__(self, most_marks: int) -> None:
        self._most_marks = most_marks
        self.values: list[str] = []
        self.calls: list[ContainerCall] = []
        self.line: int | None = None

    def write(self, value: object) -> str:
        if isinstance(value, ContainerCall):
            self.calls.append(value)
            return mark(f"C{len(self.calls) - 1}")
        self.values.append(clean(str(finalized(value)), self._most_marks))
        return mark(f"V{len(self.values) - 1}")


class _Reader:
    """Marks → parts."""

    def __init__(self, page: Page, found: _Values, pieces: Sequence[str]) -> None:
        self._page = page
        self._found = found
        self._marks = _marks("".join(pieces))
        self._spot = Spot("text", 1)

    def parts(self) -> Iterator[Part]:
        for kind, value in self._marks:
            if kind == "I":
                yield self._image(self._page.images[int(value)])
            elif kind == "C":
                yield self._container(self._found.calls[int(value)])
            else:
                yield self._html(kind, value)

    def _html(self, kind: str, value: str) -> str:
        if kind == "L":
            return self._page.literals[int(value)]
        if kind == "N":
            return ""
        if kind == "S":
            self._spot = self._page.spots[int(value)]
            return ""
        text = self._found.values[int(value)] if kind == "V" else value
        self._found.line = self._spot.line
        written = escaped(text, self._spot.context)
        self._found.line = None
        return written

    def _container(self, call: ContainerCall) -> ImageCall:
        line = self._spot.line
        if self._spot.context != "text":
            self._found.line = line
            raise UnsafeTemplate("container() stands inside a tag", hint="write it between tags")
        return ImageCall(call.name, is_container=True, selected=call.selected, tag=("<img", ">"), line=line)

    def _image(self, image: ImageTag) -> ImageCall:
        tag: list[str | TagAttribute] = []
        held: list[str] | None = None
        for kind, value in self._marks:
            if kind == "E":
                break
            if kind == "A":
                held = []
            elif kind == "Z":
                tag.append(_attribute("".join(held or [])))
                held = None
            else:
                (tag if held is None else held).append(self._html(kind, value))
        selected = dict(_selected(one for one in tag if isinstance(one, TagAttribute)))
        return ImageCall(image.name, is_container=False, selected=selected, tag=tuple(tag), line=image.line)


def _selected(attributes: Iterable[TagAttribute]) -> Iterator[tuple[str, str]]:
    """Yield the keys that an image element gives: `data-select-product="4711"`, or `src="inkmerge:teaser?product=4711"`."""
    for one in attributes:
        if one.name.startswith(SELECTOR):
            yield one.name.removeprefix(SELECTOR), one.value
        elif one.name == "src" and one.value.strip().lower().startswith(SCHEME):
            yield from parse_qsl(one.value.strip().partition("?")[2], keep_blank_values=True)


def _marks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the marks of a filled text, and what Jinja wrote between them: values known before anybody is."""
    at = 0
    for found in MARK.finditer(text):
        if found.start() > at:
            yield "", text[at : found.start()]
        yield found[1], found[2]
        at = found.end()
    if at < len(text):
        yield "", text[at:]


def _attribute(source: str) -> TagAttribute:
    name, _, value = source.partition("=")
    return TagAttribute(name.strip().lower(), unescape(value.strip().strip("\"'")), source)
