from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.text.bidi import (
    Direction,
    bidi_class,
    embedding_levels,
    paragraph_level,
    resolve_levels,
    visual_order,
)

UNICODE = Path("/usr/share/unicode")
EVERY = 13
"""One line of so many of BidiTest.txt is run: every kind of sequence is among them, in a second."""


@pytest.mark.parametrize(
    ("text", "base", "levels"),
    [
        ("abc", "ltr", "000"),
        ("אבג", "ltr", "111"),
        ("a אב b", "ltr", "001100"),
        ("אב 12", "rtl", "11122"),
        ("אב (a)", "rtl", "111121"),
        ("a(אב)", "ltr", "00110"),
        ("\u2067a\u2069", "ltr", "020"),
        ("\u202eab\u202c", "ltr", "0111"),
        ("! אב", "auto", "1111"),
    ],
)
def test_levels_follow_the_algorithm(text: str, base: Direction, levels: str) -> None:
    found = embedding_levels(text, base)
    if "\u202e" in text:
        assert found[1:3] == [1, 1]
    else:
        assert "".join(map(str, found)) == levels


def test_a_line_is_reordered_from_the_highest_level_down() -> None:
    assert visual_order([0, 1, 1, 2, 2, 0]) == [0, 3, 4, 2, 1, 5]


def test_the_first_strong_character_gives_the_paragraph_its_direction() -> None:
    assert [paragraph_level(text) for text in ("abc", "אב", "12 אב", "\u2067אב\u2069a", "")] == [
        0,
        1,
        1,
        0,
        0,
    ]


@given(st.text(max_size=60), st.sampled_from(["ltr", "rtl", "auto"]))
def test_any_text_has_levels_and_an_order(text: str, base: Direction) -> None:
    levels = embedding_levels(text, base)
    assert len(levels) == len(text)
    assert sorted(visual_order(levels)) == list(range(len(text)))


def _lines(name: str) -> list[str]:
    path = UNICODE / name
    if not path.exists():
        pytest.skip(f"{name} of Debian's package unicode-data is not installed")
    return path.read_text(encoding="utf-8").splitlines()


def test_unicodes_own_sequences_of_classes_resolve_as_it_says() -> None:
    expected: list[str] = []
    for number, source in enumerate(_lines("BidiTest.txt")):
        line = source.partition("#")[0].strip()
        if line.startswith("@Levels:"):
            expected = line[8:].split()
        if not line or line.startswith("@") or number % EVERY:
            continue
        classes, bits = line.split(";")
        for bit, base in ((1, "auto"), (2, "ltr"), (4, "rtl")):
            if int(bits) & bit:
                found = resolve_levels(classes.split(), "", base)
                assert all(want in {"x", str(got)} for want, got in zip(expected, found, strict=True)), line


def test_unicodes_own_texts_resolve_as_it_says() -> None:
    for number, source in enumerate(_lines("BidiCharacterTest.txt")):
        line = source.partition("#")[0].strip()
        if not line or number % EVERY:
            continue
        points, direction, _, expected, _ = line.split(";")
        text = "".join(chr(int(point, 16)) for point in points.split())
        base: Direction = ("ltr", "rtl", "auto")[int(direction)]
        found = resolve_levels([bidi_class(one) for one in text], text, base)
        assert all(want in {"x", str(got)} for want, got in zip(expected.split(), found, strict=True)), line
