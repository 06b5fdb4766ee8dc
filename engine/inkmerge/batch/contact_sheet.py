"""A batch's manifest → one HTML page that shows a sample of its images with their alt texts."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from itertools import islice
from pathlib import Path
from typing import Final

from inkmerge.batch.claim import SHEET, lines_path
from inkmerge.batch.job import Delivery
from inkmerge.batch.manifest import ManifestLine, read_manifest
from inkmerge.batch.progress import Progress
from inkmerge.batch.stores import read_images
from inkmerge.batch.writing import write_aside

_SAMPLE: Final = 200
_EMBEDDED: Final = 40
_NAMED: Final = 5
"""Recipients that are named for each kind of reason."""
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
figcaption { padding: .75rem 1rem; overflow-wrap: anywhere; } .id { font-weight: 600; } .alt { margin: .25rem 0; }
.file { display: block; padding: 1rem; } ul { margin: .25rem 0; padding-left: 1.25rem; }
.facts { color: #777; font-size: .85rem; } .reason { color: #b45309; font-weight: 600; }
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Recipients with the fallback image for the same kind of reason.

    Attributes:
        code: The code of the reason.
        count: How many they are.
        lines: The manifest lines of some of them.
    """

    code: str
    count: int
    lines: Sequence[ManifestLine]


@dataclass(frozen=True, slots=True)
class Sample:
    """What of a batch is shown.

    Attributes:
        lines: The manifest lines of images of their own, one for each image.
        groups: The recipients with the fallback image.
        embedded: Images that are no files of their own, by digest: they are put into the page.
    """

    lines: Sequence[ManifestLine]
    groups: Sequence[Group] = ()
    embedded: Mapping[str, bytes] = field(default_factory=dict)


def write_contact_sheet(title: str, delivery: Delivery, progress: Progress) -> None:
    """Write the page of a sample of a batch into its folder.

    Raises:
        DataError: It cannot be written.
    """
    is_folder = delivery.store == "folder"
    sample = _sample(lines_path(delivery), _SAMPLE if is_folder else _EMBEDDED, progress)
    if not is_folder:
        shown = [*sample.lines, *(group.lines[0] for group in sample.groups)]
        sample = replace(sample, embedded=read_images(delivery, shown))
    page = contact_sheet(title, sample, progress)
    write_aside(delivery.folder / SHEET, page.encode("utf-8", "replace"))  # JSON may hold lone surrogates


def contact_sheet(title: str, sample: Sample, progress: Progress) -> str:
    """Return the page: every image in its CSS size, with alt text and size, and why others fell back."""
    fell_back = sum(progress.fallbacks.values())
    figures = "".join(_figure(line, sample.embedded) for line in sample.lines)
    groups = "".join(_group(group, sample.embedded) for group in sample.groups)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="sum">A sample of {len(sample.lines):,} images; the batch has {progress.distinct:,} for '
        f"{progress.done:,} recipients, {fell_back:,} of whom got the fallback image</p>\n"
        f'<div class="sheet">\n{groups}{figures}</div>\n</body>\n</html>\n'
    )


def _sample(manifest: Path, most: int, progress: Progress) -> Sample:
    """Take the first distinct images of a manifest, and of each kind of reason the first recipients that fell back.

    Raises:
        DataError: The manifest is none.
    """
    own: dict[str, ManifestLine] = {}
    fell_back: dict[str, list[ManifestLine]] = {}
    for line in islice(read_manifest(manifest), most * _LOOKED_AT):
        if line.path is None:
            continue
        if line.fallback is None:
            own.setdefault(line.digest, line)
        else:
            fell_back.setdefault(line.fallback["code"], []).append(line)
        if len(own) >= most:
            break
    groups = [Group(code, progress.fallbacks[code], lines) for code, lines in fell_back.items()]
    return Sample(list(own.values()), groups)


def _group(group: Group, embedded: Mapping[str, bytes]) -> str:
    shown = group.lines[:_NAMED]
    reasons = "".join(
        f'<li><span class="id">{escape(line.recipient)}</span>: {escape((line.fallback or {})["message"])}</li>'
        for line in shown
    )
    others = group.count - len(shown)
    more = f'<p class="facts">and {others:,} more</p>' if others > 0 else ""
    return (
        f"<figure class=fallback>\n{_picture(group.lines[0], embedded)}\n"
        f'<figcaption><p class="reason">{group.count:,} × fallback: {escape(group.code)}</p>'
        f"<ul>{reasons}</ul>{more}{_alt(group.lines[0])}</figcaption>\n</figure>\n"
    )


def _figure(line: ManifestLine, embedded: Mapping[str, bytes]) -> str:
    return (
        f"<figure>\n{_picture(line, embedded)}\n"
        f'<figcaption><span class="id">{escape(line.recipient)}</span>{_alt(line)}'
        f'<span class="facts">{line.width} × {line.height} px, {line.bytes / 1000:.1f} kB</span></figcaption>\n</figure>\n'
    )


def _alt(line: ManifestLine) -> str:
    without = "no text alternative" if line.fallback else "decorative"
    return f'<p class="alt" dir="auto">{escape(line.alt) or f"<em>{without}</em>"}</p>'


def _picture(line: ManifestLine, embedded: Mapping[str, bytes]) -> str:
    data = embedded.get(line.digest)
    source = line.path or ""
    if data is not None:
        source = f"data:{line.media_type};base64,{base64.b64encode(data).decode()}"
    if not line.media_type.startswith("image/"):  # which browsers show in a window of its own
        name = "" if data is None else f' download="{line.digest}.pdf"'
        return f'<a class="file" href="{escape(source)}"{name}>PDF</a>'
    scale = line.dpi / 96
    return (
        f'<img src="{escape(source)}" alt="{escape(line.alt)}" width="{round(line.width / scale)}" '
        f'height="{round(line.height / scale)}" loading="lazy">'
    )
