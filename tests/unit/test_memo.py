"""What was found out lately."""

from __future__ import annotations

from inkmerge.memo import Memo


def test_it_forgets_all_once_it_is_full_but_not_for_a_key_that_it_has() -> None:
    memo: Memo[str, int] = Memo(2)
    memo["a"], memo["b"] = 1, 2
    memo["b"] = 3
    assert memo == {"a": 1, "b": 3}
    memo["c"] = 4
    assert memo == {"c": 4}
    assert memo.get("a") is None
