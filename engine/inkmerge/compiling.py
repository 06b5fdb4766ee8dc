"""SVG + sidecar → `CompiledTemplate`: everything that is the same for all recipients, done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from lxml import etree

from inkmerge.alt import TextAlternative
from inkmerge.content import Inputs
from inkmerge.errors import (
    AltTextError,
    Finding,
    InkmergeError,
    Location,
    TemplateNotFound,
    TemplateSyntax,
    error_classes,
)
from inkmerge.fallback import Fallback, load_fallback
from inkmerge.flat.context import FlattenContext, Frames, new_frames
from inkmerge.flat.flatten import check_transforms, errors_of, flatten, flatten_filters
from inkmerge.flat.font_faces import join_font_faces
from inkmerge.flat.frames import find_boxes
from inkmerge.flat.paragraphs import mark_paragraphs, note_widths
from inkmerge.flat.words import BOX, text_context
from inkmerge.fonts import FontCatalog
from inkmerge.images import ImageFolders, ImageSource, PictureFiles, Pictures
from inkmerge.limits import DEFAULT_LIMITS, Limits
from inkmerge.raster import RasterizerChoice, unavailable
from inkmerge.svg.expansion import FILTER_STYLE, VIEWPORT
from inkmerge.svg.font_faces import take_font_faces
from inkmerge.svg.layer_names import LayerNames, drop_layer_names
from inkmerge.svg.names import DYNAMIC, TEXT_ROOTS, local_name, new, svg_name
from inkmerge.svg.normalising import REFERENCES, STYLES, Drawing, run
from inkmerge.svg.parsing import parse_svg, place_of, remove_element
from inkmerge.svg.references import elements_by_id
from inkmerge.svg.sizing import document_size, paint_background
from inkmerge.svg.style import ComputedStyles
from inkmerge.svg.tools import identify, tool_findings
from inkmerge.svg.transforms import transform_text
from inkmerge.svg.units import Viewport, text_of
from inkmerge.template.bindings import bind, named_boxes, specified_boxes
from inkmerge.template.expression import ExpressionCompiler, FieldUse, TextTemplate
from inkmerge.template.fixed_texts import fixed_texts
from inkmerge.template.mending import mend
from inkmerge.template.pieces import join_pieces
from inkmerge.template.placeholders import ElementFill, compile_placeholders, field_uses
from inkmerge.template.sidecar import (
    FallbackSpec,
    OutputSpec,
    Sidecar,
    embedded_sidecar,
    merge,
    read_sidecar,
    sample_text,
)
from inkmerge.template.structure import structure
from inkmerge.text import GlyphRun, TextBox
from inkmerge.text.measuring import Measure

FLAT_ROOT_SCALE: Final = 4.0
"""Device pixels per CSS pixel at which colour glyphs are drawn into SVG and PDF, which have no dpi."""


@dataclass(frozen=True, slots=True)
class NamedFallback:
    """A fallback image that is named outside of the template.

    Attributes:
        spec: The image, and its text alternative.
        folder: Where the image's path starts.
    """

    spec: FallbackSpec
    folder: Path


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller says of a template beside its files.

    Attributes:
        font_dirs: Folders with fonts, searched before the bundled ones.
        asset_dirs: Folders beside the template's own from which images may come.
        limits: How large things may be.
        alt: A text alternative instead of the template's own; the empty string for a decorative image.
        rasterizer: `auto` decides part by part; `cairo` or `resvg` draws everything.
        fallback: The fallback image instead of the template's own.
        last_fallback: The fallback image of a template that has none of its own.
        output: What is written, over what the template says.
        last_output: The same where the template says nothing.
        language: The language of what the template is filled with, instead of its own: texts are set in it, and the
            text alternative is marked with it.
        wider_pictures: Makes, of what opens pictures in the folders, what opens those that recipients bring.
    """

    font_dirs: tuple[Path, ...] = ()
    asset_dirs: tuple[Path, ...] = ()
    limits: Limits = DEFAULT_LIMITS
    alt: str | None = None
    rasterizer: RasterizerChoice = "auto"
    fallback: NamedFallback | None = None
    last_fallback: NamedFallback | None = None
    output: OutputSpec | None = None
    last_output: OutputSpec | None = None
    language: str | None = None
    wider_pictures: Callable[[Pictures], Pictures] | None = None


