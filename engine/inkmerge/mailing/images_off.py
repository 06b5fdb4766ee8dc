"""The HTML of a message → the same as a client shows it that loads no images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from inkmerge.mailing.check_page import pixels_of
from inkmerge.mailing.html_tokens import Token, html_tokens

_BOX: Final = "display:inline-block;box-sizing:border-box;overflow:hidden;vertical-align:bottom"
_OUTLINE: Final = "outline:1px dashed #8a8a8a;outline-offset:-1px"
_KEPT: Final = ("class", "id", "lang", "dir", "title")
_FLOATS: Final = frozenset(("left", "right"))
_URL: Final = re.compile(r"url\([^)]*\)", re.IGNORECASE)
_BACKGROUND: Final = re.compile(r"\bbackground(?:-image)?\s*:(?:url\([^)]*\)|[^;}])*", re.IGNORECASE)


def images_off(html: str) -> str:
    """Return a page in which each image is a box of its size, with its alt text in its author's style.

    Pictures behind text are left out; all else stays as it is. An image without a size has the size of its text.

    Args:
        html: The page as it is sent.
    """
    pieces: list[str] = []
    at = 0
    for start, end, text in _changes(html):
        pieces += [html[at:start], text]
        at = end
    return "".join((*pieces, html[at:]))


def _changes(html: str) -> Iterator[tuple[int, int, str]]:
    """Yield what is replaced, from where to where, in order."""
    for token in html_tokens(html):
        if token.kind == "style":
            yield token.start, token.end, _without_pictures(html[token.start : token.end])
        elif token.kind == "tag" and token.name == "img":
            yield token.start, token.end, _box(token)
        elif token.kind == "tag":
            for one in token.attributes:
                if one.name == "background":
                    yield one.start, one.end, ""
                elif one.name == "style":
                    yield (
                        one.value_start,
                        one.value_end,
                        _without_pictures(html[one.value_start : one.value_end]),
                    )


def _without_pictures(css: str) -> str:
    return _BACKGROUND.sub(lambda found: _URL.sub("none", found[0]), css)


def _box(image: Token) -> str:
    """Return the box that stands for an image; what its author says of its look stands over ours."""
    values = {one.name: one.value for one in image.attributes}
    sizes = {name: pixels_of(values.get(name)) for name in ("width", "height")}
    styles = [_BOX]
    for name, pixels in sizes.items():
        if pixels is not None:
            styles.append(f"{name}:{pixels}px")
        elif re.fullmatch(r"\d+(?:\.\d+)?%", values.get(name, "").strip()):
            styles.append(f"{name}:{values[name].strip()}")
    if values.get("align", "").lower() in _FLOATS:
        styles.append(f"float:{values['align'].lower()}")
    if not all(pixels is not None and pixels <= 1 for pixels in sizes.values()):
        styles.append(_OUTLINE)
    styles.append(_without_pictures(values.get("style", "")).strip(" ;"))
    kept = "".join(f' {name}="{escape(values[name])}"' for name in _KEPT if name in values)
    style = escape(";".join(filter(None, styles)))
    return f'<span{kept} style="{style}">{escape(values.get("alt", ""))}</span>'
