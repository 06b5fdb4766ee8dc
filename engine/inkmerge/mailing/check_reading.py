"""The HTML of a message → what its checks look at: images, links, live text; read once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from tinycss2.color3 import parse_color
from turbohtml import Comment, Element, Node, Text, parse

from inkmerge.mailing.check_page import Colour, PageElement, PageImage, PageLink, ReadPage, pixels_of
from inkmerge.mailing.placing import PlacedImage
from inkmerge.mailing.plain_text import INVISIBLE

_INLINE: Final = frozenset(
    ("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd")
    + ("mark", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr")
)
_CONDITION: Final = re.compile(r"\[if[^>]*\]>")
_NOTHING: Final = frozenset(("presentation", "none"))
_BACKGROUND: Final = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:([^;]*)", re.IGNORECASE)
_COLOUR: Final = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|(?<![\w.(/-])[a-z]+(?![\w(/-])", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_UNSEEN: Final = frozenset(("head", "script", "style", "template", "title"))
_LENGTH: Final = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*(\d+)(?:\.\d+)?px", re.IGNORECASE)


def read_page(html: str, images: Iterable[PlacedImage]) -> ReadPage:
    """Read a page.

    Args:
        html: The page as it is sent.
        images: The campaign's images in it.
    """
    sent = html.encode("utf-8", "replace").decode()
    source = sent.replace("\r\n", "\n").replace("\r", "\n") if "\r" in sent else sent
    reading = _Reading(source, {one.source: one for one in images})
    reading.read(parse(source))
    found = [*reading.images]
    for inner, shift in reading.for_outlook:
        aside = _Reading(inner, reading.placed, shift=shift)
        aside.read(parse(inner))
        found += aside.images
    by_tag: dict[str, list[PageElement]] = {}
    for one in reading.elements:
        by_tag.setdefault(one.tag, []).append(one)
    return ReadPage(
        source,
        tuple(reading.elements),
        tuple(found),
        tuple(reading.links),
        " ".join(INVISIBLE.sub("", "".join(reading.texts)).split()),
        reading.has_background,
        by_tag,
    )


class _Around(NamedTuple):
    """What holds for a node because of those around it."""

    is_hidden: bool
    is_silent: bool
    link: PageLink | None
    background: Colour | None
    language: str | None


_NOTHING_AROUND: Final = _Around(is_hidden=False, is_silent=False, link=None, background=None, language=None)


@dataclass(slots=True)
class _Reading:
    source: str
    placed: Mapping[str, PlacedImage]
    elements: list[PageElement] = field(default_factory=list)
    images: list[PageImage] = field(default_factory=list)
    links: list[PageLink] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    for_outlook: list[tuple[str, int]] = field(default_factory=list)
    has_background: bool = False
    shift: int = 0
    _at: int = 0

    def read(self, root: Node) -> None:
        """Walk through all nodes; a page may be nested too deeply for recursion."""
        stack: list[tuple[Node | None, _Around]] = [(root, _NOTHING_AROUND)]
        while stack:
            node, around = stack.pop()
            if isinstance(node, Text):
                self._text(node.data, around)
            elif isinstance(node, Element):
                tag = node.tag
                around = self._element(tag, node, around)
                if tag not in _INLINE:
                    self.texts.append(" ")
                    stack.append((None, around))
                stack += [(one, around) for one in reversed(node.children)]
            elif node is None:
                self.texts.append(" ")
            elif isinstance(node, Comment):
                self._comment(node.data)
            else:
                stack += [(one, around) for one in reversed(node.children)]
        for link in self.links:
            link.text = " ".join(INVISIBLE.sub("", link.text).split())

    def _text(self, text: str, around: _Around) -> None:
        if around.is_hidden:
            return
        self.texts.append(text)
        if around.link is not None:
            around.link.text += text

    def _comment(self, text: str) -> None:
        """Keep what a conditional comment holds for Outlook."""
        opening = _CONDITION.match(text)
        if opening is None or "<img" not in text:
            return
        self._at = max(self.source.find(f"<!--{text}", self._at), self._at)
        self.for_outlook.append((text[opening.end() :], self.source.count("\n", 0, self._at)))

    def _element(self, tag: str, node: Element, around: _Around) -> _Around:
        attributes = {
            name: value if isinstance(value, str) else " ".join(value or ())
            for name, value in node.attrs.items()
        }
        element = PageElement(tag, attributes, node)
        self.elements.append(element)
        if tag in _UNSEEN:
            return around if around.is_hidden else _Around(True, *around[1:])  # noqa: FBT003  a field by its place
        if not attributes:
            return around
        hidden, silent, link, background, language = around
        style = _read_style(attributes.get("style", ""))
        is_hidden = style.is_hidden or "hidden" in attributes
        if "lang" in attributes:
            language = attributes["lang"].strip() or None
        colour = style.background or _colour_in(attributes.get("bgcolor", ""))
        if colour is not None:
            self.has_background = True
            background = colour
        hidden = hidden or is_hidden
        silent = silent or attributes.get("aria-hidden") == "true"
        if tag == "a" and "href" in attributes:
            label = f"{attributes.get('aria-label', '')} {attributes.get('title', '')}".strip()
            link = PageLink(element.line + self.shift, attributes["href"].strip(), label, hidden)
            self.links.append(link)
        now = _Around(hidden, silent, link, background, language)
        if tag == "img":
            self._image(element, now, style, is_hidden=is_hidden)
        return now

    def _image(self, element: PageElement, around: _Around, style: _Style, *, is_hidden: bool) -> None:
        get = element.attributes.get
        width, height = get("width"), get("height")
        source = get("src", "").strip()
        is_mute = around.is_silent or get("role", "").strip().lower() in _NOTHING
        image = PageImage(
            line=element.line + self.shift,
            source=source,
            alt=get("alt"),
            width=width,
            height=height,
            placed=self.placed.get(source),
            is_decorative=is_mute or _is_pixel(width, height, style),
            is_hidden=is_hidden,
            link=around.link,
            background=around.background,
            language=around.language,
        )
        self.images.append(image)
        if around.link is not None:
            around.link.images.append(image)


def _is_pixel(width: str | None, height: str | None, style: _Style) -> bool:
    sizes = (style.width or width, style.height or height)
    return all(size is not None and size <= 1 for size in map(pixels_of, sizes))


class _Style(NamedTuple):
    """What matters of a `style`; what Outlook alone hides is shown."""

    is_hidden: bool = False
    background: Colour | None = None
    width: str | None = None
    height: str | None = None


@lru_cache(maxsize=2048)
def _read_style(style: str) -> _Style:
    """Read a style; in a mailing, few of them are for one recipient alone."""
    sizes = {name.lower(): size for name, size in _LENGTH.findall(style)}
    colours = filter(None, map(_colour_in, reversed(_BACKGROUND.findall(style))))
    is_hidden = _HIDDEN.search(style) is not None
    return _Style(is_hidden, next(colours, None), sizes.get("width"), sizes.get("height"))


@lru_cache(maxsize=512)
def _colour_in(text: str) -> Colour | None:
    """Return the opaque colour that a value of `background` names."""
    for name in _COLOUR.findall(text):
        colour = parse_color(name)
        if colour is not None and colour != "currentColor" and colour.alpha == 1:
            red, green, blue = (round(255 * one) for one in colour[:3])
            return red, green, blue
    return None
