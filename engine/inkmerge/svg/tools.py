"""Bytes of an SVG file → the drawing tool that wrote it, what of it cannot be kept, and how to export better."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from inkmerge.errors import Finding, Location, Severity
from inkmerge.svg.names import NEVER_DRAWN, SHAPES, TEXT_ROOTS, local_name
from inkmerge.svg.parsing import PRIVATE

_HEAD: Final = 6_000
"""Bytes in which tools say who they are."""
_GENERATOR: Final = re.compile(
    r"(?:generator|creator|(?:created|generated|made|exported)\s+(?:with|by|in|using))\s*:?\s+([^\n<>]{2,60})",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(
    r"<!--(.*?)-->|<desc[^>]*>(.*?)</desc>|\bgenerator\s*=\s*\"([^\"]*)\"", re.DOTALL
)
_SHORT: Final = 500
"""Characters that people write in one line by hand."""
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, slots=True)
class Tool:
    """A drawing tool.

    Attributes:
        name: Its name, or `unknown`.
        version: As it says in the file, or None.
    """

    name: str
    version: str | None = None

    def __str__(self) -> str:
        """Give name and version as people write them."""
        return f"{self.name} {self.version}" if self.version else self.name


UNKNOWN: Final = Tool("unknown")

_SIGNS: Final[tuple[tuple[str, str], ...]] = (
    ("Inkscape", r'inkscape:version="([\d.]+)'),
    ("Boxy SVG", r"xmlns:bx=\"https?://(?:www\.)?boxy-svg\.com"),
    ("Adobe Express", r"Adobe (?:Express|Spark)(?:\s+([\d.]+))?"),
    ("Illustrator", r"Adobe Illustrator\s*(?:CC|CS)?\s*([\d.]+)?"),
    (
        "Sketch",
        r"Generator: Sketch(?:\s+Beta)?\s*([\d.]+)?|<desc>Created (?:with|using) Sketch|xmlns:sketch=",
    ),
    ("CorelDRAW", r"Creator: CorelDRAW(?:\s+([\dX][\w.]*))?|corel\.com/coreldraw"),
    ("Penpot", r"xmlns:penpot=|penpot\.app|frame-container-wrapper"),
    ("Affinity", r"xmlns:serif=\"http://www\.serif\.com/"),
    ("Canva", r"canva\.com|Created with Canva"),
    ("Vectornator", r"xmlns:vectornator="),
    ("diagrams.net", r"app\.diagrams\.net|content=\"&lt;mxfile"),
    ("Excalidraw", r"svg-source:excalidraw"),
    ("Visio", r"schemas\.microsoft\.com/visio"),
    ("LibreOffice", r"xmlns:ooo=\"http://xml\.openoffice\.org"),
    ("Inkscape", r"Created with Inkscape|xmlns:inkscape=|sodipodi:docname"),
    ("Illustrator", r"ns\.adobe\.com/AdobeIllustrator"),
)
"""Signs by which a file says what wrote it last, in this order: files travel, and Inkscape keeps other tools' marks."""

_MANNERS: Final[tuple[tuple[str, str], ...]] = (
    ("Inkscape", r"-inkscape-font-specification|inkscape:"),
    (
        "Figma",
        (
            r"xmlns:figma=|data-figma-|white-space: ?pre\"|id=\"(?:clip|mask)\d+_\d|id=\"filter\d+_[a-z]+_|id=\"paint\d+_"
            r"|<svg width=\"[\d.]+\" height=\"[\d.]+\" viewBox=\"0 0 [\d.]+ [\d.]+\" fill=\"none\" xmlns"
        ),
    ),
    ("Canva", r"zoomAndPan=\"magnify\"[^>]*version=\"1\.0\"|version=\"1\.0\"[^>]*zoomAndPan=\"magnify\""),
    ("Illustrator", r"class=\"(?:cls-1|st0)\"|id=\"Layer_1\"|data-name=\"Layer 1\""),
)
"""Habits of tools that do not say who they are."""