@dataclass(frozen=True, slots=True)
class AltSource:
    """The templates of a text alternative.

    Attributes:
        text: That of the short form; None for a decorative image.
        extended: That of the long form, or None.
        language: BCP 47 language tag.
    """

    text: TextTemplate | None
    extended: TextTemplate | None
    language: str


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template whose static parts are flat, and what is left to do for a recipient.

    Attributes:
        name: The file's name.
        root: The prepared tree: flat but for the elements marked as dynamic. Never changed: it is copied.
        width: Width in CSS pixels.
        height: Height in CSS pixels.
        viewport: What percentages refer to.
        fills: What is filled, by mark.
        boxes: Text boxes by mark.
        sidecar: The sidecar's and the SVG's own settings.
        uses: The fields that are read.
        inputs: The same as values are resolved by.
        decorative: The fields, with their namespaces, whose values need not be in the text alternative.
        alt: The text alternative's templates.
        fallback: The image that stands in.
        catalog: The faces.
        pictures: Opens pictures that recipients bring.
        limits: How large things may be.
        images: Pictures of the static parts.
        glyphs: Upright glyphs of the static texts.
        frames: What is kept of texts once they are set for a recipient; it grows.
        static_findings: What was found on the way.
        static_faces: File names of the faces of the static texts.
        fixed_texts: The texts that everybody is shown, without decorative ones.
        digest: SHA-256 over the files and the fonts.
        rasterizer: Who draws.
    """

    name: str
    root: etree._Element
    width: float
    height: float
    viewport: Viewport
    fills: Mapping[str, ElementFill]
    boxes: Mapping[str, TextBox]
    sidecar: Sidecar
    uses: tuple[FieldUse, ...]
    inputs: Inputs
    decorative: frozenset[str]
    alt: AltSource
    fallback: Fallback
    catalog: FontCatalog
    pictures: Pictures
    limits: Limits
    images: Mapping[str, ImageSource]
    glyphs: Mapping[str, GlyphRun]
    frames: Frames
    static_findings: tuple[Finding, ...]
    static_faces: frozenset[str]
    fixed_texts: tuple[str, ...]
    digest: str
    rasterizer: RasterizerChoice


def compile_template(path: Path, options: Options) -> CompiledTemplate:
    """Read and compile a template.

    Raises:
        InkmergeError: Whatever makes it impossible to draw; the place and the cure are in it.
    """
    name = path.name
    try:
        return _compile(path, name, options)
    except InkmergeError as fault:
        raise fault.at(Location(name)) from None
    except RecursionError:
        raise TemplateSyntax(
            "something in the template is nested too deeply", location=Location(name)
        ) from None


def _compile(path: Path, name: str, options: Options) -> CompiledTemplate:
    limits = options.limits
    data = _read(path, limits)
    root, parse_findings = parse_svg(data, limits, name)
    sidecar = _with_outputs(_sidecar(path, root), options)
    own_language = sidecar.language or root.get("lang") or "en"
    language = options.language or own_language
    width, height, fit = document_size(root, limits, name)

    drawing = Drawing(root, name, limits, language)
    font_rules, font_findings = take_font_faces(root, name)
    drawing.findings += [*tool_findings(identify(data), data, root, name), *parse_findings, *font_findings]
    run(STYLES, drawing)
    paint_background(root, width, height, fit)
    viewport, findings = drawing.viewport, drawing.findings
    names = LayerNames(root, name)
    bind(sidecar, names, name)
    boxed = named_boxes(sidecar, names, name)
    drop_layer_names(root)
    folders = ImageFolders(path.parent, options.asset_dirs)
    files = PictureFiles(folders, limits)
    catalog, font_findings = join_font_faces(font_rules, FontCatalog.open(options.font_dirs), folders, limits)
    findings += font_findings
    measure = Measure(catalog, language)
    join_pieces(root, ComputedStyles(viewport), measure)
    note_widths(root, ComputedStyles(viewport), measure)
    structure(root, name)
    mend(root, ComputedStyles(viewport), name)
    specified = dict(specified_boxes(root, boxed, name))
    alt_texts = _take_title(root)
    run(REFERENCES, drawing)

    context = FlattenContext(
        name=name,
        root=root,
        limits=limits,
        catalog=catalog,
        pictures=files,
        viewport=viewport,
        styles=ComputedStyles(viewport),
        ids=elements_by_id(root),
        boxes={},
        language=language,
        scale=FLAT_ROOT_SCALE,
        findings=findings,
    )
    boxes = find_boxes(root, specified, context)
    mark_paragraphs(
        [one for one in root.iter(svg_name("text")) if one.get(BOX) is None],
        lambda text: text_context(text, context),
        partial(sample_text, sidecar=sidecar),
    )

    compiler = ExpressionCompiler(limits, language)
    fills = compile_placeholders(root, compiler, name)
    alt = _alt_source(sidecar, alt_texts, options, compiler, Location(name))
    prepared = _flat_root(root, width, height, transform_text(fit), viewport)
    context.styles = ComputedStyles(viewport)
    context.root = prepared
    context.ids = elements_by_id(prepared)
    context.boxes = boxes
    texts = fixed_texts(prepared)
    flatten(list(drawn_elements(prepared, is_dynamic=False)), context)
    check_transforms(prepared, context)
    flatten_filters(prepared, context)
    for finding in errors_of(findings):
        if not is_tolerated(finding, sidecar):
            raise error_of(finding)

    named = _named_fallback(sidecar, path.parent, options)
    fallback = load_fallback(
        named.spec.image,
        TextAlternative(named.spec.alt or "", None, named.spec.language or own_language),
        (width, height),
        ImageFolders(named.folder, options.asset_dirs),
        limits,
    )
    uses = tuple(dict.fromkeys((*field_uses(fills.values()), *_alt_uses(alt))))
    digest = _digest_of(
        data,
        sidecar.model_dump_json().encode(),
        context.catalog.digest.encode(),
        repr((options.alt, options.rasterizer, options.language)).encode(),
    )
    return CompiledTemplate(
        name=name,
        root=prepared,
        width=width,
        height=height,
        viewport=viewport,
        fills=fills,
        boxes=boxes,
        sidecar=sidecar,
        uses=uses,
        inputs=Inputs.of(sidecar.fields, uses, _written(fills, alt)),
        decorative=_decorative(sidecar),
        alt=alt,
        fallback=fallback,
        catalog=context.catalog,
        pictures=files if options.wider_pictures is None else options.wider_pictures(files),
        limits=limits,
        images=dict(context.images),
        glyphs=dict(context.glyphs),
        frames=new_frames(),
        static_findings=(
            *findings,
            *fallback.findings,
            *filter(None, [unavailable(options.rasterizer, name)]),
        ),
        static_faces=frozenset(context.faces),
        fixed_texts=texts,
        digest=digest,
        rasterizer=options.rasterizer,
    )


def _digest_of(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def drawn_elements(root: etree._Element, *, is_dynamic: bool) -> Iterator[etree._Element]:
    """Yield the elements that are flattened once (or, dynamic, anew for each recipient), in document order."""
    stack = [root]
    while stack:
        element = stack.pop()
        local = local_name(element)
        if element is not root and (element.get(DYNAMIC) is not None) == is_dynamic:
            yield element
        if local not in TEXT_ROOTS and local != "filter":
            stack.extend(child for child in reversed(element) if isinstance(child.tag, str))


def is_tolerated(finding: Finding, sidecar: Sidecar) -> bool:
    """Tell whether the template says that an image is to be made in spite of an error."""
    if finding.code == "missing-glyph":
        return sidecar.missing_glyph == "draw"
    return finding.code.startswith("alt-") and sidecar.alt.on_insufficient == "warn"


def error_of(finding: Finding) -> InkmergeError:
    """Return the error that a finding of severity `error` stands for."""
    kind = next((kind for kind in error_classes() if kind.code == finding.code), InkmergeError)
    return kind(
        finding.message,
        code=finding.code,
        location=finding.location,
        hint=finding.hint,
        weight=finding.weight,
    )


def _decorative(sidecar: Sidecar) -> frozenset[str]:
    return frozenset(
        name
        if name.split(".")[0] in {"content", "campaign"}
        else f"recipient.{name.removeprefix('recipient.')}"
        for name, spec in sidecar.fields.items()
        if spec.decorative
    )


def _read(path: Path, limits: Limits) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limits.svg_total_bytes + 1)
    except OSError as fault:
        raise TemplateNotFound(
            f"the template {path.name} cannot be read: {fault.strerror}",
            hint="give the path of an SVG file",
        ) from None


def _sidecar(path: Path, root: etree._Element) -> Sidecar:
    embedded = embedded_sidecar(dict(root.attrib), place_of(root, path.name))
    beside = path.with_suffix(".toml")
    return merge(read_sidecar(beside) if beside.is_file() else Sidecar(), embedded)


def _with_outputs(sidecar: Sidecar, options: Options) -> Sidecar:
    """Return the sidecar with what the caller says of the output over and under its own."""
    if options.last_output is not None:
        sidecar = merge(sidecar, Sidecar(output=options.last_output))
    if options.output is not None:
        sidecar = merge(Sidecar(output=options.output), sidecar)
    return sidecar


def _named_fallback(sidecar: Sidecar, folder: Path, options: Options) -> NamedFallback:
    """Return where the fallback image is named first: by the caller, by the template, by the caller as a last resort."""
    own = NamedFallback(sidecar.fallback, folder)
    for one in (options.fallback, own, options.last_fallback):
        if one is not None and one.spec.image is not None:
            return one
    return own


def _take_title(root: etree._Element) -> tuple[str, str]:
    """Return the root's own title and description."""
    texts = []
    for local in ("title", "desc"):
        element = root.find(svg_name(local))
        texts.append(
            " ".join("".join(str(part) for part in element.itertext()).split()) if element is not None else ""
        )
    for element in list(root.iter(svg_name("title"), svg_name("desc"))):
        remove_element(element)
    return texts[0], texts[1]


