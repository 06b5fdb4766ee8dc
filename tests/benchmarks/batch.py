"""What a batch costs beside drawing: rows a second and peak memory, at 10⁴, 10⁵ and 10⁶ recipients of few distinct values.

Usage: python tests/benchmarks/batch.py [--profile] [ROWS…]
"""

from __future__ import annotations

import cProfile
import csv
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path

DISTINCT = 200
ROWS = (10_000, 100_000, 1_000_000)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200"><title>Hello {{ first_name }}, '
    '{{ points|number }} points</title><rect width="600" height="200" fill="#12355b"/>'
    '<text x="40" y="95" font-size="48" fill="#fff">Hello {{ first_name }}</text>'
    '<text x="40" y="145" font-size="24" fill="#fff">{{ points|number }} points</text></svg>'
)
ALONE = """
import resource, sys, time
from pathlib import Path
from inkmerge.batch import Delivery, Job, RecipientFile, run_batch

def main():
    folder = Path(sys.argv[1])
    recipients = RecipientFile.open(folder / "r.csv")
    start = time.perf_counter(), time.process_time()
    progress = run_batch(Job(folder / "t.svg", dpi=96), recipients, Delivery(folder / "out"))
    seconds, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(progress.done, progress.distinct, seconds, cpu, own)

if __name__ == "__main__":
    main()
"""


def write_scene(folder: Path, rows: int) -> None:
    """Write a template, and recipients with eight columns, of which two are read."""
    (folder / "t.svg").write_text(SVG)
    with (folder / "r.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "email", "first_name", "last_name", "city", "points", "since", "tier"])
        for n in range(rows):
            kind = n * 7919 % DISTINCT
            name, mail = f"Name {kind}", f"someone.{n}@example.org"
            writer.writerow([f"r-{n}", mail, name, f"Last {n}", "Hà Nội", kind * 10, 2020 + n % 6, "gold"])


def main(arguments: list[str]) -> None:
    """Print a line for each number of recipients; with `--profile`, where the parent's time goes."""
    is_profiled = "--profile" in arguments
    counts = [int(one) for one in arguments if one.isdigit()] or ROWS
    print(
        f"{'recipients':>10} {'images':>7} {'rows/s':>9} {'rows/CPU s':>11} {'peak MB':>8}   (CPU and peak: parent)"
    )
    for rows in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_scene(folder, rows)
            if is_profiled:
                profile(folder)
                continue
            (folder / "alone.py").write_text(ALONE)
            command = [sys.executable, str(folder / "alone.py"), name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            count, distinct, seconds, cpu, peak = map(float, done.stdout.split())
            print(
                f"{count:10,.0f} {distinct:7,.0f} {count / seconds:9,.0f} {count / cpu:11,.0f} {peak:8.0f}",
                flush=True,
            )


def profile(folder: Path) -> None:
    """Print where the time goes in the process that reads, looks up and writes the manifest."""
    from inkmerge.batch import Delivery, Job, RecipientFile, run_batch

    recipients = RecipientFile.open(folder / "r.csv")
    profiler = cProfile.Profile()
    profiler.enable()
    run_batch(Job(folder / "t.svg", dpi=96), recipients, Delivery(folder / "out"))
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main(sys.argv[1:])
