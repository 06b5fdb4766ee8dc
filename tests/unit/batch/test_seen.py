"""What was met before is told apart from what is new."""

from __future__ import annotations

from pathlib import Path

from inkmerge.batch.seen import Seen


def test_images_are_counted_once_however_they_come(tmp_path: Path) -> None:
    with Seen(tmp_path / "seen.sqlite") as seen:
        assert seen.add_images([b"a", b"b", b"a"]) == 2
        assert seen.add_images(iter([b"b", b"c"])) == 1
        assert seen.add_images([]) == 0
        seen.add_image(b"c".hex())
        assert seen.images == 3


def test_ids_are_known_by_the_line_on_which_they_were_met_first(tmp_path: Path) -> None:
    with Seen(tmp_path / "seen.sqlite") as seen:
        assert seen.line_of("anna", 2) is None
        assert seen.lines_of([("ben", 3), ("chloé", 4)]) == [None, None]
        assert seen.lines_of([("anna", 5), ("dora", 6), ("dora", 7), ("ben", 8)]) == [2, None, 6, 3]
        assert seen.lines_of([]) == []
