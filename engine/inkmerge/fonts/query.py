"""What CSS asks for: families, weight, style and stretch."""

from __future__ import annotations

from typing import Literal, NamedTuple

Style = Literal["normal", "italic", "oblique"]


class FontQuery(NamedTuple):
    """A font as CSS asks for it.

    Attributes:
        families: Family names in order, without quotes; generic names included.
        weight: 1 to 1000.
        style: `normal`, `italic` or `oblique`.
        stretch: Percent of the normal width.
        variations: `font-variation-settings` as (axis, value).
    """

    families: tuple[str, ...]
    weight: float = 400
    style: Style = "normal"
    stretch: float = 100
    variations: tuple[tuple[str, float], ...] = ()
