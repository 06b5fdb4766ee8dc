"""Names by which a sidecar reaches elements, as each drawing tool writes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inkmerge import Template
from inkmerge.errors import TemplateSyntax
from inkmerge.svg.layer_names import unescaped

SHAPE = '<rect {} width="10" height="10" fill="#000000"/>'


def load(tmp_path: Path, body: str, sidecar: str) -> Template:
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" xmlns:serif="http://www.serif.com/"'
        f' width="200" height="100"><title>A card for {{{{ name }}}}</title>{body}</svg>',
        encoding="utf-8",
    )
    (tmp_path / "t.toml").write_text(sidecar, encoding="utf-8")
    return Template.load(tmp_path / "t.svg")


def fills(template: Template) -> list[str]:
    return re.findall(r'fill="(#\w+)"', template.flat_svg({"name": "Anna"}).decode())


@pytest.mark.parametrize(
    "attributes",
    [
        'id="Team Photo"',
        'id="rect1" inkscape:label="Team Photo"',
        'id="Team-Photo" serif:id="Team Photo"',
        'id="b3f" data-name="Team Photo"',
        'id="Team_Photo"',
        'id="Team_Photo_1_"',
        'id="Team_x0020_Photo"',
        'id="team-photo"',
    ],
)
def test_a_layer_is_found_by_its_name_however_the_tool_wrote_it(tmp_path: Path, attributes: str) -> None:
    template = load(tmp_path, SHAPE.format(attributes), '[elements."Team Photo"]\nfill = "#ff0000"')
    assert fills(template) == ["#ff0000"]


def test_sketchs_titles_are_layer_names(tmp_path: Path) -> None:
    body = f'<g id="Page-1"><title>Photo</title>{SHAPE.format("")}</g>'
    template = load(tmp_path, body, "[elements.Photo]\nshow = 'name == \"Bo\"'")
    assert fills(template) == []


def test_an_exact_id_comes_before_a_layer_name(tmp_path: Path) -> None:
    body = SHAPE.format('id="a" inkscape:label="photo"') + SHAPE.format('id="photo"')
    assert fills(load(tmp_path, body, '[elements.photo]\nfill = "#ff0000"')) == ["#000000", "#ff0000"]


def test_a_name_that_several_layers_have_is_an_error_that_lists_them(tmp_path: Path) -> None:
    body = SHAPE.format('id="a" data-name="photo"') + "\n" + SHAPE.format('id="b" data-name="photo"')
    with pytest.raises(TemplateSyntax) as caught:
        load(tmp_path, body, '[elements.photo]\nfill = "#ff0000"')
    assert "<rect> in line 1 (id a), <rect> in line 2 (id b)" in caught.value.message
    assert "use the id" in (caught.value.hint or "")


def test_an_unknown_name_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        load(tmp_path, SHAPE.format('id="a" serif:id="Portrait"'), '[elements.Portait]\nfill = "#ff0000"')
    assert caught.value.hint == "did you mean 'Portrait'?"


def test_a_group_with_one_text_stands_for_the_text(tmp_path: Path) -> None:
    body = '<g id="greeting"><rect width="5" height="5"/><text y="20" font-size="10">Sample</text></g>'
    template = load(tmp_path, body, '[elements.greeting]\ntext = "{{ name }}"\n[text.greeting]\nwidth = 30')
    assert [field.name for field in template.fields] == ["name"]


def test_a_text_box_is_given_by_layer_name(tmp_path: Path) -> None:
    body = '<text id="t1" inkscape:label="Greeting" y="20" font-size="10">{{ name }}</text>'
    template = load(
        tmp_path, body, "[text.Greeting]\nwidth = 5\nfit = 'error'\n[fields.name]\nexample = 'Anna'"
    )
    assert "text-overflow" in {finding.code for finding in template.check()}


def test_a_name_of_no_text_is_an_error_where_a_text_is_needed(tmp_path: Path) -> None:
    with pytest.raises(TemplateSyntax, match="no texts in it"):
        load(tmp_path, f'<g id="greeting">{SHAPE.format("")}</g>', "[text.greeting]\nwidth = 30")


def test_a_layer_named_after_its_text_asks_for_no_value(tmp_path: Path) -> None:
    body = (
        '<defs><path id="{{ line }}" d="M0 20H90"/></defs>'
        '<g id="{{ first_name }}" inkscape:label="{{ layer }}" data-name="{{ other }}">'
        '<text font-size="10"><textPath xlink:href="#{{ line }}">{{ name }}</textPath></text></g>'
    )
    template = load(tmp_path, body, "[elements.'{{ first_name }}']\nopacity = '0.5'")
    assert [field.name for field in template.fields] == ["name"]
    assert 'opacity="0.5"' in template.flat_svg({"name": "Anna"}).decode()


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("_x7B__x7B_name_x7D__x7D_", "{{name}}"),
        ("_x7B__x7B_name_x7D__x7D__1_", "{{name}}"),
        ("Gr_xFC__xDF_e", "Grüße"),
        ("Layer_x0020_1", "Layer 1"),
        ("Layer_2_00000140702334562906584790000008100543966291788442_", "Layer_2"),
        ("plain", "plain"),
        ("_xFFFFFF_", ""),
    ],
)
def test_escaped_ids_are_read_as_the_layer_was_called(identifier: str, name: str) -> None:
    assert unescaped(identifier) == name