def _alt_source(
    sidecar: Sidecar, texts: tuple[str, str], options: Options, compiler: ExpressionCompiler, place: Location
) -> AltSource:
    language = options.language or sidecar.alt.language or sidecar.language or compiler.language
    if sidecar.alt.decorative or options.alt == "":
        return AltSource(None, None, language)
    source = options.alt or sidecar.alt.text or texts[0] or texts[1]
    if not source.strip():
        raise AltTextError(
            "the template has no text alternative",
            location=place,
            hint='write a <title> into the SVG, or [alt] text = "…" into the sidecar; decorative = true when it says nothing',
        )
    extended = sidecar.alt.extended or (texts[1] if source != texts[1] else "")
    return AltSource(
        compiler.text(source, place), compiler.text(extended, place) if extended.strip() else None, language
    )


def _written(fills: Mapping[str, ElementFill], alt: AltSource) -> Iterator[FieldUse]:
    for fill in fills.values():
        yield from fill.fields()
    yield from _alt_uses(alt)


def _alt_uses(alt: AltSource) -> Iterator[FieldUse]:
    for template in (alt.text, alt.extended):
        if template is not None:
            yield from template.fields


def _flat_root(
    root: etree._Element, width: float, height: float, transform: str, viewport: Viewport
) -> etree._Element:
    size = {"width": text_of(width), "height": text_of(height)}
    flat = new("svg", size | {"viewBox": f"0 0 {size['width']} {size['height']}"})
    content = new("g", {VIEWPORT: f"{viewport.width!r} {viewport.height!r}"})
    if transform:
        content.set("transform", transform)
    for name in ("opacity", "clip-path", "mask", "filter", *FILTER_STYLE.values()):
        if name in root.attrib:
            content.set(name, root.attrib[name])
    for child in list(root):
        content.append(child)
    flat.append(content)
    return flat
