"""The list of cases in doubt is short, and says why."""

from __future__ import annotations

import tomllib
from pathlib import Path


def test_at_most_ten_references_are_in_doubt_and_each_says_why() -> None:
    found = tomllib.loads(Path(__file__).with_name("doubts.toml").read_text(encoding="utf-8"))
    assert len(found) <= 10
    assert all(set(one) == {"specification"} and len(one["specification"]) > 40 for one in found.values())
