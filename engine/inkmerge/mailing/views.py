"""A filled page → the HTML of what clients make of it: on its own, and in light or dark mode."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from markupsafe import escape
from PIL import Image

from inkmerge.image import RenderedImage
from inkmerge.mailing.html_tokens import Token, html_tokens
from inkmerge.mailing.placing import PlacedImage

Scheme = Literal["light", "dark"]
_ASKED: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_TRUE: Final = "(min-width: 0)"
_FALSE: Final = "(max-width: 0)"
_PICTURES: Final = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
_SMALL_DPI: Final = 120


def pictures_of(images: Iterable[PlacedImage], *, are_small: bool = False) -> dict[str, str]:
    """Return images as data URIs, by their addresses in the page.

    Args:
        images: The images.
        are_small: Whether copies do that are drawn smaller, a tenth of the bytes: a page shows a message several times.
    """
    return {one.source: _data_uri(one.named.image, is_small=are_small) for one in images}


def _data_uri(image: RenderedImage, *, is_small: bool) -> str:
    media_type, data = image.media_type, image.data
    if is_small and media_type in _PICTURES:
        with Image.open(io.BytesIO(data), formats=[_PICTURES[media_type]]) as opened:
            picture = opened.convert("RGBA")
        width, height = (round(side * _SMALL_DPI / image.dpi) for side in picture.size)
        picture.thumbnail((width, height))
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=80)
        media_type, data = "image/webp", buffer.getvalue()
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def standing_alone(html: str, pictures: Mapping[str, str]) -> str:
    """Return a page that holds its images; those from elsewhere stay addresses.

    Args:
        html: The page as it is sent.
        pictures: Its images, by their addresses.
    """
    for source, picture in pictures.items():
        html = html.replace(str(escape(source)), picture)
    return html


def has_dark_rules(html: str) -> bool:
    """Whether a page has styles of its own for dark mode."""
    return any(found[1].lower() == "dark" for text in _queries(html) for found in _ASKED.finditer(text))


def in_scheme(html: str, scheme: Scheme) -> str:
    """Return a page as a client in light or dark mode shows it that asks its styles, whatever the reader's own mode.

    Apple Mail, Outlook for macOS and Thunderbird do.
    """
    pieces: list[str] = []
    for token in html_tokens(html):
        text = html[token.start : token.end]
        if _is_query(token):
            text = _ASKED.sub(lambda found: _TRUE if found[1].lower() == scheme else _FALSE, text)
        pieces.append(text)
    return "".join(pieces) + f"<style>:root {{ color-scheme: only {scheme} !important; }}</style>"


def _queries(html: str) -> Iterable[str]:
    return (html[token.start : token.end] for token in html_tokens(html) if _is_query(token))


def _is_query(token: Token) -> bool:
    return token.kind == "style" or (token.kind == "tag" and token.attribute("media") is not None)
