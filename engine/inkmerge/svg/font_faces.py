"""`@font-face` rules of `<style>` elements → `FontFaceRule`s; the rules are taken out of the style sheets, in place.

Nothing is opened here: which sources may be read is decided where files are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import tinycss2
from lxml import etree

from inkmerge.errors import Finding, Location, Severity
from inkmerge.svg.css_values import split_at_commas
from inkmerge.svg.names import svg_name
from inkmerge.svg.parsing import place_of

_TOKEN: Final = re.compile(r"""/\*|["']|@font-face\s*\{|\}""", re.IGNORECASE)
_RANGE: Final = re.compile(r"u\+([0-9a-f?]{1,6})(?:-([0-9a-f]{1,6}))?", re.IGNORECASE)
_FORMATS: Final = frozenset(("truetype", "opentype", "collection", "woff", "woff2"))
"""Formats that can be read, as `format()` names them; `embedded-opentype` and `svg` cannot."""
_LARGEST_CODE_POINT: Final = 0x10FFFF
_WEIGHTS: Final[dict[str, float]] = {"normal": 400.0, "bold": 700.0}
STRETCHES: Final[dict[str, float]] = {
    "ultra-condensed": 50,
    "extra-condensed": 62.5,
    "condensed": 75,
    "semi-condensed": 87.5,
    "normal": 100,
    "semi-expanded": 112.5,
    "expanded": 125,
    "extra-expanded": 150,
    "ultra-expanded": 200,
}
"""https://www.w3.org/TR/css-fonts-4/#font-stretch-prop"""


@dataclass(frozen=True, slots=True)
class FontSource:
    """One source of a face.

    Attributes:
        kind: `url` for bytes or a file, `local` for a face that is at hand.
        value: The URL, or the face's name.
    """

    kind: Literal["url", "local"]
    value: str


@dataclass(frozen=True, slots=True)
class FontFaceRule:
    """One `@font-face` rule: https://www.w3.org/TR/css-fonts-4/#font-face-rule.

    Attributes:
        family: The family that it adds a face to.
        sources: In order; the first that can be used counts. Formats that cannot be read are left out.
        weight: Lowest and highest weight, or None for what the file says (`auto`).
        style: `normal`, `italic` or `oblique`, or None for what the file says.
        stretch: Narrowest and widest in percent, or None for what the file says.
        ranges: First and last code points for which it is used; empty for all.
        location: Where the rule stands.
    """

    family: str
    sources: tuple[FontSource, ...]
    weight: tuple[float, float] | None
    style: Literal["normal", "italic", "oblique"] | None
    stretch: tuple[float, float] | None
    ranges: tuple[tuple[int, int], ...]
    location: Location


def take_font_faces(root: etree._Element, name: str) -> tuple[tuple[FontFaceRule, ...], tuple[Finding, ...]]:
    """Read every `@font-face` rule and take it out of its style sheet; lines below keep their numbers.

    Returns:
        The rules, and findings for those that say too little to be used.
    """
    rules: list[FontFaceRule] = []
    findings: list[Finding] = []
    for element in root.iter(svg_name("style")):
        text = element.text or ""
        if "@font-face" not in text.lower():
            continue
        place = place_of(element, name)
        kept: list[str] = []
        position = 0
        for start, end in _rules(text):
            line = (place.line or 1) + text.count("\n", 0, start)
            found = _read(text[start:end], Location(name, line, place.element))
            if isinstance(found, FontFaceRule):
                rules.append(found)
            else:
                findings.append(found)
            kept += [text[position:start], "\n" * text.count("\n", start, end)]
            position = end
        element.text = "".join((*kept, text[position:]))
    return tuple(rules), tuple(findings)


def _rules(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each rule starts and ends, past comments and strings, in one pass."""
    start: int | None = None
    position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        mark, position = match[0], match.end()
        if mark in {"/*", '"', "'"}:
            closer = "*/" if mark == "/*" else mark
            end = text.find(closer, position)
            if end < 0:
                return
            position = end + len(closer)
        elif mark == "}" and start is not None:
            yield start, position
            start = None
        elif mark != "}" and start is None:
            start = match.start()


def _read(source: str, place: Location) -> FontFaceRule | Finding:
    rule = tinycss2.parse_stylesheet(source)[0]
    found: dict[str, Any] = {}
    for item in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if item.type == "declaration":
            found[item.lower_name] = item.value
    family = _family(found.get("font-family", ()))
    sources = tuple(_sources(found.get("src", ())))
    if not family or not sources:
        return Finding(
            "font-broken",
            Severity.WARNING,
            f"a @font-face rule {'for ' + repr(family) + ' ' if family else ''}has no "
            f"{'source that can be read' if family else 'font-family'} and was left out",
            place,
            "give it font-family and src: url(…) with a TTF, OTF, WOFF or WOFF2 file",
        )
    return FontFaceRule(
        family,
        sources,
        _span(found.get("font-weight"), _WEIGHTS),
        _style(found.get("font-style")),
        _span(found.get("font-stretch"), STRETCHES),
        tuple(_ranges(found.get("unicode-range", ()))),
        place,
    )


def _family(tokens: Any) -> str:
    words = [token.value for token in tokens if token.type in {"ident", "string"}]
    return " ".join(words)


def _sources(tokens: Any) -> Iterator[FontSource]:
    """Yield the sources of a `src` descriptor that name no format, or one that can be read."""
    for group in split_at_commas(tokens):
        source, is_readable = None, True
        for token in group:
            if token.type == "url":
                source = FontSource("url", token.value)
            elif token.type == "function" and token.lower_name in {"url", "local"}:
                source = FontSource(
                    "local" if token.lower_name == "local" else "url", _family(token.arguments)
                )
            elif token.type == "function" and token.lower_name == "format":
                named = _family(token.arguments).lower().removesuffix("-variations")
                is_readable = named in _FORMATS
        if source is not None and source.value and is_readable:
            yield source


def _span(tokens: Any, words: dict[str, float]) -> tuple[float, float] | None:
    found = []
    for token in tokens or ():
        if token.type in {"number", "percentage"}:
            found.append(float(token.value))
        elif token.type == "ident" and token.lower_value in words:
            found.append(float(words[token.lower_value]))
    return (min(found), max(found)) if found else None


def _style(tokens: Any) -> Literal["normal", "italic", "oblique"] | None:
    for token in tokens or ():
        if token.type == "ident":
            match token.lower_value:
                case "normal":
                    return "normal"
                case "italic":
                    return "italic"
                case "oblique":
                    return "oblique"
    return None


def _ranges(tokens: Any) -> Iterator[tuple[int, int]]:
    """https://www.w3.org/TR/css-fonts-4/#unicode-range-desc, with `?` for any digit."""
    for match in _RANGE.finditer(tinycss2.serialize(tokens) if tokens else ""):
        first, last = match[1], match[2]
        if "?" in first:
            start, end = int(first.replace("?", "0"), 16), int(first.replace("?", "F"), 16)
        else:
            start = int(first, 16)
            end = int(last, 16) if last else start
        if start <= end <= _LARGEST_CODE_POINT or start <= _LARGEST_CODE_POINT < end:
            yield start, min(end, _LARGEST_CODE_POINT)
