"""The HTML of a message → its text part: what a reader of text, or a watch, shows, with each image as its alt text."""

from __future__ import annotations

import re
from typing import Final

from turbohtml import Document, Element, PlainText, Text, parse

_STYLE: Final = PlainText(links="inline", images=True)
_TABLE: Final = "table, caption, colgroup, tbody, thead, tfoot, tr, td, center"
_HIDDEN: Final = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_WIDE: Final = 100
"""CSS pixels from which a picture is none that stands within a line."""
_BLANKS: Final = re.compile(r"\n{3,}")
_LINE_SPACES: Final = re.compile(r"[^\S\n]+$", re.MULTILINE)
INVISIBLE: Final = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]+")
"""Characters with which preview texts are padded, and that are not seen."""


def plain_text(html: str) -> str:
    """Return a page as text: paragraphs apart, links with their addresses, images as their alt texts.

    Tables that lay a page out are read cell by cell; those with header cells stay rows. What is hidden is left out.

    Args:
        html: The page as it is sent.
    """
    document = parse(html)
    for element in document.select("head, script, style, template, [hidden], [style*=display i]"):
        if _is_hidden(element):
            element.extract()
    _unfold_tables(document)
    for image in document.select("img[alt]"):
        _stand_alone(image)
    text = INVISIBLE.sub("", document.to_text(_STYLE).replace("\u00a0", " "))
    return _BLANKS.sub("\n\n", _LINE_SPACES.sub("", text)).strip("\n") + "\n"


def _is_hidden(element: Element) -> bool:
    if element.tag in {"head", "script", "style", "template"} or "hidden" in element.attrs:
        return True
    return _HIDDEN.search(str(element.attrs.get("style", ""))) is not None


def _stand_alone(image: Element) -> None:
    """Give a picture a paragraph of its own, with the link around it; a small sign within a line gets spaces."""
    width = str(image.attrs.get("width", ""))
    if width.isdecimal() and int(width) < _WIDE:
        image.insert_before(Text(" "))
        image.insert_after(Text(" "))
        return
    around = image.parent
    if isinstance(around, Element) and around.tag == "a" and around.text.strip() == "":
        if len(around.select("img")) > 1:  # one below the other
            image.wrap(Element("div"))
        image = around
    image.wrap(Element("div"))


def _unfold_tables(document: Document) -> None:
    """Make blocks of the cells of tables that only lay the page out."""
    for head in document.select("th"):
        table = head.closest("table")
        if table is not None:
            table.attrs["data-rows"] = ""
    found = [
        element
        for element in document.select(_TABLE)
        if (table := element.closest("table")) is None or "data-rows" not in table.attrs
    ]
    for element in found:
        element.tag = "div"
