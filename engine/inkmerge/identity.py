"""A template, values and an output → the digest that names the image, without drawing it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from inkmerge.compiling import CompiledTemplate
from inkmerge.content import Values, resolve, used_digest
from inkmerge.errors import AssetError, Location
from inkmerge.images import ImageFolders, open_image
from inkmerge.limits import Limits
from inkmerge.pipeline import Output, decorative_fields
from inkmerge.template.filling import Filler

_LINKS: Final = frozenset(("href", "{http://www.w3.org/1999/xlink}href"))


def template_identity(compiled: CompiledTemplate) -> bytes:
    """Return a SHA-256 over what is the same for all recipients: files, fonts, pictures and this version."""
    source = compiled.fallback.source
    pictures = [*sorted(compiled.images), source.digest if source else "", compiled.fallback.text]
    facts = (_version(), compiled.digest, pictures)
    return hashlib.sha256(repr(facts).encode()).digest()


def fallback_identity(template: bytes, output: Output) -> str:
    """Return what names the fallback image in an output, hexadecimal."""
    return str(_named(template, output, b"fallback").hexdigest())


def image_identity(
    compiled: CompiledTemplate, template: bytes, recipient: Mapping[str, Any], output: Output
) -> str:
    """Return what names the image of one recipient in an output, hexadecimal.

    Raises:
        InkmergeError: The values are missing or wrong.
    """
    values = resolve(recipient, compiled.sidecar.fields, compiled.uses, compiled.limits)
    digest = _named(template, output, used_digest(values, compiled.uses))
    if reads_pictures(compiled):
        for picture in _pictures(compiled, values):
            digest.update(picture.encode())
    return str(digest.hexdigest())


def reads_pictures(compiled: CompiledTemplate) -> bool:
    """Tell whether a recipient's values choose pictures."""
    return any(name in _LINKS for fill in compiled.fills.values() for name, _ in fill.attributes)


def _version() -> str:
    try:
        return metadata.version("inkmerge")
    except metadata.PackageNotFoundError:  # the sources on a path, not installed
        return ""


def _named(template: bytes, output: Output, part: bytes) -> Any:
    return hashlib.sha256(template + _output_identity(output) + part)


@lru_cache(maxsize=64)
def _output_identity(output: Output) -> bytes:
    return hashlib.sha256(repr(replace(output, dpi=float(output.dpi))).encode()).digest()


def _pictures(compiled: CompiledTemplate, values: Values) -> Iterator[str]:
    """Yield the digests of the files that the filled elements refer to, in document order."""
    root = deepcopy(compiled.root)
    filler = Filler(compiled.fills, decorative_fields(compiled), compiled.limits)
    for element in filler.fill(root, values.scope):
        for name in _LINKS & set(element.attrib):
            href = str(element.attrib[name])
            if href and href[0] != "#" and href[:5].lower() != "data:":
                yield _file_digest(href, compiled.folders, compiled.limits)


def _file_digest(href: str, folders: ImageFolders, limits: Limits) -> str:
    try:
        stamps = tuple(_stamp(folder / href) for folder in (folders.template_folder, *folders.asset_dirs))
        return _read_digest(href, folders, limits, stamps)
    except AssetError as fault:
        return fault.code


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1024)
def _read_digest(href: str, folders: ImageFolders, limits: Limits, stamps: tuple[object, ...]) -> str:
    """Return the digest of a picture's file; it is read again when its time or size changes."""
    del stamps
    return open_image(href, folders, limits, Location()).digest
