"""Parquet, through the optional pyarrow: recipients in, images and manifests out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from inkmerge.batch.recipient import Recipient, recipient_of
from inkmerge.errors import DataError, InkmergeError, Location

_BATCH_ROWS: Final = 1024


def require_parquet() -> Any:
    """Return the modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        InkmergeError: They are not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  an optional extra of 55 MB
        import pyarrow.parquet as pq  # noqa: PLC0415  same
    except ImportError:
        raise InkmergeError(
            "Parquet needs the package pyarrow, which is not installed",
            code="extra-missing",
            hint='install it with: pip install "inkmerge[parquet]"',
        ) from None
    return pa, pq


def row_count(path: Path) -> int:
    """Return the number of rows.

    Raises:
        DataError: The file is no Parquet.
    """
    with _opened(path) as table:
        return int(table.metadata.num_rows)


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns.

    Raises:
        DataError: The file is no Parquet.
    """
    with _opened(path) as table:
        return tuple(table.schema_arrow.names)


def read(path: Path) -> Iterator[Recipient]:
    """Yield the recipients of a file, batch by batch.

    Raises:
        DataError: The file is no Parquet, or repeats a column.
    """
    names = columns(path)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataError(
            f"the column {repeated[0]!r} is there twice",
            location=Location(path.name),
            hint="rename one of them",
        )
    number = 0
    with _opened(path) as table:
        for batch in table.iter_batches(batch_size=_BATCH_ROWS):
            for row in batch.to_pylist():
                number += 1
                attributes = {name: value for name, value in row.items() if value is not None and value != ""}
                yield recipient_of(attributes, number, number)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    pa, pq = require_parquet()
    try:
        with pq.ParquetFile(path, memory_map=False) as table:
            yield table
    except (pa.ArrowException, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise DataError(
            f"the file is no Parquet that can be read: {reason}",
            location=Location(path.name),
            hint="write it again",
        ) from None


def write_table(
    path: Path, rows: Iterable[Sequence[Any]], names: Sequence[str], types: Sequence[str]
) -> None:
    """Write rows, given in batches, to a file.

    Args:
        path: The file.
        rows: Batches; each is one list of values a column.
        names: The columns' names.
        types: Arrow's names of their types: ``string``, ``int64``, ``float64``, ``binary``, ``list`` (of strings).

    Raises:
        OSError: It cannot be written.
    """
    pa, pq = require_parquet()
    known = {name: getattr(pa, name)() for name in ("string", "int64", "float64", "binary")}
    known["list"] = pa.list_(pa.string())
    schema = pa.schema([(name, known[kind]) for name, kind in zip(names, types, strict=True)])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in rows:
            arrays = [pa.array(column, known[kind]) for column, kind in zip(batch, types, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def read_columns(path: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that we wrote, with the named columns only.

    Raises:
        DataError: The file is no Parquet.
    """
    with _opened(path) as table:
        for batch in table.iter_batches(batch_size=_BATCH_ROWS, columns=list(names)):
            yield from batch.to_pylist()
