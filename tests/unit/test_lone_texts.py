"""Where nothing but texts change, images drawn without a tree are those drawn by way of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inkmerge import InkmergeError, RenderedImage, pipeline
from inkmerge.compiling import CompiledTemplate, Options, compile_template
from inkmerge.encode import EncodeOptions
from inkmerge.pipeline import Output
from inkmerge.plan import Plan, make_plan

NAMES = (
    "Anna",
    "Jo",
    "",
    "   ",
    "ليلى أحمد",
    "สมชาย",
    "Zoë 🎉",
    "田中",
    "A. Very-Long-Name of Seventeen Words",
    "a  b",
)
OUTPUT = Output("png", 96, 240, 80, EncodeOptions("png"))
TEXT = '<text x="8" y="30" font-size="16" fill="#123456">Hi {{ name }}!</text>'


def compiled(folder: Path, body: str) -> CompiledTemplate:
    path = folder / "t.svg"
    path.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="80"><title>{{ name }}</title>'
        f'<rect width="240" height="80" fill="#fde"/>{body}</svg>'
    )
    return compile_template(path, Options())


def planned(template: CompiledTemplate) -> Plan:
    plan = make_plan(template, (240, 80), 96, EncodeOptions("png"))
    assert isinstance(plan, Plan)
    return plan


def rendered(template: CompiledTemplate, plan: Plan, name: str, **more: str) -> RenderedImage | str:
    try:
        return pipeline.render(template, {"name": name, **more}, OUTPUT, plan)
    except InkmergeError as fault:
        return str(fault)


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        TEXT + '<circle cx="30" cy="26" r="12" fill="#f00" fill-opacity=".4"/>',
        f'<g transform="translate(20 4) scale(1.5)" fill="#c00">{TEXT}</g>' + TEXT.replace("30", "70"),
        TEXT.replace("<text ", '<text data-max-width="90" data-fit="shrink" text-anchor="end" '),
        TEXT.replace("<text ", '<text data-max-width="80" data-fit="wrap" data-max-lines="2" '),
        TEXT.replace("<text ", '<text data-max-width="60" data-fit="ellipsis" letter-spacing="1" '),
        TEXT.replace("<text ", '<text direction="rtl" '),
        TEXT.replace("<text ", '<text xml:space="preserve" '),
        TEXT.replace("<text ", '<text x="3 20 40" rotate="0 9" '.replace('x="3 20 40" ', "")),
        TEXT.replace("<text ", '<text dy="0 2 4" '),
        TEXT.replace("<text ", '<text transform="rotate(8)" '),
        TEXT.replace("<text ", '<text font-family="Noto Sans Arabic" font-weight="700" '),
        TEXT.replace("<text ", '<text text-transform="uppercase" font-variant="small-caps" '),
    ],
)
def test_they_are_alike_whoever_comes_first(body: str, tmp_path: Path) -> None:
    template = compiled(tmp_path, body)
    plan = planned(template)
    assert plan.texts is not None
    by_tree = replace(plan, texts=None, _spare=[])
    for name in (*NAMES, *reversed(NAMES)):
        assert rendered(template, plan, name) == rendered(template, by_tree, name), name


def test_a_tree_is_filled_for_the_first_recipient_of_a_language_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled: list[object] = []
    by_tree = pipeline.fill

    def fill(*arguments: object) -> object:
        filled.append(arguments)
        return by_tree(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "fill", fill)
    template = compiled(tmp_path, TEXT)
    plan = planned(template)
    for language, name in (
        ("en", "Anna"),
        ("en", "Jo"),
        ("en", ""),
        ("de", "Jo"),
        ("de", "Ute"),
        ("en", "Bo"),
    ):
        rendered(template, plan, name, language=language)
    assert len(filled) == 2


def test_who_brings_emoji_is_drawn_by_way_of_the_tree(tmp_path: Path) -> None:
    template = compiled(tmp_path, TEXT)
    plan = planned(template)
    rendered(template, plan, "Anna")
    with_emoji = rendered(template, plan, "🎉")
    assert with_emoji == rendered(template, replace(plan, texts=None, _spare=[]), "🎉")
    assert isinstance(with_emoji, RenderedImage)


@pytest.mark.parametrize(
    "body",
    [
        TEXT.replace("#123456", "{{ colour }}"),
        TEXT + '<rect data-show="name" width="9" height="9"/>',
        TEXT.replace("Hi", '<tspan fill="red">Hi</tspan>'),
        f'<g opacity=".5">{TEXT}</g>',
        TEXT + '<image href="{{ name }}" width="5" height="5"/>',
    ],
)
def test_what_else_changes_takes_the_tree(body: str, tmp_path: Path) -> None:
    assert planned(compiled(tmp_path, body)).texts is None


@pytest.mark.parametrize(
    "style", ['stroke="#fff"', 'text-decoration="underline"', 'visibility="hidden"', 'fill-opacity=".5"']
)
def test_what_masks_cannot_paint_takes_the_tree(style: str, tmp_path: Path) -> None:
    template = compiled(tmp_path, TEXT.replace("<text ", f"<text {style} "))
    plan = planned(template)
    by_tree = replace(plan, texts=None, _spare=[])
    for name in NAMES:
        assert rendered(template, plan, name) == rendered(template, by_tree, name), name
