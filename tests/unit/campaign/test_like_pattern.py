from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.campaign.like_pattern import LikePattern


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("A%b_", "Abx", True),
        ("A%b_", "A and bx", True),
        ("A%b_", "Ab", False),
        ("%", "", True),
        ("_", "", False),
        ("", "", True),
        ("", "a", False),
        ("50\\%", "50%", True),
        ("50\\%", "500", False),
        ("a\\_b", "a_b", True),
        ("a\\_b", "axb", False),
        ("a\\\\", "a\\", True),
        ("a\\", "a\\", True),
        (".*", "anything", False),
        ("%ab%ab%", "ab", False),
        ("%a_c%", "xxabxabc", True),
        ("ab%ba", "aba", False),
    ],
)
def test_a_pattern_matches_whole_texts_as_in_sql(pattern: str, text: str, *, expected: bool) -> None:
    assert LikePattern.compile(pattern).matches(text) is expected


@given(st.text("ab%_", max_size=8), st.text("ab", max_size=10))
def test_patterns_agree_with_regular_expressions(pattern: str, text: str) -> None:
    regular = "".join({"%": ".*", "_": "."}.get(one, one) for one in pattern)
    assert LikePattern.compile(pattern).matches(text) is (re.fullmatch(regular, text, re.DOTALL) is not None)


def test_a_pattern_that_would_hang_a_backtracking_matcher_is_done_at_once() -> None:
    assert not LikePattern.compile("%a" * 100 + "b").matches("a" * 2_000)
    assert not LikePattern.compile("%" + "a_" * 99 + "b%").matches("a" * 2_000)
