"""What a campaign says about its content sources and about HTTP → checked models."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from inkmerge.models import StrictModel
from inkmerge.sources import html_selectors, json_paths, xml_paths

Kind = Literal["json", "jsonl", "csv", "xml", "rss", "html"]
KINDS: Final[Mapping[str, Kind]] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".xml": "xml",
    ".rss": "rss",
    ".atom": "rss",
    ".html": "html",
    ".htm": "html",
}
_WITH_ITEMS: Final = frozenset(("json", "xml", "html"))
_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|\\\\")
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\]")
_SELECTOR: Final = re.compile(r"\{([A-Za-z_]\w*)\}")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET: Final = re.compile(r"authorization|cookie|token|secret|password|api-?key|credential", re.IGNORECASE)
_OWN_HEADERS: Final = frozenset(
    [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "te",
        "upgrade",
        "accept-encoding",
        "range",
        "if-none-match",
        "if-modified-since",
        "if-match",
        "if-range",
        "if-unmodified-since",
    ]
)
_HOST: Final = re.compile(r"(\*\.)?([\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\])(:\d{1,5})?")


class HttpSpec(StrictModel):
    """`[http]`: whom content sources and pictures may be fetched from, how long and how much, and how much is kept."""

    allow: tuple[str, ...] = ()
    allow_private: bool = False
    connect_seconds: float = Field(default=5.0, gt=0, le=60)
    read_seconds: float = Field(default=10.0, gt=0, le=300)
    total_seconds: float = Field(default=30.0, gt=0, le=600)
    max_bytes: int = Field(default=50_000_000, ge=1, le=500_000_000)
    retries: int = Field(default=3, ge=0, le=10)
    backoff_seconds: float = Field(default=0.5, ge=0, le=60)
    concurrency: int = Field(default=8, ge=1, le=64)
    image_cache_seconds: float = Field(default=3600.0, ge=0)
    cache_bytes: int = Field(default=1_000_000_000, ge=1)
    cache_days: float = Field(default=30.0, gt=0, le=3650)

    @field_validator("allow")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            if _HOST.fullmatch(entry) is None:
                raise ValueError(
                    f"{entry!r} is no host name; write shop.example, shop.example:8080 or *.shop.example"
                )
        return value


class SourceSpec(StrictModel):
    """`[sources.NAME]`: where content is, what its items are, how one is found, and what is taken from it."""

    location: str = Field(min_length=1)
    kind: Kind | None = None
    items: str | None = None
    keys: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    mode: Literal["import", "live"] = "import"
    cache_seconds: float = Field(default=300.0, ge=0)
    encoding: str | None = None
    namespaces: dict[str, str] = Field(default_factory=dict)

    @field_validator("location")
    @classmethod
    def _is_place(cls, value: str) -> str:
        if not _URL.match(value):
            if _SCHEME.match(value) or value.startswith("/") or "\0" in value:
                raise ValueError(
                    "write a path relative to the campaign's folder, or an address that starts with https://"
                )
            return value
        if _UNFIT.search(value):
            raise ValueError("an address holds no blanks and no backslashes; write %20 for a blank")
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError as fault:
            raise ValueError(f"is no address: {fault}") from None
        if "@" in parts.netloc:
            raise ValueError(
                "an address holds no user name or password; "
                'write headers = { Authorization = "Basic ${NAME}" } with an environment variable'
            )
        if not host or "{" in parts.netloc:
            raise ValueError("the address names no host")
        if "{" in _SELECTOR.sub("", value) or "}" in _SELECTOR.sub("", value):
            raise ValueError("write a selector's name in braces, as in https://shop.example/{product}.json")
        return value

    @field_validator("headers")
    @classmethod
    def _hold_no_secrets(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if _HEADER.fullmatch(name) is None:
                raise ValueError(f"{name!r} is no name of a header")
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"the header {name} is set by Inkmerge; leave it out")
            if any(ord(character) < 32 or ord(character) > 126 for character in text):
                raise ValueError(f"the header {name} holds a character that headers cannot")
            if _SECRET.search(name) and not _VARIABLE.search(text):
                raise ValueError(
                    f"the header {name} is secret, and this file is not; put its value into an environment "
                    f'variable and write {name} = "${{NAME}}"'
                )
        return value

    @model_validator(mode="after")
    def _expressions_compile(self) -> Self:
        if (kind := self.known_kind) is not None:
            self.check_for(kind)
        return self

    @property
    def is_remote(self) -> bool:
        """Whether the location is an address, and no file."""
        return is_address(self.location)

    @property
    def known_kind(self) -> Kind | None:
        """The kind, where the table or the suffix tells it."""
        if self.kind is not None:
            return self.kind
        path = urlsplit(self.location).path if self.is_remote else self.location
        return KINDS.get(PurePosixPath(path.replace("\\", "/")).suffix.lower())

    @property
    def location_selectors(self) -> tuple[str, ...]:
        """The selectors that stand in the address."""
        return tuple(_SELECTOR.findall(self.location)) if self.is_remote else ()

    def check_for(self, kind: Kind) -> None:
        """Check the expressions, once the kind is known.

        Raises:
            ValueError: One does not compile or may take too long; the message names its key.
        """
        if self.items is not None:
            if kind not in _WITH_ITEMS:
                raise ValueError(f"items: {kind} has items of its own; leave `items` out")
            self._check("items", kind, self.items, is_items=True)
        if kind == "html" and (self.items is None or not self.fields):
            raise ValueError("items: an HTML page needs `items`, a CSS selector, and `fields`")
        for table, expressions in (("keys", self.keys), ("fields", self.fields)):
            for name, expression in expressions.items():
                self._check(f"{table}.{name}", kind, expression, is_items=False)

    def _check(self, key: str, kind: Kind, expression: str, *, is_items: bool) -> None:
        try:
            match kind:
                case "json" | "jsonl":
                    json_paths.compiled(expression, is_items=is_items)
                case "xml":
                    xml_paths.compiled(expression, tuple(self.namespaces.items()), is_items=is_items)
                case "rss":
                    xml_paths.compiled_for_feed(expression, tuple(self.namespaces.items()))
                case "html":
                    html_selectors.compiled(expression, is_items=is_items)
                case "csv":
                    pass  # the name of a column, looked for in the header
        except ValueError as fault:
            raise ValueError(f"{key}: {expression!r} {fault}") from None


def is_address(text: str) -> bool:
    """Tell whether a location or a reference leads to the network."""
    return _URL.match(text) is not None


def filled_header(text: str, environment: Mapping[str, str]) -> str:
    """Return a header's value with environment variables put in.

    Raises:
        KeyError: One is not set.
        ValueError: One holds what headers cannot.
    """
    found = _VARIABLE.sub(lambda match: environment[match[1]], text)
    if any(ord(character) < 32 or ord(character) > 126 for character in found):
        raise ValueError("holds a line break or another character that headers cannot")
    return found
