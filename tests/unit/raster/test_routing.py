"""Each row of the routing table, rendered with both rasterizers."""

from __future__ import annotations

import pytest
from lxml import etree
from PIL import Image, ImageChops

from inkmerge.flat.contract import check_flat
from inkmerge.flat.document import FlatDocument
from inkmerge.raster import RasterizerChoice, rasterize
from inkmerge.raster.routing import FEATURES, Feature, features_of, route

SIZE = 32
SQUARE = "M 4 4 H 28 V 28 H 4 Z"
GREEN = 'fill="#00ff00"'
STOPS = '<stop offset="0" stop-color="#ff0000"/><stop offset="1" stop-color="#0000ff"/>'
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP4z8DwnwEI/v9nAAAh/AT9kZTxNAAAAABJRU5ErkJggg=="
)

SAMPLES: dict[str, str] = {
    "path, fill and stroke": f'<path id="x" d="{SQUARE}" {GREEN} stroke="#ff0000" stroke-width="2"/>',
    "image": "",  # needs a picture: see test_a_picture_is_alike_in_both
    "opacity": f'<g id="x" opacity="0.5"><path d="{SQUARE}" {GREEN}/><path d="M 0 0 H 16 V 16 H 0 Z" fill="#ff0000"/></g>',
    "linearGradient": '<defs><linearGradient id="p" gradientUnits="userSpaceOnUse" x1="4" y1="0" x2="28" y2="0">'
    f'{STOPS}</linearGradient></defs><path id="x" d="{SQUARE}" fill="url(#p)"/>',
    "radialGradient": '<defs><radialGradient id="p" gradientUnits="userSpaceOnUse" cx="16" cy="16" r="12">'
    f'{STOPS}</radialGradient></defs><path id="x" d="{SQUARE}" fill="url(#p)"/>',
    "radialGradient with a focus": '<defs><radialGradient id="p" gradientUnits="userSpaceOnUse" cx="16" cy="16" r="12"'
    f' fx="16" fy="16" fr="8">{STOPS}</radialGradient></defs><path id="x" d="{SQUARE}" fill="url(#p)"/>',
    "clip-path: one path": '<defs><clipPath id="c"><path d="M 4 4 H 16 V 16 H 4 Z" fill="#000000"/></clipPath></defs>'
    f'<g id="x" clip-path="url(#c)"><path d="{SQUARE}" {GREEN}/></g>',
    "clip-path: several paths, evenodd, nested, or over the bounding box": '<defs><clipPath id="c">'
    '<path d="M 4 4 H 28 V 28 H 4 Z M 8 8 H 24 V 24 H 8 Z" clip-rule="evenodd" fill="#000000"/></clipPath></defs>'
    f'<g id="x" clip-path="url(#c)"><path d="{SQUARE}" {GREEN}/></g>',
    "stroke-dasharray with a dash of no length": f'<path id="x" d="{SQUARE}" fill="none" stroke="#ff0000" '
    'stroke-width="8" stroke-dasharray="0 24"/>',
    "stroke-linejoin: miter-clip, arcs": '<path id="x" d="M 4 28 L 16 8 L 28 28" fill="none" stroke="#ff0000" '
    'stroke-width="8" stroke-linejoin="miter-clip" stroke-miterlimit="1.2"/>',
    "stroke-linejoin: bevel on curves": '<path id="x" d="M 26 2 C 26 8 26.02 22 26 22 H 2" fill="none" stroke="#ff0000" '
    'stroke-width="8" stroke-linejoin="bevel"/>',
    "caps of a subpath without length": '<path id="x" d="M 16 16 Z" fill="none" stroke="#ff0000" stroke-width="16" '
    'stroke-linecap="round"/>',
    "pattern": '<defs><pattern id="p" patternUnits="userSpaceOnUse" x="2" y="2" width="8" height="8" '
    'patternTransform="rotate(30)"><path d="M 0 0 H 4 V 4 H 0 Z" fill="#ff0000"/></pattern></defs>'
    f'<path id="x" d="{SQUARE}" fill="url(#p)"/>',
    "mask": '<defs><mask id="m" maskUnits="userSpaceOnUse" x="0" y="0" width="32" height="32">'
    f'<path d="{SQUARE}" fill="#808080"/></mask></defs><path id="x" d="{SQUARE}" {GREEN} mask="url(#m)"/>',
    "filter": '<defs><filter id="f" filterUnits="userSpaceOnUse" primitiveUnits="userSpaceOnUse" x="0" y="0" width="32" '
    'height="32"><feGaussianBlur in="SourceGraphic" stdDeviation="3 3" x="0" y="0" width="32" height="32" '
    f'color-interpolation-filters="sRGB" result="r1"/></filter></defs><path id="x" d="{SQUARE}" {GREEN} filter="url(#f)"/>',
    "mix-blend-mode": f'<path d="{SQUARE}" {GREEN}/><path id="x" d="{SQUARE}" fill="#ff0000" mix-blend-mode="multiply"/>',
}


