"""Values → what is found of an image before it is drawn, part by part: what is known of a part is not looked at again.

A part is one dynamic leaf of a template. Recipients mostly share what most parts show, such as what a source says of a
product; of these it is known that nothing is found. A recipient with a part of whom anything is found, or fails, is
looked at as a whole, so that what is said of them is what a render says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar

from lxml import etree

from inkmerge.alt import Shown
from inkmerge.compiling import CompiledTemplate
from inkmerge.content import Values
from inkmerge.cutting import Cutting, cut
from inkmerge.errors import Finding, InkmergeError
from inkmerge.identity import LINKS, TemplateIdentity, image_identity, named_pictures
from inkmerge.images import ImageSource, require_whole
from inkmerge.images.cache import ByteCache
from inkmerge.lone_texts import LoneText, lone_text
from inkmerge.memo import Memo
from inkmerge.pipeline import Output, describe, filled_for, flatten_for, language_of, read
from inkmerge.raster.layered import LAYER
from inkmerge.svg.names import DYNAMIC, FILL, NEVER_DRAWN, TEXT_ROOTS, local_name, svg_name
from inkmerge.template.filling import Filler
from inkmerge.template.placeholders import ElementFill
from inkmerge.template.reading import Paths
from inkmerge.text import CleanSetting

_MOST_PARTS: Final = 64
_MOST_KNOWN: Final = 1_024
"""Outcomes that are kept of a part."""
_MOST_SETTINGS: Final = 64
_MOST_FOUND: Final = 4_096
"""The same of whole images."""
R = TypeVar("R")


class Examination(NamedTuple):
    """What is known of an image before it is drawn.

    Attributes:
        digest: What names it; see `Template.digest`.
        absent: The fields of which the recipient brings no value.
        findings: What there is to report.
    """

    digest: str
    absent: tuple[str, ...]
    findings: tuple[Finding, ...]


_Found = tuple[Finding, ...] | InkmergeError


class _Clean(NamedTuple):
    """What is left to say of a part in which nothing is amiss.

    Attributes:
        shown: The values that it shows as text.
        pictures: How many pictures it takes.
    """

    shown: tuple[Shown, ...]
    pictures: int


@dataclass(slots=True)
class _Part:
    """One dynamic leaf.

    Attributes:
        compiled: The template with nothing else in it.
        pick: Picks what it depends on out of what all parts do.
        text: The leaf, where it is a lone text; else None.
        known: What came of it; None where anything is amiss.
        settings: What tells whether the text is set without a finding, by language and scale.
        is_painted: Whether the text was painted once without a finding: then it always is.
    """

    compiled: CompiledTemplate
    pick: Callable[[tuple[object, ...]], tuple[object, ...]]
    text: LoneText | None
    known: Memo[object, _Clean | None] = field(default_factory=lambda: Memo(_MOST_KNOWN))
    settings: Memo[tuple[str, float], CleanSetting] = field(default_factory=lambda: Memo(_MOST_SETTINGS))
    is_painted: bool = False

    def look(self, values: Values, output: Output, read: tuple[object, ...]) -> _Clean | None:
        """Return what comes of it for a recipient.

        Args:
            values: The recipient's values.
            output: The output.
            read: All that parts depend on, to be compared.
        """
        key = self.pick(read)
        if None in key:
            return self._look(values, output)
        if key in self.known:
            return self.known[key]
        found = self._look(values, output)
        self.known[key] = found
        return found

    def _look(self, values: Values, output: Output) -> _Clean | None:
        scale = output.width / self.compiled.width
        try:
            clean = (
                self._measured(self.text, values, scale)
                if self.is_painted and self.text is not None
                else None
            )
            return clean or self._flattened(values, scale, output)
        except InkmergeError:
            return None

    def _measured(self, text: LoneText, values: Values, scale: float) -> _Clean | None:
        """Look at the text without drawing it; None where it has to be."""
        compiled = self.compiled
        how = language_of(compiled, values), scale
        setting = self.settings.get(how)
        if setting is None:
            frame = compiled.frames.get((text.frame, *how))
            if frame is None:
                return None
            setting = CleanSetting(frame)
            self.settings[how] = setting
        filler = Filler(compiled.fills, compiled.decorative, compiled.limits)
        written = filler.text(text.template, text.fill, values.scope)
        return _Clean(tuple(filler.shown), 0) if setting.is_clean(written) else None

    def _flattened(self, values: Values, scale: float, output: Output) -> _Clean | None:
        """Do all that a render does before there are pixels."""
        flattened = flatten_for(self.compiled, values, scale)
        images = flattened.context.images
        _require_whole(images.values(), output)
        if flattened.context.findings:
            return None
        if self.text is not None:
            self.is_painted |= next(_layer(flattened.root).iter(svg_name("path")), None) is not None
        return _Clean(tuple(flattened.shown), len(images))


class _Case(NamedTuple):
    """One recipient on the way.

    Attributes:
        values: Their values.
        pictures: What names the pictures that the values name.
        digest: What names the image.
    """

    values: Values
    pictures: tuple[str, ...]
    digest: str


class Examiner:
    """Examines images of one template; what was found of those asked for last is kept by their digests.

    Args:
        compiled: The template.
        identity: What is the same in the names of its images.
    """

    def __init__(self, compiled: CompiledTemplate, identity: TemplateIdentity) -> None:
        self._compiled = compiled
        self._identity = identity
        self._known: ByteCache[str, _Found] = ByteCache(_MOST_FOUND, lambda _: 1)
        cutting = cut(compiled)
        self._changing = compiled if isinstance(cutting, str) else cutting.changing()
        self._paths = Paths(use for fill in _fills(self._changing) for use in fill.fields())
        self._parts: list[_Part] | None = None
        if isinstance(cutting, Cutting) and _is_sum_of_parts(self._changing):
            self._parts = [_part(leaf, self._paths) for leaf in cutting.leaves()]

    def examine(
        self, recipients: Iterable[Mapping[str, Any]], output: Output
    ) -> list[Examination | InkmergeError]:
        """Do all that renders do before there are pixels; return what was found, or why the fallback image stands in.

        All go through one stage before the first goes through the next: what a stage works with stays in the
        processor's caches then, which saves a quarter of the time.
        """
        resolved = [_tried(read, self._compiled, one) for one in recipients]
        digests: dict[tuple[str, ...], tuple[str, ...]] = {}  # files are looked at once
        cases = [
            one if isinstance(one, InkmergeError) else _tried(self._case, one, output, digests)
            for one in resolved
        ]
        sound = {one.digest: one for one in cases if isinstance(one, _Case)}
        found = {digest: known for digest in sound if (known := self._known.get(digest)) is not None}
        fresh = [case for digest, case in sound.items() if digest not in found]
        for case, one in zip(fresh, self._look(fresh, output), strict=True):
            found[case.digest] = one
            self._known.put(case.digest, one)
        return [one if isinstance(one, InkmergeError) else _told(one, found[one.digest]) for one in cases]

    def _case(self, values: Values, output: Output, digests: dict[tuple[str, ...], tuple[str, ...]]) -> _Case:
        compiled, identity = self._compiled, self._identity
        names = named_pictures(compiled, identity, values)
        pictures = digests.get(names)
        if pictures is None:
            pictures = digests[names] = compiled.pictures.digests(names)
        return _Case(values, pictures, image_identity(compiled, identity, values, output, pictures))

    def _look(self, cases: Sequence[_Case], output: Output) -> list[_Found]:
        """Return what is found beside what was cleaned of the values, or what keeps the image from being made."""
        return [
            _tried(self._described, case, shown, output)
            for case, shown in zip(cases, self._shown(cases, output), strict=True)
        ]

    def _shown(self, cases: Sequence[_Case], output: Output) -> list[list[Shown] | None]:
        """Return what the parts show of each; None where a part has to be looked at together with the others."""
        if self._parts is None:
            return [None for _ in cases]
        shown: list[list[Shown] | None] = [[] for _ in cases]
        room = [self._changing.limits.images for _ in cases]
        how = output.width, output.format == "svg"
        keys = [(*how, case.pictures, *self._paths.values_of(case.values.scope)) for case in cases]
        for part in self._parts:
            for place, case in enumerate(cases):
                before = shown[place]
                if before is None:
                    continue
                found = part.look(case.values, output, keys[place])
                if found is None or found.pictures > room[place]:
                    shown[place] = None
                else:
                    before += found.shown
                    room[place] -= found.pictures
        return shown

    def _described(self, case: _Case, shown: list[Shown] | None, output: Output) -> tuple[Finding, ...]:
        values = case.values
        if shown is not None:
            return describe(self._changing, values, (), shown).findings[len(values.findings) :]
        filled = filled_for(self._changing, values, output)
        images = filled.flat.images.items()
        _require_whole([one for digest, one in images if digest not in self._changing.images], output)
        return filled.described.findings[len(values.findings) :]


def _tried(act: Callable[..., R], *arguments: Any) -> R | InkmergeError:
    """Return what a function returns, or its error, without the frames that it passed."""
    try:
        return act(*arguments)
    except InkmergeError as fault:
        return copy(fault)


def _told(case: _Case, found: _Found) -> Examination | InkmergeError:
    if isinstance(found, InkmergeError):
        return copy(found)
    return Examination(case.digest, case.values.absent, case.values.findings + found)


def _require_whole(images: Iterable[ImageSource], output: Output) -> None:
    """Refuse damaged pictures, as whoever draws them does; a flat SVG holds them as they came."""
    if output.format != "svg":
        for source in images:
            require_whole(source)


def _fills(compiled: CompiledTemplate) -> list[ElementFill]:
    """Return what is filled of what is left in a template's tree."""
    return [
        compiled.fills[one.attrib[FILL]] for one in compiled.root.iter(etree.Element) if FILL in one.attrib
    ]


