"""Which face CSS means."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inkmerge.fonts import FontCatalog, FontQuery

FONTS = Path(__file__).parents[2] / "fonts"


@pytest.fixture
def regular_only(tmp_path: Path) -> FontCatalog:
    """A folder with the regular box face alone, before the folder that has the bold one too."""
    shutil.copy(FONTS / "Boxes-Regular.ttf", tmp_path)
    return FontCatalog.open([tmp_path, FONTS], bundled=False)


def test_the_family_of_an_earlier_folder_hides_one_of_the_same_name(
    regular_only: FontCatalog, tmp_path: Path
) -> None:
    found = regular_only.match(FontQuery(("Inkmerge Boxes",), 700))
    assert found.face.path == tmp_path / "Boxes-Regular.ttf"
    assert found.synthetic_bold


def test_what_the_hidden_family_alone_can_draw_is_still_found() -> None:
    catalog = FontCatalog.open([FONTS])
    found = catalog.fallback("田", FontQuery(("Inkmerge Boxes",)), "ja")
    assert found is not None
    assert found.face.path.name == "NotoSansCJK.otf"


@pytest.mark.parametrize(
    ("families", "cluster", "face"),
    [
        (("Inter",), "😀", "NotoColorEmoji.ttf"),
        (("Noto Sans Symbols",), "❤️", "NotoColorEmoji.ttf"),
        (("Noto Sans Symbols 2",), "⚡", "NotoSansSymbols2.ttf"),
        (("Noto Sans Symbols 2",), "⚡\ufe0f", "NotoColorEmoji.ttf"),
    ],
)
def test_emoji_are_in_colour_unless_a_family_asked_for_has_them(
    families: tuple[str, ...], cluster: str, face: str
) -> None:
    found = FontCatalog.open().fallback(cluster, FontQuery(families), "en")
    assert found is not None
    assert found.face.path.name == face


def test_metrics_of_scripts_come_from_the_face() -> None:
    found = FontCatalog.open([FONTS], bundled=False).match(FontQuery(("Inkmerge Boxes",)))
    assert (found.superscript_rise, found.subscript_drop) == (400, 100)
