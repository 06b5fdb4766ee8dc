"""What a message costs: messages a second of two images each, and peak memory, at 20,000 recipients and 5,000 distinct images.

Usage: python tests/benchmarks/mailing.py [ROWS [DISTINCT]]
"""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inkmerge.mailing.streaming import Start, compose_all

SCENES = Path(__file__).resolve().parents[2] / "fixtures" / "bench"
ROWS, DISTINCT = 20_000, 5_000
WORKERS = 2
SETTINGS = """
name = "Bench"
[elements.photo]
template = "templates/photo.svg"
[elements.flat]
template = "templates/flat.svg"
[output]
format = "jpeg"
dpi = 192
[mailing]
html = "mailing/page.html"
subject = "{{ name }}, a basket of tangerines"
from = "Marl & Moss <post@marlmoss.example>"
to_name = "{{ name }}"
headers = { List-Unsubscribe = "<https://marlmoss.example/off/{{ id }}>" }
"""
ROW = """<tr><td style="padding:12px 24px;font-family:Arial,sans-serif;font-size:16px;line-height:24px;color:#0c2a31">
<p style="margin:0 0 12px">Dear {{ name }}, this is paragraph %d of what we wanted to tell you; read on in
<a href="https://marlmoss.example/story/%d?who={{ id }}" style="color:#c43f20">our journal</a>.</p></td></tr>
"""
PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Tangerines</title></head><body>\n'
    '<table role="presentation" width="600" align="center">\n<tr><td><img data-inkmerge="photo" style="display:block">'
    "</td></tr>\n"
    + "".join(ROW % (number, number) for number in range(20))
    + '<tr><td><a href="https://marlmoss.example/"><img data-inkmerge="flat" style="display:block"></a></td></tr>\n'
    "</table></body></html>\n"
)


def write_campaign(folder: Path) -> None:
    """Write a campaign of two scenes of the benchmark, and a page of 10 kB around them."""
    shutil.copytree(SCENES, folder / "templates", ignore=shutil.ignore_patterns("*.py"))
    (folder / "inkmerge.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "mailing").mkdir()
    (folder / "mailing" / "page.html").write_text(PAGE, encoding="utf-8")


def rows(count: int, distinct: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield recipients, of whom so many images are distinct, in no order that helps."""
    kinds = max(distinct // 2, 1)
    for number in range(count):
        kind = number * 7919 % kinds
        texts = {
            "headline": f"Hello, Anna {kind}!",
            "subline": f"{kind} tangerines are on us",
            "button": "Choose",
        }
        yield (
            f"r-{number}",
            {"id": f"r-{number}", "name": f"Anna {number}", "email": f"anna.{number}@example.org", **texts},
        )


def main(arguments: list[str]) -> None:
    """Print how many messages a second, and what memory they took."""
    count, distinct = (list(map(int, arguments)) + [ROWS, DISTINCT][len(arguments) :])[:2]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_campaign(folder)
        start = time.perf_counter()
        total = done = 0
        for one in compose_all(Start(folder, counts=False), rows(count, distinct), WORKERS):
            done += one.data is not None
            total += len(one.data or b"")
        seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(
        f"{done:,} messages, {distinct:,} distinct images, {total / done / 1000:.0f} kB each: {done / seconds:.0f} a "
        f"second on {WORKERS} processes, start-up included; peak {own:.0f} MB, and {child:.0f} MB each process"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
