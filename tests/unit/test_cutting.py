"""Where a template is cut into layers, and why a layer is dynamic, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge.compiling import Options, compile_template
from inkmerge.cutting import CutLayer, Cutting, cut

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path for folder in ("fixtures/demo", "fixtures/tools") for path in (ROOT / folder).rglob("*.svg")
)
BACK = '<rect id="back" width="60" height="40"/>\n'


def layers(folder: Path, body: str) -> tuple[CutLayer, ...]:
    path = folder / "t.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">{body}</svg>')
    found = cut(compile_template(path, Options(alt="")))
    assert isinstance(found, Cutting), found
    return found.layers


def reasons(folder: Path, body: str) -> list[list[str]]:
    return [
        [str(cause) for cause in layer.causes] for layer in layers(folder, body) if layer.kind == "dynamic"
    ]


def test_layers_alternate_in_paint_order_and_know_where_they_start_and_end(tmp_path: Path) -> None:
    found = layers(
        tmp_path,
        f'{BACK}<text id="one">{{{{ a }}}}</text><text id="two">{{{{ b }}}}</text>\n<path id="p" d="M0 0h9"/>'
        '<circle id="c" r="9"/>\n<text>{{ a }}</text>',
    )
    assert [(one.kind, one.number, one.first, one.last, one.line) for one in found] == [
        ("static", 0, "#back", "#back", 1),
        ("dynamic", 1, "#one", "#two", 2),
        ("static", 1, "#p", "#c", 3),
        ("dynamic", 2, "<text>", "<text>", 4),
    ]


def test_a_text_is_dynamic_for_the_fields_of_its_placeholders(tmp_path: Path) -> None:
    (cause,) = layers(
        tmp_path, f'{BACK}<text>Dear\n{{{{ name }}}}, <tspan id="x">{{{{ n|upper }}}}</tspan></text>'
    )[1].causes[:1]
    assert (cause.attribute, cause.source, cause.fields) == (None, "Dear {{ name }},", ("recipient.name",))
    assert (cause.element, cause.line, cause.through) == ("<text>", 2, ())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('<rect width="{{ 4 * n }}" height="9" fill="{{ c }}"/>', ['width="{{ 4 * n }}"', 'fill="{{ c }}"']),
        ('<rect data-show="n &gt; 4" width="9" height="9"/>', ['data-show="n > 4"']),
        (
            "<g data-repeat='one in many'><text>{{ one.name }}</text></g>",
            ['data-repeat="one in many"', "{{ one.name }}"],
        ),
        ("{% if n == \"gold\" %}<circle r='9'/>{% endif %}", ["data-show='(n == \"gold\")'"]),
        (
            '<linearGradient id="g"><stop stop-color="{{ c }}"/></linearGradient><circle r="9" fill="url(#g)"/>',
            ['linearGradient #g: stop-color="{{ c }}"'],
        ),
        (
            (
                '<linearGradient id="g" gradientUnits="userSpaceOnUse"><stop stop-color="{{ c }}"/></linearGradient>'
                '<mask id="m"><rect width="9" height="9" fill="url(#g)"/></mask><circle r="9" mask="url(#m)"/>'
            ),
            ['mask #m: linearGradient #g: stop-color="{{ c }}"'],
        ),
    ],
    ids=["attributes", "condition", "repetition", "block around elements", "gradient", "gradient in a mask"],
)
def test_a_layer_says_which_placeholder_directive_or_reference_it_depends_on(
    body: str, words: list[str], tmp_path: Path
) -> None:
    assert reasons(tmp_path, BACK + body) == [words]


def test_a_variable_of_a_repetition_is_no_field(tmp_path: Path) -> None:
    (layer,) = layers(tmp_path, '<g data-repeat="one in many"><text>{{ one.name }} {{ town }}</text></g>')
    assert [cause.fields for cause in layer.causes] == [("recipient.many",), ("recipient.town",)]


@pytest.mark.parametrize(
    ("group", "whole"),
    [
        ('<g opacity="0.5">{}</g>', ("opacity",)),
        ('<g style="isolation:isolate" opacity="0.5">{}</g>', ("opacity", "isolation")),
        ('<mask id="m"><rect width="9" height="9"/></mask><g mask="url(#m)">{}</g>', ("mask",)),
        ('<filter id="f"><feOffset dx="2"/></filter><g filter="url(#f)">{}</g>', ("filter",)),
        (
            (
                '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width="1" height="1"/></clipPath>'
                '<g clip-path="url(#c)">{}</g>'
            ),
            ("clip-path",),
        ),
        (
            (
                '<clipPath id="c"><rect width="5" height="5"/><circle r="9"/></clipPath>'
                '<g clip-path="url(#c)">{}</g>'
            ),
            ("clip-path",),
        ),
    ],
    ids=["opacity", "isolation", "mask", "filter", "clip over the bounding box", "clip of several paths"],
)
def test_a_group_that_is_painted_as_one_is_one_dynamic_leaf_and_says_why(
    group: str, whole: tuple[str, ...], tmp_path: Path
) -> None:
    found = layers(tmp_path, BACK + group.format('<rect width="9" height="9"/><text y="9">{{ a }}</text>'))
    assert [(one.kind, one.whole) for one in found] == [("static", ()), ("dynamic", whole)]
    assert [str(cause) for cause in found[1].causes] == ["{{ a }}"]


def test_a_group_that_only_moves_is_cut_through(tmp_path: Path) -> None:
    found = layers(tmp_path, f'<g id="g" transform="scale(2)">{BACK}<text>{{{{ a }}}}</text></g>')
    assert [(one.kind, one.first, one.whole) for one in found] == [
        ("static", "#back", ()),
        ("dynamic", "<text> in #g", ()),
    ]


def test_what_blends_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">{BACK}'
        '<rect id="glow" width="9" height="9" style="mix-blend-mode:screen"/></svg>'
    )
    assert cut(compile_template(path, Options(alt=""))) == "#glow in line 2 blends with what lies below it"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_dynamic_layer_of_our_templates_has_a_cause_with_a_line_and_no_static_one_has(
    path: Path,
) -> None:
    found = cut(compile_template(path, Options(alt="")))
    assert isinstance(found, Cutting)
    for layer in found.layers:
        assert bool(layer.causes) == (layer.kind == "dynamic")
        assert all(cause.line for cause in layer.causes)
