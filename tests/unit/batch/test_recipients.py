from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inkmerge.batch import Recipient, RecipientFile, read_recipients
from inkmerge.errors import DataError, InkmergeError


def read(tmp_path: Path, data: bytes, name: str = "r.csv", encoding: str | None = None) -> list[Recipient]:
    (tmp_path / name).write_bytes(data)
    return list(read_recipients(tmp_path / name, encoding))


def facts(recipients: list[Recipient]) -> list[tuple[str, dict[str, Any]]]:
    return [(one.id, dict(one.attributes)) for one in recipients]


@pytest.mark.parametrize(
    "data",
    [
        "id,name\nr1,Zoé\n".encode(),
        "\ufeffid,name\nr1,Zoé\n".encode(),
        "id;name\r\nr1;Zoé\r\n".encode(),
        "id\tname\nr1\tZoé\n".encode(),
        b"id|name\rr1|Zo\xc3\xa9\r",
        "sep=;\r\nid;name\r\nr1;Zoé\r\n".encode(),
        "'id','name'\n'r1','Zoé'\n".encode(),
        "id,name\nr1,Zoé\n".encode("utf-16"),
        "id,name\nr1,Zoé\n".encode("utf-16-le"),
        "id,name\nr1,Zoé\n".encode("utf-16-be"),
        "id,name\nr1,Zoé\n".encode("utf-32"),
        '"id","name"\n"r1","Zoé"\n\n'.encode(),
    ],
)
def test_every_usual_dialect_and_encoding_is_read(tmp_path: Path, data: bytes) -> None:
    assert facts(read(tmp_path, data)) == [("r1", {"id": "r1", "name": "Zoé"})]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac-roman", "utf-8", "utf-16"])
def test_an_encoding_that_cannot_be_told_is_declared(tmp_path: Path, encoding: str) -> None:
    data = "id,name\nr1,Zoé\n".encode(encoding)
    assert facts(read(tmp_path, data, encoding=encoding))[0][1]["name"] == "Zoé"


@pytest.mark.parametrize("rows", [1, 200_000])
def test_a_byte_of_another_encoding_is_an_error_with_its_line(tmp_path: Path, rows: int) -> None:
    data = b"id,name\n" + b"1,A\n" * rows + "2,Zoé\n3,B\n".encode("cp1252")
    with pytest.raises(DataError, match="utf-8") as caught:
        read(tmp_path, data)
    assert caught.value.location.line == rows + 2
    assert "--encoding cp1252" in (caught.value.hint or "")


def test_an_empty_cell_is_absent_and_quotes_may_hold_line_breaks(tmp_path: Path) -> None:
    assert facts(read(tmp_path, b'id,a,b\n1,,"x\ny"\n')) == [("1", {"id": "1", "b": "x\ny"})]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'id,a\n1,"say ""hi"", Bo"\n', 'say "hi", Bo'),
        (b'id,a\n1,"say \\"hi\\", Bo"\n', 'say "hi", Bo'),
        (b'"id","a","b"\n"1","C:\\","x"\n', "C:\\"),
        (b'id,a,b\n1,"C:\\new",""\n', "C:\\new"),
    ],
)
def test_quotes_inside_cells_are_doubled_or_follow_a_backslash(
    tmp_path: Path, data: bytes, value: str
) -> None:
    assert read(tmp_path, data)[0].attributes["a"] == value


def test_rows_are_known_by_id_else_email_else_number(tmp_path: Path) -> None:
    assert [one.id for one in read(tmp_path, b"email,a\nx@y,1\n,2\n")] == ["x@y", "row-2"]


def test_a_row_of_too_many_cells_keeps_its_place_with_a_fault(tmp_path: Path) -> None:
    _, second, third = read(tmp_path, b"id,a\n1,2\n2,3,4\n3,4\n")
    assert second.fault is not None
    assert (second.line, second.fault.code) == (3, "invalid-row")
    assert "line 3 has 3 cells, the header 2" in second.fault.message
    assert third.fault is None


def test_empty_cells_behind_the_last_column_are_nothing_and_missing_last_cells_are_absent(
    tmp_path: Path,
) -> None:
    rows = read(tmp_path, b"id,a,b\n1,2,3,,\n2,3, , \n3\n")
    assert [row.fault for row in rows] == [None, None, None]
    assert [row.attributes for row in rows] == [
        {"id": "1", "a": "2", "b": "3"},
        {"id": "2", "a": "3", "b": " "},
        {"id": "3"},
    ]


