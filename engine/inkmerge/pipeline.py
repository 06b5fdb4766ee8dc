"""The pipeline: one function whose lines are the stages, and the `Template` that stands before it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

from lxml import etree

from inkmerge.alt import TextAlternative, check_alt_source, check_text_alternative
from inkmerge.compiling import FLAT_ROOT_SCALE, CompiledTemplate, Options, compile_template, error_of
from inkmerge.content import Values, resolve
from inkmerge.encode import EncodeOptions, encode
from inkmerge.errors import VALUE_REQUIRED, Finding, InkmergeError, InvalidValue, Location
from inkmerge.fallback import Reason
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.document import IMAGE_SCHEME, FlatDocument
from inkmerge.flat.flatten import check_transforms, drop_marks, errors_of, flatten
from inkmerge.image import RenderedImage
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.raster import rasterize, to_pdf
from inkmerge.svg.names import XML_LANG, new
from inkmerge.svg.references import elements_by_id
from inkmerge.svg.style import ComputedStyles
from inkmerge.template.expression import FieldUse, TextTemplate
from inkmerge.template.filling import Filler
from inkmerge.template.sidecar import FieldSpec

Format = Literal["png", "jpeg", "webp", "svg", "pdf"]
"""What `Template.render` writes."""

_DEFAULT_DPI = 192.0
_VECTOR: dict[str, str] = {"svg": "image/svg+xml", "pdf": "application/pdf"}


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


@dataclass(frozen=True, slots=True)
class _Output:
    """One asked-for output: format, density and size in pixels."""

    format: Format
    dpi: float
    width: int
    height: int
    encoding: EncodeOptions | None


@dataclass(frozen=True, slots=True)
class _Filled:
    flat: FlatDocument
    text: TextAlternative
    findings: tuple[Finding, ...]
    faces: frozenset[str] = frozenset()


class Template:
    """An SVG template, compiled: check it, and render it for one recipient after another.

    A template draws in the calling process; `IsolatedTemplate` has the same interface and draws in a child
    process that can be killed. It may be used from several threads, and is never changed by rendering.
    """

    def __init__(self, compiled: CompiledTemplate) -> None:
        self._compiled = compiled

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        font_dirs: Sequence[str | PathLike[str]] = (),
        asset_dirs: Sequence[str | PathLike[str]] = (),
        *,
        limits: Limits = DEFAULT_LIMITS,
        alt: str | None = None,
    ) -> Self:
        """Read and compile a template and, where there is one, its sidecar `<name>.toml`.

        Args:
            path: The SVG file.
            font_dirs: Folders with fonts, searched before the bundled ones; no others are ever read.
            asset_dirs: Folders, beside the template's own, from which images may come.
            limits: How large things may be.
            alt: A text alternative instead of the template's own; the empty string declares it decorative.

        Raises:
            InkmergeError: The template cannot be drawn; the error names the place and the cure.
        """
        options = Options(tuple(map(Path, font_dirs)), tuple(map(Path, asset_dirs)), limits, alt)
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
    def fields(self) -> tuple[Field, ...]:
        """What the template reads from a recipient, content and campaign, in order of first use."""
        specs = self._compiled.sidecar.fields
        found: dict[str, Field] = {}
        for use in self._compiled.uses:
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

    def check(self) -> tuple[Finding, ...]:
        """Return what there is to say about the template; it never raises.

        Where each field has an example or a default, the template is filled with them too, so that overflow,
        missing glyphs and an insufficient text alternative show before anything is sent.
        """
        compiled = self._compiled
        findings = list(compiled.static_findings)
        if compiled.alt.text is not None:
            read = frozenset(".".join(use.path) for use in compiled.uses)
            findings += check_alt_source(
                [
                    _names(template)
                    for template in (compiled.alt.text, compiled.alt.extended)
                    if template is not None
                ],
                [
                    _names(template) & read
                    for fill in compiled.fills.values()
                    if not fill.is_decorative
                    for template in fill.shown_templates()
                ],
                _decorative(compiled),
                Location(compiled.name),
            )
        example = self._example()
        if example is not None:
            try:
                findings += _fill(compiled, example, FLAT_ROOT_SCALE).findings
            except InkmergeError as fault:
                findings.append(fault.at(Location(compiled.name)).finding())
        return tuple(dict.fromkeys(findings))

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
            return _render(self._compiled, recipient, output)
        except InkmergeError as fault:
            if on_error == "raise" or fault.code == VALUE_REQUIRED:
                raise fault.at(Location(self.name)) from None
            return _fallback(self._compiled, output, fault.at(Location(self.name)))

    def fallback(
        self,
        reason: Reason,
        dpi: float | None = None,
        format: Format | None = None,  # noqa: A002  the field\'s word for it
        *,
        width: int | None = None,
    ) -> RenderedImage:
        """Return the fallback image in the size and format asked for."""
        return _fallback(
            self._compiled, self._output(dpi, format, width), InkmergeError(reason.message, code=reason.code)
        )

    def faces(self, recipient: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Return the file names of the faces that the texts are set with.

        Args:
            recipient: Whose values; None takes the fields' examples, and where one has none, only fixed texts count.

        Raises:
            InkmergeError: Whatever keeps the image from being made.
        """
        values = self._example() if recipient is None else recipient
        if values is None:
            return tuple(sorted(self._compiled.static_faces))
        return tuple(sorted(_fill(self._compiled, values, 1.0).faces))

    def flat_svg(self, recipient: Mapping[str, Any]) -> bytes:
        """Return the filled picture as flat SVG: paths, gradients and pictures as data URIs, no text, no CSS.

        Raises:
            InkmergeError: Whatever keeps the image from being made.
        """
        return _svg(_fill(self._compiled, recipient, FLAT_ROOT_SCALE))

    def _output(self, dpi: float | None, asked: Format | None, width: int | None) -> _Output:
        compiled, settings = self._compiled, self._compiled.sidecar.output
        chosen: Format = asked or settings.format or "png"
        if chosen not in {"png", "jpeg", "webp", "svg", "pdf"}:
            raise InvalidValue(f"format {chosen!r} is not known", hint="png, jpeg, webp, svg or pdf")
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
            return _Output(chosen, 96.0, round(compiled.width), round(compiled.height), None)
        scale = dpi / 96
        columns, rows = max(1, round(compiled.width * scale)), max(1, round(compiled.height * scale))
        compiled.limits.require("side_px", max(columns, rows), Location(compiled.name))
        compiled.limits.require("output_px", columns * rows, Location(compiled.name))
        return _Output(chosen, dpi, columns, rows, settings.encode_options(chosen))

    def _example(self) -> dict[str, Any] | None:
        """Return a recipient of the fields' examples, or None when a field has neither example nor default."""
        example: dict[str, Any] = {}
        for field in self.fields:
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


