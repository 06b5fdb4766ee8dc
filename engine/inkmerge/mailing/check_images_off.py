"""A message without its images → what is left of it, and what no live text says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from inkmerge.alt import comparable, says
from inkmerge.errors import Finding, Severity
from inkmerge.mailing.check_images import quoted
from inkmerge.mailing.check_links import leaves_list
from inkmerge.mailing.check_page import PageImage, PageLink, ReadPage, pixels_of, place

_FEW_WORDS: Final = 10
_LARGE: Final = 300, 80
"""CSS pixels from which a linked picture is more than a logo."""
_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER: Final = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3}(?!\d))*(?:[.,]\d+)?")
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")
_CODE: Final = re.compile(r"(?=\S*[^\W\d_])(?=\S*\d)[\w-]{4,}")
"""What has letters and digits, as the code of a voucher."""
_AROUND: Final = re.compile(
    r"(?:view|read|open)\b.{0,20}\bonline$|browser|web.?version|privacy|datenschutz|\bimpr(?:int|essum)|\bagb\b"
    r"|preference|einstellung|pr[ée]f[ée]rence|terms (?:of|and|&)|confidentialit|mentions l[ée]g|privacidad"
    r"|informativa sulla|cookie.?(?:polic|settings)|forward (?:to|this)",
    re.IGNORECASE,
)
"""How links are called that are about the mail, and not what it is for."""


def check_images_off(page: ReadPage) -> Iterator[Finding]:
    """Yield what a recipient misses whose client shows no images; nothing where there are none."""
    pictures = [one for one in page.images if not (one.is_hidden or one.is_decorative)]
    if not pictures:
        return
    words = len(_WORD.findall(page.live_text))
    if not words:
        yield Finding(
            "images-off-empty",
            Severity.ERROR,
            f"without its {_count(len(pictures), 'image')} the page is empty: it has no live text at all",
            place(),
            "say in text what the mail is about",
        )
    elif words < _FEW_WORDS and not _is_spaceless(page.live_text):
        yield Finding(
            "images-off-little",
            Severity.WARNING,
            f"without its {_count(len(pictures), 'image')} the page has {_count(words, 'word')}",
            place(),
            f"say in text what the mail is about, in {_FEW_WORDS} words and more",
        )
    yield from _check_calls(page)


def check_shown_texts(page: ReadPage) -> Iterator[Finding]:
    """Yield what images of the campaign show as text, and no live text repeats (WCAG 1.4.5)."""
    live = _Said(page.live_text)
    seen: set[str] = set()
    for image in page.images:
        if image.placed is None or image.placed.named.name in seen:
            continue
        seen.add(image.placed.named.name)
        unsaid = [text for text in image.placed.named.image.shown if not live.says(text)]
        if not unsaid:
            continue
        facts = [text for text in unsaid if _NUMBER.search(text)]
        yield Finding(
            "text-in-image",
            Severity.WARNING if facts else Severity.NOTE,
            f"{image.called} shows {quoted(facts or unsaid)}, and no live text says it:"
            " it cannot be enlarged, copied or translated",
            image.place,
            "say numbers, dates and codes in the text too"
            if facts
            else "say it in the text too, where the picture does not only repeat it",
        )


def _check_calls(page: ReadPage) -> Iterator[Finding]:
    links = [one for one in page.links if _leads_out(one)]
    in_text = [one for one in links if _has_words(one)]
    in_images = [one for one in links if one.images and not _has_words(one)]
    if in_images and not any(map(_is_call, in_text)):
        left = f"links with text ({len(in_text)}) are about the mail itself"
        yield Finding(
            "call-to-action-in-image" if in_text else "text-link-missing",
            Severity.WARNING,
            f"without images there is nothing to click but alt texts: {left if in_text else 'no link has text'}",
            place(in_images[0].line),
            "add a link with text that leads where the image does",
        )
        return
    reached = {_target(one.address) for one in in_text}
    for link in in_images:
        image = next(filter(_is_large, link.images), None)
        if image is not None and _target(link.address) not in reached:
            yield Finding(
                "call-to-action-in-image",
                Severity.NOTE,
                f"where {image.called} leads, {link.address[:60]!r}, no link with text does",
                place(link.line),
                "add a link with text that leads there",
            )


def _leads_out(link: PageLink) -> bool:
    """Whether a link is one to a page, or to where another system will say."""
    return not link.is_hidden and not link.address.lower().startswith(("mailto:", "tel:", "sms:", "#"))


def _is_call(link: PageLink) -> bool:
    return not (_AROUND.search(link.text) or leaves_list(link))


def _has_words(link: PageLink) -> bool:
    return any(map(str.isalnum, link.text))


def _target(address: str) -> str:
    """Return where an address leads, without what is counted or jumped to."""
    try:
        found = urlsplit(address)
    except ValueError:
        return address
    return f"{(found.netloc or '').lower()}{found.path.rstrip('/')}"


def _is_large(image: PageImage) -> bool:
    if image.placed is not None:
        return True
    width, height = pixels_of(image.width), pixels_of(image.height)
    return (width or 0) >= _LARGE[0] and (height is None or height >= _LARGE[1])


def _is_spaceless(text: str) -> bool:
    """Whether words are written without spaces between them, so that none can be counted."""
    return len(text) >= 4 * _FEW_WORDS and text.count(" ") * 12 < len(text)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


class _Said:
    """What a live text says: its words, and its numbers however their digits are grouped."""

    def __init__(self, text: str) -> None:
        self._text = _plain_digits(comparable(text))
        self._words = set(_WORD.findall(self._text))
        self._numbers = {*map(_digits, _NUMBER.findall(self._text)), *re.findall(r"\d+", self._text)}

    def says(self, text: str) -> bool:
        """Tell whether a text is said: as it is, or by its codes and numbers, or else by all its longer words."""
        wanted = _plain_digits(comparable(text))
        if says(self._text, wanted):
            return True
        codes = _CODE.findall(wanted)
        numbers = [_digits(one) for one in _NUMBER.findall(_CODE.sub(" ", wanted))]
        if codes or numbers:
            return all(says(self._text, one) for one in codes) and self._numbers.issuperset(numbers)
        words = _WORD.findall(wanted)
        return self._words.issuperset([one for one in words if len(one) > 3] or words)


def _digits(number: str) -> str:
    return "".join(filter(str.isdecimal, number)).lstrip("0") or "0"


def _plain_digits(text: str) -> str:
    """Return a text with the digits of all scripts as 0 to 9."""
    return _OTHER_DIGIT.sub(lambda found: str(unicodedata.digit(found[0])), text)
