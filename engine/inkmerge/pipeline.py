"""The pipeline: one recipient through the stages, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from lxml import etree

from inkmerge.alt import Shown, TextAlternative, check_text_alternative
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


class Described(NamedTuple):
    """What there is to say of a picture: its text alternative, what was found, and its texts without decorative ones."""

    text: TextAlternative
    findings: tuple[Finding, ...]
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled picture before it has pixels; `filter_work` is what its filters cost at 96 dpi, in pixels."""

    flat: FlatDocument
    described: Described
    faces: frozenset[str] = frozenset()
    filter_work: float = 0.0


@dataclass(frozen=True, slots=True)
class Flattened:
    """A filled and flattened tree, with its marks: what was found and shown on the way, and what its filters cost."""

    root: etree._Element
    context: FlattenContext
    shown: Sequence[Shown]
    filter_work: float


def render(
    compiled: CompiledTemplate, recipient: Mapping[str, Any], output: Output, plan: Plan | None = None
) -> RenderedImage:
    """Take one recipient through all stages; with a plan for the output, only what changes is filled, drawn and encoded."""
    values = read(compiled, recipient)
    if plan is not None and output.encoding is not None:
        return _planned(plan, values, output)
    filled = filled_for(compiled, values, output)
    if output.format == "svg":
        return _image(output, filled.described, flat_svg(filled))
    if output.encoding is None:
        return _image(output, filled.described, to_pdf(filled.flat, filled.described.text))
    canvas = rasterize(filled.flat, output.width, output.height, output.dpi, compiled.rasterizer)
    encoded = encode(canvas, output.encoding, filled.described.text)
    return _image(output, filled.described, encoded.data, encoded.findings)


def _planned(plan: Plan, values: Values, output: Output) -> RenderedImage:
    """Draw and encode what changes: texts as they are, where there is nothing else, else by way of the tree."""
    compiled, texts = plan.changing, None
    if plan.texts is not None:
        scale, size = output.width / compiled.width, (output.width, output.height)
        texts = plan.texts.set(values, language_of(compiled, values), scale, size)
    if texts is not None:
        described = describe(compiled, values, texts.findings, texts.shown)
        encoded = plan.encode(texts, described.text)
    else:
        filled = filled_for(compiled, values, output)
        described = filled.described
        encoded = plan.encode(filled.flat, described.text)
    return _image(output, described, encoded.data, encoded.findings)


def read(compiled: CompiledTemplate, recipient: Mapping[str, Any]) -> Values:
    """Clean and check what a recipient brings: the first stage."""
    return resolve(recipient, compiled.inputs, compiled.limits)


def filled_for(compiled: CompiledTemplate, values: Values, output: Output) -> Filled:
    """Take a recipient's values through all stages before the pixels of an output.

    Raises:
        InkmergeError: No image can be made.
    """
    scale = output.width / compiled.width
    filled = fill(compiled, values, scale)
    if output.encoding is not None:
        work = round(filled.filter_work * scale**2)
        compiled.limits.require("filter_px", work, Location(compiled.name))
    return filled


def fill(compiled: CompiledTemplate, values: Values, scale: float) -> Filled:
    """Fill, set text, flatten and describe: all that comes between values and pixels."""
    flattened = flatten_for(compiled, values, scale)
    root, context = flattened.root, flattened.context
    drop_marks(root)
    described = describe(compiled, values, context.findings, flattened.shown)
    flat = FlatDocument(
        root,
        compiled.width,
        compiled.height,
        {**compiled.images, **context.images},
        {**compiled.glyphs, **context.glyphs},
    )
    faces = compiled.static_faces | context.faces
    return Filled(flat, described, faces, flattened.filter_work)


def flatten_for(compiled: CompiledTemplate, values: Values, scale: float) -> Flattened:
    """Fill a copy of the prepared tree, and flatten what is filled."""
    filler = Filler(compiled.fills, compiled.decorative, compiled.limits)
    root = deepcopy(compiled.root)
    changed = filler.fill(root, values.scope)
    context = _context(compiled, root, scale, values)
    context.written = frozenset(filler.written)
    flatten(changed, context)
    if any(name == "transform" for one in compiled.fills.values() for name, _ in one.attributes):
        check_transforms(root, context)
    return Flattened(root, context, filler.shown, flatten_filters(root, context))


