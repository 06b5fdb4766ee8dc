"""The transparent images of a message → those whose text or lines vanish on a background: a dark one, or the page's own.

Looked at is the outline of what is thin, letters and lines: the opaque pixels beside transparent ones, but for those of
solid areas, such as a card with a text on it. They, or what lies right behind them, as letters behind an outline of
another colour, have to have a contrast of 3:1 with the background (WCAG 1.4.11).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

from inkmerge.errors import Finding, Severity
from inkmerge.images.cache import ByteCache
from inkmerge.mailing.check_page import Colour, PageImage, ReadPage
from inkmerge.mailing.placing import NamedImage

Pixels = np.ndarray[Any, Any]
_WHITE: Final[Colour] = (255, 255, 255)
DARK: Final[Colour] = (0x12, 0x12, 0x12)
"""What clients in dark mode put behind a page."""
_LEAST_CONTRAST: Final = 3.0
_FEW_PIXELS: Final = 40
_LOST_SHARE: Final = 0.3
_THIN: Final = 10
"""Half the CSS pixels that a stroke may be thick."""
_STILL_DARK: Final = 0.18
"""Luminance below which clients in dark mode leave a background as it is."""
_BEHIND: Final = 4
"""CSS pixels that count as right behind an outline."""
_MOST_COLUMNS: Final = 700
_FORMATS: Final = {"image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
_LINEAR: Final = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255]
)
"""Linear light of a value of sRGB: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
_outlines: Final[ByteCache[str, Pixels]] = ByteCache(16 << 20, lambda pixels: 256 + pixels.nbytes)


def check_contrast(page: ReadPage) -> Iterator[Finding]:
    """Yield which images of the campaign vanish where they stand, or in dark mode."""
    is_styled = any("background" in one.node.text for one in page.named("style"))
    seen: set[tuple[str, Colour | None]] = set()
    for image in page.images:
        if image.placed is None or image.is_hidden or image.placed.named.image.media_type not in _FORMATS:
            continue
        key = image.placed.named.name, image.background
        if key not in seen:
            seen.add(key)
            yield from _check_one(image, outline(image.placed.named), is_styled=is_styled)


def _check_one(image: PageImage, pixels: Pixels, *, is_styled: bool) -> Iterator[Finding]:
    """Yield what vanishes; where a style sheet may say what is behind an image, its background is not known."""
    if len(pixels) < _FEW_PIXELS:
        return
    written = image.background or _WHITE
    in_dark = written if luminance(written) < _STILL_DARK else DARK
    grounds = [] if is_styled and image.background is None else [(written, "the background where it stands")]
    if in_dark != written:
        grounds.append((in_dark, "a dark background, as in dark mode"))
    for ground, words in grounds:
        share = lost_share(pixels, ground)
        if share >= _LOST_SHARE:
            yield Finding(
                "image-contrast",
                Severity.WARNING,
                f"{image.called} is transparent, and {share:.0%} of the outline of its letters and lines have a contrast"
                f" below 3:1 on {words} (#{bytes(ground).hex()})",
                image.place,
                "put a plate behind the text or an outline around it, or give the picture a background",
            )


def outline(named: NamedImage) -> Pixels:
    """Return the outline of what is thin in a transparent image; kept by the image's name.

    Returns:
        A row for each pixel: the least and the greatest relative luminance, from 0 to 1, of what is opaque there and
        right behind it.
    """
    found = _outlines.get(named.name)
    if found is None:
        found = _outline(named)
        _outlines.put(named.name, found)
    return found


def lost_share(pixels: Pixels, ground: Colour) -> float:
    """Return the share of an outline of which nothing has a contrast of 3:1 with a background."""
    behind = luminance(ground) + 0.05
    darkest, lightest = pixels[:, 0] + 0.05, pixels[:, 1] + 0.05
    is_lost = (lightest < behind * _LEAST_CONTRAST) & (behind < darkest * _LEAST_CONTRAST)
    return float(is_lost.mean())


def luminance(colour: Colour) -> float:
    """Return the relative luminance of a colour, from 0 to 1."""
    return float(_LINEAR[list(colour)] @ (0.2126, 0.7152, 0.0722))


def _outline(named: NamedImage) -> Pixels:
    none: Pixels = np.empty((0, 2), np.float32)
    with Image.open(io.BytesIO(named.image.data), formats=[_FORMATS[named.image.media_type]]) as picture:
        if not picture.has_transparency_data:
            return none
        columns = min(named.image.width * 96 / named.image.dpi, _MOST_COLUMNS)
        step = max(1, round(named.image.width / max(columns, 1)))
        pixels: Pixels = np.asarray(picture.convert("RGBA"))[::step, ::step]
    is_opaque = pixels[..., 3] >= 128
    if is_opaque.all() or not is_opaque.any():
        return none
    is_solid = _grown(~_grown(~is_opaque, _THIN), _THIN + 1)
    is_edge = is_opaque & ~is_solid & _grown(~is_opaque, 1)
    light = (_LINEAR[pixels[..., :3]] @ (0.2126, 0.7152, 0.0722)).astype(np.float32)
    lightest = _greatest(np.where(is_opaque, light, 0), _BEHIND)
    darkest = 1 - _greatest(np.where(is_opaque, 1 - light, 0), _BEHIND)
    return np.stack((darkest[is_edge], lightest[is_edge]), axis=1)


def _greatest(values: Pixels, by: int) -> Pixels:
    """Return the greatest value, none below 0, within so many pixels along both axes."""
    for axis in (0, 1):
        widths = [(0, 0), (0, 0)]
        widths[axis] = (by, by)
        padded = np.pad(values, widths)
        values = sliding_window_view(padded, 2 * by + 1, axis=axis).max(axis=-1)
    return values


def _grown(mask: Pixels, by: int) -> Pixels:
    """Return a mask with all pixels up to so many away from one of it, along both axes."""
    for axis in (0, 1):
        widths = [(0, 0), (0, 0)]
        widths[axis] = (by + 1, by)
        sums = np.cumsum(np.pad(mask, widths), axis=axis, dtype=np.int32)
        size, length = 2 * by + 1, mask.shape[axis]
        first = np.take(sums, range(length), axis=axis)
        last = np.take(sums, range(size, size + length), axis=axis)
        mask = last > first
    return mask
