"""The bytes of a message → what SpamAssassin's rules about images make of it, measured.

`measure_spam` says of each family of rules which value it looks at, which rule hits, and how far the next threshold is;
`spam_findings` has only what hits. The rules are those of SpamAssassin 4.0.1 (`rules/20_html_tests.cf`,
`rules/20_body_tests.cf`), evaluated as its own code does: https://github.com/apache/spamassassin. There is none about a
share of images and text such as 60 to 40.

Scores are those of `rules/50_scores.cf` for a SpamAssassin that asks no network and has learned nothing, the first of its
four columns. With network tests and Bayes most are lower: `HTML_IMAGE_ONLY_32` 0.001, `MPART_ALT_DIFF` 0.790. A message is
spam from 5 points on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Final, NamedTuple

from inkmerge.errors import Finding, Severity
from inkmerge.mailing.spam_alternatives import AlternativeFacts, compare_alternatives
from inkmerge.mailing.spam_charset import decode_text
from inkmerge.mailing.spam_html import HtmlFacts, read_html
from inkmerge.mailing.spam_message import read_message

WARNING_SCORE: Final = 0.5
"""From this score on, a rule that hits is a warning; below, a note."""

SCORES: Final = {
    "HTML_IMAGE_ONLY_04": 1.680,
    "HTML_IMAGE_ONLY_08": 0.585,
    "HTML_IMAGE_ONLY_12": 1.381,
    "HTML_IMAGE_ONLY_16": 1.969,
    "HTML_IMAGE_ONLY_20": 2.109,
    "HTML_IMAGE_ONLY_24": 2.799,
    "HTML_IMAGE_ONLY_28": 2.799,
    "HTML_IMAGE_ONLY_32": 2.196,
    "HTML_IMAGE_RATIO_02": 0.001,
    "HTML_IMAGE_RATIO_04": 0.001,
    "HTML_IMAGE_RATIO_06": 0.001,
    "HTML_IMAGE_RATIO_08": 0.001,
    "HTML_SHORT_LINK_IMG_1": 2.215,
    "HTML_SHORT_LINK_IMG_2": 1.419,
    "HTML_SHORT_LINK_IMG_3": 0.691,
    "MPART_ALT_DIFF": 2.246,
    "MPART_ALT_DIFF_COUNT": 2.799,
}
"""What each rule adds where it hits, by its name."""


class _Family(NamedTuple):
    name: str
    code: str
    unit: str
    counted: str
    cure: str


_IMAGE_ONLY: Final = _Family(
    "HTML_IMAGE_ONLY",
    "spam-image-only",
    "characters of HTML",
    "characters of HTML",
    "write {:,} characters more, best what the images say as live text",
)
_IMAGE_RATIO: Final = _Family(
    "HTML_IMAGE_RATIO",
    "spam-image-ratio",
    "characters of text per CSS pixel of images",
    "characters of text",
    "write {:,} characters of text more, or show smaller images",
)
_SHORT_LINK: Final = _Family(
    "HTML_SHORT_LINK_IMG",
    "spam-linked-image",
    "characters of HTML",
    "characters of HTML",
    "write {:,} characters more, best what the linked image says as live text",
)
_PARTS_DIFFER: Final = _Family(
    "MPART_ALT_DIFF",
    "spam-parts-differ",
    "percent of the HTML's words that the text part lacks",
    "different words",
    "say in the text part what the HTML says: {:,} different words of it are enough",
)
_TEXT_LONGER: Final = _Family(
    "MPART_ALT_DIFF_COUNT",
    "spam-text-longer",
    "words of the text part per word of the HTML",
    "different words",
    "leave {:,} different words out of the text part, or say in the HTML what they say",
)

_IMAGE_ONLY_RANGES: Final = tuple(
    (f"HTML_IMAGE_ONLY_{last // 100:02}", last) for last in range(400, 3201, 400)
)
_IMAGE_RATIO_LIMITS: Final = tuple((f"HTML_IMAGE_RATIO_{limit:02}", limit / 1000) for limit in (2, 4, 6, 8))
_SHORT_LINK_RANGES: Final = tuple(
    (f"HTML_SHORT_LINK_IMG_{n}", last) for n, last in ((1, 1024), (2, 1536), (3, 2048))
)
_MISSING_PERCENT: Final = 99
_TEXT_PER_HTML: Final = 3

_NO_HTML: Final = HtmlFacts(0, decode_text(b"", None), 0, has_image=False, has_linked_image=False)


class ToNext(NamedTuple):
    """How far it is to where another rule of the family hits, or none.

    Attributes:
        fewer: How many fewer it would take; None where fewer change nothing.
        more: How many more it would take; None where more change nothing.
        clear: How many it takes, in the direction of the cure, until no rule hits; 0 where none does.
        unit: What is counted.
    """

    fewer: int | None
    more: int | None
    clear: int
    unit: str


@dataclass(frozen=True, slots=True)
class SpamMeasure:
    """What one family of rules makes of a message.

    Attributes:
        family: The rules' name without its number, such as ``HTML_IMAGE_ONLY``.
        part: Which HTML part of the message, from 1; SpamAssassin looks at each.
        value: What the rules look at; None where they cannot hit.
        unit: Of the value.
        hit: The name of the rule that hits, or None.
        score: What it adds; 0 where none hits.
        to_next: How far the next thresholds are; None where there is no value.
        sentence: All that in words.
        cure: What to do, where a rule hits.
    """

    family: str
    part: int
    value: float | None
    unit: str
    hit: str | None
    score: float
    to_next: ToNext | None
    sentence: str
    cure: str | None


def measure_spam(message: bytes) -> tuple[SpamMeasure, ...]:
    """Measure a whole message (RFC 5322) by each family of rules, and by each of its HTML parts in turn.

    Never raises: what is no message has no HTML.
    """
    return tuple(measure for _, measure in _measured(*_read(message)))


def spam_findings(message: bytes) -> tuple[Finding, ...]:
    """Return a finding for each rule that hits, and one where SpamAssassin does not read the HTML to its end.

    Codes: `spam-image-only`, `spam-image-ratio`, `spam-linked-image`, `spam-parts-differ`, `spam-text-longer`,
    `spam-html-broken-off`.
    """
    html, alternatives = _read(message)
    findings: dict[str, Finding] = {}
    for family, measure in _measured(html, alternatives):
        if measure.hit:
            severity = Severity.WARNING if measure.score >= WARNING_SCORE else Severity.NOTE
            findings[measure.hit] = Finding(family.code, severity, measure.sentence, hint=measure.cure)
    if any(facts.is_broken_off for facts in html):
        findings[""] = Finding(
            "spam-html-broken-off",
            Severity.NOTE,
            "SpamAssassin 4.0.1 stops at a `style` with an empty `background:`, and measures no image",
            hint="give each `background:` a value, or leave it out",
        )
    return tuple(findings.values())


def _read(message: bytes) -> tuple[list[HtmlFacts], AlternativeFacts]:
    whole = read_message(message)
    html = {
        id(part): read_html(decode_text(part.body, part.charset))
        for part in whole.walk()
        if part.parts is None and part.shown_kind == "text/html" and part.body
    }
    return list(html.values()), compare_alternatives(whole, html)


def _measured(html: Sequence[HtmlFacts], alternatives: AlternativeFacts) -> list[tuple[_Family, SpamMeasure]]:
    if any(facts.is_fatal for facts in html):
        html = ()
    is_linked = any(facts.has_linked_image for facts in html)
    measured: list[tuple[_Family, SpamMeasure]] = []
    for part, facts in enumerate(html or [_NO_HTML], 1):
        measured += (
            (_IMAGE_ONLY, _image_only(facts, part)),
            (_IMAGE_RATIO, _image_ratio(facts, part)),
            (_SHORT_LINK, _short_link(facts, part, is_linked=is_linked)),
        )
    return [
        *measured,
        (_PARTS_DIFFER, _parts_differ(alternatives)),
        (_TEXT_LONGER, _text_longer(alternatives)),
    ]


def _image_only(facts: HtmlFacts, part: int) -> SpamMeasure:
    if not facts.has_image:
        return _unmeasured(_IMAGE_ONLY, "There is no image in the HTML.", part)
    place = _Place.among(_IMAGE_ONLY_RANGES, facts.length)
    sentence = f"The HTML has images and {facts.length:,} characters, markup included"
    return _measure(_IMAGE_ONLY, facts.length, place, sentence, part)


def _image_ratio(facts: HtmlFacts, part: int) -> SpamMeasure:
    area = facts.image_area
    if not area:
        return _unmeasured(_IMAGE_RATIO, "No image in the HTML has both `width` and `height`.", part)
    letters = facts.text.letters()
    place = _Place.among([(rule, _last_count(limit, area)) for rule, limit in _IMAGE_RATIO_LIMITS], letters)
    sentence = f"The text has {letters:,} characters without spaces beside {area:,} CSS pixels of images"
    return _measure(_IMAGE_RATIO, letters / area, place, sentence, part)


def _short_link(facts: HtmlFacts, part: int, *, is_linked: bool) -> SpamMeasure:
    if not is_linked:
        return _unmeasured(_SHORT_LINK, "No image in the HTML is linked.", part)
    place = _Place.among(_SHORT_LINK_RANGES, facts.length)
    sentence = f"The HTML has a linked image and {facts.length:,} characters, markup included"
    return _measure(_SHORT_LINK, facts.length, place, sentence, part)


def _parts_differ(facts: AlternativeFacts) -> SpamMeasure:
    words, missing = facts.compared_words, len(facts.missing)
    if not words:
        return _unmeasured(_PARTS_DIFFER, "There are no two alternatives whose words could be compared.")
    allowed = next(count for count in range(words, -1, -1) if count / words * 100 <= _MISSING_PERCENT)
    place = _Place.above(allowed, "MPART_ALT_DIFF", missing)
    sentence = f"Of the HTML's {words:,} different words the text part lacks {missing:,}"
    return _measure(_PARTS_DIFFER, facts.missing_percent, place, sentence)


def _text_longer(facts: AlternativeFacts) -> SpamMeasure:
    text, html = facts.text_words, facts.html_words
    if html < 2:
        return _unmeasured(_TEXT_LONGER, "There is no alternative of several words in HTML.")
    place = _Place.above(_TEXT_PER_HTML * html, "MPART_ALT_DIFF_COUNT", text)
    sentence = f"The text part has {text:,} different words, the HTML {html:,}"
    return _measure(_TEXT_LONGER, text / html, place, sentence)


def _last_count(limit: float, area: int) -> int:
    """Return the largest count that, divided by an area, is not above a limit, as floating point has it."""
    count = int(limit * area)
    while (count + 1) / area <= limit:
        count += 1
    while count and count / area > limit:
        count -= 1
    return count


class _Place(NamedTuple):
    """Where a count lies among ranges: the rule that hits there, and how far it is to the neighbours."""

    hit: str | None
    fewer: int | None
    more: int | None
    clear: int

    @classmethod
    def among(cls, ranges: Sequence[tuple[str, int]], count: int) -> _Place:
        """Place a count among rules that hit what is short: each up to a last count, the first from 1 on."""
        places: list[tuple[str | None, float]] = [(None, 0)]
        places += (range_ for before, range_ in pairwise(((None, 0), *ranges)) if range_[1] > before[1])
        if len(places) == 1:
            return cls(None, None, None, 0)  # so little is measured against that no count lies in a range
        places.append((None, inf))
        number = next(number for number, (_, last) in enumerate(places) if count <= last)
        hit, last = places[number]
        return cls(
            hit,
            count - int(places[number - 1][1]) if number else None,
            int(last) + 1 - count if last < inf else None,
            ranges[-1][1] + 1 - count if hit else 0,
        )

    @classmethod
    def above(cls, allowed: int, rule: str, count: int) -> _Place:
        """Place a count beside a rule that hits what is above an allowed one."""
        if count > allowed:
            return cls(rule, count - allowed, None, count - allowed)
        return cls(None, None, allowed + 1 - count, 0)


def _unmeasured(family: _Family, sentence: str, part: int = 1) -> SpamMeasure:
    return SpamMeasure(family.name, part, None, family.unit, None, 0, None, sentence, None)


def _measure(family: _Family, value: float, place: _Place, sentence: str, part: int = 1) -> SpamMeasure:
    score = SCORES[place.hit] if place.hit else 0
    outcome = f"{place.hit} adds {score:.3f} points" if place.hit else "no rule hits"
    return SpamMeasure(
        family.name,
        part,
        value,
        family.unit,
        place.hit,
        score,
        ToNext(place.fewer, place.more, place.clear, family.counted),
        f"{sentence}: {outcome}.",
        family.cure.format(place.clear) if place.hit else None,
    )
