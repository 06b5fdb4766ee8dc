"""Limits: how large what a stranger hands over may be, in one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

from inkmerge.errors import LimitExceeded, Location


@dataclass(frozen=True, slots=True)
class Limits:
    """How large templates, data and images may be; `inkmerge doctor` prints them.

    Sizes are bytes unless the name says otherwise; `_px` are device pixels.
    A caller widens or tightens them with `dataclasses.replace`.
    """

    svg_bytes: int = 2_000_000
    """Bytes of the SVG without its data URIs."""
    svg_total_bytes: int = 40_000_000
    """Bytes of the SVG with its data URIs."""
    depth: int = 100
    """Nesting of elements."""
    elements: int = 20_000
    """Elements in the SVG, and in the flat SVG after references are expanded."""
    attributes: int = 200
    """Attributes of one element."""
    css_bytes: int = 64_000
    """Bytes of all `<style>` elements."""
    css_rules: int = 500
    """Rules in all `<style>` elements."""
    css_selector_length: int = 1_000
    """Characters of one selector."""
    placeholder_bytes: int = 256_000
    """Bytes of all Jinja sources of a template."""
    placeholder_nodes: int = 5_000
    """Nodes of all Jinja syntax trees of a template."""
    repeat: int = 1_000
    """Passes through one `{% for %}` or `data-repeat`."""
    coordinate: float = 1e6
    """Absolute value of any number in the SVG, in user units."""
    dash_period: float = 0.01
    """Shortest sum of a dash array, in user units."""
    dashes: float = 1e5
    """Dashes on one path."""
    font_size: float = 2_000.0
    """Largest font size, in user units."""
    text_length: int = 2_000
    """Code points of one field's value."""
    text_total: int = 10_000
    """Code points that one image shows."""
    combining_marks: int = 8
    """Combining marks on one base character; the rest is removed."""
    image_bytes: int = 4_000_000
    """Bytes of one embedded or referenced image, encoded."""
    image_px: int = 16_000_000
    """Pixels of one embedded or referenced image, decoded."""
    images: int = 32
    """Images that one template or one filled image holds."""
    filter_primitives: int = 200
    """Primitives of one `<filter>`; all their results are kept until the last is done."""
    filter_kernel: int = 1_000
    """Cells of one `feConvolveMatrix`."""
    filter_px: int = 200_000_000
    """Pixels that all filters of one image compute: those of a filter's region, or of what can be seen of it, times
    the passes of its primitives. Counted at 96 dpi when a template is loaded, and at the output's density before an
    image is rasterized: twice the dpi is four times as many."""
    font_bytes: int = 8_000_000
    """Bytes of one font of a `@font-face` rule, as embedded and once unpacked."""
    font_faces: int = 32
    """`@font-face` rules of one template."""
    side_px: int = 4_096
    """Pixels on one side of the output."""
    output_px: int = 8_000_000
    """Pixels of the output."""
    page_characters: int = 1_000_000
    """Characters of a mailing's HTML."""
    page_images: int = 200
    """Image elements of a mailing."""
    seconds: float = 2.0
    """Wall time of one render in the isolated renderer."""
    load_seconds: float = 10.0
    """Wall time of loading a template in the isolated renderer."""
    memory: int = 1 << 30
    """Address space that the isolated renderer's child may add to what it starts with."""

    def require(self, name: str, found: float, location: Location | None = None) -> None:
        """Raise `LimitExceeded` when `found` is above the limit called `name`.

        The message says what was found, what is allowed and how to change it.
        """
        allowed = getattr(self, name)
        if found > allowed:
            raise LimitExceeded(
                f"{name.replace('_', ' ')}: found {found:,}, allowed are {allowed:,}",
                location=location,
                hint=f"make it smaller, or widen the limit with Limits({name}=…)",
                weight=found / allowed - 1 if allowed else 0.0,
            )


DEFAULT_LIMITS = Limits()
