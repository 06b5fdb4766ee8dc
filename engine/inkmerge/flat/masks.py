"""Masks in linearRGB → masks whose luminance, taken from sRGB values, is the same."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.flat.context import FlattenContext
from inkmerge.svg.names import new

_STEPS: Final = 64
_REGION: Final = {"x": "-0.5", "y": "-0.5", "width": "2", "height": "2"}
"""Around the content's bounding box: room for strokes."""


def linearize(mask: etree._Element, context: FlattenContext) -> None:
    """Put a filter on a mask's content that writes linear light into its sRGB values, in place.

    https://www.w3.org/TR/css-masking-1/#MaskElement: the luminance is that of `color-interpolation`'s space.
    """
    transfer = new("feComponentTransfer")
    for channel in "RGB":
        transfer.append(new(f"feFunc{channel}", {"type": "table", "tableValues": _LINEAR}))
    effect = new("filter", _REGION | {"color-interpolation-filters": "sRGB"})
    effect.append(transfer)
    group = new("g", {"filter": f"url(#{context.define(effect, 'linear-light')})"})
    for child in list(mask):
        group.append(child)
    mask.append(group)


def _light(value: float) -> float:
    """Return the linear light of an sRGB value: https://www.w3.org/TR/css-color-4/#color-conversion-code."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


_LINEAR: Final = " ".join(f"{_light(step / _STEPS):.5f}" for step in range(_STEPS + 1))
