"""What is asked for and what comes back, whatever lies between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from inkmerge.errors import SourceUnavailable
from inkmerge.sources.copies import Copy, key_of


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be fetched.

    Attributes:
        url: The address.
        headers: Headers with their secrets in them.
        max_age: Seconds for which a copy is taken without asking; 0 asks whether there is a newer one.
        media_types: Media types that are taken, `+json` for all that end so; empty takes any.
        max_bytes: Bytes of the body, if fewer than `HttpSpec` allows.
        check: Raises `SourceUnavailable` for a body that is not what it should be, so that it replaces no good copy;
            what it returns is handed on. It pickles.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_age: float = 0.0
    media_types: tuple[str, ...] = ()
    max_bytes: int | None = None
    check: Callable[[Fetched], object] | None = field(default=None, repr=False, compare=False)

    @property
    def key(self) -> str:
        """The name of the copy."""
        return key_of(self.url, self.headers)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched, or a copy of it.

    Attributes:
        data: The decoded body.
        media_type: Such as ``application/json``; empty where the server named none.
        charset: The encoding that the server named, or None.
        url: Where it came from, after redirects.
        fetched_at: When the server last said that it is the newest.
        etag: The server's name for this state, or None.
        stale_because: Why this is an old copy, or None where it is as new as asked for.
        checked: What `Request.check` made of it; None for a copy, which was checked when it was made.
    """

    data: bytes
    media_type: str
    charset: str | None
    url: str
    fetched_at: datetime
    etag: str | None = None
    stale_because: SourceUnavailable | None = None
    checked: object = field(default=None, repr=False, compare=False)


class Unfetched(BaseException):
    """Something on the network is asked for where nobody may be asked: another process is to fetch it first.

    It is no error but a way back, as `GeneratorExit` is: nobody is to take it for the reason of a fallback image, nor
    for what a value in a placeholder has raised.

    Attributes:
        requests: What is to be fetched.
    """

    def __init__(self, requests: tuple[Request, ...]) -> None:
        super().__init__(requests)
        self.requests = requests


def type_of(content_type: str) -> tuple[str, str | None]:
    """Return the media type, in lower case, and the encoding that a `Content-Type` names."""
    message = Message()
    message["content-type"] = "".join(one for one in content_type if one.isprintable())
    media_type = content_type.partition(";")[0].strip().lower()
    charset = message.get_param("charset")
    return media_type, charset if isinstance(charset, str) and charset else None


def fetched_of(copy: Copy) -> Fetched:
    """Return a copy in the form that callers get."""
    media_type, charset = type_of(copy.content_type)
    return Fetched(copy.data, media_type, charset, copy.url, copy.fetched_at, copy.etag)
