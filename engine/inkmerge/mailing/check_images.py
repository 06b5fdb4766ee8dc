"""The images of a message → what is wrong with their text alternatives, sizes, addresses and weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from inkmerge.alt import INVISIBLE, check_alt_words, comparable, says
from inkmerge.encode.encoding import weight_findings
from inkmerge.errors import Finding, Severity
from inkmerge.mailing.check_links import is_merge_tag
from inkmerge.mailing.check_page import PageImage, ReadPage, pixels_of, place
from inkmerge.mailing.placing import PlacedImage

_WIDE: Final = 600
_TOO_WIDE: Final = 700
"""CSS pixels: mails are made 600 to 700 wide, and clients' panes are seldom wider."""
_LONG_ALT: Final = "shorten it, and say the rest in live text"
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def check_images(page: ReadPage, placed: Iterable[PlacedImage]) -> Iterator[Finding]:
    """Yield what is wrong with the images of a page, and how heavy those of the campaign are."""
    content_ids = {one.content_id for one in placed}
    for image in page.images:
        if image.is_hidden:
            continue
        yield from _check_address(image, content_ids)
        if not image.is_decorative:
            yield from _check_alt(image)
            yield from _check_size(image)
    yield from _check_weights(placed)


def _check_alt(image: PageImage) -> Iterator[Finding]:
    if image.alt is None:
        yield Finding(
            "image-alt-missing",
            Severity.ERROR,
            f"{image.called} has no alt: screen readers say its address instead",
            image.place,
            'write alt="…" with what it says, or alt="" where it says nothing',
        )
        return
    alt = image.alt.strip()
    ours = None if image.placed is None else image.placed.named.image
    if not alt or (ours is not None and alt == ours.alt):
        return  # what the engine writes, it has checked
    for finding in check_alt_words(alt, None, () if ours is None else ours.shown, image.place):
        message = f"{image.called}: {finding.message}"
        is_long = finding.hint is not None and "[alt] extended" in finding.hint
        yield replace(finding, message=message, hint=_LONG_ALT if is_long else finding.hint)
    if ours is None:
        return
    said, own = comparable(alt), comparable(ours.alt)
    values = ((value, comparable(value)) for value in ours.shown)
    lacks = [value for value, text in values if says(own, text) and not says(said, text)]
    if lacks:
        yield Finding(
            "alt-coverage",
            Severity.WARNING,
            f"the alt in the page stands over that of {image.called}, and lacks {quoted(lacks)}",
            image.place,
            'write alt="" in the page: the image\'s own is then put there',
        )


def quoted(texts: Iterable[str]) -> str:
    """Return some texts as they are put into a message."""
    found = [" ".join(INVISIBLE.sub("", one).split()) for one in texts]
    shown = ", ".join(repr(one if len(one) <= 40 else f"{one[:39]}…") for one in found[:4])
    return shown if len(found) <= 4 else f"{shown} and {len(found) - 4} more"


def _check_size(image: PageImage) -> Iterator[Finding]:
    sizes = {"width": image.width, "height": image.height}
    missing = [name for name, value in sizes.items() if not (value or "").strip()]
    wrong = [
        f'{name}="{value}"' for name, value in sizes.items() if name not in missing and not pixels_of(value)
    ]
    if missing:
        yield Finding(
            "image-size-missing",
            Severity.WARNING if "width" in missing else Severity.NOTE,
            f"{image.called} has no {' and no '.join(missing)}: Outlook scales it by its density,"
            " and without images its place is lost",
            image.place,
            'write whole CSS pixels: width="600" height="300"',
        )
    if wrong:
        yield Finding(
            "image-size-invalid",
            Severity.WARNING,
            f"{image.called} has {' '.join(wrong)}: Outlook wants whole CSS pixels",
            image.place,
            'write width="600", and style="width:100%" beside it for phones',
        )
    width = pixels_of(image.width) or 0
    if width > _WIDE:
        yield Finding(
            "image-too-wide",
            Severity.WARNING if width > _TOO_WIDE else Severity.NOTE,
            f"{image.called} is {width} pixels wide; mails are {_WIDE} to {_TOO_WIDE}",
            image.place,
            f"give it at most {_WIDE} in width, and more pixels by its dpi",
        )


def _check_address(image: PageImage, content_ids: set[str | None]) -> Iterator[Finding]:
    source = image.source
    lowered = source[:8].lower()
    if lowered.startswith("data:"):
        yield Finding(
            "image-inline-data",
            Severity.ERROR,
            f"{image.called} is a data: URI of {len(source):,} characters: Gmail and Outlook drop it",
            image.place,
            "make it an image element, or host it",
        )
    elif image.placed is not None or is_merge_tag(source) or lowered.startswith("https:/"):
        return
    elif lowered.startswith("http:/"):
        yield Finding(
            "address-insecure",
            Severity.NOTE,
            f"{image.called} is fetched without encryption",
            image.place,
            "write https://",
        )
    elif not (lowered.startswith("cid:") and source[4:] in content_ids):
        is_part = lowered.startswith("cid:")
        what = "names no part of the message" if is_part else "has no address that a mail client can open"
        yield Finding(
            "image-address",
            Severity.ERROR,
            f"{image.called} {what}" if source else "an image has no src",
            image.place,
            "write a whole address, https://…, or make it an image element",
        )


def _check_weights(placed: Iterable[PlacedImage]) -> Iterator[Finding]:
    for one in placed:
        image = one.named.image
        if any(finding.code == "image-heavy" for finding in image.findings):
            continue  # said when it was encoded
        for finding in weight_findings(image.data):
            yield replace(finding, location=place(element=one.named.element))
