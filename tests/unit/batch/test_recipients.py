from __future__ import annotations

from pathlib import Path

import pytest

from inkmerge.batch import read_recipients
from inkmerge.errors import DataError


def read(tmp_path: Path, data: bytes) -> list[tuple[str, dict[str, str]]]:
    (tmp_path / "r.csv").write_bytes(data)
    return [(one.id, one.attributes) for one in read_recipients(tmp_path / "r.csv")]


@pytest.mark.parametrize(
    "data",
    [
        "id,name\nr1,Zoé\n".encode(),
        "\ufeffid,name\nr1,Zoé\n".encode(),
        "id;name\r\nr1;Zoé\r\n".encode(),
        "id\tname\nr1\tZoé\n".encode(),
        "id,name\nr1,Zoé\n".encode("utf-16"),
        "id,name\nr1,Zoé\n".encode("cp1252"),
        '"id","name"\n"r1","Zoé"\n\n'.encode(),
    ],
)
def test_every_usual_dialect_and_encoding_is_read(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) == [("r1", {"id": "r1", "name": "Zoé"})]


def test_an_empty_cell_is_absent_and_quotes_may_hold_line_breaks(tmp_path: Path) -> None:
    assert read(tmp_path, b'id,a,b\n1,,"x\ny"\n') == [("1", {"id": "1", "b": "x\ny"})]


def test_rows_are_known_by_id_else_email_else_number(tmp_path: Path) -> None:
    assert [one for one, _ in read(tmp_path, b"email,a\nx@y,1\n,2\n")] == ["x@y", "2"]


def test_a_ragged_row_keeps_its_place_with_a_fault(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b"id,a\n1,2\n2,3,4\n")
    _, second = read_recipients(tmp_path / "r.csv")
    assert second.fault is not None
    assert second.line == 3


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "header"),
        (b"id,id\n1,2\n", "twice"),
        (b"id\n1\n1\n", "line 2"),
        (b'id,a\n1,"' + b"x" * 11_000_000, "parse"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, data)