def _part(leaf: CompiledTemplate, paths: Paths) -> _Part:
    fills = _fills(leaf)
    names_pictures = any(name in LINKS for fill in fills for name, _ in fill.attributes)
    places = paths.places_of(use for fill in fills for use in fill.fields())
    depends_on = (0, 1, *((2,) if names_pictures else ()), *(3 + place for place in places))
    return _Part(leaf, itemgetter(*depends_on), lone_text(_layer(leaf.root), leaf.fills))


def _layer(root: etree._Element) -> etree._Element:
    """Return the group with the one dynamic leaf."""
    return next(one for one in root.iter(svg_name("g")) if LAYER in one.attrib)


def _is_sum_of_parts(compiled: CompiledTemplate) -> bool:
    """Tell whether nothing that is found of the whole is about more than one dynamic leaf.

    Elements that are repeated are counted together, and so are what filters cost; transforms multiply, and what is
    shown in definitions comes before all else.
    """
    elements = list(compiled.root.iter(etree.Element))
    fills = _fills(compiled)
    is_counted = any(fill.repeat for fill in fills) or any(local_name(one) == "filter" for one in elements)
    moves = any(name == "transform" for fill in fills for name, _ in fill.attributes)
    defines_text = any(
        DYNAMIC in one.attrib and any(local_name(around) in NEVER_DRAWN for around in one.iterancestors())
        for one in elements
        if local_name(one) in TEXT_ROOTS
    )
    leaves = sum(LAYER in one.attrib for one in elements)
    return leaves <= _MOST_PARTS and not (is_counted or moves or defines_text)
