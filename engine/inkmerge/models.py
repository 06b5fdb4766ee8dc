"""A table as a TOML file holds it → a checked, frozen pydantic model, or an error that names the key and the cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from inkmerge.errors import InkmergeError, Location


class StrictModel(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=StrictModel)


def validated(
    model: type[Model],
    table: Mapping[str, Any],
    place: Location,
    error: type[InkmergeError],
    guide: str,
) -> Model:
    """Return a model of a table.

    Args:
        model: What the table must be.
        table: What was written.
        place: Where it was written.
        error: What to raise.
        guide: The document that lists the keys, for the hint where no known key is near.

    Raises:
        InkmergeError: Of the class `error`, naming the key, what is wrong, and the nearest known key.
    """
    try:
        return model.model_validate(table)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        hint = None
        if first["type"] == "extra_forbidden":
            message = f"the key {key!r} is not known"
            near = get_close_matches(str(first["loc"][-1]), sorted(_known_keys(model)), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"see {guide} for the keys"
        else:
            message = f"{key}: {first['msg'].removeprefix('Value error, ')}"
        raise error(message, location=place, hint=hint) from None


def _known_keys(model: type[BaseModel]) -> set[str]:
    """Return the keys of a model and of all models inside it."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for inner in _models_in(field.annotation):
            found |= _known_keys(inner)
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
