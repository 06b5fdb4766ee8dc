"""A small template, recipients of every kind, and what a run leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inkmerge import Limits
from inkmerge.batch import Delivery, Job, ManifestLine, Progress, RecipientFile, read_manifest, run_batch

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>Hi {{ name }}</title>'
    '<text y="15" data-width="55">{{ name }}</text></svg>'
)
Run = Callable[..., tuple[Progress, list[ManifestLine]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.svg").write_text(SVG)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a batch over the lines of a CSV file into `out`, and return how far it got and the manifest."""

    def run(*rows: str, header: str = "id,name", reports: Any = None, **delivery: Any) -> Any:
        (folder / "r.csv").write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
        job = Job(folder / "t.svg", dpi=96, limits=replace(Limits(), seconds=3.0, memory=1 << 28))
        where = Delivery(**{"folder": folder / "out", "workers": 2} | delivery)
        recipients = RecipientFile.open(folder / "r.csv")
        arguments = () if reports is None else (reports,)
        progress = run_batch(job, recipients, where, *arguments)
        is_parquet = where.manifest == "parquet"
        home = where.folder / ".inkmerge" if is_parquet else where.folder
        return progress, list(read_manifest(home / "manifest.jsonl"))

    return run
