"""Messages of test profiles → one HTML page: what clients make of each, on desktop and phone, without images, in the dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from inkmerge.campaign.preview_parts import STYLE, count_of, finding_list
from inkmerge.mailing.html_tokens import html_tokens
from inkmerge.mailing.images_off import images_off
from inkmerge.mailing.inbox_line import inbox_line
from inkmerge.mailing.inverted_colours import inverted
from inkmerge.mailing.mailing import FilledMailing
from inkmerge.mailing.preview import MailingPreview
from inkmerge.mailing.views import has_dark_rules, in_scheme, pictures_of, standing_alone

_DESKTOP_PX: Final = 700
_PHONE_PX: Final = 375
_CLIPPED_BYTES: Final = 102_000
"""Where Gmail cuts HTML off."""
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Frames inherit it, so that a page loads nothing: no counting pixel says that somebody has opened a message."""
_OWN_STYLE: Final = """
.inbox { border: 1px solid var(--line); border-radius: 8px; padding: .6rem .9rem; margin: 1rem 0; display: grid;
  grid-template-columns: minmax(6rem, 12rem) minmax(0, 1fr); gap: 0 1rem; }
.inbox > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .inbox b { font-weight: 650; }
.head-lines { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: 1rem 0; font-size: .9rem; }
.head-lines dd { margin: 0; justify-self: start; } .over { color: var(--red); }
.views { display: flex; flex-wrap: wrap; gap: 1.75rem 1.5rem; margin-top: 1.25rem; align-items: flex-start; }
.views figure { max-width: 100%; } .views .text { width: 39.5rem; } figcaption b { color: light-dark(#1f2328, #e6e8eb); }
.views figcaption { margin: 0 0 .4rem; max-width: 39rem; }
.frame { --scale: .9; width: calc(var(--width) * var(--scale)); max-width: 100%; height: 44rem; overflow: hidden; resize: vertical;
  border: 1px solid var(--line); border-radius: 8px; box-sizing: content-box; background: #fff; }
.frame.dark { background: #121212; } .phone { --scale: 1; border-radius: 18px; }
iframe { width: var(--width); height: calc(100% / var(--scale)); border: 0; display: block; transform: scale(var(--scale));
  transform-origin: 0 0; }
pre { font: .85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; unicode-bidi: plaintext; max-height: 44rem; overflow: auto;
  margin: 0; padding: 1rem; box-sizing: border-box; border: 1px solid var(--line); border-radius: 8px; }
@media (max-width: 46rem) { .frame { --scale: .62; } .phone { --scale: .9; } .inbox { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 32rem) { .frame { --scale: .44; height: 30rem; } .phone { --scale: .82; height: 36rem; }
  .head-lines { grid-template-columns: minmax(0, 1fr); gap: 0; } .head-lines dd { margin: 0 0 .4rem; } }
"""


@dataclass(frozen=True, slots=True)
class _View:
    """One window of a client: its name, what is said of it, and what is in it."""

    name: str
    said: str
    html: str
    width: int = _DESKTOP_PX
    kind: str = ""


def mailing_page(title: str, shown: Sequence[MailingPreview]) -> str:
    """Return the page; it holds its images, and loads nothing.

    Args:
        title: The campaign's name.
        shown: What to show, profile by profile.
    """
    links = " ".join(f'<a href="#{_anchor(one)}" dir="auto">{escape(one.profile)}</a>' for one in shown)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}: the mailing</title>\n<style>{STYLE}{_OWN_STYLE}</style>\n</head>\n<body>\n"
        f'<h1 dir="auto">{escape(title)}: the mailing</h1>\n'
        f'<p class="quiet">{count_of(len(shown), "test profile")}: {links}</p>\n'
        f"{''.join(map(_article, shown))}</body>\n</html>\n"
    )


