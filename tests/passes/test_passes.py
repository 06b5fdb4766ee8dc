"""Each normalising pass by itself: `PASS.svg` before it, `PASS.after.svg` after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.svg.normalising import NORMALISING, Drawing, Pass, size
from inkmerge.svg.parsing import parse_svg

HERE = Path(__file__).parent
WITHOUT_TREE = {"size", "check_fan_out"}
"""Passes that read the tree and change nothing in it."""
CHANGING = [one for one in NORMALISING if one.__name__ not in WITHOUT_TREE]


def after(one: Pass, path: Path) -> str:
    """Return the tree after a single pass, as text, with what was found behind it."""
    source = path.read_bytes()
    root = (
        etree.fromstring(source)
        if b"urn:inkmerge" in source
        else parse_svg(source, DEFAULT_LIMITS, path.name)[0]
    )
    drawing = Drawing(root, path.name, DEFAULT_LIMITS)
    size(drawing)
    one(drawing)
    etree.indent(root)
    found = [f"{finding.code}: {finding.message}" for finding in drawing.findings]
    return etree.tostring(root, encoding="unicode") + "\n" + "".join(f"<!-- {line} -->\n" for line in found)


@pytest.mark.parametrize("one", CHANGING, ids=lambda one: one.__name__)
def test_a_pass_turns_this_into_that(one: Pass, update_golden: bool) -> None:
    path = HERE / f"{one.__name__}.svg"
    golden = path.with_suffix(".after.svg")
    found = after(one, path)
    if update_golden:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
