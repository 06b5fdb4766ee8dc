"""The sidecar `<name>.toml`, and the same written into the SVG as `data-*` attributes → `Sidecar`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, field_validator

from inkmerge.encode.options import EncodeOptions
from inkmerge.errors import Location, TemplateNotFound, TemplateSyntax
from inkmerge.models import Model, StrictModel, validated

FieldType = Literal["text", "number", "integer", "boolean", "date", "color", "image", "list"]
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(k|m)?b?\s*", re.IGNORECASE)


def _language(text: str) -> str:
    if _LANGUAGE.fullmatch(text) is None:
        raise ValueError("is no language tag such as `de` or `pt-BR`")
    return text.replace("_", "-")


LanguageTag = Annotated[str, AfterValidator(_language)]
"""BCP 47 language tag."""


class FieldSpec(StrictModel):
    """`[fields.NAME]`: what a field's values must be, and what happens when there is none."""

    type: FieldType = "text"
    required: bool | None = None
    default: Any = None
    example: Any = None
    max_length: int | None = Field(default=None, ge=0)
    pattern: str | None = None
    one_of: tuple[Any, ...] | None = None
    missing: Literal["fallback", "skip", "fail"] = "fallback"
    decorative: bool = False

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if len(value) > _LONGEST_PATTERN or _NESTED.search(value):
            raise ValueError("a repetition inside a repetition may take for ever; write a simpler pattern")
        try:
            re.compile(value)
        except re.error as fault:
            raise ValueError(f"is no regular expression: {fault}") from None
        return value


_LONGEST_PATTERN: Final = 500
_NESTED: Final = re.compile(r"\([^()]*[*+{][^()]*\)\s*[*+{]")


class AltSpec(StrictModel):
    """`[alt]`: the text alternative."""

    text: str | None = None
    extended: str | None = None
    language: str | None = None
    decorative: bool = False
    on_insufficient: Literal["fallback", "warn"] = "fallback"


class BoxSpec(StrictModel):
    """`[text.ID]`: a text box, in user units."""

    x: float | None = None
    y: float | None = None
    width: float | None = Field(default=None, gt=0)
    height: float | None = Field(default=None, gt=0)
    fit: Literal["shrink", "wrap", "ellipsis", "error"] | None = None
    max_lines: int | None = Field(default=None, ge=1)
    align: Literal["start", "middle", "center", "end", "left", "right", "justify"] | None = None
    valign: Literal["top", "middle", "bottom"] | None = None
    min_size: float | None = Field(default=None, gt=0, le=1)
    line_height: float | None = Field(default=None, gt=0)


class OutputSpec(StrictModel):
    """`[output]`: what is written where the caller does not say."""

    format: Literal["png", "jpeg", "webp", "gif", "svg", "pdf"] | None = None
    dpi: float | tuple[float, ...] | None = None
    width: int | None = Field(default=None, ge=1)
    quality: int = Field(default=85, ge=1, le=100)
    subsampling: Literal["4:2:0", "4:4:4"] = "4:2:0"
    background: str = "#ffffff"
    lossless: bool = False
    palette: Literal["auto", "always", "never"] = "auto"
    optimize: bool = False
    size_budget: int | None = None

    @field_validator("size_budget", mode="before")
    @classmethod
    def _bytes(cls, value: object) -> object:
        """Read ``"100 kB"`` as 100,000 bytes."""
        if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
            return round(float(match[1]) * {"": 1, "k": 1_000, "m": 1_000_000}[(match[2] or "").lower()])
        return value

    @property
    def first_dpi(self) -> float | None:
        """The first density named."""
        return self.dpi[0] if isinstance(self.dpi, tuple) else self.dpi

    def encode_options(self, chosen: Literal["png", "jpeg", "webp", "gif"]) -> EncodeOptions:
        """Return what the encoder is told."""
        return EncodeOptions(
            format=chosen,
            quality=self.quality,
            subsampling=self.subsampling,
            background=self.background,
            lossless=self.lossless,
            palette=self.palette,
            optimize=self.optimize,
            size_budget=self.size_budget,
        )


class FallbackSpec(StrictModel):
    """`[fallback]`: the static image that stands in when something is missing."""

    image: str | None = None
    alt: str | None = None
    language: str | None = None


class Sidecar(StrictModel):
    """Everything that a template says beside its drawing."""

    language: LanguageTag | None = None
    missing_glyph: Literal["fallback", "draw"] = "fallback"
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    alt: AltSpec = AltSpec()
    elements: dict[str, dict[str, str]] = Field(default_factory=dict)
    text: dict[str, BoxSpec] = Field(default_factory=dict)
    output: OutputSpec = OutputSpec()
    fallback: FallbackSpec = FallbackSpec()