def _article(preview: MailingPreview) -> str:
    head = f'<h2 dir="auto">{escape(preview.profile)}</h2>\n<article id="{_anchor(preview)}">\n'
    filled = preview.filled
    if filled is None:
        reasons = (preview.absence,) if preview.absence else ()
        return f'{head}<p class="nothing">no message</p>\n{finding_list(reasons)}</article>\n'
    views = "".join(map(_figure, _views(filled)))
    return (
        f"{head}{_inbox(filled)}{_head_lines(filled, preview.weight)}{finding_list(preview.findings)}{_elsewhere(filled)}"
        f'<div class="views">\n{views}<figure class="text"><figcaption><b>plain text</b>, for readers of text and for watches</figcaption>'
        f'<pre dir="auto">{escape(filled.text)}</pre></figure>\n</div>\n</article>\n'
    )


def _inbox(filled: FilledMailing) -> str:
    """Return the line of an inbox: who it is from, the subject, and the first words."""
    sender = filled.headers.get("From", "")
    name = next(
        (one.display_name for one in getattr(sender, "addresses", ()) if one.display_name), str(sender)
    )
    return (
        f'<div class="inbox"><b dir="auto">{escape(name)}</b><span dir="auto"><b>{escape(str(filled.headers["Subject"]))}</b> '
        f'<span class="quiet">{escape(inbox_line(filled.html))}</span></span></div>\n'
    )


def _head_lines(filled: FilledMailing, weight: int) -> str:
    html, images = len(filled.html.encode()), sum(len(one.named.image.data) for one in filled.images)
    is_over = html > _CLIPPED_BYTES
    weights = (
        f"{_kilobytes(weight)} as it is sent: "
        f"<span{' class=over' if is_over else ''}>{_kilobytes(html)} of HTML{', which Gmail cuts off at 102 kB' if is_over else ''}</span>, "
        f"{_kilobytes(len(filled.text.encode()))} of text, {count_of(len(filled.images), 'image')} of {_kilobytes(images)}"
    )
    lines = "".join(
        f'<dt>{escape(name)}</dt><dd dir="auto">{escape(str(value))}</dd>'
        for name, value in filled.headers.items()
    )
    return f'<dl class="head-lines">{lines}<dt>weight</dt><dd>{weights}</dd></dl>\n'


def _elsewhere(filled: FilledMailing) -> str:
    own = {one.source for one in filled.images}
    sources = [token.attribute("src") for token in html_tokens(filled.html) if token.name == "img"]
    count = sum(
        one is not None and one.value not in own and not one.value.startswith("data:") for one in sources
    )
    if not count:
        return ""
    are = "is" if count == 1 else "are"
    return f'<p class="quiet">{count_of(count, "image")} from elsewhere {are} not shown: this page loads nothing.</p>\n'


def _views(filled: FilledMailing) -> tuple[_View, ...]:
    page = standing_alone(filled.html, pictures_of(filled.images))
    small = standing_alone(filled.html, pictures_of(filled.images, are_small=True))
    off = in_scheme(images_off(filled.html), "light")
    turned = in_scheme(inverted(small), "light")
    own = (
        (
            _View(
                "dark, by the page’s own styles",
                "as Apple Mail and Thunderbird show it",
                in_scheme(small, "dark"),
                kind="dark",
            ),
        )
        if has_dark_rules(filled.html)
        else ()
    )
    rest = (
        "background and text, not images, as Gmail on iOS and Outlook for Windows do"
        if own
        else "background and text, not images; the page has no styles of its own for dark mode"
    )
    return (
        _View("desktop", f"{_DESKTOP_PX} pixels", in_scheme(page, "light")),
        _View("phone", f"{_PHONE_PX} pixels", in_scheme(small, "light"), _PHONE_PX, "phone"),
        _View("images off", "what is read before somebody shows the images", off),
        *own,
        _View("dark, inverted by the client", rest, turned, kind="dark"),
    )


def _figure(view: _View) -> str:
    title = escape(view.name)
    return (
        f'<figure><figcaption><b>{title}</b>, {view.said}</figcaption><div class="frame {view.kind}" style="--width: {view.width}px">'
        f'<iframe sandbox title="{title}" loading="lazy" srcdoc="{escape(view.html)}"></iframe></div></figure>\n'
    )


def _anchor(preview: MailingPreview) -> str:
    return escape(f"profile--{preview.profile}".replace(" ", "-"))


def _kilobytes(count: int) -> str:
    return f"{count / 1000:,.1f} kB"
