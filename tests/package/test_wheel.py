"""The wheel, built and started in a fresh virtual environment that has nothing of this checkout."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 25_000_000


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_both_packages_and_the_fonts_in_at_most_25_megabytes(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "inkmerge/py.typed" in names
    assert "inkmerge_cli/app.py" in names
    assert "inkmerge/bundled_fonts/fonts.toml" in names
    assert any(name.endswith(".ttf") for name in names)
    skeleton = ROOT / "cli" / "inkmerge_cli" / "skeleton"
    files = [path.relative_to(skeleton.parent.parent) for path in skeleton.rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert {path.as_posix() for path in files} <= set(names)
    assert wheel.stat().st_size <= LARGEST


def test_the_wheel_starts_and_renders_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    # the libraries come from the environment of the tests, so that nothing is downloaded; the packages from the wheel
    venv.create(tmp_path / "venv", with_pip=False, system_site_packages=False)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    hidden = (
        "import sys; sys.path[:] = [p for p in sys.path if 'engine' not in p and not p.endswith('cli')]\n"
    )
    (site / "zz_libraries.pth").write_text(f"{libraries}\n")
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>Hi {{ name }}</title>'
        '<text y="15">{{ name }}</text></svg>'
    )
    script = (
        hidden
        + "import inkmerge, pathlib\n"
        + "assert 'venv' in inkmerge.__file__, inkmerge.__file__\n"
        + "image = inkmerge.Template.load('t.svg').render({'name': 'Anna'}, on_error='raise')\n"
        + "pathlib.Path('t.png').write_bytes(image.data)\n"
    )
    python = tmp_path / "venv" / "bin" / "python"
    done = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
