"""What is found of an image before it is drawn is what its render says, whatever is known of its parts already."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inkmerge import Finding, InkmergeError, IsolatedTemplate, Limits, Template
from inkmerge.loaded import Field

ROOT = Path(__file__).resolve().parents[2]
TEASERS = ROOT / "fixtures" / "teasers"
OF_ENCODING = {
    "image-heavy",
    "size-reduced",
    "size-budget-exceeded",
    "text-alternative-cut",
    "transparency-reduced",
}
NAMES = [
    *(
        "Anna",
        "Bo",
        "Zoë",
        "محمد الأحمد",
        "สมชาย ใจดี",
        "王小明",
        "Zoë 🎉",
        "👩‍👩‍👧‍👦",
        "A\u0378B",
        "",
        "   ",
        "An\x07na",
    ),
    *(
        "Wolfeschlegelsteinhausenbergerdorff",
        "Wolfe " * 30,
        "W" * 3_000,
        "{{ x }}",
        "<b>",
        "image of",
        "e\u0301" * 12,
    ),
]
WRONG = ["many", "", None, True, ["a", "b"], {"a": 1}, -1, 1e300, "url(#x)", "../x.png", "#12"]


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    found = {}
    for path in sorted(
        path for folder in ("fixtures", "tests/golden") for path in (ROOT / folder).rglob("*.svg")
    ):
        if b"{{" in path.read_bytes():
            try:
                found[path.name] = Template.load(path, asset_dirs=[TEASERS])
            except InkmergeError:
                continue
    return found


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Return values of a field: mostly of its type, now and then none, or something else."""
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "number": st.one_of(st.integers(-9, 9_999), st.floats(0, 9_999)),
        "integer": st.integers(-9, 9_999),
        "boolean": st.booleans(),
        "date": st.dates().map(str),
        "color": st.sampled_from(["#12355b", "red", "hsl(9 9% 9%)"]),
        "image": st.just(field.example),
        "list": st.lists(st.sampled_from(NAMES), max_size=3),
    }
    names = st.one_of(st.sampled_from(NAMES), st.text(max_size=30))
    usual = st.one_of(fitting.get(field.type, names), st.just(field.example))
    return st.one_of(usual, usual, usual, usual, usual, st.sampled_from(WRONG), st.none())


@st.composite
def recipients(draw: st.DrawFn, template: Template) -> dict[str, Any]:
    recipient: dict[str, Any] = {"locale": draw(st.sampled_from(["en-US", "de-DE", "ar-AE", "tr", None]))}
    for field in template.fields:
        *parents, last = field.name.split(".")
        into = recipient
        for parent in parents:
            into = into.setdefault(parent, {})
            if not isinstance(into, dict):
                break
        else:
            if (value := draw(values_of(field))) is not None:
                into[last] = value
    return recipient


def said(finding: Finding) -> tuple[Any, ...]:
    return finding.code, finding.severity, finding.message, finding.location, finding.hint


