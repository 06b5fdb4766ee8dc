"""Previews → one HTML page that holds its images: what a marketer looks at before a send."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Final

from inkmerge.campaign.preview import Picture, Preview, Value
from inkmerge.errors import Finding
from inkmerge.image import RenderedImage

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#5c6370, #a3abb8); --amber: light-dark(#9a4b00, #f5b056);
  --red: light-dark(#b3261e, #ff8a80); --card: light-dark(#fff, #1d2026); --page: light-dark(#f5f6f8, #121417); }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 2rem; max-width: 88rem; background: var(--page);
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 1rem; } h3 { font-size: 1.05rem; margin: 0; }
p { margin: .5rem 0; } .quiet, figcaption, dt, th { color: var(--quiet); }
.scroll { overflow-x: auto; margin: 1.5rem 0; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.matrix { border-collapse: collapse; width: 100%; }
.matrix th, .matrix td { padding: .75rem; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); min-width: 9rem; }
.matrix tbody th { min-width: 5.5rem; max-width: 12rem; } .matrix tr:last-child > * { border-bottom: 0; }
.matrix img { width: 100%; max-width: 240px; } .matrix a + a img { margin-top: .5rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin: 0 0 1.5rem; }
.head { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
.tag { font-size: .82rem; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; }
.tag.unknown, .warning, .fallback { color: var(--amber); } .tag.unknown { border-style: dashed; }
.error { color: var(--red); } .nothing { font-style: italic; color: var(--quiet); }
.picture { display: grid; grid-template-columns: minmax(0, 600px) minmax(18rem, 1fr); gap: 1.5rem; margin-top: 1rem;
  padding-top: 1rem; border-top: 1px solid var(--line); }
figure { margin: 0; } figcaption { font-size: .85rem; margin-top: .4rem; }
img { display: block; max-width: 100%; height: auto; background: repeating-conic-gradient(#8882 0 25%, #0000 0 50%) 0 0/16px 16px; }
img.fallback { outline: 3px solid var(--amber); outline-offset: 2px; }
dl { margin: 0; } dt { font-size: .85rem; } dd { margin: 0 0 .6rem; }
ul { margin: .5rem 0; padding: 0; list-style: none; } li { border-inline-start: 3px solid; padding-inline-start: .7rem; margin: .4rem 0; }
li span { color: light-dark(#1f2328, #e6e8eb); } code { font: .85em ui-monospace, monospace; }
.values { width: 100%; border-collapse: collapse; font-size: .9rem; table-layout: fixed; }
.values th, .values td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
.values col:nth-child(1) { width: 26%; } .values col:nth-child(3) { width: 30%; } .values .behind td:first-child { padding-inline-start: 1rem; }
details { grid-column: 1 / -1; } summary { cursor: pointer; font-weight: 600; } .missing { color: var(--red); } .default { color: var(--amber); }
@media (max-width: 60rem) { .picture { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) { body { padding: 1rem; } article { padding: 1rem; }
  .values thead { display: none; } .values, .values tbody, .values tr, .values td { display: block; width: auto; }
  .values tr { padding: .4rem 0; border-bottom: 1px solid var(--line); } .values td { border: 0; padding: 0 !important; }
  .values td:nth-child(3) { color: var(--quiet); } .values td.missing { color: var(--red); } .values td.default { color: var(--amber); } }
"""


def preview_page(title: str, shown: Sequence[Preview]) -> str:
    """Return the page: with several profiles a matrix of profiles and image elements first, then each one with all there is to say.

    Args:
        title: The campaign's name.
        shown: What to show, profile by profile.
    """
    profiles = tuple(dict.fromkeys(one.profile for one in shown))
    elements = tuple(dict.fromkeys(one.element for one in shown))
    matrix = _matrix(profiles, elements, shown) if len(profiles) > 1 else ""
    sections = "".join(
        f'<h2 dir="auto">{escape(profile)}</h2>\n'
        + "".join(_article(one) for one in shown if one.profile == profile)
        for profile in profiles
    )
    counts = f"{_count(len(elements), 'image element')} for {_count(len(profiles), 'test profile')}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}: preview</title>\n'
        f'<style>{_STYLE}</style>\n</head>\n<body>\n<h1 dir="auto">{escape(title)}</h1>\n'
        f'<p class="quiet">{counts}</p>\n{matrix}{sections}</body>\n</html>\n'
    )


def _matrix(profiles: Sequence[str], elements: Sequence[str], shown: Sequence[Preview]) -> str:
    cells = {(one.profile, one.element): one for one in shown}
    head = "".join(f'<th scope="col" dir="auto">{escape(name)}</th>' for name in elements)
    rows = "".join(
        f'<tr><th scope="row" dir="auto">{escape(profile)}</th>'
        + "".join(f"<td>{_cell(cells[profile, element])}</td>" for element in elements)
        + "</tr>\n"
        for profile in profiles
    )
    return (
        f'<div class="scroll" tabindex="0"><table class="matrix"><thead><tr><th scope="col">profile</th>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>\n"
    )


