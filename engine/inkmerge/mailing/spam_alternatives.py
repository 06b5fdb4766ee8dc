"""The parts of a message → how far its text and its HTML differ, word by word.

As `MPART_ALT_DIFF` and `MPART_ALT_DIFF_COUNT` of SpamAssassin measure it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from inkmerge.mailing.spam_charset import decode_text
from inkmerge.mailing.spam_html import HtmlFacts
from inkmerge.mailing.spam_message import Part


@dataclass(frozen=True, slots=True)
class AlternativeFacts:
    """How the parts of multipart/alternative differ.

    Attributes:
        missing_percent: How many of the distinct words of the HTML are in the text less often, in percent; of several
            alternatives the highest.
        html_words: Distinct words of the HTML, of several alternatives of the last.
        text_words: Distinct words of the text.
        missing: Those words of the HTML, sorted, of the alternative with the highest share.
        compared_words: Distinct words of its HTML.
    """

    missing_percent: float = 0
    html_words: int = 0
    text_words: int = 0
    missing: tuple[str, ...] = ()
    compared_words: int = 0


def compare_alternatives(message: Part, html: Mapping[int, HtmlFacts]) -> AlternativeFacts:
    """Compare the words of each multipart/alternative; `html` has what was read of each part, by its `id`."""
    kinds = [message.kind, *(",".join(part.kind for part in child.walk()) for child in message.parts or ())]
    if kinds == ["multipart/alternative", "text/html", "text/calendar"]:
        return AlternativeFacts()  # an invitation
    facts = AlternativeFacts()
    for alternative in message.walk():
        if re.match(r"multipart/alternative\b", alternative.kind):
            if any(id(part) in html and html[id(part)].is_fatal for part in alternative.walk()):
                break
            facts = _compared(alternative, html, facts)
    return facts


def _compared(alternative: Part, html: Mapping[int, HtmlFacts], before: AlternativeFacts) -> AlternativeFacts:
    html_words: Counter[str] = Counter()
    text_words: Counter[str] = Counter()
    for part in alternative.walk():
        if not part.kind.startswith("text/"):
            continue
        if part.shown_kind == "text/html":
            facts = html.get(id(part))
            if facts:
                html_words.update(facts.text.words())
                if not html_words and facts.has_image:
                    html_words["\n"] = 1  # no word, but a picture
        elif part.shown_kind == "text/plain":
            text_words.update(decode_text(part.body, part.charset).words())
    if not html_words:
        return before
    missing = [word for word, count in html_words.items() if text_words[word] < count]
    percent = len(missing) / len(html_words) * 100
    is_worst = percent > before.missing_percent or not before.compared_words
    return AlternativeFacts(
        percent if is_worst else before.missing_percent,
        len(html_words),
        len(text_words),
        tuple(sorted(missing)) if is_worst else before.missing,
        len(html_words) if is_worst else before.compared_words,
    )
