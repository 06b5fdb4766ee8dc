"""Text alternative + what the picture shows → findings: is it there, is it words, does it say everything?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.errors import Finding, Location, Severity

RECOMMENDED: Final = 125
ALLOWED: Final = 250
"""Characters of the short form: IPTC Photo Metadata Standard 2021.1, Alt Text (Accessibility)."""

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_BRACES: Final = re.compile(r"\{\{|\}\}|\{%|%\}")
_FILE: Final = re.compile(r"\S+\.(?:bmp|jpe?g|jfif|gif|png|tiff?|webp|svg)", re.IGNORECASE)
# WAVE's suspicious alternative texts, https://wave.webaim.org/api/docs?format=html (alt_suspicious)
_SUSPICIOUS_START: Final = re.compile(
    r"(?:image|picture|photo|photograph|graphic|bullet|icon)\s+(?:of|showing)\b|(?:bild|foto|grafik)\s+(?:von|mit|der|des)\b"
    r"|(?:image|photo)\s+d[e’']",
    re.IGNORECASE,
)
_SUSPICIOUS_END: Final = re.compile(r"\b(?:image|graphic)$", re.IGNORECASE)
_PLACEHOLDER_WORDS: Final = frozenset(
    (
        "image",
        "graphic",
        "photo",
        "photograph",
        "drawing",
        "painting",
        "artwork",
        "logo",
        "bullet",
        "button",
        "arrow",
    )
    + ("more", "spacer", "blank", "chart", "table", "diagram", "graph", "*")
)
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe0e\ufe0f]")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value that the picture shows as text.

    Attributes:
        value: As it is drawn.
        field: The field that it comes from, or None.
        is_decorative: Whether the text alternative may leave it out.
    """

    value: str
    field: str | None
    is_decorative: bool = False


def check_text_alternative(
    text: TextAlternative, shown: Iterable[Shown], place: Location
) -> tuple[Finding, ...]:
    """Return what is wrong with a filled text alternative.

    Errors: left-over braces, a file name, over 250 characters, an unknown language, a shown value that it does not
    say. Warnings: empty words, over 125 characters. An empty one is right for a picture that shows no text.
    """
    values = list(dict.fromkeys(shown))
    findings = list(_check_words(text, [one.value for one in values], place))
    said = _comparable(f"{text.alt}\n{text.extended_description or ''}")
    for value in values:
        if not value.is_decorative and not _says(said, _comparable(value.value)):
            name = f" (`{value.field}`)" if value.field else ""
            findings.append(
                Finding(
                    "alt-coverage",
                    Severity.ERROR,
                    f"the picture shows {value.value[:60]!r}{name}, and its text alternative does not say it",
                    place,
                    'add it to [alt] text or extended, or mark it: aria-hidden="true", or decorative = true',
                )
            )
    return tuple(findings)


def _check_words(text: TextAlternative, values: Sequence[str], place: Location) -> Iterable[Finding]:
    def fault(code: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
        return Finding(code, severity, message, place, hint)

    alt = text.alt.strip()
    if _LANGUAGE.fullmatch(text.language) is None:
        yield fault(
            "alt-language", f"{text.language!r} is no language tag", 'write language = "en" into the sidecar'
        )
    if not alt:
        return
    words = f"{alt} {text.extended_description or ''}"
    for value in values:  # braces in a value are the recipient's own
        words = words.replace(value, "")
    if _BRACES.search(words):
        yield fault(
            "alt-text-insufficient", "the text alternative holds braces", "close the placeholder in it"
        )
    if _FILE.fullmatch(alt):
        yield fault(
            "alt-text-insufficient",
            f"the text alternative {alt!r} is a file name",
            "say what the picture says",
        )
    if len(alt) > ALLOWED:
        yield fault(
            "alt-text-insufficient",
            f"the alt text has {len(alt)} characters, allowed are {ALLOWED}",
            "move the rest into [alt] extended",
        )
    elif len(alt) > RECOMMENDED:
        yield fault(
            "alt-text-long",
            f"the alt text has {len(alt)} characters, recommended are at most {RECOMMENDED}",
            "move the rest into [alt] extended",
            Severity.NOTE,
        )
    if alt.lower() in _PLACEHOLDER_WORDS:
        yield fault(
            "alt-text-insufficient", f"the text alternative {alt!r} says nothing", "say what the picture says"
        )
    elif _SUSPICIOUS_START.match(alt) or _SUSPICIOUS_END.search(alt):
        yield fault(
            "alt-text-suspicious",
            "the text alternative says that it is a picture",
            "leave “image of” out: readers know",
            Severity.WARNING,
        )


def check_alt_source(
    alt: Sequence[frozenset[str]],
    shown: Iterable[frozenset[str]],
    decorative: frozenset[str],
    place: Location,
) -> tuple[Finding, ...]:
    """Return which fields a template draws as text and never names in its text alternative.

    Args:
        alt: The fields of the text alternative's templates.
        shown: The fields of each drawn text.
        decorative: Fields that may be left out.
        place: The template.
    """
    said = frozenset().union(*alt)
    missing = dict.fromkeys(
        name for names in shown for name in sorted(names) if name not in said and name not in decorative
    )
    return tuple(
        Finding(
            "alt-coverage",
            Severity.WARNING,
            f"the picture shows `{name.removeprefix('recipient.')}`, and its text alternative never names it",
            place,
            "add the placeholder to the title or to [alt] text or extended, or mark it as decorative",
        )
        for name in missing
    )


def _comparable(text: str) -> str:
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).casefold()
    return _SPACE.sub(" ", text).strip()


def _says(said: str, value: str) -> bool:
    """Tell whether a text says a value as words of its own: "An" is not said by "Anna"."""
    if not value:
        return True
    start = said.find(value)
    while start >= 0:
        end = start + len(value)
        if _is_border(said, start) and _is_border(said, end):
            return True
        start = said.find(value, start + 1)
    return False


def _is_border(text: str, index: int) -> bool:
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if not (_is_word(before) and _is_word(after)):
        return True
    # scripts without spaces between words have no borders to look for
    return not (_is_spaced(before) and _is_spaced(after))


def _is_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _is_spaced(character: str) -> bool:
    code = ord(character)
    return not (
        0x0E00 <= code <= 0x0EFF or 0x1000 <= code <= 0x109F or 0x1780 <= code <= 0x17FF or code >= 0x2E80
    )
