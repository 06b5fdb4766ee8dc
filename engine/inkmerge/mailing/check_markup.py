"""The markup of a message → what clients cut, ignore or cannot show, and placeholders that nobody filled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final

from inkmerge.errors import Finding, Location, Severity
from inkmerge.mailing.check_page import PageElement, ReadPage, place

CLIPPED: Final = 102_000
"""Bytes of HTML, decoded, from which Gmail clips a message: reports put it between 102 and 105 kB
(https://github.com/hteumeuleu/email-bugs/issues/41)."""
_NEAR: Final = 0.9
_HEAVY: Final = 1_000_000
_LEFT: Final = re.compile(r"\{\{|\{%|%7B%7B|%7B%25", re.IGNORECASE)
_CONTROL: Final = re.compile("[\u0080-\u009f]")
_LAYOUT: Final = re.compile(
    r"(?:^|;)\s*(?:(position)\s*:\s*(?:absolute|fixed|sticky)|display\s*:\s*(?:inline-)?(flex|grid))",
    re.IGNORECASE,
)
_IMPORT: Final = re.compile(r"@import\b", re.IGNORECASE)
_FONTS: Final = re.compile(r"font", re.IGNORECASE)
_MEDIA: Final = ("video", "audio")
_FOREIGN: Final = ("iframe", "object", "embed", "applet", "svg", "canvas", *_MEDIA)
_FIELDS: Final = ("input", "select", "textarea", "button")
_SCHEME: Final = re.compile(r"color-scheme\s*:", re.IGNORECASE)


def check_weight(page: ReadPage, sent: int, hosted: int) -> Iterator[Finding]:
    """Yield how heavy the page and all of the message are, where that is too much.

    Args:
        page: The page.
        sent: Bytes of the message.
        hosted: Bytes of images that a client fetches.
    """
    size = len(page.html.encode()) + page.html.count("\n")  # lines are sent with CRLF
    if size > CLIPPED * _NEAR:
        is_clipped = size > CLIPPED
        yield Finding(
            "html-heavy",
            Severity.ERROR if is_clipped else Severity.WARNING,
            f"the HTML has {size:,} bytes, {size / CLIPPED:.0%} of the {CLIPPED:,} from which Gmail clips it,"
            " with the way out of the list at its end",
            place(),
            "take out spaces, comments and styles that nothing uses, or say less",
        )
    if sent + hosted > _HEAVY:
        yield Finding(
            "message-heavy",
            Severity.WARNING,
            f"the message has {sent + hosted:,} bytes with its images; stay below {_HEAVY:,}",
            Location(),
            "use fewer or lighter images: a size budget, a lower dpi, jpeg for photos",
        )


def check_placeholders(html: str, headers: Mapping[str, str]) -> Iterator[Finding]:
    """Yield placeholders that stand in the page or its headers as they were written."""
    for found in _LEFT.finditer(html):
        line = html.count("\n", 0, found.start()) + 1
        yield _left(html[found.start() : found.start() + 30].partition("\n")[0], place(line))
    for name, value in headers.items():
        if left := _LEFT.search(value):
            yield _left(value[left.start() : left.start() + 30], Location(name))


def _left(text: str, where: Location) -> Finding:
    return Finding(
        "placeholder-left",
        Severity.ERROR,
        f"a placeholder was not filled: {text!r}",
        where,
        "values and content are not filled again: write the placeholder into the page itself",
    )


def check_markup(page: ReadPage) -> Iterator[Finding]:
    """Yield what of the markup clients remove or ignore."""
    yield from _check_removed(page)
    yield from _check_stylesheets(page)
    yield from _check_layout(page)
    control = _CONTROL.search(page.html)
    if control is not None:
        yield Finding(
            "control-character",
            Severity.WARNING,
            f"the page holds U+{ord(control[0]):04X}, a control character, at which Gmail clips a message",
            place(page.html.count("\n", 0, control.start()) + 1),
            "it is often a ’ or – in the wrong encoding: write the file in UTF-8",
        )
    if page.has_background and not _says_scheme(page):
        yield Finding(
            "color-scheme-missing",
            Severity.NOTE,
            "the page sets a background, and does not say for which colour schemes it is made: dark mode guesses",
            place(),
            '<meta name="color-scheme" content="light dark">, and styles for both',
        )


def _check_removed(page: ReadPage) -> Iterator[Finding]:
    warn, note = Severity.WARNING, Severity.NOTE
    for one in page.named("script"):
        if "json" in one.attributes.get("type", "").lower():
            continue  # data for mail clients: https://developers.google.com/workspace/gmail/markup
        yield _ignored(one, "script-ignored", warn, "no client runs scripts", "remove it")
    for one in list(page.named("form")) or islice(page.named(*_FIELDS), 1):
        hint = "link to a page with the form"
        yield _ignored(one, "form-ignored", warn, "few clients show forms, and they warn", hint)
    for one in page.named(*_FOREIGN):
        severity = note if one.tag in _MEDIA else warn
        hint = "put a linked image in its place"
        yield _ignored(one, "media-ignored", severity, "few clients show it", hint)


def _ignored(element: PageElement, code: str, severity: Severity, why: str, hint: str) -> Finding:
    return Finding(code, severity, f"the page has <{element.tag}>: {why}", place(element.line), hint)


def _check_stylesheets(page: ReadPage) -> Iterator[Finding]:
    for one in page.named("link", "style"):
        is_link = one.tag == "link"
        if is_link and "stylesheet" not in one.attributes.get("rel", "").lower():
            continue
        css = one.attributes.get("href", "") if is_link else one.node.text
        if is_link or _IMPORT.search(css):
            yield Finding(
                "stylesheet-external",
                Severity.NOTE if _FONTS.search(css) else Severity.WARNING,
                f"the page fetches styles{f' from {css[:60]!r}' if is_link else ' by @import'}: most clients do not",
                place(one.line),
                "write them into <style> and style; name fonts that stand in",
            )


def _check_layout(page: ReadPage) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    first: int | None = None
    for one in page.elements:
        style = one.attributes.get("style")
        if not style:
            continue
        for name in _laid_out_by(style):
            counts[name] += 1
            first = first or one.line
    if counts:
        yield Finding(
            "layout-ignored",
            Severity.NOTE,
            f"styles lay out by {', '.join(f'{name} ({count})' for name, count in sorted(counts.items()))}:"
            " Outlook for Windows ignores it",
            place(first),
            "lay out by tables, or give Outlook tables in conditional comments",
        )


@lru_cache(maxsize=2048)
def _laid_out_by(style: str) -> tuple[str, ...]:
    return tuple((found[1] or found[2]).lower() for found in _LAYOUT.finditer(style))


def _says_scheme(page: ReadPage) -> bool:
    for one in page.named("meta", "style"):
        if one.attributes.get("name", "").lower() == "color-scheme" or (
            one.tag == "style" and _SCHEME.search(one.node.text)
        ):
            return True
    return False
