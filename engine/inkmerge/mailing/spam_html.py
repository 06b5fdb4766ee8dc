"""HTML → what SpamAssassin's rules about images measure: its length, its text, its images and their area.

As `Mail::SpamAssassin::HTML` of version 4.0.1 reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from inkmerge.mailing.spam_charset import PerlText
from inkmerge.mailing.spam_markup import MarkupScanner, StartTag, Text, Token

_BREAKS: Final = frozenset(
    (
        "br",
        "div",
        "li",
        "td",
        "th",
        "dt",
        "dd",
        "p",
        "hr",
        "blockquote",
        "pre",
        "embed",
        "listing",
        "plaintext",
    )
    + ("xmp", "title", "h1", "h2", "h3", "h4", "h5", "h6")
)
"""Elements whose start and end tags part words."""

_STYLED: Final = frozenset(("table", "td", "th", "tr", "span", "p", "div", "a"))
"""Elements whose `style` is read."""

_EMPTY_ELEMENT: Final = re.compile(
    r"<(\w+)[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*/>"
)
_QUOTATION_MARKS: Final = re.compile("[\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}]")
_BACKGROUND: Final = re.compile(r"\s*background:\s*(.+?)\s*$")
_SIZE: Final = re.compile(r"([0-9]+)(%?)\n?")
_PERCENT_WIDTH: Final = 8  # of a screen of 800 by 600
_PERCENT_HEIGHT: Final = 6
_GUESSED_SIZE: Final = 200  # where an attribute is no number, or nought


@dataclass(frozen=True, slots=True)
class HtmlFacts:
    """What there is in the HTML of one part.

    Attributes:
        length: Characters of the source, markup included.
        text: What is shown as text, with a space where elements part words.
        image_area: Sum of width times height of the images that have both attributes, in CSS pixels.
        has_image: Whether there is an `<img>`.
        has_linked_image: Whether there is one in a link.
        is_broken_off: Whether SpamAssassin does not reach the end, because of an empty `background:` in a `style` or an
            open `<![IGNORE[`: it knows the text so far and nothing else, which is nought here.
        is_fatal: Whether it then knows nothing of any HTML of the message.
    """

    length: int
    text: PerlText
    image_area: int
    has_image: bool
    has_linked_image: bool
    is_broken_off: bool = False
    is_fatal: bool = False


def read_html(source: PerlText) -> HtmlFacts:
    """Read the HTML of a part."""
    reader = _HtmlReader()
    scanner = MarkupScanner()
    markup = _EMPTY_ELEMENT.sub(r"<\1>", source.text.replace("&nbsp;", " "))
    is_broken_off = is_fatal = False
    try:
        reader.read(scanner.feed(_QUOTATION_MARKS.sub('"', markup)))
        for name in ("style", "script"):
            if reader.is_inside(name):
                reader.read(scanner.feed(f"</{name}>"))
        is_fatal = True  # up to here SpamAssassin catches failures
        reader.read(scanner.close())
        is_fatal = False
        is_broken_off = scanner.is_ignoring
    except _BrokenOffError:
        is_broken_off = True
    shown = "".join(reader.pieces)
    text = PerlText(shown, source.is_unicode or any(ord(character) > 255 for character in shown))
    if is_broken_off:
        return HtmlFacts(
            0, text, 0, has_image=False, has_linked_image=False, is_broken_off=True, is_fatal=is_fatal
        )
    return HtmlFacts(
        len(source.text),
        text,
        reader.image_area,
        has_image="img" in reader.open,
        has_linked_image=any("<img>" in "".join(link) for link in reader.links),
    )


class _BrokenOffError(Exception):
    """SpamAssassin's own code fails here."""


class _HtmlReader:
    def __init__(self) -> None:
        self.open: dict[str, int] = {}
        self.pieces: list[str] = []
        self.links: list[list[str]] = []
        self.image_area = 0

    def is_inside(self, name: str) -> bool:
        return self.open.get(name, 0) > 0

    def read(self, tokens: list[Token]) -> None:
        for token in tokens:
            if isinstance(token, Text):
                self._read_text(token.text)
                continue
            is_start = isinstance(token, StartTag)
            self.open[token.name] = max(self.open.get(token.name, 0) + (1 if is_start else -1), 0)
            if isinstance(token, StartTag) and token.name in _STYLED:
                _read_style(token.attributes.get("style", ""))
            if token.name in _BREAKS:
                self.pieces.append(" ")
            if isinstance(token, StartTag):
                self._read_start(token)

    def _read_text(self, text: str) -> None:
        if self.is_inside("script") or self.is_inside("style"):
            return
        if self.is_inside("a"):
            self.links[-1].append(text)
        self.pieces.append(text.replace("\f", " ").replace("\xc2\xa0", " "))

    def _read_start(self, tag: StartTag) -> None:
        if tag.name == "a":
            self.links.append([])
        elif tag.name == "img":
            if self.is_inside("a"):
                self.links[-1].append("<img>\n")
            if "width" in tag.attributes and "height" in tag.attributes:
                width = _pixels(tag.attributes["width"], _PERCENT_WIDTH)
                self.image_area += width * _pixels(tag.attributes["height"], _PERCENT_HEIGHT)


def _read_style(style: str) -> None:
    for declaration in style.split(";"):
        background = _BACKGROUND.match(declaration)
        if background and not background[1].strip(" "):
            raise _BrokenOffError


def _pixels(attribute: str, percent: int) -> int:
    size = _SIZE.fullmatch(attribute)
    if not size:
        return _GUESSED_SIZE
    return int(size[1][:20]) * (percent if size[2] else 1) or _GUESSED_SIZE
