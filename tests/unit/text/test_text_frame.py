"""What is kept of a text from recipient to recipient: a template used for many draws what one of its own draws for each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from inkmerge import Template

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60">{}</svg>'
RECIPIENTS: list[dict[str, Any]] = [
    {"name": "Anna", "size": 12, "colour": "#ff0000", "show": True, "at": 5, "x": "4"},
    {
        "name": "Ida i Oslo",
        "size": 20,
        "colour": "#00ff00",
        "show": False,
        "at": 9,
        "x": "4 30",
        "locale": "tr",
    },
    {
        "name": " fi  ffl AVATo",
        "size": 7,
        "colour": "#0000ff",
        "show": True,
        "at": 2,
        "x": "1",
        "locale": "de",
    },
    {"name": "سلام Anna", "size": 12, "colour": "#ff0000", "show": False, "at": 5, "x": "4"},
    {"name": "Maximiliana Alexandra 🎉", "size": 12, "colour": "#ff0000", "show": True, "at": 5, "x": "2"},
    {"name": "Anna", "size": 9, "colour": "#123456", "show": False, "at": 1, "x": "7", "locale": "tr-TR"},
]
KEPT = [
    '<text x="5" y="20" font-size="12">{{ name }}</text>',
    '<text x="60" y="20" font-size="12" text-anchor="middle">Hello <!-- you --><tspan dy="3">{{ name }}</tspan>!</text>',
    '<text x="5" y="20" style="text-transform:uppercase">{{ name }}</text>',
    '<g transform="scale(2)"><text x="5" y="20" text-decoration="underline">{{ name }}</text></g>',
    '<text x="5 9 13" y="20" rotate="0 10" letter-spacing="1">{{ name }}</text>',
    '<text x="5" y="20" textLength="80">{{ name }}</text>',
    '<text x="5" y="20" dominant-baseline="hanging">{{ name }}<tspan baseline-shift="super">{{ at }}</tspan></text>',
    '<text x="5" y="20" xml:space="preserve">  {{ name }}  </text>',
    '<text x="5" y="20" data-width="110" data-fit="shrink">{{ name }}</text>',
    '<text x="5" y="20" data-width="60" data-fit="wrap" text-decoration="underline">{{ name }} {{ name }}</text>',
    '<text x="5" y="20" data-width="40" data-fit="ellipsis" font-family="None Such">{{ name }}</text>',
    '<text x="60" y="20" direction="rtl">{{ name }}</text>',
    '<text x="60" y="5" writing-mode="vertical-rl">{{ name }}</text>',
    '<g data-show="show"><text x="5" y="20">{{ name }}</text></g>',
    '<g data-repeat="one in [1, 2]"><text x="5" y="20">{{ one }} {{ name }}</text></g>',
    (
        '<linearGradient id="g"><stop stop-color="{{ colour }}"/><stop offset="1"/></linearGradient>'
        '<text x="5" y="20" fill="url(#g)" stroke="#000" stroke-width="0.1em">{{ name }}</text>'
    ),
]
READ_ANEW = [
    '<text x="5" y="20" font-size="{{ size }}">{{ name }}</text>',
    '<text x="{{ x }}" y="20">{{ name }}</text>',
    '<text x="5" y="20">{{ name }} <tspan font-size="{{ size }}">{{ name }}</tspan></text>',
    '<g fill="{{ colour }}"><text x="5" y="20">{{ name }}</text></g>',
    '<g transform="scale({{ size / 10 }})"><text x="5" y="20">{{ name }}</text></g>',
    '<text x="5" y="20"><tspan data-show="show">{{ name }}</tspan><tspan fill="red">{{ at }}</tspan></text>',
    '<text x="5" y="20"><tspan data-repeat="one in [name, at]">{{ one }}</tspan></text>',
    '<path id="p" d="M {{ at }} 20 h 100" fill="none"/><text><textPath href="#p">{{ name }}</textPath></text>',
]


def load(folder: Path, body: str) -> Template:
    (folder / "t.svg").write_text(SVG.format(body), encoding="utf-8")
    return Template.load(folder / "t.svg", alt="")


@pytest.mark.parametrize("body", [*KEPT, *READ_ANEW])
def test_each_recipient_gets_what_a_template_of_their_own_draws(tmp_path: Path, body: str) -> None:
    shared = load(tmp_path, body)
    for recipient in [*RECIPIENTS, *RECIPIENTS[::-1]]:
        assert shared.flat_svg(recipient) == load(tmp_path, body).flat_svg(recipient)


@pytest.mark.parametrize("body", KEPT)
def test_a_text_is_read_once_where_only_its_text_differs(tmp_path: Path, body: str) -> None:
    template = load(tmp_path, body)
    for recipient in (RECIPIENTS[0], RECIPIENTS[4]):
        template.flat_svg(recipient)
    assert len(template._compiled.frames) == 1


@pytest.mark.parametrize("body", READ_ANEW)
def test_a_text_is_read_anew_where_an_attribute_or_an_element_differs(tmp_path: Path, body: str) -> None:
    template = load(tmp_path, body)
    template.flat_svg(RECIPIENTS[0])
    assert not template._compiled.frames


def test_pictures_of_emoji_have_the_size_of_each_density(tmp_path: Path) -> None:
    body = '<text x="5" y="20" font-size="12">{{ name }}</text>'
    shared, recipient = load(tmp_path, body), RECIPIENTS[4]
    for dpi in (96, 288, 96):
        assert (
            shared.render(recipient, dpi, "png").data
            == load(tmp_path, body).render(recipient, dpi, "png").data
        )


def test_frames_of_many_languages_are_not_all_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkmerge.flat.context._MOST_FRAMES", 3)
    template = load(tmp_path, '<text x="5" y="20">{{ name }}</text>')
    for number in range(10):
        template.flat_svg({"name": "Anna", "locale": f"de-{number:03}"})
        assert len(template._compiled.frames) <= 3


def test_threads_share_a_template(tmp_path: Path) -> None:
    body = "".join(KEPT[:6])
    expected = [load(tmp_path, body).flat_svg(one) for one in RECIPIENTS]
    for _ in range(5):
        shared = load(tmp_path, body)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(shared.flat_svg, RECIPIENTS * 4))
        assert found == expected * 4
