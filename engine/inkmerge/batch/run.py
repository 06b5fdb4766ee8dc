"""Recipients → a folder of images and a manifest, one line a recipient."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inkmerge.batch.recipients import Recipient
from inkmerge.errors import RECIPIENT_SKIPPED, DataError
from inkmerge.fallback import Reason
from inkmerge.image import RenderedImage
from inkmerge.isolated import IsolatedTemplate
from inkmerge.loaded import Template

MANIFEST = "manifest.jsonl"
_SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
}
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """What became of one recipient.

    Attributes:
        recipient: Their id.
        path: The image's path, relative to the manifest; None when the recipient is to be skipped.
        digest: SHA-256 of the file.
        media_type: The file's media type.
        width: Pixels across.
        height: Pixels down.
        dpi: Pixels per inch.
        bytes: The file's size.
        alt: Its text alternative.
        extended_description: The long form, or None.
        fallback: Code and message of the reason, or None.
        findings: What was reported.
    """

    recipient: str
    path: str | None
    digest: str
    media_type: str
    width: int
    height: int
    dpi: float
    bytes: int
    alt: str
    extended_description: str | None
    fallback: dict[str, str] | None
    findings: list[str]


def run_batch(
    template: Template | IsolatedTemplate,
    recipients: Iterable[Recipient],
    folder: Path,
    output: dict[str, Any],
) -> Iterator[ManifestLine]:
    """Render every recipient's image into a folder, and write the manifest line by line.

    A file is written aside and renamed, so that an interrupted run leaves no half file.

    Args:
        template: What draws.
        recipients: Who gets an image.
        folder: Where images and `manifest.jsonl` go; made when it is not there.
        output: `dpi`, `width` and `format` as `Template.render` takes them.

    Raises:
        DataError: The folder cannot be written, or the recipients cannot be read.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manifest = (folder / MANIFEST).open("w", encoding="utf-8", newline="\n")
    except OSError as fault:
        raise DataError(
            f"{folder} cannot be written: {fault.strerror}", hint="choose another folder with -o"
        ) from None
    with manifest:
        for recipient in recipients:
            image = (
                template.fallback(Reason.of(recipient.fault), **output)
                if recipient.fault
                else template.render(dict(recipient.attributes), **output)
            )
            name = None
            if image.fallback is None or image.fallback.code != RECIPIENT_SKIPPED:
                name = f"{_file_name(recipient.id)}.{_SUFFIXES[image.media_type]}"
                write_aside(folder / name, image.data)
            line = manifest_line(recipient.id, name, image)
            manifest.write(json.dumps(asdict(line), ensure_ascii=False) + "\n")
            yield line


def manifest_line(recipient: str, path: str | None, image: RenderedImage) -> ManifestLine:
    """Return the manifest's line for one image."""
    return ManifestLine(
        recipient=recipient,
        path=path,
        digest=image.digest,
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        dpi=image.dpi,
        bytes=len(image.data),
        alt=image.alt,
        extended_description=image.extended_description,
        fallback=asdict(image.fallback) if image.fallback else None,
        findings=[f"{finding.code}: {finding.message}" for finding in image.findings],
    )


def write_aside(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        DataError: It cannot be written.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as fault:
        aside.unlink(missing_ok=True)
        raise DataError(
            f"{path} cannot be written: {fault.strerror}", hint="free some space, or choose another place"
        ) from None


def _file_name(identifier: str) -> str:
    """Return a file name for an id: its safe characters, and a digest where that would not be unique."""
    safe = _UNSAFE.sub("-", identifier).strip("-.")[:60]
    if safe == identifier and not safe.startswith("manifest"):
        return safe
    return f"{safe or 'recipient'}-{hashlib.sha256(identifier.encode()).hexdigest()[:10]}"
