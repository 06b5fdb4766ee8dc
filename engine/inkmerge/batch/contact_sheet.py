"""Manifest lines → one HTML page that shows every image with its alt text."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import islice
from pathlib import Path
from typing import Final

from inkmerge.batch.claim import SHEET, lines_path
from inkmerge.batch.job import Delivery
from inkmerge.batch.manifest import ManifestLine, read_manifest
from inkmerge.batch.stores import read_images
from inkmerge.batch.writing import write_aside

_SAMPLE: Final = 200
_EMBEDDED: Final = 40
_LOOKED_AT: Final = 100
"""Lines of the manifest that are looked at for each image of a sample."""
_STYLE = """
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 100rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 1rem; }
.sum { color: #777; margin: 0 0 1rem; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
figure.fallback { border: 2px solid #d97706; }
img { display: block; width: 100%; height: auto; background: repeating-conic-gradient(#8882 0 25%, #0000 0 50%) 0 0/16px 16px; }
figcaption { padding: .75rem 1rem; } .id { font-weight: 600; } .alt { margin: .25rem 0; }
.facts { color: #777; font-size: .85rem; } .reason { color: #b45309; font-weight: 600; }
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One group of images on the page.

    Attributes:
        title: Its heading.
        folder: The images' folder, relative to the page; empty for the page's own.
        lines: The manifest lines.
        embedded: Images that are no files of their own, by digest: they are put into the page.
    """

    title: str
    folder: str
    lines: Sequence[ManifestLine]
    embedded: Mapping[str, bytes] = field(default_factory=dict)


def sample(manifest: Path, most: int) -> list[ManifestLine]:
    """Return the lines of the first distinct images of a manifest, and of the first images that fell back.

    Raises:
        DataError: The manifest is none.
    """
    own: dict[str, ManifestLine] = {}
    fell_back: dict[str, ManifestLine] = {}
    for line in islice(read_manifest(manifest), most * _LOOKED_AT):
        if line.path is None:
            continue
        if line.fallback is None:
            own.setdefault(line.digest, line)
        else:
            fell_back.setdefault(line.recipient, line)
        if len(own) >= most:
            break
    kept = list(own.values())[: most - min(len(fell_back), most // 4)]
    return kept + list(fell_back.values())[: most - len(kept)]


def write_contact_sheet(title: str, delivery: Delivery) -> None:
    """Write the page of a sample of a batch into its folder.

    Raises:
        DataError: It cannot be written.
    """
    is_folder = delivery.store == "folder"
    lines = sample(lines_path(delivery), _SAMPLE if is_folder else _EMBEDDED)
    section = Section(title, "", lines, {} if is_folder else read_images(delivery, lines))
    write_aside(delivery.folder / SHEET, contact_sheet(title, [section]).encode())


def contact_sheet(title: str, sections: Sequence[Section]) -> str:
    """Return the page: every image in its CSS size, with alt text, size and, where it fell back, the reason."""
    total = sum(len(section.lines) for section in sections)
    fell_back = sum(1 for section in sections for line in section.lines if line.fallback)
    body = "".join(_section(section) for section in sections)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="sum">{total} images, {fell_back} of them fallback images</p>\n{body}</body>\n</html>\n'
    )


def _section(section: Section) -> str:
    figures = "".join(
        _figure(line, _source(line, section)) for line in section.lines if line.path is not None
    )
    return f'<h2>{escape(section.title)}</h2>\n<div class="sheet">\n{figures}</div>\n'


def _source(line: ManifestLine, section: Section) -> str:
    data = section.embedded.get(line.digest)
    if data is not None:
        return f"data:{line.media_type};base64,{base64.b64encode(data).decode()}"
    return "/".join(part for part in (section.folder, line.path) if part)


def _figure(line: ManifestLine, source: str) -> str:
    scale = line.dpi / 96
    reason = ""
    if line.fallback:
        reason = f'<p class="reason">fallback: {escape(line.fallback["code"])}: {escape(line.fallback["message"])}</p>'
    return (
        f"<figure{' class=fallback' if line.fallback else ''}>\n"
        f'<img src="{escape(source)}" alt="{escape(line.alt)}" width="{round(line.width / scale)}" '
        f'height="{round(line.height / scale)}" loading="lazy">\n'
        f'<figcaption><span class="id">{escape(line.recipient)}</span>'
        f'<p class="alt" dir="auto">{escape(line.alt) or "<em>decorative</em>"}</p>{reason}'
        f'<span class="facts">{line.width} × {line.height} px, {line.bytes / 1000:.1f} kB</span></figcaption>\n</figure>\n'
    )
