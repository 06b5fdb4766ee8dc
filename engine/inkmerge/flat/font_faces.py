"""`@font-face` rules + the catalog → the template's own catalog, which the faces of the rules have joined."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from inkmerge.errors import Finding, FontNotFound, InkmergeError, Severity
from inkmerge.fonts import Face, FaceDescriptors, FontCatalog
from inkmerge.fonts.web_fonts import unpacked
from inkmerge.images import Asset, ImageFolders, read_asset
from inkmerge.limits import Limits
from inkmerge.svg.font_faces import FontFaceRule, FontSource

_REMOTE: Final = ("http:", "https:", "//")


def join_font_faces(
    rules: Sequence[FontFaceRule], catalog: FontCatalog, folders: ImageFolders, limits: Limits
) -> tuple[FontCatalog, tuple[Finding, ...]]:
    """Add the faces of a template's rules to a catalog; nothing is fetched.

    A face that cannot be used is a warning, and the text is set as if the rule were not there.

    Raises:
        LimitExceeded: There are more rules than allowed.
    """
    if not rules:
        return catalog, ()
    limits.require("font_faces", len(rules), rules[0].location)
    faces: list[Face] = []
    findings: list[Finding] = []
    digest = hashlib.sha256()
    for rule in rules:
        digest.update(repr(rule).encode())
        reasons: list[InkmergeError] = []
        face = _first_usable(rule, catalog, (folders, limits), reasons)
        if face is None:
            findings.append(_unusable(rule, reasons))
            continue
        digest.update(face.path.name.encode())
        faces.append(face.described(_descriptors(rule)))
    return catalog.with_faces(faces, digest.hexdigest()), tuple(findings)


def _descriptors(rule: FontFaceRule) -> FaceDescriptors:
    return FaceDescriptors(rule.family, rule.weight, rule.style, rule.stretch, rule.ranges)


def _first_usable(
    rule: FontFaceRule,
    catalog: FontCatalog,
    where: tuple[ImageFolders, Limits],
    reasons: list[InkmergeError],
) -> Face | None:
    for source in rule.sources:
        try:
            return _open(rule, source, catalog, where)
        except InkmergeError as fault:
            reasons.append(fault)
    return None


def _open(
    rule: FontFaceRule, source: FontSource, catalog: FontCatalog, where: tuple[ImageFolders, Limits]
) -> Face:
    place = rule.location
    if source.kind == "local":
        face = catalog.named(source.value)
        if face is None:
            raise FontNotFound(f"no face at hand is called {source.value!r}", location=place)
        return face
    if source.value.lower().startswith(_REMOTE):
        raise FontNotFound(
            f"{source.value[:80]} is on the network, and nothing is fetched", code="font-remote"
        )
    folders, limits = where
    asset = Asset("font", limits.font_bytes, "font_bytes")
    data = unpacked(read_asset(source.value, folders, asset, place), limits.font_bytes)
    return Face(_name_of(rule, data), 0, data)


def _name_of(rule: FontFaceRule, data: bytes) -> Path:
    """Return a name by which the face is listed: it is the same for the same bytes."""
    digest = hashlib.sha256(data).hexdigest()[:12]
    safe = "".join(one if one.isalnum() else "-" for one in rule.family)[:40]
    return Path(f"{safe}-{digest}.ttf")


def _unusable(rule: FontFaceRule, reasons: Sequence[InkmergeError]) -> Finding:
    remote = next((one for one in reasons if one.code == "font-remote"), None)
    told = remote or reasons[-1]
    hint = told.hint or "put the font into a font folder, or embed it as a data URI"
    if remote is not None:
        hint = "embed the font as a data URI, or put its file beside the template or into a font folder"
    return Finding(
        "font-remote" if remote is not None else "font-broken",
        Severity.WARNING,
        f"the @font-face of {rule.family!r} was left out: {told.message}",
        rule.location,
        hint,
    )
