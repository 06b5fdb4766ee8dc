"""What `Template.explain` says agrees with what a plan draws and encodes."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkmerge import InkmergeError, Template
from inkmerge.errors import MissingValue
from inkmerge.pipeline import Format

BACK = '<rect id="back" width="60" height="80" fill="#e0d0ff"/>\n'
TEXT = '<text id="name" x="5" y="20" font-size="12">{{ name }}</text>\n'
BLUR = '<filter id="f"><feGaussianBlur stdDeviation="1"/></filter>'
GLOW = '<circle id="glow" cx="20" cy="16" r="9" fill="red" filter="url(#f)"/>'


def write(folder: Path, body: str, **options: str) -> Template:
    path = folder / "t.svg"
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="80">{BLUR}{body}</svg>')
    return Template.load(path, alt="", **options)  # type: ignore[arg-type]  # one of the choices


def test_each_layer_says_who_draws_it_and_what_it_touches(tmp_path: Path) -> None:
    found = write(tmp_path, BACK + TEXT + GLOW).explain({"name": "Anna"}, 96, "png")
    assert (found.format, found.dpi, found.width, found.height, found.finding) == ("png", 96, 60, 80, None)
    back, name, glow = found.layers
    assert [(one.kind, one.number) for one in found.layers] == [("static", 0), ("dynamic", 1), ("static", 1)]
    assert [(part.rasterizer, part.elements, part.line) for part in back.parts] == [("cairo", 1, 1)]
    assert [(part.rasterizer, part.elements, part.first) for part in name.parts] == [
        ("cairo", 1, "<path> in #name")
    ]
    ((part,),) = (glow.parts,)
    assert (part.rasterizer, part.features[0][0]) == ("resvg", "filter")
    ((left, top, right, bottom),) = name.touched
    assert 0 <= left < 6 < right < 60
    assert 0 < top < 12 < bottom <= 24
    assert back.touched == glow.touched == ()


def test_rows_outside_of_those_encoded_anew_are_the_same_for_everybody(tmp_path: Path) -> None:
    template = write(tmp_path, BACK + TEXT + TEXT.replace('y="20"', 'y="70"'))
    found = template.explain({"name": "Anna"}, 96, "png")
    assert found.strips is not None
    assert (found.strips.height, found.strips.count) == (16, 5)
    assert found.rows == ((0, 32), (48, 80))
    assert found.share == sum(end - first for first, end in found.rows) / 80
    assert found.strips.encoded == 4
    one, other = (
        np.asarray(Image.open(io.BytesIO(template.render({"name": name}, 96, "png").data)).convert("RGB"))
        for name in ("Anna", "Anja")
    )
    differing = {int(row) for row in np.flatnonzero((one != other).any(axis=(1, 2)))}
    assert differing
    assert all(any(first <= row < end for first, end in found.rows) for row in differing)


def test_a_layer_that_a_recipient_leaves_empty_is_there_with_nothing_drawn(tmp_path: Path) -> None:
    template = write(tmp_path, BACK + '<circle data-show="vip" r="9"/>')
    (_, shown), (_, empty) = (template.explain({"vip": vip}, 96, "png").layers for vip in (True, False))
    assert (len(shown.parts), len(shown.touched)) == (1, 1)
    assert (empty.kind, empty.parts, empty.touched) == ("dynamic", (), ())
    assert template.explain({"vip": False}, 96, "png").share == 0


def test_without_a_recipient_the_examples_of_the_fields_are_taken(tmp_path: Path) -> None:
    template = write(tmp_path, TEXT)
    with pytest.raises(MissingValue):
        template.explain()
    (tmp_path / "t.toml").write_text('[fields.name]\nexample = "Anna"\n')
    template = Template.load(tmp_path / "t.svg", alt="")
    assert template.explain() == template.explain({"name": "Anna"})


@pytest.mark.parametrize("fmt", ["webp", "gif"])
def test_a_format_without_strips_is_encoded_whole(fmt: Format, tmp_path: Path) -> None:
    found = write(tmp_path, BACK + TEXT).explain({"name": "Anna"}, 96, fmt)
    assert (found.strips, found.rows, found.share) == (None, ((0, 80),), 1)
    assert [layer.kind for layer in found.layers] == ["static", "dynamic"]


def test_what_cannot_be_planned_is_one_layer_and_the_finding_that_prepare_gives(tmp_path: Path) -> None:
    blending = BACK + TEXT + '<rect id="b" width="9" height="9" style="mix-blend-mode:screen"/>'
    template = write(tmp_path, blending)
    found = template.explain({"name": "Anna"}, 96, "png")
    assert (found.finding,) == template.prepare(96, "png")
    assert found.finding is not None
    assert "#b in line 3 blends" in found.finding.message
    (layer,) = found.layers
    assert (layer.kind, layer.causes, found.share) == ("whole", (), 1)
    assert [part.rasterizer for part in layer.parts] == ["resvg"]


def test_a_rasterizer_that_is_asked_for_draws_all_of_it(tmp_path: Path) -> None:
    found = write(tmp_path, BACK + TEXT + GLOW, rasterizer="resvg").explain({"name": "Anna"}, 96, "png")
    assert found.finding is not None
    assert [(part.rasterizer, part.elements) for part in found.layers[0].parts] == [("resvg", 3)]
    found = write(tmp_path, BACK + GLOW, rasterizer="cairo").explain({}, 96, "png")
    assert [(part.rasterizer, part.elements) for part in found.layers[0].parts] == [("cairo", 2)]


def test_a_picture_of_no_pixels_has_no_plan(tmp_path: Path) -> None:
    found = write(tmp_path, BACK + TEXT).explain({"name": "Anna"}, format="svg")
    assert found.finding is not None
    assert "svg is no picture of pixels" in found.finding.message
    assert (found.width, found.height) == (60, 80)


def test_an_explanation_survives_pickling(tmp_path: Path) -> None:
    found = write(tmp_path, BACK + TEXT + GLOW).explain({"name": "Anna"})
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  our own


def test_explaining_leaves_images_as_they_were(tmp_path: Path) -> None:
    template = write(tmp_path, BACK + TEXT)
    before = template.render({"name": "Anna"}, 96, "png")
    template.explain({"name": "Anna"}, 96, "png")
    assert template.render({"name": "Anna"}, 96, "png") == before
    with pytest.raises(InkmergeError):
        template.explain({"name": "Anna"}, dpi=-1)
