"""The bytes of a source, and what its table says → its items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inkmerge.errors import DataError, Location, SourceSyntax
from inkmerge.rows import RowText
from inkmerge.rows.text_encoding import check_encoding, encoding_of
from inkmerge.sources.csv_items import csv_items
from inkmerge.sources.feed_items import feed_items, is_feed
from inkmerge.sources.html_items import html_items
from inkmerge.sources.items import Items, malformed
from inkmerge.sources.json_items import json_items, json_line_items
from inkmerge.sources.markup import xml_root
from inkmerge.sources.spec import Kind, SourceSpec
from inkmerge.sources.xml_items import xml_items

_ANY_TEXT: Final = ("text/plain", "application/octet-stream", "binary/octet-stream")
_XML_TYPES: Final = ("application/xml", "text/xml", "+xml", *_ANY_TEXT)
MEDIA_TYPES: Final[dict[Kind, tuple[str, ...]]] = {
    "json": ("application/json", "text/json", "+json", "text/javascript", *_ANY_TEXT),
    "jsonl": (
        "application/jsonl",
        "application/x-ndjson",
        "application/json",
        "application/x-jsonlines",
        *_ANY_TEXT,
    ),
    "csv": (
        "text/csv",
        "application/csv",
        "text/tab-separated-values",
        "application/vnd.ms-excel",
        *_ANY_TEXT,
    ),
    "xml": _XML_TYPES,
    "rss": ("application/rss+xml", "application/atom+xml", *_XML_TYPES),
    "html": ("text/html", "application/xhtml+xml", "text/plain"),
}
"""What servers call each kind; the first is the right one. `+json` stands for all that end so."""


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a source.

    Attributes:
        data: The bytes, or the file that has them.
        media_type: What the server called them; empty for files.
        charset: The encoding that the server named, or None.
        place: Where they come from.
    """

    data: bytes | Path
    media_type: str
    charset: str | None
    place: Location


def items_of(document: Document, spec: SourceSpec) -> Items:
    """Read the items of a document.

    Raises:
        SourceUnavailable: It is not what its kind says, or too large.
        SourceSyntax: An expression does not fit the kind or the columns.
    """
    place = document.place
    kind = _kind_of(document, spec)
    namespaces = tuple(spec.namespaces.items())
    try:
        spec.check_for(kind)
    except ValueError as fault:
        raise SourceSyntax(str(fault), location=place) from None
    items: Items
    match kind:
        case "json":
            items = json_items(_text(document, spec, "utf-8"), spec.items, place)
        case "jsonl":
            items = json_line_items(_rows(document, spec, "utf-8"), place)
        case "csv":
            items = csv_items(_rows(document, spec, None), place)
        case "xml":
            items = xml_items(_bytes(document), spec.items, namespaces, place)
        case "rss":
            items = feed_items(_bytes(document), namespaces, place)
        case "html":
            expressions = (str(spec.items), *spec.keys.values(), *spec.fields.values())
            items = html_items(_bytes(document), spec.encoding or document.charset, expressions, place)
    named = {f"keys.{name}": text for name, text in spec.keys.items()}
    named |= {f"fields.{name}": text for name, text in spec.fields.items()}
    try:
        items.check(named)
    except ValueError as fault:
        raise SourceSyntax(str(fault), location=place) from None
    return items


def _kind_of(document: Document, spec: SourceSpec) -> Kind:
    """Tell the kind by the table, the suffix, or the server's word; XML that is a feed is one where no items are named."""
    kind = spec.known_kind
    if kind is None:
        kind = next(
            (one for one, types in MEDIA_TYPES.items() if document.media_type in types[:2]),
            "json"
            if document.media_type.endswith("+json")
            else "xml"
            if document.media_type.endswith(("+xml", "/xml"))
            else None,
        )
    if kind is None:
        raise SourceSyntax(
            "the kind of the source cannot be told",
            location=document.place,
            hint="set kind = 'json', 'jsonl', 'csv', 'xml', 'rss' or 'html'",
        )
    if (
        kind == "xml"
        and spec.kind is None
        and spec.items is None
        and is_feed(xml_root(_bytes(document), document.place))
    ):
        return "rss"
    return kind


def _bytes(document: Document) -> bytes:
    if isinstance(document.data, bytes):
        return document.data
    try:
        return document.data.read_bytes()
    except OSError as fault:
        malformed(f"the source cannot be read: {fault.strerror}", document.place)


def _rows(document: Document, spec: SourceSpec, usual: str | None) -> RowText:
    name = document.place.template or ""
    declared = spec.encoding or document.charset or usual
    try:
        if isinstance(document.data, Path):
            with document.data.open("rb") as file:
                start = file.read(1 << 16)
        else:
            start = document.data[: 1 << 16]
        text = RowText(name, document.data, encoding_of(start, declared, name))
        check_encoding(text, is_declared=spec.encoding is not None, cure="encoding = 'cp1252'")
    except OSError as fault:
        malformed(f"the source cannot be read: {fault.strerror}", document.place)
    except DataError as fault:
        malformed(fault.message, fault.location, fault.hint)
    return text


def _text(document: Document, spec: SourceSpec, usual: str) -> str:
    with _rows(document, spec, usual).open() as file:
        return file.read()
