from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge.errors import Location, TemplateSyntax
from inkmerge.template.sidecar import (
    Sidecar,
    embedded_box,
    embedded_sidecar,
    merge,
    read_sidecar,
    sidecar_schema,
)

PLACE = Location("t.svg")


def read(tmp_path: Path, text: str) -> Sidecar:
    path = tmp_path / "t.toml"
    path.write_text(text, encoding="utf-8")
    return read_sidecar(path)


def test_everything_a_sidecar_says_is_read(tmp_path: Path) -> None:
    sidecar = read(
        tmp_path,
        """
        language = "de"
        [fields.first_name]
        max_length = 40
        default = "du"
        [alt]
        text = "Hallo {{ first_name }}"
        [elements.bar]
        width = 20
        [text.greeting]
        fit = "shrink"
        width = 300.5
        [output]
        dpi = [96, 192]
        size_budget = "100 kB"
        [fallback]
        image = "f.png"
        alt = "Hallo"
        """,
    )
    assert sidecar.fields["first_name"].default == "du"
    assert sidecar.elements["bar"]["width"] == "20"
    assert sidecar.text["greeting"].width == 300.5
    assert sidecar.output.size_budget == 100_000
    assert sidecar.output.first_dpi == 96


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[fileds.a]\n", "fileds", "fields"),
        ("[fields.a]\nmax_lenght = 3\n", "max_lenght", "max_length"),
        ("[output]\nquality = 'good'\n", "quality", None),
        ("[output]\nquality = 500\n", "quality", None),
        ("[fields.a]\npattern = '(a+)+'\n", "pattern", None),
        ("language = '???'\n", "language", None),
        ("a = = 1\n", "line 1", None),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_known_key(
    tmp_path: Path, text: str, message: str, hint: str | None
) -> None:
    with pytest.raises(TemplateSyntax, match=message) as caught:
        read(tmp_path, text)
    assert caught.value.location.template == "t.toml"
    assert hint is None or hint in str(caught.value.hint)


def test_the_same_can_be_written_into_the_svg_and_the_file_wins() -> None:
    embedded = embedded_sidecar(
        {"data-alt": "A", "data-dpi": "192", "data-field-a": "type = 'integer', example = 3", "width": "9"},
        PLACE,
    )
    assert embedded.alt.text == "A"
    assert embedded.output.first_dpi == 192
    assert embedded.fields["a"].example == 3
    merged = merge(Sidecar.model_validate({"alt": {"text": "B"}}), embedded)
    assert (merged.alt.text, merged.fields["a"].type) == ("B", "integer")


def test_a_text_box_is_read_from_data_attributes() -> None:
    box = embedded_box({"data-fit": "wrap", "data-max-lines": "2", "x": "5"}, PLACE)
    assert box is not None
    assert (box.fit, box.max_lines, box.x) == ("wrap", 2, None)
    assert embedded_box({"x": "5"}, PLACE) is None
    with pytest.raises(TemplateSyntax, match="fit"):
        embedded_box({"data-fit": "squeeze"}, PLACE)


def test_the_schema_names_every_table() -> None:
    assert {"fields", "alt", "elements", "text", "output", "fallback"} <= set(sidecar_schema()["properties"])
