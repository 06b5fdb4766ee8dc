"""CSS declarations → the properties that SVG has, and what of the text is none.

Placeholders may stand in values: they pass through the CSS parser as identifiers of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import tinycss2

from inkmerge.svg.properties import CASE_SENSITIVE, GEOMETRY, PROPERTIES, SPELLING

_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
MASK: Final = re.compile(r"inkmerge-placeholder-(\d+)-")
"""What `Masks` writes in the place of a placeholder."""
_NEEDS_UNIT: Final = frozenset(("font-size", "letter-spacing", "word-spacing"))
"""Lengths that need a unit in CSS and none in an attribute: https://www.w3.org/TR/css-values-4/#lengths"""
_UNITLESS: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_FONT_SHORTHAND: Final = re.compile(
    r"(?P<head>(?:[^\s,/]+\s+)*?)(?P<size>(?:\d+\.?\d*|\.\d+)(?:[a-zA-Z]+|%)|(?:xx?-)?(?:small|large)|medium|smaller|larger)"
    r"(?:\s*/\s*(?P<line>\S+))?\s+(?P<family>.+)",
    re.DOTALL,
)
_FONT_WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("italic", "oblique"), "font-style"),
    **dict.fromkeys(("small-caps",), "font-variant"),
    **dict.fromkeys(("bold", "bolder", "lighter", *(str(n) for n in range(100, 1000, 100))), "font-weight"),
    **dict.fromkeys(
        [f"{a}{b}" for a in ("", "semi-", "extra-", "ultra-") for b in ("condensed", "expanded")],
        "font-stretch",
    ),
}
MOVES: Final = ("translate", "rotate", "scale")
"""Properties that move an element, in the order in which they do so, before its transform."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What of a list of declarations was left out: why, and the cure."""

    message: str
    hint: str | None = None
    holds_placeholder: bool = False


@dataclass(frozen=True, slots=True)
class Declarations:
    """Properties and their values in the order of the text, shorthands split, and what was left out."""

    normal: tuple[tuple[str, str], ...]
    important: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...] = ()


class Masks:
    """Placeholders hidden from the CSS parser behind identifiers."""

    def __init__(self) -> None:
        self._sources: list[str] = []

    def hide(self, css: str) -> str:
        """Return CSS with an identifier for each placeholder."""
        if "{" not in css:
            return css
        return _PLACEHOLDER.sub(self._hide_one, css)

    def _hide_one(self, match: re.Match[str]) -> str:
        self._sources.append(match[0])
        return f"inkmerge-placeholder-{len(self._sources) - 1}-"

    def show(self, css: str) -> str:
        """Return CSS with the placeholders in their places again."""
        return MASK.sub(lambda match: self._sources[int(match[1])], css) if self._sources else css


def parse_declarations(content: Any) -> Declarations:
    """Parse the content of a rule: tokens of tinycss2, or text."""
    normal: list[tuple[str, str]] = []
    important: list[tuple[str, str]] = []
    items = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    faults = list(_no_declarations([item for item in items if item.type != "declaration"], content))
    for item in items:
        if item.type != "declaration":
            continue
        value = tinycss2.serialize(item.value).strip()
        into = important if item.important else normal
        if item.lower_name in _NEEDS_UNIT and _UNITLESS.fullmatch(value) and float(value):
            faults.append(
                Fault(
                    f"{item.lower_name}: {value} has no unit, and so is no length in CSS",
                    f"write {value}px, or export with presentation attributes, where no unit is needed",
                )
            )
        elif MASK.match(item.name):
            faults.append(Fault("", holds_placeholder=True))
        elif item.name.startswith("--"):
            into.append((item.name, value))
        elif "var(" in value.lower():  # split once its variables are known
            into.append((item.lower_name, value))
        else:
            into.extend(longhands(item.lower_name, value))
    return Declarations(tuple(normal), tuple(important), tuple(faults))


def _no_declarations(items: list[Any], content: Any) -> Iterator[Fault]:
    """Say what stands where declarations belong."""
    if not items:
        return
    text = content if isinstance(content, str) else tinycss2.serialize(content)
    bare = iter([part for each in text.split(";") if (part := " ".join(each.split())) and ":" not in part])
    for item in items:
        if item.type == "error":
            part = next(bare, "a part of the style")
            yield Fault(
                f"{part} is no CSS declaration, and was left out",
                "write property: value, with a ; between two",
                MASK.search(part) is not None,
            )
        else:
            rule = item.serialize().partition("{")[0].strip()
            yield Fault(
                f"the rule {rule} inside of another is not supported and was left out",
                "write it beside the other, with its whole selector",
                MASK.search(rule) is not None,
            )


@lru_cache(maxsize=2048)
def parse_style_attribute(css: str) -> Declarations:
    """Parse a `style` attribute; drawing tools write the same ones again and again."""
    return parse_declarations(css)


def longhands(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Split the shorthands that SVG files use; yield only properties that SVG has."""
    if name == "marker":
        for part in ("marker-start", "marker-mid", "marker-end"):
            yield part, value
    elif name == "font":
        yield from font_longhands(value)
    elif name == "text-decoration":
        yield name, value
        yield "text-decoration-line", value
    elif name == "background":
        yield "background-color", value
    elif name in MOVES:
        yield name, value
    elif name in PROPERTIES or name in GEOMETRY:
        if name == "d" and value.startswith("path("):
            value = value[5:-1].strip("\"' ")
        is_plain = name in CASE_SENSITIVE or "(" in value or "inkmerge-placeholder" in value
        yield name, value if is_plain else SPELLING.get(value.lower(), value.lower())


def font_longhands(value: str) -> Iterator[tuple[str, str]]:
    """Split `font`, resetting what it does not name: https://www.w3.org/TR/css-fonts-4/#font-prop."""
    match = _FONT_SHORTHAND.fullmatch(value.strip())
    if match is None:
        return
    for reset in ("font-style", "font-variant", "font-stretch"):
        yield reset, "normal"
    yield "font-weight", "400"
    for word in match["head"].split():
        if word.lower() in _FONT_WORDS:
            yield _FONT_WORDS[word.lower()], word.lower()
    yield "font-size", match["size"]
    yield "line-height", match["line"] or "normal"
    yield "font-family", match["family"]
