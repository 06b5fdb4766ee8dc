"""Mails for the tests of the check: three that are as they should be, and what makes more of them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image, ImageDraw

from inkmerge.errors import Finding
from inkmerge.image import RenderedImage
from inkmerge.mailing import FilledMailing, message_bytes
from inkmerge.mailing.check import check_mailing
from inkmerge.mailing.header_values import TextValue
from inkmerge.mailing.placing import Hosted, InMessage, NamedImage, PlacedImage
from inkmerge.mailing.plain_text import plain_text

HEADERS = {
    "From": "Marl & Moss <post@marlmoss.example>",
    "Subject": "Your spring at Marl & Moss",
    "List-Unsubscribe": "<https://marlmoss.example/off/17>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "To": "anna@example.org",
}

NEWSLETTER = """<!DOCTYPE html>
<html lang="en" xmlns:v="urn:schemas-microsoft-com:vml">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Spring at Marl &amp; Moss</title>
<!--[if mso]><style>td { font-family: Arial, sans-serif; }</style><![endif]-->
<style>
@media (max-width: 480px) { .fluid { width: 100% !important; height: auto !important; } }
@media (prefers-color-scheme: dark) { .card { background: #1e1e1e !important; color: #eee !important; } }
</style>
</head>
<body style="margin:0;background:#f4f1ea">
<div style="display:none;max-height:0">Fresh from the kiln, and 15 % off until 31 May.&#847;&zwnj;&nbsp;</div>
<table role="presentation" width="100%" bgcolor="#f4f1ea"><tr><td align="center">
<table role="presentation" class="card" width="600" bgcolor="#ffffff">
<tr><td><a href="https://marlmoss.example/"><img src="https://img.marlmoss.example/logo.png" alt="Marl &amp; Moss"
 width="140" height="40" style="display:block;border:0"></a></td></tr>
<tr><td><a href="https://marlmoss.example/spring?r=17">HERO</a></td></tr>
<tr><td style="padding:24px"><h1>Hello Anna,</h1>
<p>the first pots of the year are out of the kiln. With your 1,250 points you get 15 % off everything,
until 31 May 2027, with the code MOSS-15.</p>
<!--[if mso]><v:roundrect href="https://marlmoss.example/spring" fillcolor="#2b1a3a"><center>See the pots</center></v:roundrect><![endif]-->
<!--[if !mso]><!--><a href="https://marlmoss.example/spring?r=17#pots" style="background:#2b1a3a;color:#ffffff;padding:12px 20px">See
 the pots</a><!--<![endif]--></td></tr>
<tr><td><img src="https://img.marlmoss.example/line.png" alt="" role="presentation" width="600" height="2"></td></tr>
<tr><td style="font-size:12px">Marl &amp; Moss, 4 Kiln Lane ·
<a href="mailto:post@marlmoss.example">post@marlmoss.example</a> · <a href="https://www.marlmoss.example/">marlmoss.example</a> ·
<a href="https://marlmoss.example/privacy">Privacy</a> · <a href="https://marlmoss.example/off/17">Unsubscribe</a></td></tr>
</table>
</td></tr></table>
<img src="https://img.marlmoss.example/open/17.gif" width="1" height="1">
</body></html>
"""

RECEIPT = """<html lang="de">
<head><meta charset="utf-8"><title>Deine Bestellung 4711</title></head>
<body>
<p>Hallo Jonas,</p>
<p>danke für deine Bestellung. Wir packen sie heute ein, und morgen ist sie bei dir. Hier ist, was du bestellt hast:</p>
<table><tr><th>Menge</th><th>Artikel</th><th>Preis</th></tr><tr><td>1</td><td>Teekanne Glut</td><td>52,00&nbsp;€</td></tr></table>
<p><a href="https://marlmoss.example/bestellung/4711">Zur Bestellung</a></p>
<p>Fragen? Ruf an: <a href="tel:+4930123456">030 123456</a>. Keine Nachrichten mehr?
<a href="https://marlmoss.example/konto/nachrichten"><span>Hier abmelden</span></a></p>
</body></html>
"""

ARABIC = """<!doctype html>
<html lang="ar" dir="rtl">
<head><title>ربيع مارل آند موس</title><style>:root { color-scheme: light dark; }</style></head>
<body bgcolor="#ffffff">
<p>مرحبًا ليلى، خصم 15٪ على جميع المنتجات حتى 31 مايو 2027 بالرمز MOSS-15.</p>
<a href="https://marlmoss.example/ar/rabi">HERO</a>
<p><a href="https://marlmoss.example/ar/rabi">تسوّقي الآن من تشكيلة الربيع الجديدة</a></p>
<p><a href="https://marlmoss.example/ar/off/18">إلغاء الاشتراك</a></p>
</body></html>
"""


def png(width: int = 120, height: int = 60, fill: str = "#f7b53c") -> bytes:
    return encoded(Image.new("RGB", (width, height), fill))


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    picture.save(data, kind)
    return data.getvalue()


def letters(ink: str, *, ground: str | None = None, outline: str | None = None) -> bytes:
    """Draw strokes as thin as those of letters on transparency, in a plate or an outline where asked for."""
    picture = Image.new("RGBA", (400, 120), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    if ground:
        draw.rounded_rectangle((20, 10, 380, 110), 12, fill=ground)
    for number in range(14):
        left = 40 + number * 23
        if outline:
            draw.rectangle((left - 3, 27, left + 9, 93), fill=outline)
        draw.rectangle((left, 30, left + 6, 90), fill=ink)
    return encoded(picture)


def image(
    data: bytes = b"", alt: str = "Kettle for Anna", shown: Iterable[str] = (), **changed: Any
) -> RenderedImage:
    content = data or png()
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
        kind = str(picture.format).lower()
    facts: dict[str, Any] = {
        "media_type": f"image/{kind}",
        "width": width,
        "height": height,
        "dpi": 96.0,
        "alt": alt,
        "extended_description": None,
        "fallback": None,
        "findings": (),
        "shown": tuple(shown),
    }
    return RenderedImage(content, **(facts | changed))


def placed(one: RenderedImage, element: str = "hero", *, base_url: str = "") -> PlacedImage:
    named = NamedImage(one.digest, element, element, one)
    return (Hosted(base_url) if base_url else InMessage()).place(named)


def tag(one: PlacedImage, attributes: str = "", alt: str | None = None) -> str:
    shown = one.named.image
    size = "" if "width" in attributes else f' width="{shown.width}" height="{shown.height}"'
    return f'<img src="{one.source}" alt="{shown.alt if alt is None else alt}"{size} {attributes}>'


def page(body: str, head: str = "") -> str:
    """Return a page that is as it should be but for its body."""
    return (
        f'<html lang="en"><head><title>Spring</title>{head}</head>\n<body>\n{body}\n'
        "<p>Hello Anna, the pots of the year are out, and this is what you see of them here with us today.</p>\n"
        '<p><a href="https://marlmoss.example/pots">See the pots</a> '
        '<a href="https://marlmoss.example/off/17">Unsubscribe</a></p>\n</body></html>'
    )


def check(
    html: str, *images: PlacedImage, headers: Mapping[str, str] = HEADERS, data: bytes = b""
) -> tuple[Finding, ...]:
    values = {name: TextValue(name, value) for name, value in headers.items()}
    filled = FilledMailing(values, html, plain_text(html), images, ())
    found = check_mailing(filled, data or message_bytes(filled.message()))
    return tuple(one for one in found if not one.code.startswith("spam-"))  # which short pages are full of


def codes(html: str, *images: PlacedImage, headers: Mapping[str, str] = HEADERS) -> list[str]:
    return [f"{one.severity}:{one.code}" for one in check(html, *images, headers=headers)]