def rendered(template: Template, recipient: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        found = template.render(recipient, 24, "png", on_error="raise").findings
    except InkmergeError as fault:
        return [("raised", *said(fault.finding()))]
    return [said(one) for one in found if one.code not in OF_ENCODING]


def examined(template: Template, recipient: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        found = template.examine(recipient, 24, "png")
    except InkmergeError as fault:
        return [("raised", *said(fault.finding()))]
    assert found.digest == template.digest(recipient, 24, "png")
    return [said(one) for one in found.findings]


def hold(template: Template, examples: int = 25) -> None:
    """Hold what is found of recipients of all kinds to what their renders say."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(recipient=recipients(template))
    def agree(recipient: dict[str, Any]) -> None:
        assert examined(template, recipient) == rendered(template, recipient)

    agree()


@pytest.mark.parametrize("name", sorted(templates()))
def test_an_examination_says_what_the_render_says(name: str) -> None:
    hold(templates()[name])


SPECIAL = {
    "a paint server that is there for some": (
        '<linearGradient id="g" data-show="vip|default(false)"><stop stop-color="red"/></linearGradient>'
        '<text y="9" font-size="8" fill="url(#g)">{{ name }}</text>'
    ),
    "a paint that is no colour": '<text y="9" font-size="8" fill="{{ colour }}" stroke="none">{{ name }}</text>',
    "an attribute that is always wrong": '<text y="9" font-size="8" stroke="red" stroke-width="x">{{ name }}</text>',
    "a word that is wrong beside one that is filled": (
        '<text y="9" font-size="8" stroke="red" stroke-width="Bo">{{ name }}</text><rect width="{{ wide }}" height="2"/>'
    ),
    "a family that is not there": '<text y="9" font-family="Nowhere" font-size="8">{{ name }}</text>',
    "spans": '<text y="9" font-size="8" data-width="40">{{ name }} <tspan fill="red">{{ name }}!</tspan></text>',
    "elements that are repeated": '<text data-repeat="one in names" y="9" font-size="8">{{ one }} {{ loop.index }}</text>',
    "an element that is there for some": '<g data-show="vip"><text y="9" font-size="8">{{ name }}</text></g>',
    "a transform": '<g transform="scale({{ wide }})"><text y="9" font-size="8">{{ name }}</text></g>',
    "a filter": (
        '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
        '<text y="9" font-size="8" filter="url(#f)">{{ name }}</text>'
    ),
    "a box of a shape around": '<g style="clip-path:circle(40%)"><text y="9" font-size="8">{{ name }}</text></g>',
    "a box with an ellipsis": '<text y="9" font-size="8" data-width="30" data-fit="ellipsis">{{ name }}</text>',
    "a box that wraps": '<text y="9" font-size="8" data-width="30" data-height="20" data-fit="wrap">{{ name }}</text>',
    "a box that shrinks": (
        '<text y="9" font-size="8" data-width="30" data-height="12" data-max-lines="2" data-min-size="0.4">{{ name }}</text>'
    ),
    "vertical letters, spread": (
        '<text y="9" font-size="8" writing-mode="vertical-rl" letter-spacing="1" word-spacing="2">{{ name }}</text>'
    ),
    "a list": '<text y="9" font-size="8">{{ names|join(", ") }}</text>',
    "an attribute called loop": '<text y="9" font-size="8">{{ name }} {{ loop|default("") }}</text>',
    "a text in a pattern": (
        '<pattern id="p" width="9" height="9" patternUnits="userSpaceOnUse"><text y="8" font-size="8">{{ name }}</text>'
        '</pattern><rect width="30" height="9" fill="url(#p)"/><text y="9" font-size="8">{{ name }}</text>'
    ),
    "pictures": '<image href="{{ photo }}" width="9" height="9"/><text y="9" font-size="8">{{ name }} {{ name }}</text>',
}


@pytest.mark.parametrize("special", SPECIAL)
def test_an_examination_of_what_is_special_says_what_the_render_says(special: str, tmp_path: Path) -> None:
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>{{ name }} {{ names|default([])|join(" ") }}'
        f"</title>{SPECIAL[special]}</svg>"
    )
    (tmp_path / "t.toml").write_text(
        '[fields.names]\ntype = "list"\nrequired = false\n[fields.vip]\ntype = "boolean"\nrequired = false\n'
        + ('[fields.wide]\ntype = "number"\n' if "wide" in SPECIAL[special] else "")
    )
    hold(Template.load(tmp_path / "t.svg"), 30)


def write(folder: Path, body: str) -> Path:
    path = folder / "t.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>{{{{ name }}}}</title>{body}</svg>'
    )
    return path


def test_a_picture_that_is_damaged_or_exchanged_is_found(tmp_path: Path) -> None:
    image = '<image href="{{ photo }}" width="9" height="9"/>'
    template = Template.load(write(tmp_path, image))
    recipient = {"name": "", "photo": "p.png"}
    Image.effect_noise((40, 40), 90).save(tmp_path / "p.png")
    assert examined(template, recipient) == rendered(template, recipient) == []
    whole = (tmp_path / "p.png").read_bytes()
    (tmp_path / "p.png").write_bytes(whole[:600])
    assert examined(template, recipient) == rendered(template, recipient) != []
    (tmp_path / "p.png").unlink()
    (missing,) = examined(template, recipient)
    assert missing[1] == "asset-not-found"
    (tmp_path / "p.png").write_bytes(whole)
    assert examined(template, recipient) == []


def test_pictures_are_counted_together_those_of_emoji_too(tmp_path: Path) -> None:
    texts = "".join(f'<text y="9" font-size="8">{{{{ name }}}}{one}</text>' for one in "🎉🌹🍵")
    image = f'<image href="{TEASERS}/assets/mug.png" width="9" height="9" x="{{{{ 1 }}}}"/>'
    path = write(tmp_path, texts + image.replace(f"{TEASERS}/", ""))
    few = Template.load(path, asset_dirs=[TEASERS], limits=replace(Limits(), images=4))
    assert examined(few, {"name": "Bo"}) == rendered(few, {"name": "Bo"}) == []
    (fault,) = examined(few, {"name": "Bo 🐢"})
    assert [fault] == rendered(few, {"name": "Bo 🐢"})
    assert fault[1] == "limit-exceeded"


def test_several_are_examined_as_each_of_them(tmp_path: Path) -> None:
    path = write(tmp_path, '<text y="9" font-size="8" data-width="30">{{ name }}</text>')
    people: list[dict[str, Any]] = [{"name": one} for one in (*NAMES, *NAMES[:3])] + [{}]
    together = Template.load(path).examine_all(people)
    for person, found in zip(people, together, strict=True):
        alone = Template.load(path)
        if isinstance(found, InkmergeError):
            with pytest.raises(type(found)) as caught:
                alone.examine(person)
            assert said(caught.value.finding()) == said(found.finding())
        else:
            assert found == alone.examine(person)
    with IsolatedTemplate.load(path) as isolated:
        assert list(map(str, isolated.examine_all(people))) == list(map(str, together))


def test_fields_without_a_value_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, '<text y="9" font-size="8">{{ name }} {{ town|default("") }}</text>')
    assert Template.load(path).examine({"name": "Bo"}).absent == ("town",)
    assert Template.load(path).examine({"name": "Bo", "town": "Bo"}).absent == ()
