"""The oracle: a prepared template's pixels are those of drawing each image whole."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image

from inkmerge import Finding, RenderedImage, Template
from inkmerge.compiling import Options, compile_template
from inkmerge.encode import EncodeOptions
from inkmerge.encode.rows import rows_of
from inkmerge.flat.bounds import Box
from inkmerge.pipeline import fill, read
from inkmerge.plan import Plan, make_plan
from inkmerge.raster import Canvas
from inkmerge.svg.names import svg_name

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path
    for folder in ("fixtures/demo", "fixtures/tools", "tests/golden")
    for path in (ROOT / folder).rglob("*.svg")
    if not path.name.endswith(".flat.svg")
)


def worst(one: bytes, other: bytes) -> int:
    """Return the largest difference of a channel, colours multiplied by alpha."""
    first, second = (
        np.frombuffer(
            Image.open(io.BytesIO(data)).convert("RGBA").convert("RGBa").tobytes(), np.uint8
        ).astype(int)
        for data in (one, other)
    )
    return int(abs(first - second).max())


def said(image: RenderedImage) -> list[Finding]:
    """Return what was found, but for the weight of the file, which is encoded in another way."""
    return [finding for finding in image.findings if finding.code != "image-heavy"]


def differences(template: Template, recipients: list[dict[str, Any]], dpi: float = 96) -> tuple[int, bool]:
    """Return by how much planned images differ from whole ones, and whether there was a plan."""
    whole = [template.render(one, dpi, "png") for one in recipients]
    is_planned = not template.prepare(dpi, "png")
    planned = [template.render(one, dpi, "png") for one in recipients]
    for before, after in zip(whole, planned, strict=True):
        assert (before.alt, before.fallback) == (after.alt, after.fallback)
        assert said(before) == said(after)
    return max(worst(a.data, b.data) for a, b in zip(whole, planned, strict=True)), is_planned


def examples(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in template.fields:
        *parents, last = field.name.split(".")
        into = found
        for parent in parents:
            into = into.setdefault(parent, {})
        into[last] = field.example if field.example is not None else "Anna"
    return found


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_template_of_ours_is_drawn_alike_whole_and_in_layers(path: Path) -> None:
    template = Template.load(path, alt="")
    recipient = examples(template)
    assert differences(template, [recipient, recipient])[0] <= 1


def write(folder: Path, body: str, head: str = "") -> Template:
    path = folder / "t.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><title>x</title>{head}{body}</svg>'
    )
    return Template.load(path, alt="")


TRANSLUCENT = 2
"""Levels by which pixels may differ where several translucent static elements lie above what changes: they are put
together in eight bits before they are put over it."""
BACK = '<rect width="60" height="40" fill="#e0d0ff"/>'
TEXT = '<text x="5" y="20" font-size="12" fill="#123456">{{ name }}</text>'
ABOVE = '<circle cx="20" cy="16" r="9" fill="#ff0000" fill-opacity="0.4"/>'
GRADIENT = (
    '<defs><linearGradient id="g"><stop stop-color="{{ colour }}"/><stop offset="1"/></linearGradient></defs>'
)
RECIPIENTS = [
    {"name": "Anna", "colour": "#00ff00", "show": True},
    {"name": "Jo", "colour": "#0000ff", "show": False},
    {"name": "Maximiliana", "colour": "#888888", "show": True},
]


def test_text_above_everything_is_exactly_alike(tmp_path: Path) -> None:
    assert differences(write(tmp_path, BACK + TEXT), RECIPIENTS) == (0, True)


@pytest.mark.parametrize(
    "matrix", ["-3 0 0 3 900 0", "-3 0 0 -3 900 900", "0 3 -3 0 900 0", "2 -2 2 2 0 500", "3 0 0 3 0 0"]
)
def test_large_text_is_within_its_box_however_it_is_turned(matrix: str, tmp_path: Path) -> None:
    path = tmp_path / "t.svg"
    for shift in (0.0, 0.4, 0.7):
        path.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900" lang="en"><title>{{ name }}</title>'
            f'<rect width="900" height="900" fill="#fff"/><g transform="matrix({matrix.replace(" ", ",")})">'
            f'<text x="{20 + shift}" y="{200 + shift}" font-family="Inter" font-size="300">{{{{ name }}}}</text></g></svg>'
        )
        recipients = [{"name": name} for name in ("OQ", "l", "gj", "WO")]
        assert differences(Template.load(path), recipients) == (0, True)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (
            '<clipPath id="c" clipPathUnits="objectBoundingBox"><circle cx=".5" cy=".5" r=".5"/></clipPath>',
            (
                '<g clip-path="url(#c)"><rect width="90" height="60" fill="red"/>'
                '<text x="9" y="30" font-size="20">{{ name }}</text></g>'
            ),
        ),
        (
            "",
            (
                '<g style="transform-box:fill-box;transform-origin:center;transform:rotate(20deg);clip-path:circle(50%)">'
                '<rect width="90" height="60" fill="red"/><text x="9" y="30" font-size="20">{{ name }}</text></g>'
            ),
        ),
        (
            '<clipPath id="c"><circle cx="20" cy="15" r="12"/><rect x="30" y="5" width="20" height="30"/></clipPath>',
            BACK + f'<g clip-path="url(#c)">{TEXT}{ABOVE}{TEXT.replace("20", "30")}</g>',
        ),
        ("", BACK + TEXT + ABOVE),
        ("", TEXT + ABOVE + TEXT.replace("20", "35") + ABOVE),
        ("", BACK + f'<g opacity="0.5">{TEXT}{ABOVE}</g>{ABOVE}'),
        ("", BACK + f'<g transform="translate(5 3) scale(0.8)">{TEXT}{ABOVE}</g>'),
        ("", BACK + f'<g transform="rotate(10)">{TEXT}</g>{ABOVE}'),
        (
            '<clipPath id="c"><circle cx="20" cy="15" r="12"/></clipPath>',
            BACK + f'<g clip-path="url(#c)">{TEXT}</g>',
        ),
        (
            '<mask id="m"><rect width="60" height="15" fill="#fff"/></mask>',
            BACK + f'<g mask="url(#m)">{TEXT}</g>{ABOVE}',
        ),
        (
            '<filter id="f"><feGaussianBlur stdDeviation="1"/></filter>',
            BACK + f'<g filter="url(#f)">{TEXT}</g>{ABOVE}',
        ),
        (GRADIENT, BACK + '<rect x="5" y="5" width="30" height="20" fill="url(#g)"/>' + ABOVE),
        (
            GRADIENT,
            '<rect x="5" y="5" width="30" height="20" fill="none" stroke="url(#g)" stroke-width="4"/>' + TEXT,
        ),
        (
            "",
            BACK + '<rect data-show="show" x="5" y="5" width="20" height="20" fill="{{ colour }}"/>' + ABOVE,
        ),
        (
            "",
            BACK
            + '<g data-repeat="one in [1, 2]"><rect x="{{ one * 9 }}" width="6" height="30"/></g>'
            + ABOVE,
        ),
        (
            '<mask id="m"><rect width="30" height="40" fill="{{ colour }}"/></mask>',
            BACK + f'<g mask="url(#m)">{ABOVE}</g>',
        ),
        (
            '<marker id="m" markerWidth="9" markerHeight="9"><rect width="9" height="9" fill="{{ colour }}"/></marker>',
            BACK + '<path d="M 5 5 H 30" stroke="#000" marker-end="url(#m)"/>' + TEXT,
        ),
        (
            '<pattern id="p" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="4" height="8" fill="{{ colour }}"/></pattern>',
            BACK + '<rect x="5" y="5" width="30" height="20" fill="url(#p)"/>' + ABOVE,
        ),
        ("", BACK + '<text x="5" y="20" stroke="#f00" font-size="12">{{ name }}</text>' + ABOVE),
        ("", BACK + '<text x="5" y="20" fill-opacity="0.5" font-size="12">{{ name }} 🎉</text>'),
        (
            "",
            BACK
            + '<use href="#u" x="9"/><defs><g id="u"><rect width="9" height="9" fill="{{ colour }}"/></g></defs>'
            + ABOVE,
        ),
    ],
)
def test_layers_are_put_together_within_one_level(head: str, body: str, tmp_path: Path) -> None:
    difference, is_planned = differences(write(tmp_path, body, head), RECIPIENTS, 144)
    assert (difference <= 1, is_planned) == (True, True)


@pytest.mark.parametrize(
    "body",
    [
        (
            '<g><clipPath id="c"><circle cx="20" cy="15" r="12"/></clipPath><rect width="9" height="9"/></g>'
            '<rect width="60" height="40" fill="{{ colour }}" clip-path="url(#c)"/>'
        ),
        (
            '<g><rect width="9" height="9" fill="{{ colour }}"/><defs><linearGradient id="g"><stop/>'
            '<stop offset="1" stop-color="red"/></linearGradient></defs></g>'
            '<rect y="9" width="60" height="20" fill="url(#g)"/>'
        ),
        (
            '<path id="p" d="M 5 30 Q 30 0 55 30" fill="none" stroke="gray"/>'
            '<text font-size="9"><textPath href="#p">{{ name }}</textPath></text>'
        ),
        (
            '<defs><linearGradient id="g"><stop/><stop offset="1" stop-color="red"/></linearGradient><g id="u">'
            '<rect width="50" height="9" fill="context-fill"/><text y="30" fill="context-fill">{{ name }}</text>'
            '</g></defs><use href="#u" fill="url(#g)"/>'
        ),
    ],
    ids=["clip path beside what is still", "gradient beside what changes", "path of a text", "context paint"],
)
def test_what_layers_refer_to_may_lie_in_others(body: str, tmp_path: Path) -> None:
    assert differences(write(tmp_path, body), RECIPIENTS, 144) == (0, True)


def test_what_blends_is_drawn_whole_and_says_so(tmp_path: Path) -> None:
    template = write(tmp_path, BACK + TEXT + '<rect width="9" height="9" style="mix-blend-mode:screen"/>')
    (finding,) = template.prepare(96, "png")
    assert finding.code == "not-planned"
    assert "blends" in finding.message
    assert differences(template, RECIPIENTS) == (0, False)


def test_too_many_layers_are_drawn_whole_and_it_says_so(tmp_path: Path) -> None:
    template = write(tmp_path, (TEXT + ABOVE) * 201)
    (finding,) = template.prepare(96, "png")
    assert "201 dynamic layers" in finding.message


def test_layers_hold_only_the_pixels_that_they_show(tmp_path: Path) -> None:
    write(tmp_path, (TEXT + '<rect x="3" y="4" width="5" height="6"/>') * 150)
    plan = make_plan(compile_template(tmp_path / "t.svg", Options(alt="")), (60, 40), 96, EncodeOptions())
    assert isinstance(plan, Plan)
    assert {run.box for run in plan.stack.above if run} == {Box(3, 4, 8, 10)}
    assert plan.stack.byte_count == 2 * 60 * 40 * 4 + 150 * 5 * 6 * 4


def test_layers_that_take_too_much_memory_are_drawn_whole_and_it_says_so(tmp_path: Path) -> None:
    template = write(tmp_path, (TEXT + '<rect width="60" height="40" fill-opacity=".1"/>') * 10)
    (finding,) = template.prepare(96, "png")
    assert "9 pictures of its size" in finding.message


def test_a_forced_rasterizer_draws_layers_too(tmp_path: Path) -> None:
    blur = '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
    write(tmp_path, BACK + f'<g filter="url(#f)">{TEXT}</g>', blur)
    for rasterizer, is_planned in (("auto", True), ("cairo", True), ("resvg", False)):
        template = Template.load(tmp_path / "t.svg", alt="", rasterizer=rasterizer)  # type: ignore[arg-type]  # the three
        assert differences(template, RECIPIENTS) == (0, is_planned)


def test_a_failure_between_leaves_the_next_image_right(tmp_path: Path) -> None:
    template = write(tmp_path, BACK + TEXT)
    template.prepare(96, "png")
    first = template.render({"name": "Anna"}, 96, "png")
    assert template.render({}, 96, "png").fallback is not None
    assert template.render({"name": "Anna"}, 96, "png") == first


def test_a_plan_holds_what_changes_and_little_else(tmp_path: Path) -> None:
    write(tmp_path, BACK + TEXT)
    compiled = compile_template(tmp_path / "t.svg", Options(alt=""))
    plan = make_plan(compiled, (60, 40), 96, EncodeOptions(format="png"))
    assert isinstance(plan, Plan)
    assert plan.dynamic_layers == 1
    assert plan.byte_count < 200_000
    assert [child.tag for child in plan.changing.root.iter(svg_name("rect"))] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    x=st.integers(0, 400),
    y=st.integers(0, 300),
    size=st.sampled_from([7.3, 12, 16.6, 31]),
    transform=st.sampled_from(["", "rotate(33 20 20)", "scale(1 1.3)"]),
)
def test_nothing_differs_from_the_static_picture_outside_the_boxes_that_a_plan_tells(
    x: int, y: int, size: float, transform: str, tmp_path: Path
) -> None:
    text = f'<text x="{x / 10}" y="{y / 10}" font-size="{size}" transform="{transform}">{{{{ name }}}}</text>'
    write(tmp_path, BACK + text)
    compiled = compile_template(tmp_path / "t.svg", Options(alt=""))
    plan = make_plan(compiled, (90, 60), 144, EncodeOptions(format="png"))
    assert isinstance(plan, Plan)
    static = rows_of(plan.stack.static)

    def check(canvas: Canvas, touched: list[Box]) -> None:
        left = rows_of(canvas).copy()
        for box in touched:
            there = slice(int(box.top), int(box.bottom)), slice(int(box.left), int(box.right))
            left[there] = static[there]
        assert np.array_equal(left, static)

    for name in ("Ågjfy", "W/Q|", "Maximiliana", "."):
        plan.draw(fill(plan.changing, read(compiled, {"name": name}), 1.5).flat, check)


def picture() -> str:
    """Return a data URI of four pixels, one of them translucent."""
    pixels = Image.new("RGBA", (2, 2), "#0a7")
    pixels.putpixel((1, 0), (200, 30, 90, 100))
    file = io.BytesIO()
    pixels.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


LEAVES = st.sampled_from(
    [
        f'<image x="{{a}}" y="{{b}}" width="17" height="12" href="{picture()}"/>',
        f'<image x="{{a}}" y="{{b}}" width="{{{{{{{{ 3 * name|length }}}}}}}}" height="9" href="{picture()}"/>',
        '<rect x="{a}" y="{b}" width="20" height="14" fill="#{c:06x}"/>',
        '<circle cx="{a}" cy="{b}" r="9" fill="#{c:06x}" fill-opacity="0.6"/>',
        '<path d="M {a} {b} q 10 -10 20 0" fill="none" stroke="#{c:06x}" stroke-width="3"/>',
        '<text x="{a}" y="{b}" font-size="11" fill="#{c:06x}">still</text>',
        '<text x="{a}" y="{b}" font-size="11" fill="#{c:06x}">{{{{ name }}}}</text>',
        '<rect x="{a}" y="{b}" width="{{{{ 4 * name|length }}}}" height="8" fill="#{c:06x}"/>',
        '<rect x="{a}" y="{b}" width="9" height="9" fill="{{{{ colour }}}}"/>',
        '<rect data-show="show" x="{a}" y="{b}" width="9" height="9" fill="#{c:06x}"/>',
    ]
)
GROUPS = st.sampled_from(
    [
        "<g>{}</g>",
        '<g opacity="0.5">{}</g>',
        '<g transform="translate(4 3)">{}</g>',
        '<g transform="rotate(15 20 20)">{}</g>',
        '<g clip-path="url(#c)">{}</g>',
        '<g mask="url(#m)">{}</g>',
        '<g filter="url(#f)">{}</g>',
        '<g style="isolation:isolate">{}</g>',
    ]
)
HEAD = (
    '<clipPath id="c"><circle cx="28" cy="20" r="18"/></clipPath>'
    '<mask id="m"><rect width="40" height="40" fill="#ccc"/></mask>'
    '<filter id="f"><feOffset dx="2" dy="1"/></filter>'
)


def leaf(shape: str, a: int, b: int, c: int) -> str:
    return shape.format(a=a, b=b, c=c)


TREES = st.recursive(
    st.builds(leaf, LEAVES, st.integers(-5, 50), st.integers(0, 40), st.integers(0, 0xFFFFFF)),
    lambda inner: st.builds(
        lambda group, parts: group.format("".join(parts)), GROUPS, st.lists(inner, min_size=1, max_size=4)
    ),
    max_leaves=8,
)


@given(trees=st.lists(TREES, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_tree_is_drawn_alike_whole_and_in_layers(trees: list[str], tmp_path: Path) -> None:
    template = write(tmp_path, "".join(trees), HEAD)
    assert differences(template, RECIPIENTS[:2])[0] <= TRANSLUCENT


def test_real_exports_with_placeholders_in_their_texts(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "corpus" / "svg").rglob("*.svg")):
        if path.parent.name == "templates":
            continue
        root = etree.parse(path).getroot()
        texts = [one for one in root.iter(svg_name("text"), svg_name("tspan")) if (one.text or "").strip()]
        if not texts:
            continue
        for text in texts[:3]:
            text.text = "{{ name }}"
        (tmp_path / "t.svg").write_bytes(etree.tostring(root))
        template = Template.load(tmp_path / "t.svg", [shared / "corpus" / "fonts"], alt="")
        assert differences(template, RECIPIENTS[:2])[0] <= TRANSLUCENT, path.name
