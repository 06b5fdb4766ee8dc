"""Grapheme clusters and line breaks, by Unicode's own tests where Debian's package unicode-data is installed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from inkmerge.text.segmentation import grapheme_clusters, line_break_opportunities

UNICODE = Path("/usr/share/unicode/auxiliary")
NEWER_THAN_THE_DATA = {
    # The package's data are of Unicode 15, the library's of Unicode 17, which took Extended_Pictographic from U+2701.
    "÷ 2701 × 200D × 2701 ÷": "÷ 2701 × 200D ÷ 2701 ÷",
}


def cases(name: str) -> Iterator[tuple[str, str, list[int]]]:
    """Yield each line, its text, and the code points at which the text may be cut, the ends included."""
    path = UNICODE / name
    if not path.exists():
        pytest.skip(f"{name} of Debian's package unicode-data is not installed")
    for source in path.read_text(encoding="utf-8").splitlines():
        line = source.partition("#")[0].strip()
        if not line:
            continue
        words = NEWER_THAN_THE_DATA.get(line, line).split()
        text = "".join(chr(int(word, 16)) for word in words[1::2])
        yield line, text, [index for index, mark in enumerate(words[::2]) if mark == "÷"]


def test_unicodes_own_grapheme_clusters_are_found() -> None:
    for line, text, edges in cases("GraphemeBreakTest.txt"):
        assert [0, *(end for _, end in grapheme_clusters(text))] == edges, line


def test_unicodes_own_line_breaks_are_found() -> None:
    for line, text, edges in cases("LineBreakTest.txt"):
        found = [opportunity.index for opportunity in line_break_opportunities(text)]
        assert [*found, len(text)] == edges, line


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Only $5,000.00 (net) today", ["Only ", "$5,000.00 ", "(net) ", "today"]),
        ("1)+(2", ["1)+(2"]),
        ("犬「いぬ」dog「犬」", ["犬", "「い", "ぬ」", "dog", "「犬」"]),
        ("a\nb", ["a\n", "b"]),
        ("10 %, -5 °C", ["10 ", "%, ", "-5 ", "°C"]),
    ],
)
def test_a_text_may_break_between_these_parts(text: str, parts: list[str]) -> None:
    edges = [0, *(opportunity.index for opportunity in line_break_opportunities(text)), len(text)]
    assert [text[start:end] for start, end in pairwise(edges)] == parts


def test_a_line_feed_must_break() -> None:
    assert [one.is_mandatory for one in line_break_opportunities("a b\nc")] == [False, True]
