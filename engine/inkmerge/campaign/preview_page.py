"""Previews → one HTML page that holds its images: what a marketer looks at before a send."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from inkmerge.campaign.preview import Picture, Preview, Value
from inkmerge.campaign.preview_parts import STYLE, count_of, finding_list
from inkmerge.image import RenderedImage


def preview_page(title: str, shown: Sequence[Preview], mailing: str | None = None) -> str:
    """Return the page: with several profiles a matrix of profiles and image elements first, then each one with all there is to say.

    Args:
        title: The campaign's name.
        shown: What to show, profile by profile.
        mailing: The file with the page of the mailing, beside this one; None where there is none.
    """
    profiles = tuple(dict.fromkeys(one.profile for one in shown))
    elements = tuple(dict.fromkeys(one.element for one in shown))
    matrix = _matrix(profiles, elements, shown) if len(profiles) > 1 else ""
    sections = "".join(
        f'<h2 dir="auto">{escape(profile)}</h2>\n'
        + "".join(_article(one) for one in shown if one.profile == profile)
        for profile in profiles
    )
    counts = f"{count_of(len(elements), 'image element')} for {count_of(len(profiles), 'test profile')}"
    link = (
        f'<p><a href="{escape(quote(mailing))}">The mailing</a>, with these images in it</p>\n'
        if mailing
        else ""
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}: preview</title>\n'
        f'<style>{STYLE}</style>\n</head>\n<body>\n<h1 dir="auto">{escape(title)}</h1>\n'
        f'<p class="quiet">{counts}</p>\n{link}{matrix}{sections}</body>\n</html>\n'
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
        f"{groups}{unknown}{none}</div>\n{finding_list(preview.findings)}"
        + "".join(_picture(one) for one in preview.pictures)
        + "</article>\n"
    )


def _picture(picture: Picture) -> str:
    return (
        f'<div class="picture">\n{_figure(picture)}<div>{_words(picture)}{finding_list(picture.findings)}</div>\n'
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