@pytest.mark.parametrize(
    "rows",
    [
        b'b,"Bob\nc,Cleo\nd,Dora\n',
        b'b,"Bob\nc,"Cleo"\nd,Dora\n',
        b'b,"Bob\nc,""\nd,Dora\n',
        b'b,"Bob" the builder\nc,Cleo\n',
    ],
)
def test_a_quote_that_is_not_closed_is_an_error_with_its_line_before_anything_is_drawn(
    tmp_path: Path, rows: bytes
) -> None:
    (tmp_path / "r.csv").write_bytes(b"id,name\na,Anna\n" + rows)
    with pytest.raises(DataError, match="quote") as caught:
        RecipientFile.open(tmp_path / "r.csv")
    assert caught.value.location.line == 3


def test_a_quote_inside_a_cell_that_is_not_quoted_is_a_character(tmp_path: Path) -> None:
    assert read(tmp_path, b'id,a\n1,19" rack\n')[0].attributes["a"] == '19" rack'


def test_the_suffix_tsv_says_that_tabs_are_between_cells(tmp_path: Path) -> None:
    data = b"id\tname, first, or nick\n1\tAnna\n"
    assert facts(read(tmp_path, data, "r.tsv")) == [("1", {"id": "1", "name, first, or nick": "Anna"})]
    assert facts(read(tmp_path, b"id,name\n1,Anna\n", "r.tsv")) == [("1", {"id": "1", "name": "Anna"})]


@pytest.mark.parametrize("encoding", ["rot13", "base64", "undefined", "zlib", "klingon", "a\0b"])
def test_what_is_no_encoding_of_text_is_not_known(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(DataError, match="not known") as caught:
        read(tmp_path, b"id\n1\n", encoding=encoding)
    assert "cp1252" in (caught.value.hint or "")


def test_an_encoding_that_lacks_its_mark_is_told_by_its_bytes_or_says_what_is_missing(tmp_path: Path) -> None:
    data = "id,name\nr1,Anna\n".encode("utf-16-be")
    assert facts(read(tmp_path, data, encoding="utf-16"))[0][1]["name"] == "Anna"
    for encoding in ("utf-16", "utf-32"):
        with pytest.raises(DataError, match="byte order mark") as caught:
            read(tmp_path, b"id,name\nr1,Anna\n", encoding=encoding)
        assert "leave out --encoding" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("data", "message", "cure"),
    [
        (b"PK\x03\x04rest", "spreadsheet", "export it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet", "export it as CSV"),
        (b"\x1f\x8brest", "compressed", "unpack"),
    ],
)
def test_what_is_no_text_says_what_it_is(tmp_path: Path, data: bytes, message: str, cure: str) -> None:
    for name in ("r.xlsx", "r.csv"):
        with pytest.raises(DataError, match=message) as caught:
            read(tmp_path, data, name)
        assert cure in (caught.value.hint or "")


def test_a_pipe_and_a_folder_are_refused_with_the_reason(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("-")):
        with pytest.raises(DataError, match="pipe") as caught:
            RecipientFile.open(path)
        assert "to a file" in (caught.value.hint or "")
    with pytest.raises(DataError, match="is a folder"):
        RecipientFile.open(tmp_path)


@pytest.mark.parametrize("column", ["First_Name", "first name", "FirstName"])
def test_a_column_that_is_written_almost_as_a_field_is_found(tmp_path: Path, column: str) -> None:
    (tmp_path / "r.csv").write_text(f"id,{column}\n1,Anna\n")
    assert RecipientFile.open(tmp_path / "r.csv").column_like("first_name") == column
    assert RecipientFile.open(tmp_path / "r.csv").column_like("id") is None