def _render(compiled: CompiledTemplate, recipient: Mapping[str, Any], output: _Output) -> RenderedImage:
    """The pipeline of one recipient."""
    filled = _fill(compiled, recipient, output.width / compiled.width)
    if output.format == "svg":
        return _image(output, filled, _svg(filled))
    if output.encoding is None:
        return _image(output, filled, to_pdf(filled.flat, filled.text))
    canvas = rasterize(filled.flat, output.width, output.height, output.dpi)
    encoded = encode(canvas, output.encoding, filled.text)
    return _image(output, replace(filled, findings=filled.findings + encoded.findings), encoded.data)


def _fill(compiled: CompiledTemplate, recipient: Mapping[str, Any], scale: float) -> _Filled:
    """Resolve, fill, set text, flatten and describe: all that comes before pixels."""
    values = resolve(recipient, compiled.sidecar.fields, compiled.uses, compiled.limits)
    filler = Filler(compiled.fills, _decorative(compiled), compiled.limits)
    root = deepcopy(compiled.root)
    changed = filler.fill(root, values.scope)
    context = _context(compiled, root, scale, values)
    flatten(changed, context)
    if any(name == "transform" for fill in compiled.fills.values() for name, _ in fill.attributes):
        check_transforms(root, context)
    drop_marks(root)
    text = _describe(compiled, values)
    findings = (*values.findings, *context.findings)
    if compiled.alt.text is not None:
        findings += check_text_alternative(text, filler.shown, Location(compiled.name))
    for finding in errors_of(findings):
        if finding.code.startswith("alt-") and compiled.sidecar.alt.on_insufficient == "warn":
            continue
        raise error_of(finding)
    flat = FlatDocument(root, compiled.width, compiled.height, {**compiled.images, **context.images})
    return _Filled(flat, text, findings, compiled.static_faces | context.faces)


