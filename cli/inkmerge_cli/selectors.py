"""`--select product=4711` → selectors by name."""

from __future__ import annotations

from typing import Annotated

import typer

from inkmerge.campaign import Element
from inkmerge.errors import CampaignError, Location

Selectors = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="NAME=KEY", help="Which item of the source. Repeatable."),
]


def selectors_of(given: list[str] | None) -> dict[str, str]:
    """Return the selectors.

    Raises:
        typer.BadParameter: One is not ``NAME=KEY``.
    """
    found = {}
    for item in given or ():
        name, equals, key = item.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"--select {item!r} is not NAME=KEY")
        found[name.strip()] = key.strip()
    return found


def require_source(container: Element) -> None:
    """Refuse selectors where there is nothing to select from.

    Raises:
        CampaignError: The container has no content source.
    """
    if container.source is None:
        raise CampaignError(
            f"the container {container.name!r} has no content source to select from",
            location=Location(f"containers/{container.name}.toml"),
            hint='add source = "…"',
        )
