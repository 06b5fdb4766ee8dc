"""`Template`: what a caller holds, from a file to one image after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, get_args

from inkmerge.alt import check_alt_source
from inkmerge.compiling import FLAT_ROOT_SCALE, CompiledTemplate, Options, compile_template
from inkmerge.errors import VALUE_REQUIRED, Finding, InkmergeError, InvalidValue, Location
from inkmerge.examination import Examination, Examiner
from inkmerge.explaining import Explanation, explain, not_planned
from inkmerge.fallback import Reason
from inkmerge.identity import fallback_identity, image_identity, named_pictures, template_identity
from inkmerge.image import RenderedImage
from inkmerge.images.cache import ByteCache
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.memo import Memo
from inkmerge.pipeline import (
    Format,
    Output,
    fill,
    flat_svg,
    read,
    render,
    render_fallback,
)
from inkmerge.plan import Plan, make_plan
from inkmerge.raster import RasterizerChoice
from inkmerge.template.expression import FieldUse, TextTemplate
from inkmerge.template.sidecar import FieldSpec

_DEFAULT_DPI = 192.0
_PLAN_BYTES = 256 << 20
_FALLBACK_BYTES = 4 << 20
_plans: ByteCache[tuple[bytes, Output], Plan | str] = ByteCache(
    _PLAN_BYTES, lambda plan: plan.byte_count if isinstance(plan, Plan) else 0
)
"""Plans of all templates of this process: those used last, as many as fit."""
_MOST_OUTPUTS = 64


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a template.

    Attributes:
        name: Dotted path, such as ``first_name`` or ``content.photo``; `recipient.` is left out.
        type: ``text``, ``number``, ``integer``, ``boolean``, ``date``, ``color``, ``image`` or ``list``.
        is_required: Whether a recipient that lacks it cannot get an image of their own.
        has_default: Whether the template or the sidecar gives a value for when it is absent.
        example: A value for trying out, or None.
    """

    name: str
    type: str
    is_required: bool
    has_default: bool
    example: object | None


