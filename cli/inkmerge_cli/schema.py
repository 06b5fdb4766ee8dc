"""`inkmerge schema`: the JSON Schemas with which editors complete a campaign's files."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from inkmerge.campaign import campaign_schema
from inkmerge.template.sidecar import sidecar_schema


def schema(
    sidecar: Annotated[bool, typer.Option("--sidecar", help="That of a template's sidecar.")] = False,
) -> None:
    """Print the JSON Schema of inkmerge.toml, or of sidecars."""
    typer.echo(schema_text(sidecar_schema() if sidecar else campaign_schema()), nl=False)


def schema_text(found: dict[str, Any]) -> str:
    """Return a schema as a file."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
