"""The languages of a message → whether it says them, and says them rightly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from turbohtml import Element

from inkmerge.alt import is_language
from inkmerge.errors import Finding, Severity
from inkmerge.mailing.check_page import PageElement, ReadPage, place

_COMMON: Final = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and you your for with our this from have will are that is what when",
        "de": "und der die das für mit dein deine ist nicht wir sie auf dich dir ihr ihre ein eine zum zur wie",
        "fr": "le les des et vous votre vos pour avec nous dans une est du sur aux qui",
        "es": "el los las y para con su tu una por del que está más sus tus",
        "it": "il gli per con di una che del della tuo tua sono più i nostri nel",
        "pt": "o os as para com você uma seu sua não do da dos das mais",
        "nl": "het een voor met je jouw van en niet op zijn wij onze de uw",
        "sv": "och att för med din är på ett vi inte dig av som till",
        "da": "og at for med din er på et vi ikke dig af til",
        "no": "og at for med din er på et vi ikke deg av til",
        "pl": "i w na dla się nie do z jest twoje od oraz jak",
        "cs": "a v na pro se není je s od vás že jako",
        "fi": "ja on ei että sinun kanssa oma sekä joka",
        "tr": "ve bir için ile bu sizin size olan daha çok",
        "ro": "și pentru cu în este tău din sau mai la",
        "hu": "és a az egy hogy nem meg önnek is már",
    }.items()
}
"""Words that every text of a language has, and others have less."""
_KIN: Final = {"nb": "no", "nn": "no", "da": "no"}
"""Languages that are told apart by so few words that they count as one."""
_SCRIPTS: Final = {
    "Arabic": (re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"), "ar fa ur ps"),
    "Hebrew": (re.compile("[\u0590-\u05ff]"), "he yi iw"),
    "Cyrillic": (re.compile("[\u0400-\u04ff]"), "ru uk bg be mk"),
    "Greek": (re.compile("[\u0370-\u03ff]"), "el"),
    "Thai": (re.compile("[\u0e00-\u0e7f]"), "th"),
    "Devanagari": (re.compile("[\u0900-\u097f]"), "hi mr ne"),
    "Hangul": (re.compile("[\uac00-\ud7a3]"), "ko"),
    "Han or Kana": (re.compile("[\u3040-\u30ff\u4e00-\u9fff]"), "zh ja"),
    "Latin": (re.compile("[À-ɏ]"), " ".join((*_COMMON, "nb nn sk hr sl et lv lt ca"))),
}
_ASCII: Final = re.compile("[\0-\x7f]+")
_LETTERS: Final = re.compile("[A-Za-z]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_MOST_LETTERS: Final = 4000
_FEW_LETTERS: Final = 40
_FEW_IN_PAGE: Final = 8
_FEW_IN_ALT: Final = 3
"""Common words below which nothing is said of a language."""


def check_language(page: ReadPage) -> Iterator[Finding]:
    """Yield whether the page lacks a title or a language, or is in another than it says, or an image is."""
    if not any(one.node.text.strip() for one in page.named("title")):
        yield Finding(
            "title-missing",
            Severity.WARNING,
            "the page has no <title>, which screen readers and browsers say first",
            place(),
            "<head><title>…</title></head>",
        )
    found = next(_declared(page), None)
    if found is None:
        yield Finding(
            "language-missing",
            Severity.WARNING,
            "the page does not say its language: screen readers read it in their own",
            place(),
            '<html lang="en">, and lang on the element around all text, which web mailers keep',
        )
        return
    element, tag = found
    if not is_language(tag):
        yield Finding(
            "language-invalid",
            Severity.WARNING,
            f"lang={tag!r} is no language tag",
            place(element.line),
            'write a tag such as lang="en" or lang="pt-BR"',
        )
        return
    other = _other_language(page.live_text, tag, _FEW_IN_PAGE)
    if other is not None:
        yield Finding(
            "language-differs",
            Severity.WARNING,
            f"lang={tag!r}, and the text is {other}",
            place(element.line),
            "say the recipient's language in lang, with a placeholder or a page for each language",
        )
    yield from _check_alts(page)


def _declared(page: ReadPage) -> Iterator[tuple[PageElement, str]]:
    """Yield where the language of all is said: on `<html>`, `<body>`, or an element around all text."""
    for one in page.elements:
        tag = one.attributes.get("lang", "").strip()
        if tag and (one.tag in {"html", "body"} or _is_in_body(one)):
            yield one, tag


def _is_in_body(element: PageElement) -> bool:
    parent = element.node.parent
    return isinstance(parent, Element) and parent.tag == "body"


def _check_alts(page: ReadPage) -> Iterator[Finding]:
    for image in page.images:
        if image.placed is None or image.is_hidden or not image.alt or not image.language:
            continue
        other = _other_language(image.alt, image.language, _FEW_IN_ALT)
        if other is not None:
            yield Finding(
                "language-differs",
                Severity.WARNING,
                f"{image.called} stands in a text with lang={image.language!r}, and its alt is {other}",
                image.place,
                "choose image and page by the same attribute, or give the cell around the image a lang",
            )


def _other_language(text: str, tag: str, few: int) -> str | None:
    """Return in which script or language a text is, in words, where it is clearly not in the one that is said."""
    language = tag.lower().replace("_", "-").partition("-")[0]
    written = next((name for name, (_, ones) in _SCRIPTS.items() if language in ones.split()), None)
    if written is None:
        return None
    letters = _letters(text[:_MOST_LETTERS])
    total, most = sum(letters.values()), max(letters, key=lambda name: letters[name])
    if total >= _FEW_LETTERS and letters[written] < 0.2 * total and letters[most] > 0.6 * total:
        return f"in {most} letters"
    own = _KIN.get(language, language)
    if own not in _COMMON:
        return None
    words = Counter(_WORD.findall(text[:_MOST_LETTERS].lower()))
    counts = {one: sum(map(words.__getitem__, common)) for one, common in _COMMON.items()}
    best = max(counts, key=lambda one: counts[one])
    if counts[best] >= few and counts[own] * 3 < counts[best] and _KIN.get(best, best) != own:
        return f"{best!r} by its words"
    return None


def _letters(text: str) -> dict[str, int]:
    """Return how many letters of each script there are."""
    rest = _ASCII.sub("", text)
    found = {name: len(pattern.findall(rest)) if rest else 0 for name, (pattern, _) in _SCRIPTS.items()}
    found["Latin"] += sum(map(len, _LETTERS.findall(text)))
    return found
