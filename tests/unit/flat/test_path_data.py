from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkmerge.flat.path_data import read_path


@pytest.mark.parametrize(
    ("source", "text", "error_at"),
    [
        ("M1,2L3-4", "M 1 2 L 3 -4", None),
        ("m1 2 3 4z", "m 1 2 l 3 4 Z", None),
        ("M0 0a1 1 0 00.5.5", "M 0 0 a 1 1 0 0 0 .5 .5", None),
        ("M0 0 H1V2h.5.5", "M 0 0 H 1 V 2 h .5 h .5", None),
        ("M 0 0 C 1 2 3 4 5 6 7 8 9 10 11 12", "M 0 0 C 1 2 3 4 5 6 C 7 8 9 10 11 12", None),
        ("M1e2-3", "M 1e2 -3", None),
        ("L1 2", "", 0),
        ("M1 2 L3", "M 1 2", 7),
        ("M1 2 3 4 x", "M 1 2 L 3 4", 8),
        ("M0 0 z 5", "M 0 0 Z", 6),
        ("M0 0 a1 1 0 2 0 1 1", "M 0 0", 11),
        ("", "", None),
    ],
)
def test_path_data_is_read_up_to_its_first_error(source: str, text: str, error_at: int | None) -> None:
    path = read_path(source)
    assert (path.text, path.error_at) == (text, error_at)


def test_the_largest_number_is_known() -> None:
    assert read_path("M 1 -7e6 L 3 4").largest == 7e6


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789.-+eE, \nx", max_size=80))
def test_anything_is_read_without_an_exception_and_reads_the_same_again(source: str) -> None:
    once = read_path(source)
    again = read_path(once.text)
    assert again.text == once.text
    assert again.error_at is None
