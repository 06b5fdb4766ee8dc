"""What names an image: equal for equal images, another for whatever changes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from inkmerge import InkmergeError, Template

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>Hi {{ name }}</title>'
    '<desc>{{ town|default("") }}</desc><text y="15">{{ name }} {{ count|default(0)|number }}</text></svg>'
)
ANNA = {"name": "Anna"}


@pytest.fixture
def template(tmp_path: Path) -> Template:
    (tmp_path / "t.svg").write_text(SVG)
    return Template.load(tmp_path / "t.svg")


def test_values_that_are_not_read_are_not_in_it(template: Template) -> None:
    assert template.digest(ANNA) == template.digest(ANNA | {"id": "7", "email": "a@b"})


@pytest.mark.parametrize(
    "recipient",
    [{"name": "Bo"}, ANNA | {"town": "Zug"}, ANNA | {"count": 1}, ANNA | {"locale": "de"}],
)
def test_what_is_drawn_or_said_in_the_text_alternative_is_in_it(
    template: Template, recipient: dict[str, object]
) -> None:
    assert template.digest(recipient) != template.digest(ANNA)


def test_it_is_over_values_as_they_are_drawn(template: Template) -> None:
    assert template.digest({"name": "Zoe\u0308"}) == template.digest({"name": "Zoë"})


@pytest.mark.parametrize("output", [{"dpi": 96}, {"format": "jpeg"}, {"width": 33}])
def test_the_output_is_in_it(template: Template, output: dict[str, object]) -> None:
    assert template.digest(ANNA, **output) != template.digest(ANNA)  # type: ignore[arg-type]
    assert template.digest(None, **output) != template.digest(None)  # type: ignore[arg-type]


def test_one_output_has_one_name_however_it_is_asked_for(template: Template) -> None:
    assert template.digest(ANNA, 192, "png") == template.digest(ANNA) == template.digest(ANNA, width=120)


def test_the_template_and_its_sidecar_are_in_it(tmp_path: Path, template: Template) -> None:
    (tmp_path / "t.toml").write_text('[output]\nquality = 70\nformat = "png"\n')
    assert Template.load(tmp_path / "t.svg").digest(ANNA) != template.digest(ANNA)


def test_the_bytes_of_pictures_are_in_it_those_of_the_template_and_those_of_values(tmp_path: Path) -> None:
    image = '<image href="{}" width="9" height="9"/>'
    svg = SVG.replace("<text", image.format("still.png") + image.format("{{ photo }}") + "<text")
    (tmp_path / "t.svg").write_text(svg)
    Image.new("RGB", (9, 9), "red").save(tmp_path / "still.png")
    Image.new("RGB", (9, 9), "red").save(tmp_path / "photo.png")
    recipient = ANNA | {"photo": "photo.png"}
    template = Template.load(tmp_path / "t.svg")
    assert template.reads_pictures
    before = template.digest(recipient)
    Image.new("RGB", (9, 8), "blue").save(tmp_path / "photo.png")
    after = template.digest(recipient)
    assert before != after
    Image.new("RGB", (9, 8), "blue").save(tmp_path / "still.png")
    assert Template.load(tmp_path / "t.svg").digest(recipient) != after


def test_a_namespace_read_by_a_name_from_outside_is_read_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "t.svg").write_text(SVG.replace("{{ name }} ", "{{ recipient[name] }} "))
    template = Template.load(tmp_path / "t.svg")
    first = {"name": "city", "city": "Rome"}
    assert template.digest(first) != template.digest(first | {"city": "Oslo"})


def test_who_would_get_the_fallback_has_none_and_the_fallback_has_its_own(template: Template) -> None:
    with pytest.raises(InkmergeError):
        template.digest({})
    assert template.digest(None) != template.digest(ANNA)
