"""Filters of placeholders: numbers, money and dates as the recipient's locale writes them, and names.

Babel's locale data is read on first use: it takes longer to load than all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context, Undefined

from inkmerge.errors import InvalidValue, LimitExceeded
from inkmerge.text.segmentation import grapheme_clusters

_LONGEST: Final = 10_000
_PARTICLES: Final = frozenset(
    (
        "von",
        "van",
        "der",
        "den",
        "de",
        "da",
        "di",
        "du",
        "del",
        "della",
        "dos",
        "das",
        "la",
        "le",
        "zu",
        "zur",
        "zum",
    )
    + ("ter", "ten", "bin", "ibn", "al", "el", "y", "e", "af", "av")
)
_WORDS: Final = re.compile(r"[^\s-]+")
_SIBILANT: Final = re.compile(r"(?:s|ß|z|x|ce)$", re.IGNORECASE)
_DATE_STYLES: Final = frozenset(("short", "medium", "long", "full"))


_remembered: Final = lru_cache(maxsize=4096)
"""Around what Babel writes, which takes longer than to look it up, and is the same for many recipients."""


def _locale(context: Context, given: str | None = None) -> str:
    """Return the locale that is given, else the recipient's, else the template's language, as Babel writes it."""
    if given:
        return str(given).replace("-", "_")
    recipient = context.get("recipient")
    for holder in (recipient, context):
        for name in ("locale", "language"):
            value = holder.get(name) if isinstance(holder, Mapping | Context) else None
            if isinstance(value, str) and value:
                return value.replace("-", "_")
    return str(context.get("template_language") or "en").replace("-", "_")


@lru_cache(maxsize=256)
def _known_locale(name: str) -> Any:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  reading locale data takes long

    parts = name.split("_")
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale.parse("en")


def _decimal(value: object, name: str) -> Decimal:
    if isinstance(value, Undefined):
        bool(value)  # raises MissingValue
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise InvalidValue(f"|{name} needs a number, and got {type(value).__name__}")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise InvalidValue(
            f"|{name} needs a number, and got {str(value)[:40]!r}", hint="declare the field's type"
        ) from None
    if not number.is_finite() or abs(number) > Decimal(10) ** 15:
        raise InvalidValue(f"|{name} needs a finite number of at most 15 digits")
    return number


@pass_context
def number(context: Context, value: object, decimals: int | None = None, locale: str | None = None) -> str:
    """Write a number in the recipient's locale, with a fixed number of decimals where one is given."""
    return _number(str(_decimal(value, "number")), decimals, _locale(context, locale))