class Template:
    """An SVG template, compiled: check it, and render it for one recipient after another.

    A template draws in the calling process; `IsolatedTemplate` has the same interface and draws in a child
    process that can be killed. It may be used from several threads, and is never changed by rendering.
    """

    def __init__(self, compiled: CompiledTemplate) -> None:
        self._compiled = compiled
        self._fields = _fields_of(compiled)
        self._prepared: set[Output] = set()
        self._outputs: Memo[tuple[float | None, Format | None, int | None], Output] = Memo(_MOST_OUTPUTS)
        self._fallbacks: ByteCache[Output, RenderedImage] = ByteCache(
            _FALLBACK_BYTES, lambda image: len(image.data)
        )
        self._identity = template_identity(compiled)

    @classmethod
    def load(  # noqa: PLR0913  the first three say what is drawn, the others are options by name
        cls,
        path: str | PathLike[str],
        font_dirs: Sequence[str | PathLike[str]] = (),
        asset_dirs: Sequence[str | PathLike[str]] = (),
        *,
        limits: Limits = DEFAULT_LIMITS,
        alt: str | None = None,
        rasterizer: RasterizerChoice = "auto",
    ) -> Self:
        """Read and compile a template and, where there is one, its sidecar `<name>.toml`.

        Args:
            path: The SVG file.
            font_dirs: Folders with fonts, searched before the bundled ones; no others are ever read.
            asset_dirs: Folders, beside the template's own, from which images may come.
            limits: How large things may be.
            alt: A text alternative instead of the template's own; the empty string declares it decorative.
            rasterizer: `auto` draws each part with the rasterizer that draws it faithfully; `cairo` and `resvg` force one.

        Raises:
            InkmergeError: The template cannot be drawn; the error names the place and the cure.
        """
        options = Options(tuple(map(Path, font_dirs)), tuple(map(Path, asset_dirs)), limits, alt, rasterizer)
        return cls(compile_template(Path(path), options))

    @property
    def name(self) -> str:
        """The template's file name."""
        return self._compiled.name

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in CSS pixels."""
        return self._compiled.width, self._compiled.height

    @property
    def language(self) -> str:
        """BCP 47 language tag of its text alternative."""
        return self._compiled.alt.language

    @property
    def fields(self) -> tuple[Field, ...]:
        """What the template reads from a recipient, content and campaign, in order of first use."""
        return self._fields

    @property
    def reads_pictures(self) -> bool:
        """Whether a recipient's values choose pictures, whose files may change from one run to the next."""
        return self._identity.pictures is not None

    def check(self) -> tuple[Finding, ...]:
        """Return what there is to say about the template; it never raises.

        Where each field has an example or a default, the template is filled with them too, so that overflow,
        missing glyphs and an insufficient text alternative show before anything is sent.
        """
        compiled = self._compiled
        findings = list(compiled.static_findings)
        if compiled.alt.text is not None:
            named = frozenset(".".join(use.path) for use in compiled.uses)
            findings += check_alt_source(
                [
                    _names(template)
                    for template in (compiled.alt.text, compiled.alt.extended)
                    if template is not None
                ],
                [
                    _names(template) & named
                    for fill in compiled.fills.values()
                    if not fill.is_decorative
                    for template in fill.shown_templates()
                ],
                compiled.decorative,
                Location(compiled.name),
            )
        example = example_recipient(self.fields)
        if example is not None:
            try:
                findings += fill(compiled, read(compiled, example), FLAT_ROOT_SCALE).described.findings
            except InkmergeError as fault:
                findings.append(fault.at(Location(compiled.name)).finding())
        return tuple(dict.fromkeys(findings))

    def prepare(
        self,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> tuple[Finding, ...]:
        """Draw and encode once what is the same for everybody, for one output: each later render of it costs what changes.

        It takes as long as a few renders, and holds some times the picture's pixels; the plans used last are kept up
        to a limit in bytes, others are made again when they are needed. The pixels are those of an unprepared render,
        within 1 of 255 where something static lies above something that changes; the encoded bytes differ.

        Returns:
            A finding where the template cannot be cut into layers, which says why; it is then rendered as before.

        Raises:
            InkmergeError: The static parts cannot be drawn; also as `render` does for the output.
        """
        output = self._output(dpi, format, width)
        self._prepared.add(output)
        plan = self._plan(output)
        if isinstance(plan, Plan):
            return ()
        return (not_planned(plan, self.name),)

    def _plan(self, output: Output) -> Plan | str:
        if output.encoding is None:
            return f"{output.format} is no picture of pixels"
        key = (self._identity.digest, output)
        found = _plans.get(key)
        if found is None:
            size = output.width, output.height
            found = make_plan(self._compiled, size, output.dpi, output.encoding)
            _plans.put(key, found)
        return found

    def render(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
        on_error: Literal["fallback", "raise"] = "fallback",
    ) -> RenderedImage:
        """Render the image of one recipient.

        Args:
            recipient: Attributes by name; nested mappings and lists are reached by dots. The keys `content` and
                `campaign` hold those namespaces.
            dpi: Pixels per inch, any positive number; 96 is one pixel per CSS pixel. Default: the sidecar's, else 192.
            format: Default: the sidecar's, else PNG.
            width: Pixels across instead of a dpi, which then follows from it.
            on_error: `fallback` returns the fallback image with its reason; `raise` raises instead.

        Raises:
            InvalidValue: dpi, width or format is none.
            LimitExceeded: The output would be larger than the limits allow.
            InkmergeError: With `on_error="raise"`, whatever keeps the image from being made; a field that says
                `missing = "fail"` raises in any case.
        """
        output = self._output(dpi, format, width)
        try:
            plan = self._plan(output) if output in self._prepared else None
            return render(self._compiled, recipient, output, plan if isinstance(plan, Plan) else None)
        except InkmergeError as fault:
            if on_error == "raise" or fault.code == VALUE_REQUIRED:
                raise fault.at(Location(self.name)) from None
            return self._fallback(output, fault.at(Location(self.name)))

    def examine(
        self,
        recipient: Mapping[str, Any],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> Examination:
        """Do all that `render` does but draw and encode, and return what was found; equal values are looked at once.

        What only encoding tells, such as that a file is too heavy, is not found.

        Args:
            recipient: As `render` takes it.
            dpi: As `render` takes it.
            format: As `render` takes it.
            width: As `render` takes it.

        Raises:
            InkmergeError: Because of which `render` hands over the fallback image.
        """
        (found,) = self.examine_all([recipient], dpi, format, width=width)
        if isinstance(found, InkmergeError):
            raise found
        return found

    def examine_all(
        self,
        recipients: Sequence[Mapping[str, Any]],
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> list[Examination | InkmergeError]:
        """Do the same for several recipients, in less time; return errors in their places."""
        found = self._examiner.examine(recipients, self._output(dpi, format, width))
        place = Location(self.name)
        return [one.at(place) if isinstance(one, InkmergeError) else one for one in found]

    @cached_property
    def _examiner(self) -> Examiner:
        return Examiner(self._compiled, self._identity)

    def fallback(
        self,
        reason: Reason,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field\'s word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Return the fallback image in the size and format asked for."""
        return self._fallback(
            self._output(dpi, format, width), InkmergeError(reason.message, code=reason.code)
        )

    def _fallback(self, output: Output, fault: InkmergeError) -> RenderedImage:
        """Return the fallback image, encoded once for each output."""
        known = self._fallbacks.get(output)
        if known is None:
            known = render_fallback(self._compiled, output, fault)
            self._fallbacks.put(output, known)
        return replace(known, fallback=Reason.of(fault), findings=(fault.finding(),))

    def digest(
        self,
        recipient: Mapping[str, Any] | None,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> str:
        """Return what names a recipient's image: equal digests, equal images, without drawing them.

        It is over the values that the template reads (its text alternative too), the bytes of the pictures that they
        name, the template with its fonts and pictures, and the output.

        Args:
            recipient: Whose image; None for the fallback image.
            dpi: As `render` takes it.
            format: As `render` takes it.
            width: As `render` takes it.

        Returns:
            A SHA-256, hexadecimal.

        Raises:
            InkmergeError: The values are missing or wrong: the recipient would get the fallback image.
        """
        output = self._output(dpi, format, width)
        if recipient is None:
            return fallback_identity(self._identity, output)
        values = read(self._compiled, recipient)
        pictures = self._compiled.pictures.digests(named_pictures(self._compiled, self._identity, values))
        return image_identity(self._compiled, self._identity, values, output, pictures)

    def faces(self, recipient: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Return the file names of the faces that the texts are set with.

        Args:
            recipient: Whose values; None takes the fields' examples, and where one has none, only fixed texts count.

        Raises:
            InkmergeError: Whatever keeps the image from being made.
        """
        values = example_recipient(self.fields) if recipient is None else recipient
        if values is None:
            return tuple(sorted(self._compiled.static_faces))
        return tuple(sorted(fill(self._compiled, read(self._compiled, values), 1.0).faces))

    def explain(
        self,
        recipient: Mapping[str, Any] | None = None,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field's word for it
        *,
        width: int | None = None,
    ) -> Explanation:
        """Return what of an output is drawn and encoded once for everybody, and what anew for a recipient, and why.

        It draws what `prepare` draws, whether that was called or not.

        Args:
            recipient: Whose values; None takes the fields' examples.
            dpi: As `render` takes it.
            format: As `render` takes it.
            width: As `render` takes it.

        Raises:
            InkmergeError: Whatever keeps the image from being made; `MissingValue` where a field has no example.
        """
        output = self._output(dpi, format, width)
        values = recipient if recipient is not None else example_recipient(self.fields) or {}
        try:
            return explain(self._compiled, values, output, self._plan(output))
        except InkmergeError as fault:
            raise fault.at(Location(self.name)) from None

    def flat_svg(self, recipient: Mapping[str, Any]) -> bytes:
        """Return the filled picture as flat SVG: paths, gradients and pictures as data URIs, no text, no CSS.

        Raises:
            InkmergeError: Whatever keeps the image from being made.
        """
        return flat_svg(fill(self._compiled, read(self._compiled, recipient), FLAT_ROOT_SCALE))

    def _output(self, dpi: float | None, asked: Format | None, width: int | None) -> Output:
        key = dpi, asked, width
        found = self._outputs.get(key)
        if found is None:
            found = self._outputs[key] = self._new_output(dpi, asked, width)
        return found

    def _new_output(self, dpi: float | None, asked: Format | None, width: int | None) -> Output:
        compiled, settings = self._compiled, self._compiled.sidecar.output
        chosen: Format = asked or settings.format or "png"
        if chosen not in get_args(Format):
            raise InvalidValue(f"format {chosen!r} is not known", hint="png, jpeg, webp, gif, svg or pdf")
        if dpi is None and width is None and settings.width is not None:
            width = settings.width
        if width is not None:
            if width < 1:
                raise InvalidValue(f"width is {width}", hint="give pixels, at least 1")
            dpi = 96 * width / compiled.width
        elif dpi is None:
            dpi = settings.first_dpi or _DEFAULT_DPI
        if not 0 < dpi < float("inf"):
            raise InvalidValue(f"dpi is {dpi}", hint="give a positive number; 96 is one pixel per CSS pixel")
        if chosen == "svg" or chosen == "pdf":  # noqa: PLR1714  the type checker narrows by comparison
            return Output(chosen, 96.0, round(compiled.width), round(compiled.height), None)
        scale = dpi / 96
        columns, rows = max(1, round(compiled.width * scale)), max(1, round(compiled.height * scale))
        compiled.limits.require("side_px", max(columns, rows), Location(compiled.name))
        compiled.limits.require("output_px", columns * rows, Location(compiled.name))
        return Output(chosen, dpi, columns, rows, settings.encode_options(chosen))


def _fields_of(compiled: CompiledTemplate) -> tuple[Field, ...]:
    specs = compiled.sidecar.fields
    found: dict[str, Field] = {}
    for use in compiled.uses:
        name = _field_name(use)
        spec = specs.get(name, FieldSpec())
        earlier = found.get(name)
        has_default = (
            use.has_default and (earlier is None or earlier.has_default)
        ) or spec.default is not None
        found[name] = Field(
            name, spec.type, not has_default and spec.required is not False, has_default, spec.example
        )
    for name, spec in specs.items():
        has_default = spec.default is not None
        found.setdefault(name, Field(name, spec.type, spec.required is True, has_default, spec.example))
    return tuple(found.values())


def example_recipient(fields: Iterable[Field]) -> dict[str, Any] | None:
    """Return a recipient of the fields' examples, or None when a field has neither example nor default."""
    example: dict[str, Any] = {}
    for field in fields:
        if field.example is None:
            if field.is_required:
                return None
            continue
        *parents, last = field.name.split(".")
        into = example
        for parent in parents:
            into = into.setdefault(parent, {})
        into[last] = field.example
    return example


def _names(template: TextTemplate) -> frozenset[str]:
    return frozenset(".".join(use.path) for use in template.fields)


def _field_name(use: FieldUse) -> str:
    path = use.path[1:] if use.path[0] == "recipient" else use.path
    return ".".join(path)