def sidecar_schema() -> dict[str, Any]:
    """Return the JSON Schema of the sidecar, with which editors complete it."""
    return Sidecar.model_json_schema()


def read_sidecar(path: Path) -> Sidecar:
    """Read a sidecar.

    Raises:
        TemplateSyntax: It is no TOML, or holds an unknown key or a wrong value; the key and the cure are named.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise TemplateNotFound(f"the sidecar {path.name} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise TemplateSyntax(
            "the sidecar is not UTF-8", location=Location(path.name), hint="save it as UTF-8"
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        line = re.search(r"at line (\d+)", str(fault))
        raise TemplateSyntax(
            f"the sidecar does not parse: {fault}",
            location=Location(path.name, int(line[1]) if line else None),
        ) from None
    return _validated(Sidecar, _inlined(table), Location(path.name))


def _inlined(table: dict[str, Any]) -> dict[str, Any]:
    """Write attribute values of bindings as text, which TOML may give as numbers."""
    elements = table.get("elements")
    if isinstance(elements, dict):
        for binding in elements.values():
            if isinstance(binding, dict):
                for name, value in binding.items():
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        binding[name] = str(value)
    return table


def _validated(model: type[Model], table: Mapping[str, Any], place: Location) -> Model:
    return validated(model, table, place, TemplateSyntax, "docs/templates.md")


_ROOT_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "data-lang": ("language",),
    "data-missing-glyph": ("missing_glyph",),
    "data-alt": ("alt", "text"),
    "data-alt-extended": ("alt", "extended"),
    "data-decorative": ("alt", "decorative"),
    "data-format": ("output", "format"),
    "data-dpi": ("output", "dpi"),
    "data-quality": ("output", "quality"),
    "data-size-budget": ("output", "size_budget"),
    "data-background": ("output", "background"),
    "data-fallback": ("fallback", "image"),
    "data-fallback-alt": ("fallback", "alt"),
}
_FIELD: Final = "data-field-"
_BOX_KEYS: Final = frozenset(name for name in BoxSpec.model_fields)


def embedded_sidecar(attributes: Mapping[str, str], place: Location) -> Sidecar:
    """Return what the root's `data-*` attributes say.

    Raises:
        TemplateSyntax: A value is wrong.
    """
    table: dict[str, Any] = {}
    for name, value in attributes.items():
        if name in _ROOT_KEYS:
            *parents, last = _ROOT_KEYS[name]
            into = table
            for parent in parents:
                into = into.setdefault(parent, {})
            into[last] = value
        elif name.startswith(_FIELD):
            table.setdefault("fields", {})[name.removeprefix(_FIELD)] = _inline_table(name, value, place)
    return _validated(Sidecar, table, place) if table else Sidecar()


def _inline_table(name: str, value: str, place: Location) -> dict[str, Any]:
    try:
        found: dict[str, Any] = tomllib.loads(f"field = {{ {value} }}")["field"]
    except tomllib.TOMLDecodeError as fault:
        raise TemplateSyntax(
            f"{name} does not parse: {fault}", location=place, hint="write type = 'text', max_length = 20"
        ) from None
    return found


def embedded_box(attributes: Mapping[str, str], place: Location) -> BoxSpec | None:
    """Return the text box that an element's `data-*` attributes describe, or None.

    Raises:
        TemplateSyntax: A value is wrong.
    """
    table = {
        key: value
        for name, value in attributes.items()
        if name.startswith("data-") and (key := name.removeprefix("data-").replace("-", "_")) in _BOX_KEYS
    }
    return _validated(BoxSpec, table, place) if table else None


def merge(beside: Sidecar, embedded: Sidecar) -> Sidecar:
    """Return both together; what the file beside the SVG says wins."""
    lower = embedded.model_dump(exclude_unset=True)
    return Sidecar.model_validate(_merged(lower, beside.model_dump(exclude_unset=True)))


def _merged(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    result = dict(lower)
    for name, value in upper.items():
        earlier = result.get(name)
        result[name] = (
            _merged(earlier, value) if isinstance(earlier, dict) and isinstance(value, dict) else value
        )
    return result


def sample_text(source: str, sidecar: Sidecar) -> str:
    """Return a text with each placeholder of a field that has an example replaced by that; others stay as typed."""

    def example(match: re.Match[str]) -> str:
        name = match[1].removeprefix("recipient.")
        spec = sidecar.fields.get(name)
        return match[0] if spec is None or spec.example is None else str(spec.example)

    return _SIMPLE.sub(example, source)


_SIMPLE: Final = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)(?:\s*\|[^{}]*)?\s*\}\}")
