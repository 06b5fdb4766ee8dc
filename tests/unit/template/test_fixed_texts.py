"""What an image says that it shows: values, and what everybody is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge import Template

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>{}</title>{}</svg>'
TEXTS = """
<text y="9">Summer <tspan font-weight="700">sale</tspan></text>
<text y="9">{{ name }} has {{ points|number }} points</text>
<g data-show="points > 5"><text y="9">20 % off</text></g>
<text y="9" aria-hidden="true">MARL</text>
<g aria-hidden="true"><text y="9">MOSS</text></g>
<defs><text id="d" y="9">Nowhere</text></defs>
<text y="9" display="none">Hidden</text>
<text y="9">Summer sale</text>
"""


def shown(folder: Path, title: str, *, is_prepared: bool = False) -> tuple[str, ...]:
    (folder / "t.svg").write_text(SVG.format(title, TEXTS), encoding="utf-8")
    template = Template.load(folder / "t.svg")
    if is_prepared:
        template.prepare()
    image = template.render({"name": "Anna", "points": 1250})
    assert image.fallback is None
    return image.shown


@pytest.mark.parametrize("is_prepared", [False, True])
def test_values_come_first_and_then_what_everybody_is_shown(tmp_path: Path, *, is_prepared: bool) -> None:
    title = "Sale: {{ name }}, {{ points|number }}"
    assert shown(tmp_path, title, is_prepared=is_prepared) == ("Anna", "1,250", "Summer sale")


def test_a_decorative_image_shows_nothing_that_had_to_be_said(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("[alt]\ndecorative = true\n")
    assert shown(tmp_path, "") == ()
