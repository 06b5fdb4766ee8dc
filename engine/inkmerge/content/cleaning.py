"""Texts from outside → texts that can be set: NFC, no controls, no bidi overrides, few marks on a letter."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BREAKS: Final = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]")
_REMOVED: Final = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ufff9-\ufffb\ud800-\udfff]"
)
"""Controls, bidi embeddings, overrides and isolates, lone surrogates, and what XML cannot hold."""
_LONGEST_REMEMBERED: Final = 500
_FIRST_MARK: Final = "\u0300"
_TABS: Final = re.compile("\t")


def clean(text: str, most_marks: int) -> str:
    """Return a text as it is set; equal to `text` when nothing was wrong with it."""
    if text.isascii() and text.isprintable():
        return text
    return _cleaned(text, most_marks) if len(text) <= _LONGEST_REMEMBERED else _clean(text, most_marks)


def _clean(text: str, most_marks: int) -> str:
    cleaned = _REMOVED.sub("", _BREAKS.sub("\n", _TABS.sub(" ", text)))
    cleaned = unicodedata.normalize("NFC", cleaned)
    return _with_few_marks(cleaned, most_marks)


_cleaned = lru_cache(maxsize=4096)(_clean)  # what content says is the same for many recipients


def _with_few_marks(text: str, most: int) -> str:
    if len(text) <= most or max(text) < _FIRST_MARK:
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if marks <= most:
            kept.append(character)
    return "".join(kept)