def test_a_row_of_ten_megabytes_is_a_row(tmp_path: Path) -> None:
    first, second = read(tmp_path, b'id,a\n1,"' + b"x" * 10_000_000 + b'"\n2,b\n')
    assert (len(first.attributes["a"]), second.attributes["a"]) == (10_000_000, "b")


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "is empty", None),
        (b"\n\n", "header", 1),
        (b",,\n1,2,3\n", "header", 1),
        (b"sep=;\n;;\n", "header", 2),
        (b"id,id\n1,2\n", "twice", 1),
        (b'id,a\n0,0\n1,"' + b"x" * 65_000_000, "parse", 3),
        (b'id,"' + b"x" * 65_000_000, "parse", 1),
        (b"id,\0name\n", "no text", None),
    ],
)
def test_a_csv_file_that_cannot_be_used_says_why_and_where(
    tmp_path: Path, data: bytes, message: str, line: int | None
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, data)
    assert caught.value.location.template == "r.csv"
    assert caught.value.location.line == line
    assert caught.value.hint


def test_a_file_that_is_not_there_and_an_encoding_that_is_not_known_say_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_recipients(tmp_path / "nothing.csv")
    with pytest.raises(DataError, match="klingon"):
        read(tmp_path, b"id\n1\n", encoding="klingon")


def test_json_lines_keep_the_types_of_their_values(tmp_path: Path) -> None:
    data = b'{"id": 7, "n": 1.5, "l": ["a"], "o": {"k": true}, "x": null}\n\n{"email": "a@b"}\n'
    assert facts(read(tmp_path, data, "r.jsonl")) == [
        ("7", {"id": 7, "n": 1.5, "l": ["a"], "o": {"k": True}}),
        ("a@b", {"email": "a@b"}),
    ]
    assert read(tmp_path, data, "r") == read(tmp_path, data, "r.ndjson")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1]",
        b'"text"',
        b"{'id': 1}",
        b'{"n": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"id": {"a": 1}}',
    ],
)
def test_a_line_that_is_no_object_keeps_its_place_with_a_fault(tmp_path: Path, line: bytes) -> None:
    first, second, third = read(tmp_path, b'{"id": 1}\n' + line + b'\n{"id": 3}\n', "r.jsonl")
    assert second.fault is not None
    assert (first.id, second.id, third.id) == ("1", "row-2", "3")
    assert "line 2" in second.fault.message


def test_json_lines_may_be_of_any_encoding_that_can_be_told(tmp_path: Path) -> None:
    data = (json.dumps({"id": "Zoé"}, ensure_ascii=False) + "\n").encode("utf-16")
    assert facts(read(tmp_path, data, "r.jsonl")) == [("Zoé", {"id": "Zoé"})]


def test_parquet_gives_values_of_its_types_and_leaves_out_nulls(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = {
        "id": pa.array([1, 2]),
        "day": pa.array([date(2027, 1, 2), None]),
        "tier": pa.array(["gold", "gold"]).dictionary_encode(),
        "tags": pa.array([["a", "b"], []]),
        "home": pa.array([{"town": "Zug"}, None]),
    }
    parquet.write_table(pa.table(columns), tmp_path / "r.parquet")
    first, second = read_recipients(tmp_path / "r.parquet")
    assert first.attributes == {
        "id": 1,
        "day": date(2027, 1, 2),
        "tier": "gold",
        "tags": ["a", "b"],
        "home": {"town": "Zug"},
    }
    assert second.attributes == {"id": 2, "tier": "gold", "tags": []}
    assert RecipientFile.open(tmp_path / "r.parquet").rows == 2


def test_what_is_no_parquet_says_so(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(DataError, match="no Parquet"):
        read(tmp_path, b"PAR1 but no more", "r.parquet")


def test_parquet_without_its_extra_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InkmergeError) as caught:
        read(tmp_path, b"PAR1", "r.parquet")
    assert caught.value.code == "extra-missing"
    assert "inkmerge[parquet]" in (caught.value.hint or "")


def test_the_number_of_rows_is_told_and_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id\n1\n2\n3")
    (tmp_path / "b.csv").write_bytes(b"id\n1\n2\n3\n")
    first, second = RecipientFile.open(tmp_path / "a.csv"), RecipientFile.open(tmp_path / "b.csv")
    assert (first.rows, second.rows) == (3, 3)
    (tmp_path / "c.csv").write_text('id,a\n1,"two\nlines"\n\n2,b\n')
    assert RecipientFile.open(tmp_path / "c.csv").rows == 2
    # U+0A0D has the byte of a line feed
    (tmp_path / "d.jsonl").write_bytes('{"id": "\u0a0d"}\n{"id": "2"}'.encode("utf-16"))
    assert RecipientFile.open(tmp_path / "d.jsonl").rows == 2
    assert first.digest != second.digest
