"""The bytes of a text + its declared charset → its characters, as SpamAssassin guesses them.

As `normalize_charset` does, which is on by default since version 4, without the optional `Encode::Detect`.
"""

from __future__ import annotations

import binascii
import codecs
import re
import unicodedata
from typing import Final, NamedTuple

_ASCII: Final = re.compile(
    r"(?:us-)?ascii|ansi[_ ]?x3\.4-(?:1986|1968)|iso646-us"
    r"|iso[ -]?8859(?:-\d{1,2})?|windows-\d{4}|utf-?8|(?:koi8|euc)-[a-z]{1,2}|big5|gbk|gb[ -]?18030(?:-20\d\d)?",
    re.IGNORECASE | re.ASCII,
)
"""Charsets in which bytes below 128 are kept as they are."""

_CODECS: Final = {
    "utf-8": r"utf-?8",
    "ascii": r"(?:us-)?ascii|ansi_x3\.4-1968|iso-?646(?:-us)?",
    "cp1252": r"iso-?8859-1|(?:windows|cp|ibm|ms)[-_ ]?1252",
    "latin-1": r"latin-?1|iso_8859-1",
    "utf-7": r"utf-?7|unicode-1-1-utf-7",
    "gbk": r"gbk|cp936|gb[ -]?18030(?:-20\d\d)?",
    "gb2312": r"gb_?2312(?:-?80)?|euc-cn|hz-gb-2312|x-gbk",
    "cp950": r"big-?5(?:-?et(?:en)?)?|cn-big5|tca|cp950",
    "big5hkscs": r"big-?5-?hk(?:scs)?|hk(?:scs)?-?big5",
    "shift_jis": r"(?:x[-_])?s(?:hift)?[-_ ]?jis",
    "cp932": r"windows-31j|cp932|ms_kanji",
    "euc_jp": r"euc-?jp|x-euc-jp|ujis",
    "iso2022_jp": r"iso-2022-jp",
    "euc_kr": r"euc-?kr",
    "cp949": r"ks_?c_?5601(?:-?1987)?|uhc|cp949|windows-949",
    "iso2022_kr": r"iso-2022-kr",
    "koi8_r": r"koi8-?r",
    "koi8_u": r"koi8-?u",
    "tis-620": r"tis-?620|iso-8859-11",
    "cp874": r"windows-874|cp874",
    "mac_roman": r"(?:x-)?mac-?(?:roman|intosh)|macintosh",
    **{f"iso8859_{number}": rf"(?:iso[-_]?)?8859[-_]{number}" for number in (*range(2, 11), 13, 14, 15, 16)},
    **{
        f"cp{page}": rf"(?:windows|cp|ibm|ms)[-_ ]?{page}"
        for page in (1250, 1251, *range(1253, 1259), 437, 850, 852, 866)
    },
}
_PATTERNS: Final = {codec: re.compile(names, re.IGNORECASE | re.ASCII) for codec, names in _CODECS.items()}

