"""Filters in the flat SVG: what each use comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from inkmerge import Limits, Template
from inkmerge.errors import AssetNotAllowed, LimitExceeded
from inkmerge.flat.contract import check_flat

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="200" height="100" {}>'
    "{}</svg>"
)
NS = "{http://www.w3.org/2000/svg}"


class Flat:
    """A small template made flat."""

    def __init__(self, folder: Path, body: str, root: str = "", **values: Any) -> None:
        path = folder / "t.svg"
        path.write_text(SVG.format(root, body), encoding="utf-8")
        self.template = Template.load(path, alt="x")
        self.root = etree.fromstring(self.template.flat_svg(values))
        for name in ("role", "{http://www.w3.org/XML/1998/namespace}lang"):
            self.root.attrib.pop(name)
        assert check_flat(self.root) == []

    def filters(self) -> list[etree._Element]:
        return list(self.root.iter(f"{NS}filter"))

    def primitives(self) -> list[dict[str, str]]:
        """Return the primitives of the first filter: names and attributes, without what all have."""
        common = {"x", "y", "width", "height", "result", "color-interpolation-filters"}
        return [
            {"": one.tag.removeprefix(NS)} | {k: v for k, v in one.attrib.items() if k not in common}
            for one in self.filters()[0]
        ]

    def region(self, element: etree._Element) -> tuple[float, ...]:
        return tuple(float(element.get(name, "nan")) for name in ("x", "y", "width", "height"))

    def codes(self) -> set[str]:
        return {finding.code for finding in self.template.check()} - {"fallback-missing"}


RECT = '<rect x="50" y="20" width="100" height="60" filter="{}" {}/>'


def test_a_region_in_boxes_becomes_one_in_user_space(tmp_path: Path) -> None:
    flat = Flat(tmp_path, '<filter id="f"><feFlood/></filter>' + RECT.format("url(#f)", ""))
    assert flat.region(flat.filters()[0]) == (40, 14, 120, 72)
    assert flat.filters()[0].get("primitiveUnits") == "userSpaceOnUse"


def test_primitive_units_in_boxes_become_user_units(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" primitiveUnits="objectBoundingBox"><feGaussianBlur stdDeviation="0.01 .1"/>'
        '<feOffset dx=".1" dy="-.1"/><feFlood x="0.5" width="25%"/></filter>' + RECT.format("url(#f)", ""),
    )
    source, blur, offset, cut, flood = flat.filters()[0]
    assert blur.get("stdDeviation") == "1 6"
    assert (offset.get("dx"), offset.get("dy")) == ("10", "-6")
    assert flat.region(flood) == (100, 14, 25, 72)
    assert (source.tag, cut.tag) == (f"{NS}feMerge", f"{NS}feMerge")


def test_lights_in_boxes_stand_in_user_space(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" primitiveUnits="objectBoundingBox"><feDiffuseLighting>'
        '<feSpotLight x="0.5" y="1" z="1" pointsAtX="1" pointsAtZ="0" limitingConeAngle="-30"/>'
        "</feDiffuseLighting></filter>" + RECT.format("url(#f)", ""),
    )
    light = next(flat.root.iter(f"{NS}feSpotLight"))
    assert {name: light.get(name) for name in ("x", "y", "z", "pointsAtX", "pointsAtY")} == {
        "x": "100",
        "y": "80",
        "z": "82.462113",
        "pointsAtX": "150",
        "pointsAtY": "20",
    }
    cones = [float(one.get("limitingConeAngle", "nan")) for one in flat.root.iter(f"{NS}feSpotLight")]
    assert cones == sorted(cones, reverse=True)
    assert 27 < cones[-1] < cones[0] < 30


def test_colours_and_inherited_properties_are_written_out(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<style>.s { flood-color: hsl(120 100% 25% / 50%) }</style><filter id="f" color="#00f" '
        'color-interpolation-filters="sRGB"><feFlood class="s" flood-opacity="50%"/>'
        '<feDropShadow style="flood-color: currentColor"/><feFlood flood-color="nonsense"/></filter>'
        + RECT.format("url(#f)", ""),
    )
    colours = [
        (one.get("flood-color"), one.get("flood-opacity"))
        for one in flat.filters()[0]
        if one.get("flood-color")
    ]
    assert colours == [("#008000", "0.25"), ("#0000ff", "1"), ("#000000", "1")]
    assert {one.get("color-interpolation-filters") for one in flat.filters()[0]} == {"sRGB"}
    assert "value-invalid" in flat.codes()


def test_inputs_and_results_are_explicit_and_an_unknown_name_is_as_good_as_none(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feFlood result="a"/><feColorMatrix in="SourceAlpha"/><feBlend in="a" in2="nobody"/>'
        '<feComposite in2="a" operator="lighter"/></filter>' + RECT.format("url(#f)", ""),
    )
    flood, cut, matrix, blend, composite = flat.primitives()
    assert "in" not in flood
    assert cut[""] == "feMerge"
    assert matrix["in"] == "r2"
    assert (blend["in"], blend["in2"]) == ("r1", "r3")
    assert (composite["in"], composite["in2"]) == ("r4", "r1")
    assert composite["operator"] == "arithmetic"


def test_a_subregion_is_that_of_the_inputs_unless_the_source_is_among_them(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" filterUnits="userSpaceOnUse" x="0" y="0" width="100" height="100">'
        '<feFlood x="10" y="20" width="30" height="40"/><feColorMatrix/><feBlend in2="SourceGraphic"/></filter>'
        + RECT.format("url(#f)", ""),
    )
    regions = [flat.region(one) for one in flat.filters()[0]]
    assert regions == [(10, 20, 30, 40), (10, 20, 30, 40), (0, 0, 100, 100)]


def test_blurs_get_room_beyond_the_region_and_everything_is_cut_to_it(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" filterUnits="userSpaceOnUse" x="50" y="20" width="100" height="60">'
        '<feGaussianBlur stdDeviation="4"/></filter>' + RECT.format("url(#f)", ""),
    )
    assert flat.region(flat.filters()[0]) == (38, 8, 124, 84)
    assert {flat.region(one) for one in flat.filters()[0]} == {(50, 20, 100, 60)}
    assert [one[""] for one in flat.primitives()] == ["feMerge", "feGaussianBlur"]


def test_functions_that_follow_each_other_are_one_filter_in_srgb_without_clipping(tmp_path: Path) -> None:
    flat = Flat(tmp_path, RECT.format("drop-shadow(2em 0 10px) opacity(50%)", 'color="red" font-size="10"'))
    (one,) = flat.filters()
    assert flat.region(one)[0] + flat.region(one)[2] >= 150 + 20 + 30
    assert flat.primitives()[0] == {
        "": "feDropShadow",
        "in": "SourceGraphic",
        "dx": "20",
        "dy": "0",
        "stdDeviation": "10 10",
        "flood-color": "#ff0000",
        "flood-opacity": "1",
    }
    assert flat.primitives()[1][""] == "feComponentTransfer"
    assert {p.get("color-interpolation-filters") for p in one} == {"sRGB"}


def test_functions_on_a_group_know_what_the_group_inherits(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<g color="lime" font-size="30"><g filter="drop-shadow(1em 0)"><rect width="9" height="9"/></g></g>',
    )
    assert flat.primitives()[0]["dx"] == "30"
    assert flat.primitives()[0]["flood-color"] == "#00ff00"


def test_each_filter_of_a_list_is_on_a_group_of_its_own(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feOffset/></filter>' + RECT.format("blur(1px) url(#f) invert()", 'opacity="0.5"'),
    )
    element = next(flat.root.iter(f"{NS}path"))
    groups = list(element.iterancestors(f"{NS}g"))
    names = [one.get("filter") for one in (element, *groups[:2])]
    assert [f"url(#{one.get('id')})" for one in flat.filters()] == names
    assert groups[2].get("opacity") == "0.5"


def test_equal_uses_share_a_filter(tmp_path: Path) -> None:
    flat = Flat(tmp_path, '<filter id="f"><feOffset/></filter>' + 2 * RECT.format("url(#f)", ""))
    assert len(flat.filters()) == 1


@pytest.mark.parametrize(
    "body",
    [
        RECT.format("url(#missing)", ""),
        '<g id="g"/>' + RECT.format("url(#g)", ""),
        RECT.format("blur(1px) glow()", ""),
        RECT.format("none", ""),
    ],
)
def test_missing_references_and_invalid_lists_are_as_good_as_none(tmp_path: Path, body: str) -> None:
    flat = Flat(tmp_path, body)
    assert len(list(flat.root.iter(f"{NS}path"))) == 1
    assert flat.filters() == []


@pytest.mark.parametrize(
    "body",
    [
        '<filter id="f"/>' + RECT.format("url(#f)", ""),
        '<filter id="f" width="0"><feFlood/></filter>' + RECT.format("url(#f)", ""),
        '<filter id="f" height="-1"><feFlood/></filter>' + RECT.format("url(#f)", ""),
        '<filter id="f"><feFlood/></filter><g filter="url(#f)"/>',
        '<filter id="f"><feFlood/></filter><path d="M0 5H9" stroke="red" filter="url(#f)"/>',
        '<filter id="f"><feFlood/></filter><rect width="9" height="9" transform="scale(0)" filter="url(#f)"/>',
        '<filter id="f"><feFlood/></filter><rect x="900" width="9" height="9" filter="url(#f)"/>',
    ],
)
def test_an_element_of_which_its_filter_leaves_nothing_is_not_drawn(tmp_path: Path, body: str) -> None:
    flat = Flat(tmp_path, body)
    assert list(flat.root.iter(f"{NS}path")) == []
    assert flat.filters() == []


def test_a_filter_in_user_space_paints_on_an_empty_group(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" filterUnits="userSpaceOnUse" x="1" y="2" width="30" height="40"><feFlood/></filter>'
        '<g filter="url(#f)"/>',
    )
    assert flat.region(flat.filters()[0]) == (1, 2, 30, 40)


def test_what_a_filter_takes_over_by_href_is_its_own(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="a" xlink:href="#b" x="0" y="0"/>'
        '<filter id="b" width="1" height="1" xlink:href="#a"><feFlood flood-color="red"/></filter>'
        + RECT.format("url(#a)", ""),
    )
    assert flat.region(flat.filters()[0]) == (50, 20, 100, 60)
    assert flat.primitives()[0]["flood-color"] == "#ff0000"


def test_a_huge_region_is_cut_to_what_can_be_seen(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" filterUnits="userSpaceOnUse" x="-10000" y="-10000" width="100000" height="100000">'
        '<feGaussianBlur stdDeviation="2"/></filter>' + RECT.format("url(#f)", ""),
    )
    assert flat.region(flat.filters()[0]) == (-7, -7, 214, 114)


def test_offsets_turn_with_an_element_and_its_region_is_clipped(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feDropShadow dx="4" dy="0" stdDeviation="1"/></filter>'
        + RECT.format("url(#f)", 'transform="rotate(90 100 50)"'),
    )
    shadow = flat.primitives()[1]
    assert (shadow["dx"], shadow["dy"]) == ("0", "4")
    clip = next(flat.root.iter(f"{NS}clipPath"))
    assert clip[0].get("d") == "M 42 14 H 158 V 86 H 42 Z"


def test_what_depends_on_the_axes_is_drawn_apart_under_a_skew(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feOffset dx="4"/></filter>'
        + RECT.format("url(#f)", 'transform="skewX(30)" opacity="0.5"'),
    )
    pattern = next(flat.root.iter(f"{NS}pattern"))
    assert flat.region(pattern)[1::2] == (12, 76)
    shown = next(one for one in flat.root.iter(f"{NS}path") if "url(" in one.get("fill", ""))
    outer = shown.getparent()
    assert outer is not None
    assert outer.get("opacity") == "0.5"
    assert "matrix(" in outer.get("transform", "")
    assert flat.primitives()[0]["dx"] == "4"


def test_a_large_morphology_is_done_in_two_passes(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path, '<filter id="f"><feMorphology radius="20 3"/></filter>' + RECT.format("url(#f)", "")
    )
    assert [one["radius"] for one in flat.primitives()] == ["20 0.001", "0.001 3"]


def test_an_feimage_shows_an_element_or_a_picture(tmp_path: Path) -> None:
    pixel = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAA"
        "BJRU5ErkJggg=="
    )
    flat = Flat(
        tmp_path,
        f'<defs><circle id="c" r="5"/></defs><filter id="f"><feImage href="#c"/><feImage xlink:href="{pixel}" '
        'x="60" width="20" preserveAspectRatio="none"/></filter>' + RECT.format("url(#f)", ""),
    )
    first, second = flat.primitives()
    assert first["href"] == "#c"
    picture = next(flat.root.iter(f"{NS}image"))
    assert (picture.get("width"), picture.get("height")) == ("20", "72")
    holder = picture.getparent()
    assert holder is not None
    assert second["href"] == f"#{holder.get('id')}"


def test_an_feimage_keeps_the_rules_for_pictures(tmp_path: Path) -> None:
    with pytest.raises(AssetNotAllowed):
        Flat(tmp_path, '<filter id="f"><feImage href="/etc/passwd"/></filter>' + RECT.format("url(#f)", ""))


def test_an_feimage_that_shows_itself_is_empty(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feImage href="#g"/></filter><g id="g" filter="url(#f)"><rect width="9" height="9"/></g>',
    )
    assert flat.primitives() == [{"": "feFlood", "flood-color": "#000000", "flood-opacity": "0"}]
    assert "reference-missing" in flat.codes()


def test_fill_paint_is_the_paint_of_the_element_or_group(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feOffset in="FillPaint"/></filter>'
        '<g fill="red" fill-opacity=".5" filter="url(#f)"><rect width="9" height="9"/></g>',
    )
    assert flat.primitives()[0] == {"": "feFlood", "flood-color": "#ff0000", "flood-opacity": "0.5"}


def test_what_is_no_primitive_is_left_out_with_a_finding(tmp_path: Path) -> None:
    flat = Flat(tmp_path, '<filter id="f"><feGlow/><feFlood/><desc/></filter>' + RECT.format("url(#f)", ""))
    assert [one[""] for one in flat.primitives()] == ["feFlood"]
    assert "unknown-element" in flat.codes()


def test_the_numbers_of_a_convolution_have_to_fit_together(tmp_path: Path) -> None:
    kernels = {
        'order="2" kernelMatrix="1 2 3"': "feFlood",
        'order="1" kernelMatrix="1" divisor="0"': "feFlood",
        'order="2 1" kernelMatrix="1 -1" targetX="2"': "feFlood",
        'order="2 1" kernelMatrix="1 -1"': "feConvolveMatrix",
    }
    for attributes, name in kernels.items():
        flat = Flat(
            tmp_path,
            f'<filter id="f"><feConvolveMatrix {attributes}/></filter>' + RECT.format("url(#f)", ""),
        )
        assert flat.primitives()[0][""] == name, attributes


def test_a_filter_on_a_text_takes_its_em_boxes(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" x="0" y="0" width="1" height="1"><feFlood/></filter>'
        '<text x="20" y="50" font-size="20" filter="url(#f)">axe</text>',
    )
    x, y, _, height = flat.region(flat.filters()[0])
    assert x == 20
    assert y < 50 - 14
    assert height > 20


def test_a_filter_around_placeholders_waits_for_the_filled_tree(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" x="0" y="0" width="1" height="1"><feFlood/></filter>'
        '<g filter="url(#f)"><rect width="{{ points }}" height="10"/></g>',
        points=70,
    )
    assert flat.region(flat.filters()[0]) == (0, 0, 70, 10)


def test_a_recipient_may_choose_a_filters_colour(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feFlood flood-color="{{ colour }}"/></filter>' + RECT.format("url(#f)", ""),
        colour="#abc",
    )
    assert flat.primitives()[0]["flood-color"] == "#aabbcc"


def test_a_filter_around_what_is_hidden_for_a_recipient_takes_the_rest(tmp_path: Path) -> None:
    body = (
        '<filter id="f" x="0" y="0" width="1" height="1"><feFlood/></filter><g filter="url(#f)">'
        '<rect width="10" height="10"/><rect data-show="wide" width="90" height="10"/></g>'
    )
    assert Flat(tmp_path, body, wide="yes").region(Flat(tmp_path, body, wide="yes").filters()[0])[2] == 90
    assert Flat(tmp_path, body, wide="").region(Flat(tmp_path, body, wide="").filters()[0])[2] == 10


def test_filters_on_the_root_and_in_nested_documents(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<rect width="9" height="9"/><svg x="9" width="50" height="50" filter="invert()">'
        '<rect width="9" height="9"/></svg>',
        root='filter="drop-shadow(1em 0 currentColor)" color="red" font-size="8"',
    )
    assert len(flat.filters()) == 2
    shadow = next(flat.root.iter(f"{NS}feDropShadow"))
    assert (shadow.get("dx"), shadow.get("flood-color")) == ("8", "#ff0000")


def test_the_pixels_that_filters_compute_are_limited_at_the_output_s_density(tmp_path: Path) -> None:
    path = tmp_path / "t.svg"
    path.write_text(SVG.format("", RECT.format("blur(2px)", "")))
    loaded = Template.load(path, alt="x", limits=Limits(filter_px=100_000))
    assert loaded.render({}, 96).fallback is None
    reason = loaded.render({}, 384).fallback
    assert reason is not None
    assert reason.code == "limit-exceeded"
    with pytest.raises(LimitExceeded, match="filter px"):
        Template.load(path, alt="x", limits=Limits(filter_px=1_000))


def test_a_recipient_may_choose_the_colour_of_a_group_s_shadow(tmp_path: Path) -> None:
    body = (
        '<g color="{{ c }}" font-size="{{ s }}" filter="drop-shadow(1em 0)"><rect width="9" height="9"/></g>'
    )
    flat = Flat(tmp_path, body, c="lime", s=30)
    assert flat.primitives()[0]["flood-color"] == "#00ff00"
    assert flat.primitives()[0]["dx"] == "30"
    assert Flat(tmp_path, body, c='"}', s="x").primitives()[0]["flood-color"] == "#000000"


def test_a_filter_whose_image_changes_waits_too(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<defs><rect id="r" width="{{ w }}" height="9"/></defs><filter id="f"><feImage href="#r"/></filter>'
        + RECT.format("url(#f)", ""),
        w=5,
    )
    assert flat.primitives() == [{"": "feImage", "href": "#r"}]


def test_a_filter_inside_a_clip_path_is_none(tmp_path: Path) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f"><feFlood/></filter><clipPath id="c">'
        '<rect width="9" height="9" transform="rotate(9)" filter="url(#f)"/></clipPath>'
        '<rect width="9" height="9" clip-path="url(#c)"/>',
    )
    assert flat.filters() == []
    assert len(list(flat.root.iter(f"{NS}path"))) == 2


@pytest.mark.parametrize(("transform", "filters"), [("rotate(80)", 1), ("skewX(80)", 0)])
def test_a_region_that_no_rasterizer_takes_is_reduced_or_the_filter_left_out_with_a_finding(
    transform: str, filters: int, tmp_path: Path
) -> None:
    flat = Flat(
        tmp_path,
        '<filter id="f" x="-900" y="-900" width="2000" height="2000"><feTurbulence/><feTile/></filter>'
        + RECT.format("url(#f)", f'transform="{transform}"'),
    )
    assert len(flat.filters()) == filters
    assert len(list(flat.root.iter(f"{NS}path"))) == 1 + filters
    assert "filter-reduced" in flat.codes()
