"""A request → the newest state of what it asks for: redirects, retries and what servers answer."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import httpx

from inkmerge.errors import SOURCE_MALFORMED, SOURCE_NOT_ALLOWED, Location, SourceUnavailable
from inkmerge.sources.addresses import is_allowed
from inkmerge.sources.copies import Copy
from inkmerge.sources.request import Request, type_of
from inkmerge.sources.spec import HttpSpec
from inkmerge.sources.transport import Answer, Interrupted, Network, Transport, place_of

_MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_MAY_PASS: Final = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Statuses after which another attempt may help."""
_HARMLESS: Final = frozenset(("accept", "accept-language", "if-none-match", "if-modified-since"))
"""Headers that go along to another host."""


class Downloads:
    """Asks servers, within what `HttpSpec` allows."""

    def __init__(self, http: HttpSpec, network: Network, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._network = network
        self._clock = clock
        self._transport = Transport(http, network)
        self._is_closed = False

    def close(self) -> None:
        """Close all connections; a request under way is not tried again."""
        self._is_closed = True
        self._transport.close()

    def newest(self, request: Request, copy: Copy | None) -> Copy:
        """Ask the server, again and again while that may help.

        Args:
            request: What is asked for.
            copy: What is known, so that the server need not send it again.

        Raises:
            SourceUnavailable: It cannot be had, is too large or of another type, or may not be asked for.
        """
        url = _parsed(request.url)
        deadline = self._network.now() + self._http.total_seconds
        headers = {name.lower(): value for name, value in request.headers.items()}
        if copy and copy.etag:
            headers["if-none-match"] = copy.etag
        if copy and copy.last_modified:
            headers["if-modified-since"] = copy.last_modified
        attempt = 0
        while True:
            pause = self._http.backoff_seconds * 2**attempt
            try:
                answer, last = self._follow(url, headers, request, deadline)
                if answer.status not in _MAY_PASS:
                    return self._copy(answer, last, request, copy)
                problem = f"answers {_status(answer.status)}"
                pause = max(pause, self._asked_pause(answer.headers.get("retry-after", "")))
            except Interrupted as fault:
                problem = str(fault)
            attempt += 1
            is_given_up = self._is_closed or attempt > self._http.retries
            if is_given_up or self._network.now() + pause >= deadline:
                times = "" if attempt == 1 else f", {attempt} times"
                raise SourceUnavailable(
                    f"the source {problem}{times}",
                    location=place_of(url),
                    hint="try again later; the limits are in [http]",
                )
            self._network.sleep(pause)

    def _follow(
        self, url: httpx.URL, headers: Mapping[str, str], request: Request, deadline: float
    ) -> tuple[Answer, httpx.URL]:
        """Send a request and follow redirects, each to an allowed host; credentials stay with theirs."""
        largest = min(self._http.max_bytes, request.max_bytes or self._http.max_bytes)
        met = {str(url)}
        for _ in range(_MOST_REDIRECTS + 1):
            self._check_host(url)
            answer = self._transport.get(url, headers, largest, deadline)
            if answer.status not in _REDIRECTS:
                return answer, url
            target = _redirected(url, answer.headers.get("location", ""))
            if str(target) in met:
                raise SourceUnavailable(
                    "the source leads back to itself",
                    location=place_of(url),
                    hint="check the address; a page behind a login often does so",
                )
            met.add(str(target))
            if (target.scheme, target.host, target.port) != (url.scheme, url.host, url.port):
                headers = {name: value for name, value in headers.items() if name in _HARMLESS}
            url = target
        raise SourceUnavailable(
            f"the source leads on more than {_MOST_REDIRECTS} times", location=place_of(url)
        )

    def _check_host(self, url: httpx.URL) -> None:
        port = url.port or (443 if url.scheme == "https" else 80)
        host = url.raw_host.decode("ascii")
        if not is_allowed(host, port, self._http.allow):
            raise SourceUnavailable(
                f"the host {host!r} is not allowed",
                code=SOURCE_NOT_ALLOWED,
                location=place_of(url),
                hint=f'if content is meant to come from there, add "{host}" to allow in [http]',
            )

    def _copy(self, answer: Answer, url: httpx.URL, request: Request, copy: Copy | None) -> Copy:
        """Return what an answer says is the newest.

        Raises:
            SourceUnavailable: The answer is an error, or of a type that is not taken.
        """
        if answer.status == 304 and copy is not None:
            return replace(copy, fetched_at=self._clock(), etag=answer.headers.get("etag", copy.etag))
        if answer.status != 200:
            raise SourceUnavailable(
                f"the source answers {_status(answer.status)}",
                location=place_of(url),
                hint=_CURES.get(answer.status, "check the address"),
            )
        content_type = answer.headers.get("content-type", "")
        media_type, _ = type_of(content_type)
        if not _is_taken(media_type, request.media_types):
            raise SourceUnavailable(
                f"the source answers with {media_type[:80]}, not with {request.media_types[0]}",
                code=SOURCE_MALFORMED,
                location=place_of(url),
                hint="check the address in a browser: often it is a page that asks for a login; or set `kind`",
            )
        return Copy(
            answer.data,
            content_type,
            str(url),
            self._clock(),
            answer.headers.get("etag"),
            answer.headers.get("last-modified"),
        )

    def _asked_pause(self, text: str) -> float:
        """Return the seconds that `Retry-After` asks for, which says them or a date."""
        if text.strip().isdecimal() and len(text) < 10:
            return float(text)
        try:
            until = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return 0.0
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - self._clock()).total_seconds())


_CURES: Final = {
    401: "check the header with the credentials and its environment variable",
    403: "check the header with the credentials and its environment variable",
    404: "check the address; the source may have moved",
    410: "the source is gone for good; name another",
    304: "the server is wrong: nothing older is known; ask its operator",
}


def _parsed(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
        if url.scheme in {"http", "https"} and url.raw_host and not url.userinfo and _is_port(url.port):
            return url
        raise SourceUnavailable(
            "the address is none of http:// or https:// that names a host and no user",
            code=SOURCE_NOT_ALLOWED,
            location=Location(text.partition("?")[0].rpartition("@")[2][:200]),
            hint="write https://shop.example/path; credentials go into headers",
        )
    except (httpx.InvalidURL, ValueError, UnicodeError) as fault:
        raise SourceUnavailable(f"the address is malformed: {fault}", code=SOURCE_NOT_ALLOWED) from None


def _is_port(port: int | None) -> bool:
    return port is None or 0 < port < 65536


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    if not location:
        raise SourceUnavailable("the source leads on to nowhere", location=place_of(url))
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError, UnicodeError) as fault:
        raise SourceUnavailable(
            f"the source leads on to a malformed address: {fault}", location=place_of(url)
        ) from None
    target = _parsed(str(target)).copy_with(fragment=None)
    if url.scheme == "https" and target.scheme == "http":
        raise SourceUnavailable(
            "the source leads from https:// to http://",
            code=SOURCE_NOT_ALLOWED,
            location=place_of(url),
            hint="name the address at which it ends, or have the redirect mended",
        )
    return target


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _is_taken(media_type: str, taken: tuple[str, ...]) -> bool:
    if not taken or not media_type:
        return True
    return any(media_type == one or (one[0] == "+" and media_type.endswith(one)) for one in taken)