_UNICODE_SPACE: Final = re.compile(r"[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_ASCII_SPACE: Final = re.compile(r"[\t\n\v\f\r ]+")
_CIRCLED: Final = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
"""Letters in circles and squares, which Unicode counts among alphabetic characters though they are symbols."""


class PerlText(NamedTuple):
    """A text, and whether Perl knows that it is one: else it holds bytes, of which those above 127 mean nothing."""

    text: str
    is_unicode: bool

    def words(self) -> list[str]:
        """Return what stands between spaces and has a letter, a mark, a digit or an underscore in it."""
        space = _UNICODE_SPACE if self.is_unicode else _ASCII_SPACE
        return [word for word in space.split(self.text) if any(self._is_of_words(c) for c in word)]

    def letters(self) -> int:
        """Count the characters that are no spaces."""
        if self.is_unicode:
            return len(_UNICODE_SPACE.sub("", self.text))
        return len(self.text) - sum(self.text.count(space) for space in " \t\n\r\v")

    def _is_of_words(self, character: str) -> bool:
        code = ord(character)
        if code < 128 or not self.is_unicode:
            return code < 128 and (character.isalnum() or character == "_")
        return (
            unicodedata.category(character) in {"Nd", "Nl", "Pc"}
            or unicodedata.category(character)[0] in "LM"
            or code in {0x200C, 0x200D}
            or any(first <= code <= last for first, last in _CIRCLED)
        )


def decode_text(data: bytes, charset: str | None) -> PerlText:
    """Decode the bytes of a part: as UTF-8 where they are, else as they say, else as Windows-1252."""
    declared = "us-ascii" if charset is None else charset
    if data.isascii() and _ASCII.fullmatch(declared):
        return PerlText(data.decode("ascii"), is_unicode=False)
    decoded = None if data.isascii() else _strict_utf8(data)
    if decoded is None and not re.fullmatch(r"(?:us-)?ascii", declared, re.IGNORECASE):
        decoded = _declared_text(data, declared)
    if decoded is None and data.isascii():
        return PerlText(data.decode("ascii"), is_unicode=False)
    return PerlText(data.decode("cp1252", "replace") if decoded is None else decoded, is_unicode=True)


def decode_word(charset: str, data: bytes) -> str:
    """Decode an encoded word of a header to the bytes of its UTF-8, each as a character."""
    codec = _codec(charset.partition("*")[0]) or "utf-8"
    return data.decode(codec, "replace").encode("utf-8").decode("latin-1")


def _declared_text(data: bytes, charset: str) -> str | None:
    codec = _utf16(data) if re.match(r"utf[ -]?16", charset, re.IGNORECASE) else _codec(charset)
    if codec is None:
        return None
    if codec == "utf-7":
        return _from_utf7(data.decode("latin-1"))
    is_iso_2022 = codec.startswith("iso2022")
    if is_iso_2022:
        data = re.split(rb"[\x80-\xff]", data, maxsplit=1)[0]
    try:
        # half a character at the end is left out, but not of Unicode
        text = codecs.getincrementaldecoder(codec)().decode(data, final=codec.startswith("utf-"))
    except UnicodeDecodeError as error:
        return data[: error.start].decode(codec, "ignore") if is_iso_2022 else None
    return text if _is_interchangeable(text) else None


def _from_utf7(text: str) -> str:
    def piece(found: re.Match[str]) -> str:
        encoded = found[1]
        if not encoded:
            return "+"
        whole = encoded[:-1] if len(encoded) % 4 == 1 else encoded
        return binascii.a2b_base64(whole + "=" * (-len(whole) % 4)).decode("utf-16-be", "replace")

    return re.sub(r"\+([A-Za-z0-9+/]*)-?", piece, text)


def _codec(charset: str) -> str | None:
    name = re.sub(r"\s+", "", charset)
    return next((codec for codec, names in _PATTERNS.items() if names.fullmatch(name)), None)


def _strict_utf8(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if _is_interchangeable(text) else None


def _is_interchangeable(text: str) -> bool:
    """Whether there is no noncharacter in a text, as Perl demands."""
    return not any(0xFDD0 <= ord(c) <= 0xFDEF or ord(c) & 0xFFFE == 0xFFFE for c in set(text))


def _utf16(data: bytes) -> str | None:
    """Guess the byte order of UTF-16 without a mark: by its spaces, and by which bytes are mostly nought."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    even, odd = data[::2], data[1::2]
    little = sum(pair == (0x20, 0) for pair in zip(even, odd, strict=False))
    big = sum(pair == (0, 0x20) for pair in zip(even, odd, strict=False))
    even_sum, odd_sum = (sum((byte >> 4) + (byte & 15) for byte in half) for half in (even, odd))
    little += even_sum > odd_sum * 4
    big += odd_sum * 4 > even_sum
    return "utf-16-le" if little > big else "utf-16-be" if big > little else None
