"""Every bad input of `fixtures/hostile/` gets an error or a finding with a stable code, and the process lives on."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inkmerge import InkmergeError, IsolatedTemplate, Limits, Template

HOSTILE = Path(__file__).resolve().parents[2] / "fixtures" / "hostile"
LIMITS = replace(Limits(), seconds=2.0, load_seconds=10.0)


def _expected() -> dict[str, dict[str, Any]]:
    return (
        tomllib.loads((HOSTILE / "expected.toml").read_text()) if (HOSTILE / "expected.toml").exists() else {}
    )


def _generated(name: str, folder: Path) -> Path:
    recipe = tomllib.loads((HOSTILE / "generated.toml").read_text())[name]
    times = recipe.get("times", 0)
    source = (
        recipe.get("prefix", "")
        + recipe.get("repeat", "") * times
        + recipe.get("middle", "")
        + recipe.get("close", "") * times
        + recipe.get("suffix", "")
    )
    path = folder / f"{name}.svg"
    path.write_text(source)
    return path


def _codes(path: Path, recipient: dict[str, Any], font_dirs: tuple[Path, ...] = ()) -> tuple[str, set[str]]:
    """Return the stage at which it ended, and the codes it got."""
    try:
        template = IsolatedTemplate.load(path, font_dirs, limits=LIMITS, alt=None)
    except InkmergeError as fault:
        return "load", {fault.code} if str(fault.location) else set()
    with template:
        image = template.render(recipient, dpi=96)
        codes = {finding.code for finding in (*template.check(), *image.findings)}
        return ("render" if image.fallback else "ok"), codes | (
            {image.fallback.code} if image.fallback else set()
        )


@pytest.mark.parametrize("name", sorted(_expected()))
def test_bad_input_gets_its_code_and_the_next_render_is_right(name: str, tmp_path: Path) -> None:
    expected = _expected()[name]
    path = HOSTILE / name if (HOSTILE / name).exists() else _generated(name, tmp_path)
    font_dirs: tuple[Path, ...] = ()
    if path.suffix in {".ttf", ".otf"}:
        font_dirs = (path.parent,)
        path = HOSTILE.parent / "hostile" / "plain.svg"
    stage, codes = _codes(path, {"name": "Anna"}, font_dirs)
    assert stage == expected["stage"]
    if expected.get("codes"):
        assert codes & set(expected["codes"])


def _filters() -> list[str]:
    return [name for name, one in _expected().items() if name.startswith("filter-") and one["stage"] == "ok"]


@pytest.mark.parametrize("name", _filters())
def test_a_filter_that_is_let_through_is_drawn_in_bounded_time(name: str, tmp_path: Path) -> None:
    """Filters are drawn by resvg, in native code that nothing interrupts."""
    pytest.importorskip("svg2png_py")
    path = HOSTILE / name if (HOSTILE / name).exists() else _generated(name, tmp_path)
    flat = tmp_path / "flat.svg"
    flat.write_bytes(Template.load(path).flat_svg({}))
    code = (
        "import svg2png_py, sys; svg2png_py.svg_to_rgba(open(sys.argv[1]).read(), svg2png_py.FontDatabase())"
    )
    subprocess.run([sys.executable, "-c", code, str(flat)], check=True, timeout=20)


def _values() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HOSTILE / "values.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plain() -> Iterator[IsolatedTemplate]:
    with IsolatedTemplate.load(HOSTILE / "plain.svg", limits=LIMITS) as template:
        yield template


@pytest.mark.parametrize("name", sorted(_values()))
def test_a_bad_value_gets_the_fallback_or_a_picture_and_the_next_render_is_right(
    name: str, plain: IsolatedTemplate
) -> None:
    recipe = _values()[name]
    value = (
        recipe.get("prefix", "")
        + recipe.get("repeat", "") * recipe.get("times", 0)
        + recipe.get("suffix", "")
    )
    image = plain.render({"name": value}, dpi=96)
    assert ("render" if image.fallback else "ok") in recipe["stages"]
    if recipe["codes"]:
        assert {finding.code for finding in image.findings} & set(recipe["codes"])
    assert plain.render({"name": "Anna"}, dpi=96).fallback is None
