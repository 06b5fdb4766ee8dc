"""`Source`: a content source opened, from which selectors pick content."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, cast
from urllib.parse import quote

from inkmerge.errors import (
    SOURCE_NOT_ALLOWED,
    Finding,
    Location,
    Severity,
    SourceSyntax,
    SourceUnavailable,
)
from inkmerge.sources.content import Content
from inkmerge.sources.documents import MEDIA_TYPES, Document, items_of
from inkmerge.sources.fetching import Fetcher
from inkmerge.sources.index import Index
from inkmerge.sources.items import Items, Plain, key_text, malformed, require
from inkmerge.sources.request import Fetched, Request
from inkmerge.sources.spec import SourceSpec, filled_header

_FILE_BYTES: Final = 500_000_000
_KEPT_DOCUMENTS: Final = 256
"""Documents of an address with selectors in it that are kept parsed; the fetcher has copies of all."""


@dataclass(frozen=True, slots=True)
class _Opened:
    items: Items
    index: Index
    fetched_at: datetime
    findings: tuple[Finding, ...]


class Source:
    """A content source; what it says does not change while it is open.

    Made by itself it is read when something is selected; `open` reads it at once. The arguments are the same.
    """

    def __init__(
        self,
        name: str,
        spec: SourceSpec,
        folder: Path,
        fetcher: Fetcher,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self.name = name
        self.spec = spec
        self._folder = folder
        self._fetcher = fetcher
        self._environment = environment
        self._in_location = spec.location_selectors
        self._documents: OrderedDict[str, _Opened] = OrderedDict()
        self._picked: dict[tuple[str, int], Mapping[str, Plain]] = {}
        self._selected: dict[tuple[tuple[str, Plain], ...], Content] = {}
        self._lock = Lock()

    @classmethod
    def open(
        cls,
        name: str,
        spec: SourceSpec,
        folder: Path,
        fetcher: Fetcher,
        *,
        environment: Mapping[str, str] = os.environ,
    ) -> Source:
        """Open a source, and read it, unless its address depends on selectors.

        Args:
            name: What the campaign calls it.
            spec: What the campaign says about it.
            folder: The campaign's folder, in which its file lies.
            fetcher: What fetches its address.
            environment: Where the secrets of its headers are.

        Raises:
            SourceUnavailable: It cannot be fetched or read, and there is no copy.
            SourceSyntax: An expression does not fit what is there, or an environment variable is missing.
        """
        source = cls(name, spec, folder, fetcher, environment)
        if spec.location_selectors:
            source._headers()  # a variable that is missing shows
        else:
            source._document({})
        return source

    @property
    def digest(self) -> str:
        """SHA-256 of its file, hexadecimal; empty for an address, whose content may be another each time."""
        if self.spec.is_remote:
            return ""
        with _file(self.spec.location, self._folder).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know about the source as a whole; for an address with selectors, see the content."""
        opened = self._documents.get(self.spec.location)
        return opened.findings if opened else ()

    def __len__(self) -> int:
        """Return how many items there are; 0 for an address with selectors."""
        opened = self._documents.get(self.spec.location)
        return len(opened.items) if opened else 0

    def select(self, **selectors: Plain) -> Content:
        """Pick the one item that has all the keys, compared as texts.

        Every source has the selector `position`, counted from 1, unless a key has that name.

        Raises:
            SelectorMatchedNothing: No item has them.
            SelectorMatchedSeveral: Several items have them.
            SourceUnavailable: The source cannot be fetched or read, or a field is no text, number or boolean.
            SourceSyntax: There is no such selector, or one that the address needs is missing.
        """
        asked = tuple(selectors.items())
        known = self._selected.get(asked)
        if known is not None:
            return known
        url, opened = self._document(selectors)
        rest = {name: value for name, value in selectors.items() if name not in self._in_location}
        number = opened.index.find(rest)
        fields = self._picked.get((url, number))
        if fields is None:
            fields = self._fields(opened.items, number)
            if url == self.spec.location:
                self._picked[url, number] = fields
        key = {name: key_text(value) or "" for name, value in selectors.items()}
        content = Content(fields, self.spec.location, opened.fetched_at, key, opened.findings)
        if url == self.spec.location and all(isinstance(value, str) for value in selectors.values()):
            self._selected[asked] = content
        return content

    def request(self, **selectors: Plain) -> Request | None:
        """Return what has to be fetched for selectors, for `Fetcher.prefetch`; None for a file.

        Raises:
            SourceSyntax: A selector that the address needs is missing.
        """
        if not self.spec.is_remote:
            return None
        kind = self.spec.known_kind
        return Request(
            self._url(selectors),
            self._headers(),
            self.spec.cache_seconds if self.spec.mode == "live" else 0.0,
            MEDIA_TYPES[kind] if kind else (),
            check=partial(_items_in, spec=self.spec),
        )

    def _headers(self) -> dict[str, str]:
        return _filled(self.name, self.spec, self._environment)

    def _url(self, selectors: Mapping[str, Plain]) -> str:
        url = self.spec.location
        for name in self._in_location:
            text = key_text(selectors.get(name))
            if not text or set(text) == {"."}:
                raise SourceSyntax(
                    f"the address of `{self.name}` needs a value for {name!r}",
                    location=Location(self.spec.location),
                    hint=f"select with {name} = …",
                )
            url = url.replace(f"{{{name}}}", quote(text, safe=""))
        return url

    def _document(self, selectors: Mapping[str, Plain]) -> tuple[str, _Opened]:
        url = self._url(selectors)
        with self._lock:
            opened = self._documents.get(url)
            if opened is not None:
                self._documents.move_to_end(url)
                return url, opened
        opened = self._read(self.request(**selectors))
        with self._lock:
            opened = self._documents.setdefault(url, opened)
            if len(self._documents) > _KEPT_DOCUMENTS:
                self._documents.popitem(last=False)
        return url, opened

    def _read(self, request: Request | None) -> _Opened:
        if request is None:
            path = _file(self.spec.location, self._folder)
            place = Location(self.spec.location)
            items = items_of(Document(path, "", None, place), self.spec)
            return self._opened(items, place, self._fetcher.clock(), ())
        fetched = self._fetcher.get(request)
        items = _items_in(fetched, self.spec) if fetched.checked is None else cast("Items", fetched.checked)
        place = _place_of(fetched)
        return self._opened(items, place, fetched.fetched_at, self._staleness(fetched, place))

    def _opened(
        self, items: Items, place: Location, fetched_at: datetime, findings: tuple[Finding, ...]
    ) -> _Opened:
        keys = {name: text for name, text in self.spec.keys.items() if name not in self._in_location}
        index = Index(items, keys, self.name, place)
        for name in keys:
            if missing := index.missing(name):
                findings += (
                    Finding(
                        "source-key-missing",
                        Severity.WARNING,
                        f"{missing:,} of {len(items):,} items of `{self.name}` have no value for the key {name!r}",
                        place,
                        "nothing selects them; look into the source",
                    ),
                )
        return _Opened(items, index, fetched_at, findings)

    def _staleness(self, fetched: Fetched, place: Location) -> tuple[Finding, ...]:
        if fetched.stale_because is None:
            return ()
        return (
            Finding(
                "source-stale",
                Severity.WARNING,
                f"the source `{self.name}` is as of {fetched.fetched_at:%Y-%m-%d %H:%M} UTC: "
                f"{fetched.stale_because.message}",
                place,
                fetched.stale_because.hint,
            ),
        )

    def _fields(self, items: Items, number: int) -> Mapping[str, Plain]:
        found: dict[str, Plain] = {}
        for field, expression in (self.spec.fields or items.defaults(number)).items():
            try:
                found[field] = items.value(number, expression)
            except ValueError as fault:
                place = Location(self.spec.location, items.line(number))
                malformed(f"fields.{field} of `{self.name}`: {expression!r} {fault}", place)
        return found