@_remembered
def _number(value: str, decimals: int | None, locale: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415  reading locale data takes long

    pattern = None if decimals is None else "#,##0" + ("." + "0" * min(decimals, 10) if decimals > 0 else "")
    return str(format_decimal(Decimal(value), format=pattern, locale=_known_locale(locale)))


@pass_context
def money(
    context: Context, value: object, currency: str, decimals: int | None = None, locale: str | None = None
) -> str:
    """Write an amount of money in the recipient's locale; whole amounts without decimals when `decimals` is 0."""
    return _money(str(_decimal(value, "money")), str(currency), decimals, _locale(context, locale))


@_remembered
def _money(value: str, currency: str, decimals: int | None, locale: str) -> str:
    from babel.numbers import format_currency, list_currencies  # noqa: PLC0415  reading locale data takes long

    found, code = Decimal(value), currency.upper()
    if code not in list_currencies():
        raise InvalidValue(
            f"|money: {currency[:20]!r} is no ISO 4217 currency code", hint="write money('EUR')"
        )
    known = _known_locale(locale)
    if decimals is None:
        return str(format_currency(found, code, locale=known))
    pattern = re.sub(
        r"0\.0+", "0" + ("." + "0" * min(decimals, 10) if decimals > 0 else ""), _currency_pattern(known)
    )
    return str(format_currency(found, code, format=pattern, locale=known, currency_digits=False))


def _currency_pattern(locale: Any) -> str:
    return str(locale.currency_formats["standard"].pattern)


@pass_context
def percent(context: Context, value: object, decimals: int = 0, locale: str | None = None) -> str:
    """Write a share of 1 as a percentage in the recipient's locale."""
    return _percent(str(_decimal(value, "percent")), decimals, _locale(context, locale))


@_remembered
def _percent(value: str, decimals: int, locale: str) -> str:
    from babel.numbers import format_percent  # noqa: PLC0415  reading locale data takes long

    known = _known_locale(locale)
    pattern = str(known.percent_formats[None].pattern)
    if decimals > 0:
        pattern = pattern.replace("0", "0." + "0" * min(decimals, 10), 1) if "." not in pattern else pattern
        pattern = re.sub(r"#,##0\.0+", "#,##0." + "0" * min(decimals, 10), pattern)
    return str(format_percent(Decimal(value), format=pattern, locale=known))


@pass_context
def date_(context: Context, value: object, style: str = "long", locale: str | None = None) -> str:
    """Write a date in the recipient's locale: `short`, `medium`, `long`, `full`, or a CLDR pattern.

    Patterns: https://www.unicode.org/reports/tr35/tr35-dates.html#Date_Field_Symbol_Table
    """
    if isinstance(value, Undefined):
        bool(value)  # raises MissingValue
    if isinstance(value, datetime):
        value = value.date()
    if not isinstance(value, date):
        try:
            value = datetime.fromisoformat(str(value).strip()).date()
        except ValueError:
            raise InvalidValue(
                f"|date needs a date such as 2026-11-23, and got {str(value)[:40]!r}"
            ) from None
    chosen = style if style in _DATE_STYLES or len(style) <= 40 else "long"
    return _date(value, chosen, _locale(context, locale))


@_remembered
def _date(value: date, style: str, locale: str) -> str:
    from babel.dates import format_date  # noqa: PLC0415  reading locale data takes long

    return str(format_date(value, format=style, locale=_known_locale(locale)))


def _text(value: object) -> str:
    if isinstance(value, Undefined):
        bool(value)  # raises MissingValue
    return str(value)


def initials(value: object, count: int = 2) -> str:
    """Return the first letters of a name's parts: the first and the last ones, particles left out."""
    words = [
        word for word in _WORDS.findall(_text(value)) if word.lower() not in _PARTICLES
    ] or _WORDS.findall(_text(value))
    letters = [_first_letter(word) for word in words]
    letters = [letter for letter in letters if letter]
    if len(letters) > count > 0:
        letters = [*letters[: count - 1], letters[-1]]
    return "".join(letters).upper()


def _first_letter(word: str) -> str:
    for start, end in grapheme_clusters(word):
        if word[start].isalnum():
            return word[start:end]
    return word[: grapheme_clusters(word)[0][1]] if word else ""


@pass_context
def title_name(context: Context, value: object) -> str:
    """Give a name that is all capitals or all small letters its usual capitals; leave a mixed one as it is."""
    text = _text(value)
    if text not in {text.upper(), text.lower()}:
        return text
    is_turkic = _locale(context).split("_")[0] in {"tr", "az"}
    words = _WORDS.findall(text)
    last = len(words) - 1
    position = iter(range(len(words)))

    def titled(match: re.Match[str]) -> str:
        word = _lower(match[0], is_turkic=is_turkic)
        if 0 < next(position) < last and word in _PARTICLES:
            return word
        return (
            "’".join(_capital(part, is_turkic=is_turkic) for part in word.split("’"))
            if "’" in word
            else "'".join(_capital(part, is_turkic=is_turkic) for part in word.split("'"))
        )

    return _WORDS.sub(titled, text)


def _lower(text: str, *, is_turkic: bool) -> str:
    return (text.replace("İ", "i").replace("I", "ı") if is_turkic else text).lower()


def _capital(text: str, *, is_turkic: bool) -> str:
    if not text:
        return text
    if is_turkic and text[0] == "i":
        return "İ" + text[1:]
    if text.startswith("mc") and len(text) > 3:
        return "Mc" + text[2].upper() + text[3:]
    return text[0].title() + text[1:]


@pass_context
def possessive(context: Context, value: object) -> str:
    """Write whose something is, in English, German, Dutch and the Scandinavian languages; elsewhere unchanged."""
    text = _text(value)
    language = _locale(context).split("_")[0]
    ends_in_s = bool(_SIBILANT.search(text))
    if language == "en":
        return text + ("’" if text.lower().endswith("s") else "’s")
    if language in {"de", "nl"}:
        return text + ("’" if ends_in_s else "s")
    if language in {"sv", "da", "nb", "no", "nn"}:
        return text if ends_in_s else text + "s"
    return text


def truncate(value: object, length: int = 30, end: str = "…") -> str:
    """Cut a text after so many characters as a reader counts them, and say so with an ellipsis."""
    text = _text(value)
    clusters = grapheme_clusters(text)
    if len(clusters) <= length:
        return text
    kept = max(0, length - len(grapheme_clusters(end)))
    return text[: clusters[kept][0]].rstrip() + end


def replace(value: object, old: str, new: str, count: int | None = None) -> str:
    """Replace a text; the result is bounded."""
    text = _text(value)
    found = text.count(old) if old else len(text) + 1
    if len(text) + found * len(new) > _LONGEST:
        raise LimitExceeded(f"|replace makes more than {_LONGEST:,} characters")
    return text.replace(old, new, -1 if count is None else count)


def join(value: object, separator: str = "") -> str:
    """Join a list with a separator; the result is bounded."""
    if isinstance(value, Undefined):
        bool(value)  # raises MissingValue
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise InvalidValue("|join needs a list", hint='declare the field as type = "list"')
    parts: list[str] = []
    length = 0
    for part in value:
        parts.append(str(part))
        length += len(parts[-1]) + len(separator)
        if length > _LONGEST:
            raise LimitExceeded(f"|join makes more than {_LONGEST:,} characters")
    return separator.join(parts)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "date": date_,
    "initials": initials,
    "join": join,
    "money": money,
    "number": number,
    "percent": percent,
    "possessive": possessive,
    "replace": replace,
    "title_name": title_name,
    "truncate": truncate,
}
