"""What a batch is asked to do, in frozen values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.content import plain
from inkmerge.image import RenderedImage
from inkmerge.isolated import IsolatedTemplate
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.loaded import Field, Template
from inkmerge.pipeline import Format
from inkmerge.raster import RasterizerChoice

_Loaded = TypeVar("_Loaded", Template, IsolatedTemplate)
StoreKind = Literal["folder", "tar", "parquet"]
ManifestKind = Literal["jsonl", "parquet"]

Renderer = Template | IsolatedTemplate | ElementRenderer
_ALWAYS_READ: Final = ("recipient", "locale", "language")


@dataclass(frozen=True, slots=True)
class Job:
    """One template, or one image element of a campaign, and one output.

    Attributes:
        template: The SVG file, or the campaign's folder.
        font_dirs: As `Template.load` takes them.
        asset_dirs: As `Template.load` takes them.
        limits: As `Template.load` takes them.
        alt: As `Template.load` takes it.
        rasterizer: As `Template.load` takes it.
        dpi: As `Template.render` takes it.
        width: As `Template.render` takes it.
        format: As `Template.render` takes it.
        element: The campaign's image element; None for a template.
        variant: Which of the variants, where recipients may get several.
    """

    template: Path
    font_dirs: tuple[Path, ...] = ()
    asset_dirs: tuple[Path, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    alt: str | None = None
    rasterizer: RasterizerChoice = "auto"
    dpi: float | None = None
    width: int | None = None
    format: Format | None = None
    element: str | None = None
    variant: str | None = None

    def load(self) -> Template | ElementRenderer:
        """Load what draws, in this process, which asks nobody on the network.

        Raises:
            InkmergeError: It cannot be loaded.
        """
        return self._element(is_online=False) or self._template(Template)

    def open(self) -> IsolatedTemplate | ElementRenderer:
        """Open what is drawn: a template in a child process.

        Raises:
            InkmergeError: It cannot be loaded.
        """
        return self._element(is_online=True) or self._template(IsolatedTemplate)

    def _element(self, *, is_online: bool) -> ElementRenderer | None:
        if self.element is None:
            return None
        return ElementRenderer.open(
            self.template, self.element, self.variant, limits=self.limits, is_online=is_online
        )

    def _template(self, kind: type[_Loaded]) -> _Loaded:
        return kind.load(
            self.template,
            self.font_dirs,
            self.asset_dirs,
            limits=self.limits,
            alt=self.alt,
            rasterizer=self.rasterizer,
        )

    def fallback_digest(self, renderer: Renderer, image: RenderedImage) -> str:
        """Return what names a fallback image: a template has one, of an image element's each variant may have another."""
        return renderer.digest(None, **self.output) if self.element is None else image.digest

    @property
    def output(self) -> dict[str, Any]:
        """`dpi`, `format` and `width`, by name."""
        return {"dpi": self.dpi, "format": self.format, "width": self.width}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where and how the images of a batch are put.

    Attributes:
        folder: The folder for all of it.
        store: `folder` writes one file an image, `tar` one archive, `parquet` tables with an image column.
        manifest: The form of the manifest.
        workers: Processes that draw; None for one a core.
        is_restarted: Whether what an earlier run left in the folder is thrown away.
    """

    folder: Path
    store: StoreKind = "folder"
    manifest: ManifestKind = "jsonl"
    workers: int | None = None
    is_restarted: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a recipient's attributes a template reads.

    Attributes:
        names: Names of attributes and namespaces; None when the template may read any.
    """

    names: tuple[str, ...] | None

    @classmethod
    def of(cls, fields: Iterable[Field]) -> Selection:
        """Take the names from a template's fields."""
        names = {field.name.split(".")[0] for field in fields}
        if "" in names:  # `{{ recipient[column] }}` reads the whole namespace
            return cls(None)
        return cls(tuple(sorted(names.union(_ALWAYS_READ))))

    def attributes(self, recipient: Mapping[str, Any]) -> dict[str, Any]:
        """Return the attributes that the template reads."""
        if self.names is None:
            return dict(recipient)
        return {name: recipient[name] for name in self.names if name in recipient}


def key_of(attributes: Mapping[str, Any]) -> tuple[bytes, int]:
    """Return 16 bytes that are equal for equal attributes, before anything is resolved, and about how large they are."""
    text = _encode(attributes)
    return hashlib.blake2b(text.encode(), digest_size=16).digest(), len(text)


_encode = json.JSONEncoder(sort_keys=True, default=plain, check_circular=False).encode