def _items_in(fetched: Fetched, spec: SourceSpec) -> Items:
    document = Document(fetched.data, fetched.media_type, fetched.charset, _place_of(fetched))
    return items_of(document, spec)


def _place_of(fetched: Fetched) -> Location:
    return Location(fetched.url.partition("?")[0])


def _filled(name: str, spec: SourceSpec, environment: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for header, text in spec.headers.items():
        try:
            found[header] = filled_header(text, environment)
        except KeyError as fault:
            raise SourceSyntax(
                f"the source `{name}` needs the environment variable {fault.args[0]}, which is not set",
                location=Location(spec.location),
                hint=f"set it before the command: export {fault.args[0]}=…",
            ) from None
        except ValueError as fault:
            raise SourceSyntax(
                f"the header {header} of the source `{name}` {fault}", location=Location(spec.location)
            ) from None
    return found


def _file(location: str, folder: Path) -> Path:
    """Find a source's file inside the campaign's folder.

    Raises:
        SourceUnavailable: It is not there, lies outside, or is too large.
    """
    place = Location(location)
    try:
        top = folder.resolve()
        path = (top / location).resolve()
        if not path.is_relative_to(top):
            raise SourceUnavailable(
                "the source lies outside the campaign's folder",
                code=SOURCE_NOT_ALLOWED,
                location=place,
                hint="put the file into sources/",
            )
        if not path.is_file():
            raise SourceUnavailable(
                "the source is not there",
                location=place,
                hint=f"check the path; it is looked for in {top.name}/",
            )
        require("bytes", path.stat().st_size, _FILE_BYTES, place)
    except (OSError, ValueError) as fault:
        raise SourceUnavailable(f"the source cannot be read: {fault}", location=place) from None
    return path
