"""Text alternative + what the picture shows → findings: is it there, is it words, does it say everything?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

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
_LONGEST_END: Final = len("graphic")
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
INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufe0e\ufe0f]")
"""Characters that are not seen: they join, part or turn others."""
_LONGEST_REMEMBERED: Final = 200
_BETWEEN_WORDS: Final = frozenset("\n .,:;!?()")


class Shown(NamedTuple):
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
    findings = list(_check_language(text.language, place))
    findings += check_alt_words(text.alt, text.extended_description, [one.value for one in values], place)
    written = f"\n{text.alt}\n{text.extended_description or ''}\n"
    doubtful = [one for one in values if not one.is_decorative and not _is_plainly_in(one.value, written)]
    said = comparable(written) if doubtful else ""
    for value in doubtful:
        if not says(said, comparable(value.value)):
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


@lru_cache(maxsize=256)
def is_language(tag: str) -> bool:
    """Whether something has the form of a BCP 47 language tag."""
    return _LANGUAGE.fullmatch(tag) is not None


def _check_language(tag: str, place: Location) -> Iterable[Finding]:
    if not is_language(tag):
        hint = 'write language = "en" into the sidecar'
        yield Finding("alt-language", Severity.ERROR, f"{tag!r} is no language tag", place, hint)


def check_alt_words(
    alt: str, extended: str | None, values: Sequence[str], place: Location
) -> Iterator[Finding]:
    """Yield what is wrong with the words of a text alternative; an empty one has none.

    Args:
        alt: The short form.
        extended: The long form, or None.
        values: A recipient's values in them, whose characters are nobody's mistake.
        place: Where it is.
    """

    def fault(
        code: str, message: str, hint: str, severity: Severity = Severity.ERROR, weight: float = 0.0
    ) -> Finding:
        return Finding(code, severity, message, place, hint, weight)

    alt = alt.strip()
    if not alt:
        return
    words = f"{alt} {extended or ''}"
    if "{" in words or "}" in words:
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
            weight=len(alt) / ALLOWED - 1,
        )
    elif len(alt) > RECOMMENDED:
        yield fault(
            "alt-text-long",
            f"the alt text has {len(alt)} characters, recommended are at most {RECOMMENDED}",
            "move the rest into [alt] extended",
            Severity.NOTE,
            len(alt) / RECOMMENDED - 1,
        )
    if alt.lower() in _PLACEHOLDER_WORDS:
        yield fault(
            "alt-text-insufficient", f"the text alternative {alt!r} says nothing", "say what the picture says"
        )
    elif _SUSPICIOUS_START.match(alt) or _SUSPICIOUS_END.search(alt, len(alt) - _LONGEST_END):
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


def comparable(text: str) -> str:
    """Return a text in the form in which `says` compares: without case, and with single spaces."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _compare(text)


def _compare(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return " ".join(text.casefold().split())


_remembered = lru_cache(maxsize=2048)(_compare)  # what a picture shows is the same for many recipients


def says(said: str, value: str) -> bool:
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


def _is_plainly_in(value: str, text: str) -> bool:
    """Tell that a text says a value, which is within it letter for letter, between signs that no mark joins; most are."""
    start = text.find(value)
    end = start + len(value)
    return start > 0 and text[start - 1] in _BETWEEN_WORDS and text[end : end + 1] in _BETWEEN_WORDS


def _is_border(text: str, index: int) -> bool:
    if index <= 0 or index >= len(text):
        return True
    before, after = text[index - 1], text[index]
    if before in _BETWEEN_WORDS or after in _BETWEEN_WORDS:
        return True
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
