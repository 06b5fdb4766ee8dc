from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from inkmerge import Template
from inkmerge.svg.names import svg_name

FRAME = '<image href="p.png" x="10" y="0" width="80" height="40" {}/>'


def flat(tmp_path: Path, body: str) -> etree._Element:
    image = Image.new("RGB", (40, 10), "red")
    image.save(tmp_path / "p.png")
    path = tmp_path / "t.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40">{body}</svg>')
    return etree.fromstring(Template.load(path, alt="").flat_svg({}))


def edges(root: etree._Element) -> tuple[float, ...]:
    (image,) = root.iter(svg_name("image"))
    assert image.get("preserveAspectRatio") == "none"
    return tuple(float(image.get(name, "")) for name in ("x", "y", "width", "height"))


@pytest.mark.parametrize(
    ("fit", "expected", "is_clipped"),
    [
        ("", (10, 10, 80, 20), False),
        ('preserveAspectRatio="none"', (10, 0, 80, 40), False),
        ('preserveAspectRatio="xMinYMax meet"', (10, 20, 80, 20), False),
        ('preserveAspectRatio="xMinYMid slice"', (10, 0, 160, 40), True),
        ('preserveAspectRatio="xMaxYMid slice"', (-70, 0, 160, 40), True),
        ('preserveAspectRatio="xMaxYMid slice" overflow="visible"', (-70, 0, 160, 40), False),
    ],
)
def test_a_picture_goes_where_preserve_aspect_ratio_says(
    fit: str, expected: tuple[float, ...], is_clipped: bool, tmp_path: Path
) -> None:
    root = flat(tmp_path, FRAME.format(fit))
    assert edges(root) == expected
    assert bool(list(root.iter(svg_name("clipPath")))) == is_clipped


def test_a_picture_without_a_size_has_its_own_and_one_without_an_extent_is_not_looked_for(
    tmp_path: Path,
) -> None:
    assert edges(flat(tmp_path, '<image href="p.png" x="1" y="2"/>')) == (1, 2, 40, 10)
    assert edges(flat(tmp_path, '<image href="p.png" width="80"/>')) == (0, 0, 80, 20)
    root = flat(tmp_path, '<image href="missing.png" width="0" height="10"/>')
    assert not list(root.iter(svg_name("image")))


def test_clip_cuts_a_picture_from_its_edges(tmp_path: Path) -> None:
    root = flat(tmp_path, FRAME.format('clip="rect(5, 10, 0, 20)"'))
    (clip,) = root.iter(svg_name("clipPath"))
    assert clip[0].get("d") == "M 30 5 H 80 V 40 H 30 Z"


def test_what_refers_to_the_box_of_a_picture_refers_to_its_viewport(tmp_path: Path) -> None:
    """https://www.w3.org/TR/SVG2/coords.html#BoundingBoxes."""
    clip = '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width="1" height=".5"/></clipPath>'
    for fit in ("slice", "meet"):
        root = flat(
            tmp_path, clip + FRAME.format(f'preserveAspectRatio="xMidYMid {fit}" clip-path="url(#c)"')
        )
        names = {one.get("clip-path", "")[5:-1] for one in root.iter(svg_name("g"))}
        assert "matrix(80 0 0 40 10 0)" in {
            one.get("transform") for one in root.iter(svg_name("clipPath")) if one.get("id") in names
        }


def test_a_transform_in_percent_refers_to_the_elements_own_box(tmp_path: Path) -> None:
    """https://www.w3.org/TR/css-transforms-1/#valdef-transform-box-fill-box."""
    style = 'style="transform-box:fill-box;transform:translate(50%,-100%)"'
    root = flat(tmp_path, f'<rect x="10" y="10" width="20" height="5" {style}/>')
    assert [one.get("transform") for one in root.iter(svg_name("path"))] == ["translate(10 -5)"]