def _cell(preview: Preview) -> str:
    place = f'<a href="#{_anchor(preview)}">'
    return "".join(
        f"{place}{_img(one, one.thumbnail)}</a>"
        + (f'<span class="fallback">{escape(one.outcome)}</span>' if one.outcome != "image" else "")
        if one.thumbnail
        else f'{place}<span class="{one.outcome}">{one.outcome}</span></a>'
        for one in preview.pictures
    )


def _article(preview: Preview) -> str:
    groups = "".join(f'<span class="tag" dir="auto">{escape(name)}</span>' for name in preview.groups)
    unknown = "".join(
        f'<span class="tag unknown" dir="auto">{escape(name)}: unknown</span>' for name in preview.unknown
    )
    none = "" if groups or unknown else '<span class="quiet">in no target group</span>'
    return (
        f'<article id="{_anchor(preview)}">\n<div class="head"><h3 dir="auto">{escape(preview.element)}</h3>'
        f"{groups}{unknown}{none}</div>\n{_findings(preview.findings)}"
        + "".join(_picture(one) for one in preview.pictures)
        + "</article>\n"
    )


def _picture(picture: Picture) -> str:
    return (
        f'<div class="picture">\n{_figure(picture)}<div>{_words(picture)}{_findings(picture.findings)}</div>\n'
        f"{_values(picture.values)}</div>\n"
    )


def _figure(picture: Picture) -> str:
    image = picture.image
    made = f"variant <b>{escape(picture.variant)}</b>, {escape(picture.template)}"
    if image is None:
        absence = picture.absence
        reason = "" if absence is None else f": {escape(absence.message)}"
        return f'<figure><p class="{picture.outcome}">{picture.outcome}{reason}</p><figcaption>{made}</figcaption></figure>\n'
    return (
        f"<figure>{_img(picture, image)}<figcaption>{made}, {image.width} × {image.height} px at {image.dpi:g} dpi, "
        f"{len(image.data) / 1000:.1f} kB</figcaption></figure>\n"
    )


def _words(picture: Picture) -> str:
    image = picture.image
    if image is None:
        return ""
    parts = []
    if image.fallback is not None:
        parts.append(
            f'<dt>fallback image</dt><dd class="fallback"><code>{escape(image.fallback.code)}</code> '
            f"{escape(image.fallback.message)}</dd>"
        )
    language = escape(picture.language)
    alt = escape(image.alt) or "<em>decorative</em>"
    parts.append(f'<dt>alt text</dt><dd dir="auto" lang="{language}">{alt}</dd>')
    if image.extended_description:
        text = escape(image.extended_description)
        parts.append(f'<dt>extended description</dt><dd dir="auto" lang="{language}">{text}</dd>')
    return f"<dl>{''.join(parts)}</dl>"


def _findings(findings: Sequence[Finding]) -> str:
    lines = "".join(
        f'<li class="{one.severity.value}"><code>{escape(one.code)}</code> <span dir="auto">{escape(one.message)}'
        + (f"<br><em>{escape(one.hint)}</em>" if one.hint else "")
        + "</span></li>"
        for one in dict.fromkeys(findings)
    )
    return f"<ul>{lines}</ul>\n" if lines else ""


def _values(values: Sequence[Value]) -> str:
    if not values:
        return ""
    rows = "".join(
        f"<tr{'' if one.is_drawn else ' class=behind'}><td><code>{escape(one.field)}</code></td>"
        f'<td dir="auto">{escape(one.text) or "—"}</td>'
        f'<td{_marked(one.origin)} dir="auto">{escape(one.origin)}</td></tr>\n'
        for one in values
    )
    return (
        "<details open><summary>Where each value is from</summary>\n"
        '<table class="values"><colgroup><col><col><col></colgroup>'
        '<thead><tr><th scope="col">field</th><th scope="col">value</th><th scope="col">from</th></tr></thead>\n'
        f"<tbody>{rows}</tbody></table></details>\n"
    )


def _marked(origin: str) -> str:
    return f' class="{origin}"' if origin in {"missing", "default"} else ""


def _img(picture: Picture, image: RenderedImage) -> str:
    scale = image.dpi / 96
    kind = "" if image.fallback is None else ' class="fallback"'
    data = base64.b64encode(image.data).decode()
    return (
        f'<img{kind} src="data:{image.media_type};base64,{data}" alt="{escape(image.alt)}" lang="{escape(picture.language)}" '
        f'width="{round(image.width / scale)}" height="{round(image.height / scale)}">'
    )


def _anchor(preview: Preview) -> str:
    return escape(f"{preview.profile}--{preview.element}".replace(" ", "-"))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
