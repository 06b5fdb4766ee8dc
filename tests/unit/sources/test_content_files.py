"""Imported content is a file that people edit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkmerge.errors import DataError, SourceSyntax, SourceUnavailable
from inkmerge.sources import Content, read_content, write_content

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
CUP = Content(
    {"name": 'Cup "x"', "price": 4.5, "stock": 3, "new": True, "image": None},
    "p.json",
    NOW,
    {"product": "4711"},
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)


def test_content_is_written_as_text_that_people_can_edit(tmp_path: Path) -> None:
    write_content(tmp_path / "content" / "cup.toml", CUP)
    assert (tmp_path / "content" / "cup.toml").read_text() == (
        "# imported content; edit it freely, or import it again\n"
        'origin = "p.json"\nfetched_at = 2026-11-26T12:00:00Z\nempty = ["image"]\n\n'
        '[selectors]\nproduct = "4711"\n\n'
        '[fields]\nname = "Cup \\"x\\""\nprice = 4.5\nstock = 3\nnew = true\n'
    )


def test_comments_and_order_survive_another_import(tmp_path: Path) -> None:
    path = tmp_path / "cup.toml"
    write_content(path, CUP)
    path.write_text(
        path.read_text()
        .replace(
            '[fields]\nname = "Cup \\"x\\""\n', "[fields]\n# shorter than in the shop\nname = 'Cup' # ours\n"
        )
        .replace('empty = ["image"]\n', "")
    )
    write_content(
        path,
        Content({"price": 5, "name": "Cup", "more": None, "added": "x"}, "p.json", NOW, {"product": "4712"}),
    )
    text = path.read_text()
    assert "# shorter than in the shop\nname = 'Cup' # ours\n" in text
    assert text.index("name") < text.index("price = 5\n")
    assert "stock" not in text
    assert read_content(path).fields == {"more": None, "name": "Cup", "price": 5, "added": "x"}
    assert read_content(path).key == {"product": "4712"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(
    first=st.dictionaries(texts, values, max_size=4),
    second=st.dictionaries(texts, values, max_size=4),
    key=st.dictionaries(texts, texts, max_size=2),
    origin=texts,
)
def test_any_content_comes_back_as_it_was_over_any_other(
    tmp_path: Path, first: dict[str, object], second: dict[str, object], key: dict[str, str], origin: str
) -> None:
    path = tmp_path / "any.toml"
    path.unlink(missing_ok=True)
    for fields in (first, second):
        content = Content(fields, origin, NOW, key)  # type: ignore[arg-type]
        write_content(path, content)
        found = read_content(path)
        assert found == content
        assert {name: type(value) for name, value in found.fields.items()} == {
            name: type(value) for name, value in fields.items()
        }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('origin = "x"\nfetched_at = 2026-11-26\nfelds = {}', "did you mean 'fields'"),
        ('origin = "x"\nfetched_at = 2026-11-26T00:00:00Z\n[fields]\na = [1]', "fields.a"),
        ("fetched_at = 2026-11-26T00:00:00Z", "origin"),
        ('origin = "x', "does not parse"),
        ('origin = "\xe9"', "not UTF-8"),
    ],
)
def test_a_file_that_was_edited_wrongly_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "cup.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceSyntax, match=said) as caught:
        read_content(path)
    assert caught.value.location.template == "cup.toml"


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    path = tmp_path / "cup.toml"
    path.write_text('origin = "x"\nfetched_at = 2026-11-26T12:00:00\n')
    assert read_content(path).fetched_at == NOW


def test_content_that_was_never_imported_says_how(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="inkmerge content import"):
        read_content(tmp_path / "gone.toml")


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "cup.toml").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError):
        write_content(tmp_path / "file" / "cup.toml", CUP)
    with pytest.raises(DataError):
        write_content(tmp_path / "cup.toml", CUP)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cup.toml", "file"]
