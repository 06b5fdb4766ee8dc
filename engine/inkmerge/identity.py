"""A template, values and an output → the digest that names the image, without drawing it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import metadata
from typing import Any, Final

from lxml import etree

from inkmerge.compiling import CompiledTemplate
from inkmerge.content import Values, used_digest
from inkmerge.memo import Memo
from inkmerge.pipeline import Output
from inkmerge.svg.names import DYNAMIC, FILL, XLINK_HREF, local_name
from inkmerge.svg.parsing import remove_element
from inkmerge.svg.references import href
from inkmerge.template.filling import Filler
from inkmerge.template.reading import Paths

LINKS: Final = frozenset(("href", XLINK_HREF))
"""Attributes that name pictures."""
_SHOWING: Final = frozenset(("image", "feImage"))
"""Elements whose `href` is a picture; that of others leads to an element, or to a page."""
_MOST_KNOWN: Final = 1_024


@dataclass(frozen=True, slots=True)
class TemplateIdentity:
    """What is the same in the names of all images of a template.

    Attributes:
        digest: SHA-256 over files, fonts, pictures and this version.
        pictures: The pictures that values name; None where they name none.
    """

    digest: bytes
    pictures: _Pictures | None


@dataclass(frozen=True, slots=True)
class _Pictures:
    """The pictures that values name.

    Attributes:
        tree: The elements that show pictures and change, and what is around them.
        paths: What they read.
        known: The names in them, for some values.
    """

    tree: etree._Element
    paths: Paths
    known: Memo[tuple[object, ...], tuple[str, ...]] = field(default_factory=lambda: Memo(_MOST_KNOWN))


def template_identity(compiled: CompiledTemplate) -> TemplateIdentity:
    """Work out what is the same for all recipients."""
    source = compiled.fallback.source
    pictures = [*sorted(compiled.images), source.digest if source else "", compiled.fallback.text]
    facts = (_version(), compiled.digest, pictures)
    digest = hashlib.sha256(repr(facts).encode()).digest()
    return TemplateIdentity(digest, _pictures(compiled) if _reads_pictures(compiled) else None)


def fallback_identity(template: TemplateIdentity, output: Output) -> str:
    """Return what names the fallback image in an output, hexadecimal."""
    return str(_named(template, output, b"fallback").hexdigest())


def named_pictures(compiled: CompiledTemplate, template: TemplateIdentity, values: Values) -> tuple[str, ...]:
    """Return the names of the pictures in files that a recipient's values name; `Pictures.digests` tells them apart.

    Raises:
        InkmergeError: A value that names a picture is missing or wrong.
    """
    pictures = template.pictures
    if pictures is None:
        return ()
    key = pictures.paths.values_of(values.scope)
    names = pictures.known.get(key)
    if names is None:
        names = tuple(_names(compiled, pictures.tree, values))
        if None not in key:
            pictures.known[key] = names
    return names


def image_identity(
    compiled: CompiledTemplate,
    template: TemplateIdentity,
    values: Values,
    output: Output,
    pictures: tuple[str, ...],
) -> str:
    """Return what names the image of one recipient in an output, hexadecimal.

    Args:
        compiled: The template.
        template: What is the same in the names of all its images.
        values: The recipient's values.
        output: The output.
        pictures: The digests of the pictures that the values name.
    """
    digest = _named(template, output, used_digest(values, compiled.inputs))
    for picture in pictures:
        digest.update(picture.encode())
    return str(digest.hexdigest())


def _reads_pictures(compiled: CompiledTemplate) -> bool:
    return any(name in LINKS for fill in compiled.fills.values() for name, _ in fill.attributes)


def _pictures(compiled: CompiledTemplate) -> _Pictures:
    tree = deepcopy(compiled.root)
    kept: set[etree._Element] = {tree}
    for element in tree.iter(etree.Element):
        if DYNAMIC in element.attrib and local_name(element) in _SHOWING:
            kept.update((element, *element.iterancestors()))
    for element in list(tree.iter(etree.Element)):
        if element not in kept and element.getparent() in kept:
            remove_element(element)
    fills = [compiled.fills[one.attrib[FILL]] for one in tree.iter(etree.Element) if FILL in one.attrib]
    return _Pictures(tree, Paths(use for fill in fills for use in fill.fields()))


def _version() -> str:
    try:
        return metadata.version("inkmerge")
    except metadata.PackageNotFoundError:  # the sources on a path, not installed
        return ""


def _named(template: TemplateIdentity, output: Output, part: bytes) -> Any:
    return hashlib.sha256(template.digest + _output_identity(output) + part)


@lru_cache(maxsize=64)
def _output_identity(output: Output) -> bytes:
    return hashlib.sha256(repr(replace(output, dpi=float(output.dpi))).encode()).digest()


def _names(compiled: CompiledTemplate, tree: etree._Element, values: Values) -> Iterator[str]:
    """Yield what the filled elements refer to as pictures, in document order."""
    filler = Filler(compiled.fills, frozenset(), compiled.limits)
    for element in filler.fill(deepcopy(tree), values.scope):
        link = (href(element) or "").strip() if local_name(element) in _SHOWING else ""
        if link and link[0] != "#" and link[:5].lower() != "data:":
            yield link
