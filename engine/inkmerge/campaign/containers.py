"""An image element of `inkmerge.toml` → a container, a file of its own from which others are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from inkmerge.campaign.opening import unknown
from inkmerge.campaign.settings import SETTINGS, is_name, read_campaign, read_containers
from inkmerge.errors import CampaignError, Location


def container_text(folder: Path, name: str, element: str) -> str:
    """Return the settings of an image element as a container's file, with its comments.

    Args:
        folder: The campaign's folder.
        name: The container's name.
        element: The image element's name.

    Raises:
        CampaignError: The name is none, there is no such element, or the container would lead back to itself.
    """
    place = Location(SETTINGS, None, f"elements.{element}")
    if not is_name(name):
        raise CampaignError(f"{name!r} is no name of a container", hint="use letters, digits, - and _")
    elements = read_campaign(folder).elements
    if element not in elements:
        raise unknown("image element", element, elements)
    containers = read_containers(folder)
    inner = elements[element].container
    while inner is not None:
        if inner == name:
            raise CampaignError(
                f"the container {name!r} would lead back to itself: `{element}` is made of it",
                location=place,
                hint="give it another name",
            )
        inner = containers[inner].container if inner in containers else None
    settings: Any = tomlkit.parse((folder / SETTINGS).read_text(encoding="utf-8-sig"))
    return _document(settings["elements"][element])


def _document(table: Any) -> str:
    """Return a table as a document of its own."""
    document = tomlkit.document()
    if isinstance(table, Table):
        for key, item in table.value.body:
            document.add(item) if key is None else document.add(key, item)
    else:  # its parts lie in several places of the file
        for name, value in table.unwrap().items():
            document.add(name, value)
    return tomlkit.dumps(document).strip() + "\n"
