from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from inkmerge import Template
from inkmerge.svg.names import svg_name


def path_of(tmp_path: Path, body: str) -> etree._Element:
    path = tmp_path / "t.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">{body}</svg>')
    (found,) = etree.fromstring(Template.load(path, alt="").flat_svg({})).iter(svg_name("path"))
    return found


@pytest.mark.parametrize(
    "body",
    [
        '<path d="M 0 5 H 80" pathLength="8" {}/>',
        '<line x2="80" pathLength="8" {}/>',
        '<path d="M 0 5 H 80" pathLength="16" vector-effect="none" transform="scale(2)" {}/>',
    ],
)
def test_dashes_are_measured_by_the_length_that_the_path_claims(body: str, tmp_path: Path) -> None:
    found = path_of(
        tmp_path, body.format('stroke="red" stroke-dasharray="2 1" stroke-dashoffset="1" fill="none"')
    )
    factor = 10 if "scale" not in body else 5
    assert found.get("stroke-dasharray") == f"{2 * factor} {factor}"
    assert found.get("stroke-dashoffset") == f"{factor}"


def test_a_stroke_that_does_not_scale_has_its_width_in_the_documents_units(tmp_path: Path) -> None:
    rect = '<rect width="5" height="5" style="vector-effect:non-scaling-stroke" stroke="red" stroke-width="2" {}/>'
    found = path_of(tmp_path, f'<g transform="rotate(30) scale(2)">{rect.format("")}</g>')
    assert found.get("stroke-width") == "1"
    found = path_of(tmp_path, rect.format('stroke-dasharray="4" transform="scale(4)"'))
    assert (found.get("stroke-width"), found.get("stroke-dasharray")) == ("0.5", "1")


def test_keywords_with_capitals_count_in_style_as_well(tmp_path: Path) -> None:
    found = path_of(tmp_path, '<circle r="5" style="shape-rendering:crispEdges"/>')
    assert found.get("shape-rendering") == "crispEdges"