def _context(
    compiled: CompiledTemplate, root: etree._Element, scale: float, values: Values
) -> FlattenContext:
    locale = values.scope.get("locale") or values.scope.get("language")
    return FlattenContext(
        name=compiled.name,
        limits=compiled.limits,
        catalog=compiled.catalog,
        folders=compiled.folders,
        viewport=compiled.viewport,
        styles=ComputedStyles(compiled.viewport),
        ids=elements_by_id(root),
        boxes=compiled.boxes,
        language=str(locale).replace("_", "-") if locale else compiled.alt.language,
        scale=scale,
        is_filled=True,
    )


def _describe(compiled: CompiledTemplate, values: Values) -> TextAlternative:
    alt = compiled.alt
    if alt.text is None:
        return TextAlternative("", None, alt.language)
    text = " ".join(alt.text.fill(values.scope).text.split())
    extended = " ".join(alt.extended.fill(values.scope).text.split()) if alt.extended else None
    return TextAlternative(text, extended or None, alt.language)


def _decorative(compiled: CompiledTemplate) -> frozenset[str]:
    return frozenset(
        name
        if name.split(".")[0] in {"content", "campaign"}
        else f"recipient.{name.removeprefix('recipient.')}"
        for name, spec in compiled.sidecar.fields.items()
        if spec.decorative
    )


def _svg(filled: _Filled) -> bytes:
    """Write the flat SVG with `role="img"` and its text alternative as title and description."""
    root = filled.flat.root
    root.set("role", "img")
    root.set(XML_LANG, filled.text.language)
    texts = (("desc", filled.text.extended_description), ("title", filled.text.alt))
    for local, text in texts:
        if text:
            element = new(local)
            element.text = text
            root.insert(0, element)
    if not filled.text.alt:
        root.set("aria-hidden", "true")
    return filled.flat.to_svg()


def _image(output: _Output, filled: _Filled, data: bytes) -> RenderedImage:
    return RenderedImage(
        data=data,
        media_type=_media_type(output.format),
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        alt=filled.text.alt,
        extended_description=filled.text.extended_description,
        digest=hashlib.sha256(data).hexdigest(),
        fallback=None,
        findings=filled.findings,
    )


def _fallback(compiled: CompiledTemplate, output: _Output, fault: InkmergeError) -> RenderedImage:
    """Hand over the static image and say why."""
    fallback = compiled.fallback
    if output.encoding is None:
        data = _vector_fallback(compiled, output)
    else:
        canvas = fallback.canvas(output.width, output.height, output.dpi)
        data = encode(canvas, output.encoding, fallback.text).data
    return RenderedImage(
        data=data,
        media_type=_media_type(output.format),
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        alt=fallback.text.alt,
        extended_description=None,
        digest=hashlib.sha256(data).hexdigest(),
        fallback=Reason.of(fault),
        findings=(fault.finding(),),
    )


def _media_type(name: str) -> str:
    return _VECTOR.get(name, f"image/{name}")


def _names(template: TextTemplate) -> frozenset[str]:
    return frozenset(".".join(use.path) for use in template.fields)


def _field_name(use: FieldUse) -> str:
    path = use.path[1:] if use.path[0] == "recipient" else use.path
    return ".".join(path)


def _vector_fallback(compiled: CompiledTemplate, output: _Output) -> bytes:
    fallback = compiled.fallback
    size = {"width": str(output.width), "height": str(output.height)}
    root = new("svg", size | {"viewBox": f"0 0 {output.width} {output.height}"})
    images = {}
    if fallback.source is not None:
        images[fallback.source.digest] = fallback.source
        root.append(new("image", size | {"x": "0", "y": "0", "href": IMAGE_SCHEME + fallback.source.digest}))
    flat = FlatDocument(root, output.width, output.height, images)
    if output.format == "pdf":
        return to_pdf(flat, fallback.text)
    return _svg(_Filled(flat, fallback.text, ()))