EXPORT_HINTS: Final[dict[str, str]] = {
    "Inkscape": "save as Inkscape SVG or Plain SVG, with text as text: not Object to Path, not Convert text to path",
    "Illustrator": (
        "File › Save As › SVG: SVG 1.1, Type: SVG, CSS Properties: Presentation Attributes, without "
        "Preserve Illustrator Editing Capabilities"
    ),
    "Figma": 'in Export › SVG tick Include "id" attribute, and untick Outline text',
    "Sketch": "export as SVG with text as text (no Convert to Outlines), and name the layers that change",
    "Affinity": "in Export › SVG › More untick Export text as curves, and rasterise unsupported properties only",
    "CorelDRAW": "in Export › SVG choose Export text: As text, Styling: Presentation attributes",
    "Penpot": "export the board as SVG, and keep the placeholders in texts with fixed width",
    "Canva": "Canva writes text as outlines: open the file in another tool and set the texts that change anew",
    "Boxy SVG": "export as SVG without Convert text to paths",
    "Adobe Express": "download as SVG, and set the texts that change anew where they came as outlines",
    "minified": "keep ids and text when minifying: svgo with cleanupIds off",
}
"""How to export from each tool so that most is kept."""

_OUTLINERS: Final = frozenset(EXPORT_HINTS) - {"minified"}


def identify(data: bytes) -> Tool:
    """Tell which tool wrote a file last; `unknown` when nothing in it says so."""
    plain = data.decode("utf-8", "replace")
    head = plain[:_HEAD]
    for name, pattern in _SIGNS:
        match = re.search(pattern, head)
        if match is not None:
            version = match[1] if match.re.groups else None
            return Tool(name, version.strip(".") if version else None)
    if (tool := _by_comment(head)) is not None:
        return tool
    for name, pattern in _MANNERS:
        if re.search(pattern, plain):
            return Tool(name)
    return Tool("minified") if _is_minified(plain) else UNKNOWN


def _by_comment(head: str) -> Tool | None:
    """Return the tool that a comment or a description names: ``Generator: NAME 1.2``, ``Created with NAME``."""
    for match in _COMMENT.finditer(head):
        inside = match[1] or match[2] or ""
        words = match[3] or (found[1] if (found := _GENERATOR.search(inside)) is not None else "")
        name = re.split(r"\s*(?:\(|,|;|https?:|-\s|\bversion\b|\bv?\d)", words.strip(), maxsplit=1)[0].strip(
            " .-"
        )
        if name:
            version = _VERSION.search(words)
            return Tool(name[:40], version[0] if version else None)
    return None


def _is_minified(plain: str) -> bool:
    body = re.sub(r"data:[^\"')]*", "", plain).strip()
    return (
        len(body) > _SHORT
        and body.startswith("<svg")
        and "\n" not in body
        and "><" in body
        and ' id="' not in body
    )


def tool_findings(tool: Tool, data: bytes, root: etree._Element, name: str) -> Iterator[Finding]:
    """Yield the tool, and what of its file cannot be kept or could not be bound.

    Args:
        tool: What `identify` found.
        data: The file.
        root: The tree as parsed.
        name: The template's file name.
    """
    place = Location(name)
    hint = EXPORT_HINTS.get(tool.name)
    if tool != UNKNOWN:
        message = (
            "this file was minified: names of layers and tools may be gone"
            if tool.name == "minified"
            else f"{tool} wrote this file"
        )
        yield Finding("written-by", Severity.NOTE, message, place, hint)
    if private := sum(len(match[0]) for match in PRIVATE.finditer(data)):
        yield Finding(
            "editor-data",
            Severity.NOTE,
            f"{private:,} bytes are {tool.name}'s own copy of the drawing and are left out",
            place,
            "save without Preserve Illustrator Editing Capabilities",
        )
    kinds = {local_name(element) for element in root.iter(etree.Element)}
    if tool.name in _OUTLINERS and not kinds & TEXT_ROOTS and kinds & SHAPES:
        yield Finding(
            "text-outlined",
            Severity.NOTE,
            "no text in this file is live: outlines cannot change",
            place,
            hint,
        )
    if tool.name == "Figma" and not any(_is_named_layer(element) for element in root.iter(etree.Element)):
        yield Finding(
            "layer-names-missing",
            Severity.NOTE,
            "no layer has its name in the file, so the sidecar can bind none",
            place,
            'export with Include "id" attribute',
        )
    yield from _effects(data, place)


def _is_named_layer(element: etree._Element) -> bool:
    return (
        element.get("id") is not None
        and local_name(element) not in NEVER_DRAWN
        and not any(local_name(one) in NEVER_DRAWN for one in element.iterancestors())
    )


def _effects(data: bytes, place: Location) -> Iterator[Finding]:
    """Yield effects that a tool writes as HTML and CSS, which no SVG picture has."""
    if re.search(rb"backdrop-filter\s*:", data):
        yield Finding(
            "backdrop-blur",
            Severity.WARNING,
            "a background blur is left out: it depends on what lies below",
            place,
            "put an image of the blurred background there, or a translucent fill without the effect",
        )
