"""Text of rows, from a file or from bytes: its encoding, the dialect of its CSV, its lines of JSON."""

from inkmerge.rows.row_text import INVALID_ROW, RowText

__all__ = ["INVALID_ROW", "RowText"]
