"""The pipeline: one recipient through the stages, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal

from lxml import etree

from inkmerge.alt import TextAlternative, check_text_alternative
from inkmerge.compiling import CompiledTemplate, error_of, is_tolerated
from inkmerge.content import Values, resolve
from inkmerge.encode import EncodeOptions, encode
from inkmerge.errors import Finding, InkmergeError, Location
from inkmerge.fallback import Fallback, Reason
from inkmerge.flat.context import FlattenContext
from inkmerge.flat.document import IMAGE_SCHEME, FlatDocument
from inkmerge.flat.flatten import check_transforms, drop_marks, errors_of, flatten, flatten_filters
from inkmerge.image import RenderedImage
from inkmerge.plan import Plan
from inkmerge.raster import rasterize, to_pdf
from inkmerge.svg.names import XML_LANG, new
from inkmerge.svg.references import elements_by_id
from inkmerge.svg.style import ComputedStyles
from inkmerge.template.filling import Filler

Format = Literal["png", "jpeg", "webp", "gif", "svg", "pdf"]
"""What `Template.render` writes."""

VECTOR: dict[str, str] = {"svg": "image/svg+xml", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Output:
    """One asked-for output: format, density and size in pixels."""

    format: Format
    dpi: float
    width: int
    height: int
    encoding: EncodeOptions | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled picture before it has pixels; `filter_work` is what its filters cost at 96 dpi, in pixels."""

    flat: FlatDocument
    text: TextAlternative
    findings: tuple[Finding, ...]
    faces: frozenset[str] = frozenset()
    filter_work: float = 0.0


def render(
    compiled: CompiledTemplate, recipient: Mapping[str, Any], output: Output, plan: Plan | None = None
) -> RenderedImage:
    """Take one recipient through all stages; with a plan for the output, only what changes is filled, drawn and encoded."""
    filled = _filled_for(compiled if plan is None else plan.changing, recipient, output)
    if output.format == "svg":
        return _image(output, filled, flat_svg(filled))
    if output.encoding is None:
        return _image(output, filled, to_pdf(filled.flat, filled.text))
    if plan is not None:
        encoded = plan.encode(filled.flat, filled.text)
    else:
        canvas = rasterize(filled.flat, output.width, output.height, output.dpi, compiled.rasterizer)
        encoded = encode(canvas, output.encoding, filled.text)
    return _image(output, replace(filled, findings=filled.findings + encoded.findings), encoded.data)


def examine(compiled: CompiledTemplate, recipient: Mapping[str, Any], output: Output) -> tuple[Finding, ...]:
    """Take one recipient through all stages before pixels, and return what was found; errors are those of `render`."""
    return _filled_for(compiled, recipient, output).findings


def _filled_for(compiled: CompiledTemplate, recipient: Mapping[str, Any], output: Output) -> Filled:
    scale = output.width / compiled.width
    filled = fill(compiled, recipient, scale)
    if output.encoding is not None:
        work = round(filled.filter_work * scale**2)
        compiled.limits.require("filter_px", work, Location(compiled.name))
    return filled


def fill(compiled: CompiledTemplate, recipient: Mapping[str, Any], scale: float) -> Filled:
    """Resolve, fill, set text, flatten and describe: all that comes before pixels."""
    values = resolve(recipient, compiled.sidecar.fields, compiled.uses, compiled.limits)
    filler = Filler(compiled.fills, decorative_fields(compiled), compiled.limits)
    root = deepcopy(compiled.root)
    changed = filler.fill(root, values.scope)
    context = _context(compiled, root, scale, values)
    context.written = frozenset(filler.written)
    flatten(changed, context)
    if any(name == "transform" for one in compiled.fills.values() for name, _ in one.attributes):
        check_transforms(root, context)
    filter_work = flatten_filters(root, context)
    drop_marks(root)
    text = _describe(compiled, values)
    findings = (*values.findings, *context.findings)
    if compiled.alt.text is not None:
        findings += check_text_alternative(text, filler.shown, Location(compiled.name))
    for finding in errors_of(findings):
        if not is_tolerated(finding, compiled.sidecar):
            raise error_of(finding)
    flat = FlatDocument(
        root,
        compiled.width,
        compiled.height,
        {**compiled.images, **context.images},
        {**compiled.glyphs, **context.glyphs},
    )
    return Filled(flat, text, findings, compiled.static_faces | context.faces, filter_work)


def _context(
    compiled: CompiledTemplate, root: etree._Element, scale: float, values: Values
) -> FlattenContext:
    locale = values.scope.get("locale") or values.scope.get("language")
    return FlattenContext(
        name=compiled.name,
        root=root,
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
        frames=compiled.frames,
    )


def _describe(compiled: CompiledTemplate, values: Values) -> TextAlternative:
    alt = compiled.alt
    if alt.text is None:
        return TextAlternative("", None, alt.language)
    text = " ".join(alt.text.fill(values.scope).text.split())
    extended = " ".join(alt.extended.fill(values.scope).text.split()) if alt.extended else None
    return TextAlternative(text, extended or None, alt.language)


def decorative_fields(compiled: CompiledTemplate) -> frozenset[str]:
    """Return the fields, with their namespaces, whose values need not be in the text alternative."""
    return frozenset(
        name
        if name.split(".")[0] in {"content", "campaign"}
        else f"recipient.{name.removeprefix('recipient.')}"
        for name, spec in compiled.sidecar.fields.items()
        if spec.decorative
    )


def flat_svg(filled: Filled) -> bytes:
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


def _image(output: Output, filled: Filled, data: bytes, fallback: Reason | None = None) -> RenderedImage:
    return RenderedImage(
        data=data,
        media_type=VECTOR.get(output.format, f"image/{output.format}"),
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        alt=filled.text.alt,
        extended_description=filled.text.extended_description,
        fallback=fallback,
        findings=filled.findings,
    )


def render_fallback(compiled: CompiledTemplate, output: Output, fault: InkmergeError) -> RenderedImage:
    """Hand over the static image and say why."""
    fallback = compiled.fallback
    filled = Filled(_flat_fallback(fallback, output), fallback.text, (fault.finding(),))
    if output.format == "svg":
        data = flat_svg(filled)
    elif output.encoding is None:
        data = to_pdf(filled.flat, fallback.text)
    else:  # not through the rasterizer, which may be what failed
        canvas = fallback.canvas(output.width, output.height, output.dpi)
        data = encode(canvas, output.encoding, fallback.text).data
    return _image(output, filled, data, Reason.of(fault))


def _flat_fallback(fallback: Fallback, output: Output) -> FlatDocument:
    size = {"width": str(output.width), "height": str(output.height)}
    root = new("svg", size | {"viewBox": f"0 0 {output.width} {output.height}"})
    images = {}
    if fallback.source is not None:
        images[fallback.source.digest] = fallback.source
        root.append(new("image", size | {"x": "0", "y": "0", "href": IMAGE_SCHEME + fallback.source.digest}))
    return FlatDocument(root, output.width, output.height, images)