def describe(
    compiled: CompiledTemplate, values: Values, found: Sequence[Finding], shown: Sequence[Shown]
) -> Described:
    """Fill and check the text alternative of what is shown; return it with all that was found on the way.

    Raises:
        InkmergeError: Something was found because of which no image can be made.
    """
    text = _text_alternative(compiled, values)
    findings = (*values.findings, *found)
    if compiled.alt.text is not None:
        findings += check_text_alternative(text, shown, Location(compiled.name))
    for finding in errors_of(findings):
        if not is_tolerated(finding, compiled.sidecar):
            raise error_of(finding)
    return Described(text, findings, _shown(compiled, shown))


def _shown(compiled: CompiledTemplate, filled: Sequence[Shown]) -> tuple[str, ...]:
    """Return the texts that a picture shows, without decorative ones; none of one that is decorative as a whole."""
    if compiled.alt.text is None:
        return ()
    drawn = (one.value for one in filled if not one.is_decorative)
    return tuple(dict.fromkeys((*drawn, *compiled.fixed_texts)))


def language_of(compiled: CompiledTemplate, values: Values) -> str:
    """Return the BCP 47 language tag of a recipient's texts."""
    locale = values.scope.get("locale") or values.scope.get("language")
    return str(locale).replace("_", "-") if locale else compiled.alt.language


def _context(
    compiled: CompiledTemplate, root: etree._Element, scale: float, values: Values
) -> FlattenContext:
    return FlattenContext(
        name=compiled.name,
        root=root,
        limits=compiled.limits,
        catalog=compiled.catalog,
        pictures=compiled.pictures,
        viewport=compiled.viewport,
        styles=ComputedStyles(compiled.viewport),
        ids=elements_by_id(root),
        boxes=compiled.boxes,
        language=language_of(compiled, values),
        scale=scale,
        is_filled=True,
        frames=compiled.frames,
    )


def _text_alternative(compiled: CompiledTemplate, values: Values) -> TextAlternative:
    alt = compiled.alt
    if alt.text is None:
        return TextAlternative("", None, alt.language)
    text = " ".join(alt.text.fill(values.scope).text.split())
    extended = " ".join(alt.extended.fill(values.scope).text.split()) if alt.extended else None
    return TextAlternative(text, extended or None, alt.language)


def flat_svg(filled: Filled) -> bytes:
    """Write the flat SVG with `role="img"` and its text alternative as title and description."""
    root, alternative = filled.flat.root, filled.described.text
    root.set("role", "img")
    root.set(XML_LANG, alternative.language)
    texts = (("desc", alternative.extended_description), ("title", alternative.alt))
    for local, text in texts:
        if text:
            element = new(local)
            element.text = text
            root.insert(0, element)
    if not alternative.alt:
        root.set("aria-hidden", "true")
    return filled.flat.to_svg()


def _image(output: Output, described: Described, data: bytes, found: Sequence[Finding] = ()) -> RenderedImage:
    return RenderedImage(
        data=data,
        media_type=VECTOR.get(output.format, f"image/{output.format}"),
        width=output.width,
        height=output.height,
        dpi=output.dpi,
        alt=described.text.alt,
        extended_description=described.text.extended_description,
        fallback=None,
        findings=(*described.findings, *found),
        shown=described.shown,
    )


def render_fallback(compiled: CompiledTemplate, output: Output, fault: InkmergeError) -> RenderedImage:
    """Hand over the static image and say why."""
    fallback = compiled.fallback
    filled = Filled(_flat_fallback(fallback, output), Described(fallback.text, (fault.finding(),)))
    if output.format == "svg":
        data = flat_svg(filled)
    elif output.encoding is None:
        data = to_pdf(filled.flat, fallback.text)
    else:  # not through the rasterizer, which may be what failed
        canvas = fallback.canvas(output.width, output.height, output.dpi)
        data = encode(canvas, output.encoding, fallback.text).data
    return replace(_image(output, filled.described, data), fallback=Reason.of(fault))


def _flat_fallback(fallback: Fallback, output: Output) -> FlatDocument:
    size = {"width": str(output.width), "height": str(output.height)}
    root = new("svg", size | {"viewBox": f"0 0 {output.width} {output.height}"})
    images = {}
    if fallback.source is not None:
        images[fallback.source.digest] = fallback.source
        root.append(new("image", size | {"x": "0", "y": "0", "href": IMAGE_SCHEME + fallback.source.digest}))
    return FlatDocument(root, output.width, output.height, images)