def document(body: str) -> FlatDocument:
    root = etree.fromstring(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">{body}</svg>'
    )
    return FlatDocument(root, SIZE, SIZE, {})


def drawn(body: str, rasterizer: RasterizerChoice) -> Image.Image:
    canvas = rasterize(document(body), 2 * SIZE, 2 * SIZE, 192, rasterizer)
    return Image.frombytes("RGBa", (2 * SIZE, 2 * SIZE), canvas.data, "raw", "BGRa", canvas.stride).convert(
        "RGBA"
    )


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels of which a channel differs by more than 48 of 255: more than anti-aliasing does."""
    channels = ImageChops.difference(one, other).split()
    worst = channels[0]
    for channel in channels[1:]:
        worst = ImageChops.lighter(worst, channel)
    return sum(worst.histogram()[49:]) / (4 * SIZE * SIZE)


def test_every_row_of_the_table_has_a_sample() -> None:
    assert [feature.name for feature in FEATURES] == [
        name for name in SAMPLES if name in {f.name for f in FEATURES}
    ]
    assert {feature.name for feature in FEATURES} == set(SAMPLES)


def test_samples_are_flat() -> None:
    assert {name: found for name, body in SAMPLES.items() if (found := check_flat(document(body).root))} == {}


@pytest.mark.parametrize("feature", [one for one in FEATURES if SAMPLES[one.name]], ids=lambda one: one.name)
def test_a_row_is_drawn_by_who_draws_it_faithfully(feature: Feature) -> None:
    body = SAMPLES[feature.name]
    flat = document(body)
    element = flat.ids["x"]
    assert feature in features_of(element, flat.ids)
    routed = [one for part in route(flat.root, flat.ids) for one in part.features]
    by_both = difference(drawn(body, "cairo"), drawn(body, "resvg"))
    if feature.drawer == "resvg":
        assert feature in routed
        assert difference(drawn(body, "auto"), drawn(body, "resvg")) == 0
        assert by_both > 0.01, "CairoSVG draws it as well: the row is not needed"
    else:
        assert routed == []
        assert by_both < 0.01, "CairoSVG does not draw it as resvg does"


def test_what_is_blended_takes_what_lies_below_it_along_and_leaves_what_lies_above() -> None:
    body = SAMPLES["mix-blend-mode"] + f'<path id="above" d="M 0 0 H 8 V 8 H 0 Z" {GREEN}/>'
    (part,) = route(document(body).root, document(body).ids)
    assert len(part.elements) == 2
    assert drawn(body, "auto").getpixel((32, 32)) == (0, 0, 0, 255)
    assert drawn(body, "auto").getpixel((4, 4)) == (0, 255, 0, 255)


def test_an_isolated_group_keeps_its_blending_to_itself() -> None:
    inner = SAMPLES["mix-blend-mode"]
    flat = document(f'<path d="M 0 0 H 32 V 32 H 0 Z" fill="#ffffff"/><g isolation="isolate">{inner}</g>')
    (part,) = route(flat.root, flat.ids)
    assert [element.get("isolation") for element in part.elements] == ["isolate"]


def test_a_part_is_put_where_it_belongs_inside_moved_and_clipped_groups() -> None:
    body = (
        '<defs><clipPath id="k"><path d="M 0 0 H 16 V 32 H 0 Z" fill="#000000"/></clipPath>'
        '<mask id="m" maskUnits="userSpaceOnUse" x="0" y="0" width="32" height="32">'
        '<path d="M 0 0 H 32 V 32 H 0 Z" fill="#ffffff"/></mask></defs>'
        '<g clip-path="url(#k)"><g transform="translate(8 8) rotate(90 4 4)">'
        f'<path d="M 0 0 H 16 V 8 H 0 Z" {GREEN} mask="url(#m)"/></g></g>'
    )
    assert difference(drawn(body, "auto"), drawn(body, "resvg")) == 0
