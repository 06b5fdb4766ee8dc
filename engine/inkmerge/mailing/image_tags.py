"""An image element's tag + its images → the tags that are sent: all that the author wrote, and what is set for a recipient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import escape

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.mailing.page import DENSITIES, ImageCall, TagAttribute
from inkmerge.mailing.placing import PlacedImage

_END: Final = re.compile(r"\s*/?>\Z")
_DENSITY: Final = re.compile(r"(\d+(?:\.\d+)?)x")
_BLOCK: Final = re.compile(r"display\s*:\s*block", re.IGNORECASE)
_LARGEST_DENSITY: Final = 4.0


def densities_of(call: ImageCall, name: str) -> tuple[float, ...]:
    """Return the densities for which an image element asks, as `data-srcset="1x, 2x"`.

    Raises:
        TemplateSyntax: It is no list of densities.
    """
    asked = _value(call, DENSITIES)
    if asked is None:
        return ()
    found = []
    for text in asked.split(","):
        match = _DENSITY.fullmatch(text.strip())
        if match is None or not 0 < float(match[1]) <= _LARGEST_DENSITY:
            raise TemplateSyntax(
                f"{DENSITIES} is {asked[:40]!r}",
                location=Location(name, call.line),
                hint='write densities up to 4x: data-srcset="1x, 2x"',
            )
        found.append(float(match[1]))
    return tuple(found)


def written_tags(call: ImageCall, images: Sequence[PlacedImage], dense: Sequence[Mapping[float, str]]) -> str:
    """Write the tags of an image element, one an image, one below the other.

    Args:
        call: The image element.
        images: Its images.
        dense: For each, the addresses of its densities.
    """
    style = "".join(part if isinstance(part, str) else "" for part in call.tag)
    between = "" if call.is_container or _BLOCK.search(style) else "<br>"
    return between.join(_tag(call, image, one) for image, one in zip(images, dense, strict=True))


def _tag(call: ImageCall, placed: PlacedImage, dense: Mapping[float, str]) -> str:
    values = _set(call, placed, dense)
    pieces: list[str] = []
    for part in call.tag:
        if isinstance(part, str):
            pieces.append(part)
        elif part.name in values:
            pieces.append(f'{part.name}="{escape(values.pop(part.name))}"')
        elif part.name in {"alt", "width", "height"} and _said(part):
            pieces.append(part.source)
        elif pieces:
            pieces[-1] = pieces[-1].rstrip()
    text = "".join(pieces)
    end = _END.search(text)
    at = end.start() if end else len(text)
    added = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
    return text[:at] + added + text[at:]


def _set(call: ImageCall, placed: PlacedImage, dense: Mapping[float, str]) -> dict[str, str]:
    """Return the attributes that are set, by name: those that the author wrote stay, but for the address."""
    image = placed.named.image
    found = {"src": placed.source}
    if dense:
        found["srcset"] = ", ".join(f"{source} {density:g}x" for density, source in dense.items())
    if not _value(call, "alt"):
        found["alt"] = image.alt
    width, height = (round(side * 96 / image.dpi) for side in (image.width, image.height))
    own_width, own_height = _value(call, "width"), _value(call, "height")
    if not own_width and not own_height:
        found |= {"width": str(width), "height": str(height)}
    elif own_width and not own_height and own_width.isdecimal():
        found["height"] = str(round(int(own_width) * height / width))
    elif own_height and not own_width and own_height.isdecimal():
        found["width"] = str(round(int(own_height) * width / height))
    if (
        call.is_container
    ):  # no author has written it: as wide as it is, and narrower where the column is, images off too
        found["style"] = f"display:block;border:0;width:100%;max-width:{width}px;height:auto"
    return found


def _value(call: ImageCall, name: str) -> str | None:
    return next((_said(one) for one in call.tag if isinstance(one, TagAttribute) and one.name == name), None)


def _said(attribute: TagAttribute) -> str:
    """Return what the author says in an attribute; `height="auto"`, as MJML writes it, says nothing."""
    text = attribute.value.strip()
    return "" if attribute.name in {"width", "height"} and text.lower() == "auto" else text
