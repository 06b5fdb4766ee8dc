"""The settings of a campaign → its templates, groups, sources and image elements, opened and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from inkmerge.campaign.elements import Element, Variant
from inkmerge.campaign.groups import Group, compile_groups
from inkmerge.campaign.item_content import ItemContents
from inkmerge.campaign.settings import (
    SETTINGS,
    CampaignSpec,
    ChangeSpec,
    ElementSpec,
    VariantSpec,
    content_path,
    with_container,
)
from inkmerge.compiling import NamedFallback, Options, compile_template
from inkmerge.errors import CampaignError, InkmergeError, Location
from inkmerge.limits import Limits
from inkmerge.loaded import Template
from inkmerge.sources import Content, Fetcher, RemoteImages, Source, read_content
from inkmerge.template.expression import ExpressionCompiler, TextTemplate
from inkmerge.template.sidecar import FallbackSpec

_PLACE: Final = Location(SETTINGS)


@dataclass(slots=True)
class Opener:
    """Opens what image elements and containers name, each thing once.

    Attributes:
        folder: The campaign's folder.
        spec: Its settings.
        containers: The settings of its containers.
        limits: How large things may be.
        fetcher: Fetches content.
    """

    folder: Path
    spec: CampaignSpec
    containers: Mapping[str, ElementSpec]
    limits: Limits
    fetcher: Fetcher
    _groups: dict[str, Group] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)
    _imported: dict[str, Content] = field(default_factory=dict)
    _templates: dict[tuple[str, ...], Template] = field(default_factory=dict)
    _images: RemoteImages = field(init=False)

    def __post_init__(self) -> None:
        self._images = RemoteImages(self.fetcher, self.limits)

    @property
    def campaign(self) -> Mapping[str, str]:
        """What texts and templates read as `campaign`."""
        return {"name": self.spec.name}

    def identity(self) -> str:
        """Return a digest over the settings, the containers, and what sources held when they were opened."""
        sources = sorted((name, source.digest) for name, source in self._sources.items())
        containers = sorted((name, repr(one)) for name, one in self.containers.items())
        imported = sorted((name, repr(one)) for name, one in self._imported.items())
        facts = (repr(self.spec), containers, sources, imported)
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def groups(self) -> dict[str, Group]:
        """Return all target groups, compiled.

        Raises:
            InkmergeError: An expression is none.
        """
        if not self._groups:
            self._groups = compile_groups(self.spec.groups, self.spec.attributes, _PLACE)
        return self._groups

    def element(self, name: str, own: ElementSpec, place: Location) -> Element:
        """Open an image element or a container.

        Raises:
            CampaignError: It names something that is not there, or containers that name each other in a ring.
            InkmergeError: Something that it names cannot be opened.
        """
        spec = self._joined(own, place, (name,) if own is self.containers.get(name) else ())
        source = None if spec.source is None else self._source(spec.source, place)
        if source is None and (spec.select or any(one.select for one in spec.variants)):
            raise CampaignError(
                f"`{name}` selects an item, and has no source", location=place, hint='add source = "…"'
            )
        return Element(
            name=name,
            base=self._variant(spec, None, spec, place),
            variants=tuple(self._variant(spec, one, one, place) for one in spec.variants),
            overlap=spec.overlap,
            outside=spec.outside,
            source=source,
            campaign=self.campaign,
            imported=self._imports(name, own, source),
        )

    def _imports(self, name: str, own: ElementSpec, source: Source | None) -> tuple[Content, ...]:
        """Return what was imported under an element's own name, and under its container's."""
        if source is None or source.spec.mode != "import":
            return ()
        found = []
        for one in dict.fromkeys((name, own.container or name)):
            path = content_path(self.folder, one)
            if path.is_file():
                if one not in self._imported:
                    self._imported[one] = read_content(path)
                content = self._imported[one]
                if content.origin == source.spec.location:
                    found.append(content)
        return tuple(found)

    def _joined(self, spec: ElementSpec, place: Location, met: tuple[str, ...]) -> ElementSpec:
        """Return settings with those of the containers that they name."""
        if spec.container is None:
            return spec
        name = spec.container
        if name in met:
            ring = " → ".join((*met, name))
            raise CampaignError(
                f"containers lead back to themselves: {ring}", location=place, hint="name another one"
            )
        if name not in self.containers:
            raise unknown("container", name, self.containers, place)
        inner = self._joined(self.containers[name], place, (*met, name))
        return with_container(spec, inner)

    def _variant(
        self, spec: ElementSpec, change: VariantSpec | None, own: ChangeSpec, place: Location
    ) -> Variant:
        path = own.template or spec.template
        if path is None:
            raise CampaignError(
                "no template is named", location=place, hint='add template = "templates/….svg"'
            )
        template = self._template(path, own, spec, place)
        compiler = ExpressionCompiler(self.limits, template.language)

        def compiled(texts: Mapping[str, str | int], what: str) -> dict[str, TextTemplate]:
            return {
                name: compiler.text(str(text), Location(place.template, None, f"{what}.{name}"))
                for name, text in texts.items()
            }

        def said(name: str, kind: str) -> str:
            is_own = change is not None and name in getattr(change, kind)
            return f"{kind} of {change.group if is_own and change else 'the element'}"

        joined = {
            kind: {**getattr(spec, kind), **getattr(own, kind)}
            for kind in ("select", "texts", "values", "assets")
        }
        group = None if change is None else self._group(change.group, place)
        return Variant(
            group=group,
            template=template,
            language=own.language or spec.language,
            select=compiled(joined["select"], "select"),
            content=ItemContents(
                {**joined["values"], **joined["assets"]}, compiled(joined["texts"], "texts"), self.campaign
            ),
            told={
                f"content.{name}": said(name, kind)
                for kind in ("values", "assets", "texts")
                for name in joined[kind]
            },
        )

    def _group(self, name: str, place: Location) -> Group:
        if name not in self.spec.groups:
            raise unknown("target group", name, self.spec.groups, place)
        return self.groups()[name]

    def _source(self, name: str, place: Location) -> Source:
        if name not in self.spec.sources:
            raise unknown("content source", name, self.spec.sources, place)
        if name not in self._sources:
            spec = self.spec.sources[name]
            # what is imported may cover all that is asked, so that nothing need be fetched
            is_read = not spec.is_remote or (spec.mode == "live" and self.fetcher.is_online)
            opened = Source.open if is_read else Source
            self._sources[name] = opened(name, spec, self.folder, self.fetcher)
        return self._sources[name]

    def _template(self, path: str, own: ChangeSpec, spec: ElementSpec, place: Location) -> Template:
        fallback, language = _fallback(own, spec), own.language or spec.language
        key = (path, repr(fallback), repr(spec.output), language or "")
        if key in self._templates:
            return self._templates[key]
        found = (self.folder / path).resolve()
        if not found.is_relative_to(self.folder):
            raise CampaignError(
                f"the template {path} is outside of the campaign",
                location=place,
                hint="copy it into templates/",
            )
        spare = self.spec.fallback
        options = Options(
            font_dirs=self._there(self.spec.fonts),
            asset_dirs=(self.folder, *self._there(self.spec.assets)),
            limits=self.limits,
            fallback=None if fallback is None else NamedFallback(fallback, self.folder),
            last_fallback=None if spare is None else NamedFallback(spare, self.folder),
            output=spec.output,
            last_output=self.spec.output,
            language=language,
            wider_pictures=self._images.beside,
        )
        try:
            template = Template(compile_template(found, options))
        except InkmergeError as fault:
            raise fault.at(place) from None
        self._templates[key] = template
        return template

    def _there(self, names: tuple[str, ...]) -> tuple[Path, ...]:
        """Return the folders that are there: each of the usual ones may be missing."""
        return tuple(self.folder / name for name in names if (self.folder / name).is_dir())


def _fallback(own: ChangeSpec, spec: ElementSpec) -> FallbackSpec | None:
    """Return the fallback image of a variant, else of the element, in the language of what is written beside it."""
    for one in (own, spec):
        found = one.fallback
        if found is not None and found.image is not None:
            return found.model_copy(update={"language": found.language or one.language})
    return None


def unknown(kind: str, name: str, known: Mapping[str, Any], place: Location = _PLACE) -> CampaignError:
    """Return the error for a name that nothing has, with the nearest one that something has."""
    near = get_close_matches(name, known, 1)
    listed = ", ".join(list(known)[:8])
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {listed}" if listed else None
    return CampaignError(f"no {kind} has the name {name!r}", location=place, hint=hint)
