"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew; look at them before committing"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def fixtures() -> Path:
    return ROOT / "fixtures"


@pytest.fixture
def shared() -> Path:
    """The folder of reference pictures beside the checkout, which users do not have."""
    folder = ROOT.parent / "shared"
    if not (folder / "score.py").exists():
        pytest.skip("the reference pictures are not beside this checkout")
    return folder


@pytest.fixture
def box_fonts() -> Path:
    """A folder with one family of box glyphs, so that text measures exactly."""
    return ROOT / "tests" / "fonts"
