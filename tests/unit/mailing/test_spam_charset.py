from __future__ import annotations

import pytest

from inkmerge.mailing.spam_charset import PerlText, decode_text, decode_word


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("café".encode(), "utf-8", "café"),
        ("café".encode(), "iso-8859-1", "café"),
        ("café".encode(), None, "café"),
        ("café".encode("latin-1"), "utf-8", "café"),
        ("“café”".encode("cp1252"), "iso-8859-1", "“café”"),
        ("žluť".encode("iso8859-2"), "ISO-8859-2", "žluť"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        ("你好".encode("gbk"), "gb18030", "你好"),
        ("你好".encode("big5"), "big5", "你好"),
        ("こんにちは".encode("shift_jis"), "Shift_JIS", "こんにちは"),
        ("こんにちは".encode("iso2022_jp"), "iso-2022-jp", "こんにちは"),
        ("안녕".encode("euc_kr"), "euc-kr", "안녕"),
        ("สวัสดี".encode("tis-620"), "windows-874", "สวัสดี"),
        ("Hello Anna".encode("utf-16-le"), "utf-16", "Hello Anna"),
        ("Hello Anna".encode("utf-16-be"), "UTF-16", "Hello Anna"),
        ("a – b + c".encode("utf-7"), "utf-7", "a – b + c"),
        (b"caf\xe9", "x-unknown", "café"),
        (b"\x81", "utf-8", "\N{REPLACEMENT CHARACTER}"),
        (b"\xef\xbf\xbe", "utf-8", "ï¿¾"),
        (b"\xc4", "gbk", ""),
        (b"a\xff", "iso-2022-jp", "a"),
    ],
)
def test_a_text_is_utf_8_where_it_can_be_else_what_it_says_else_windows_1252(
    data: bytes, charset: str | None, text: str
) -> None:
    assert decode_text(data, charset) == PerlText(text, is_unicode=True)


@pytest.mark.parametrize(
    "charset", [None, "us-ascii", "UTF-8", "iso-8859-15", "windows-1251", "x-unknown", ""]
)
def test_ascii_is_kept_as_bytes(charset: str | None) -> None:
    assert decode_text(b"Hello", charset) == PerlText("Hello", is_unicode=False)


def test_ascii_in_a_charset_that_is_decoded_is_unicode() -> None:
    assert decode_text(b"Hello", "shift_jis").is_unicode


def test_words_have_a_letter_a_mark_a_digit_or_an_underscore() -> None:
    text = PerlText("Hello – • 1,250 é _ ½ ❤️ 👩‍💻 🎉 Ⓐ\N{EM SPACE}สวัสดี …", is_unicode=True)
    assert text.words() == ["Hello", "1,250", "é", "_", "❤️", "👩‍💻", "Ⓐ", "สวัสดี"]


def test_bytes_above_ascii_are_neither_letters_nor_spaces() -> None:
    text = PerlText("a\xa0b é", is_unicode=False)
    assert (text.words(), text.letters()) == (["a\xa0b"], 4)
    assert PerlText("a\xa0b é", is_unicode=True).letters() == 3


def test_encoded_words_become_bytes_of_utf_8() -> None:
    assert decode_word("iso-8859-1*de", b"\xe9") == "Ã©"
