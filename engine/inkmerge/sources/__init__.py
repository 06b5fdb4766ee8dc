"""A content source, a file or an address → `Content`, one item of it, picked by selectors.

Public names are loaded on first use; the network only when something is fetched.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from inkmerge.sources.content import Content
    from inkmerge.sources.content_files import read_content, write_content
    from inkmerge.sources.fetching import Fetcher, Outcome
    from inkmerge.sources.items import Plain
    from inkmerge.sources.remote_images import RemoteImages, image_request, open_remote_image
    from inkmerge.sources.request import Fetched, Request, Unfetched
    from inkmerge.sources.source import Source
    from inkmerge.sources.spec import HttpSpec, SourceSpec

__all__ = [
    "Content",
    "Fetched",
    "Fetcher",
    "HttpSpec",
    "Outcome",
    "Plain",
    "RemoteImages",
    "Request",
    "Source",
    "SourceSpec",
    "Unfetched",
    "image_request",
    "open_remote_image",
    "read_content",
    "write_content",
]

_HOMES: Final = {
    "Content": "content",
    "Fetched": "request",
    "Fetcher": "fetching",
    "HttpSpec": "spec",
    "Outcome": "fetching",
    "Plain": "items",
    "RemoteImages": "remote_images",
    "Request": "request",
    "Source": "source",
    "SourceSpec": "spec",
    "Unfetched": "request",
    "image_request": "remote_images",
    "open_remote_image": "remote_images",
    "read_content": "content_files",
    "write_content": "content_files",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
