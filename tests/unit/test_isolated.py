"""The isolated renderer: a child process that can be lost without losing anything else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inkmerge import InkmergeError, IsolatedTemplate, Limits, Template, isolated
from inkmerge.fallback import Reason

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>Hi {{ name }}</title>'
    '<text y="15" data-width="55">{{ name }}</text></svg>'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "t.svg").write_text(SVG)
    return tmp_path / "t.svg"


@pytest.fixture
def template(path: Path) -> Iterator[IsolatedTemplate]:
    with IsolatedTemplate.load(path, limits=replace(Limits(), seconds=2.0, memory=1 << 28)) as loaded:
        yield loaded


def test_it_has_the_interface_of_a_template_and_draws_the_same_bytes(
    path: Path, template: IsolatedTemplate
) -> None:
    direct = Template.load(path)
    assert (template.name, template.size, template.fields) == (direct.name, direct.size, direct.fields)
    assert template.render({"name": "Anna"}, 96) == direct.render({"name": "Anna"}, 96)
    assert template.flat_svg({"name": "Anna"}) == direct.flat_svg({"name": "Anna"})
    assert template.check() == direct.check()
    assert template.digest({"name": "Anna"}, 96) == direct.digest({"name": "Anna"}, 96)
    assert template.reads_pictures == direct.reads_pictures
    assert template.faces({"name": "Anna"}) == direct.faces({"name": "Anna"})
    assert template.language == direct.language
    assert template.examine({"name": "Anna"}, 96) == direct.examine({"name": "Anna"}, 96)
    assert template.explain({"name": "Anna"}, 96) == direct.explain({"name": "Anna"}, 96)
    public = {name for name in dir(Template) if not name.startswith("_")}
    assert public <= {name for name in dir(IsolatedTemplate) if not name.startswith("_")}


def test_errors_cross_from_the_child_as_they_are(tmp_path: Path, template: IsolatedTemplate) -> None:
    with pytest.raises(InkmergeError) as caught:
        template.render({}, on_error="raise")
    assert caught.value.code == "missing-value"
    with pytest.raises(InkmergeError) as caught:
        IsolatedTemplate.load(tmp_path / "nothing.svg")
    assert caught.value.code == "template-not-found"


def hang(*_: object) -> None:
    while True:
        pass


def crash(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def devour(*_: object) -> None:
    held = [bytearray(1 << 24) for _ in range(200)]
    del held


@pytest.mark.parametrize(
    ("disaster", "code"), [(hang, "time-limit-exceeded"), (crash, "worker-died"), (devour, "worker-died")]
)
def test_a_child_that_is_lost_costs_one_fallback_and_the_next_render_is_right(
    disaster: object, code: str, template: IsolatedTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(isolated, "_render", disaster)
        image = template.render({"name": "Anna"}, 96)
    assert image.fallback is not None
    assert image.fallback.code == code
    assert template.render({"name": "Anna"}, 96).fallback is None


def test_a_template_that_loses_three_children_is_set_aside(
    template: IsolatedTemplate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(isolated, "_render", crash)
        for _ in range(3):
            assert template.render({"name": "Anna"}, 96).fallback is not None
    image = template.render({"name": "Anna"}, 96)
    assert image.fallback is not None
    assert "set aside" in image.fallback.message


def test_the_fallback_image_can_be_asked_for(template: IsolatedTemplate) -> None:
    image = template.fallback(Reason("quota-exceeded", "used up"), 96, "jpeg")
    assert (image.fallback, image.media_type) == (Reason("quota-exceeded", "used up"), "image/jpeg")


def test_closed_is_closed(path: Path) -> None:
    template = IsolatedTemplate.load(path)
    template.close()
    with pytest.raises((InkmergeError, RuntimeError)):
        template.render({"name": "Anna"}, on_error="raise")
