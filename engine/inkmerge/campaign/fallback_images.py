"""A template of a campaign + a test profile → its fallback image, and the sidecar's lines that name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from inkmerge.campaign.campaign import Campaign
from inkmerge.campaign.elements import Element, Variant
from inkmerge.campaign.opening import unknown
from inkmerge.errors import CampaignError, Location
from inkmerge.image import RenderedImage


def fallback_image(campaign: Campaign, template: str, recipient: Mapping[str, Any]) -> RenderedImage:
    """Render a template for a recipient as PNG, filled as the first image element or container that draws it.

    Args:
        campaign: The campaign.
        template: The template's name, its file name, or its path in the campaign.
        recipient: For whom: somebody of whom little is known, since everybody may get it.

    Raises:
        CampaignError: Nothing draws such a template; the nearest is named.
        InkmergeError: Whatever keeps the image from being made.
    """
    drawn = tuple(_drawn(campaign))
    wanted = Path(template).stem
    for element, variant in drawn:
        if Path(variant.template.name).stem == wanted:
            choice = element.fill(variant, recipient)
            if choice.fault is not None:
                raise choice.fault
            return choice.template.render(choice.attributes, format="png", on_error="raise")
    raise unknown("template", wanted, {Path(variant.template.name).stem: None for _, variant in drawn})


def sidecar_lines(campaign: Campaign, path: Path, alt: str) -> str:
    """Return the `[fallback]` table that names a fallback image.

    Raises:
        CampaignError: The image is outside of the campaign, or has no alt text.
    """
    folder = campaign.folder.resolve()
    if not path.resolve().is_relative_to(folder):
        raise CampaignError(
            f"the fallback image {path} is outside of the campaign",
            location=Location(path.name),
            hint="write it into fallbacks/",
        )
    if not alt.strip():
        raise CampaignError(
            "the image is decorative, and a fallback image needs alt text of its own",
            location=Location(path.name),
            hint='write [alt] text = "…" into the sidecar',
        )
    table = {"image": path.resolve().relative_to(folder).as_posix(), "alt": alt}
    return tomlkit.dumps({"fallback": table})


def _drawn(campaign: Campaign) -> Iterator[tuple[Element, Variant]]:
    for element in (*campaign.elements.values(), *campaign.containers.values()):
        for variant in (element.base, *element.variants):
            yield element, variant
