"""What a batch takes: at 10⁴, 10⁵ and 10⁶ recipients of few distinct values, and with an image for each fifth.

The first is what it costs beside drawing: rows a second and peak memory. The second draws the photo scene at
1200 × 600 as JPEG for 100,000 recipients with 20,000 distinct values, and writes 2 GB: into the folder for temporary
files (`TMPDIR`), whose file system is part of what is measured.

Usage: python tests/benchmarks/batch.py [--profile] [ROWS…]; with ROWS, only the first
"""

from __future__ import annotations

import cProfile
import csv
import pstats
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROWS = (10_000, 100_000, 1_000_000)
PHOTO = Path(__file__).resolve().parents[2] / "fixtures" / "bench" / "photo.svg"
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
    folder, template, dpi, output = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    recipients = RecipientFile.open(folder / "r.csv")
    start = time.perf_counter(), time.process_time()
    progress = run_batch(Job(template, dpi=dpi, format=output), recipients, Delivery(folder / "out"))
    seconds, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(progress.done, progress.distinct, seconds, cpu, own)

if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True)
class Audience:
    """A template, and who gets it.

    Attributes:
        name: What is said of it.
        rows: Recipients.
        distinct: How many of them differ in what the template reads.
        template: The template; None for the small one.
        dpi: Pixels per inch.
        output: The format.
    """

    name: str
    rows: int
    distinct: int
    template: Path | None = None
    dpi: int = 96
    output: str = "png"

    def write(self, folder: Path) -> Path:
        """Write the recipients, with eight columns of which two or three are read; return the template."""
        path = folder / "t.svg"
        path.write_text(SVG)
        with (folder / "r.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "email", "city", "points", "first_name", "headline", "subline", "button"])
            for n in range(self.rows):
                kind = n * 7919 % self.distinct
                name, mail = f"Name {kind}", f"someone.{n}@example.org"
                said = f"Hello, {name}!", f"{kind + 2} tangerines for you, on us", f"Choose {kind % 97}"
                writer.writerow([f"r-{n}", mail, "Hà Nội", kind * 10, name, *said])
        return self.template or path


def main(arguments: list[str]) -> None:
    """Print a line for each audience; with `--profile`, where the parent's time goes."""
    counts = [int(one) for one in arguments if one.isdigit()]
    audiences = [Audience("few images", rows, 200) for rows in counts or ROWS]
    if not counts:
        audiences.append(Audience("photo, JPEG", 100_000, 20_000, PHOTO, 192, "jpeg"))
    print(
        f"{'':12} {'recipients':>10} {'images':>7} {'rows/s':>9} {'images/s':>9} {'rows/CPU s':>11} {'peak MB':>8}"
        "   (CPU and peak: parent)"
    )
    for one in audiences:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            template = one.write(folder)
            if "--profile" in arguments:
                profile(one, template, folder)
                continue
            (folder / "alone.py").write_text(ALONE)
            command = [
                sys.executable,
                str(folder / "alone.py"),
                name,
                str(template),
                str(one.dpi),
                one.output,
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            count, distinct, seconds, cpu, peak = map(float, done.stdout.split())
            print(
                f"{one.name:12} {count:10,.0f} {distinct:7,.0f} {count / seconds:9,.0f} {distinct / seconds:9,.0f}"
                f" {count / cpu:11,.0f} {peak:8.0f}",
                flush=True,
            )


def profile(audience: Audience, template: Path, folder: Path) -> None:
    """Print where the time goes in the process that reads, looks up and writes the manifest."""
    from inkmerge.batch import Delivery, Job, RecipientFile, run_batch

    recipients = RecipientFile.open(folder / "r.csv")
    profiler = cProfile.Profile()
    profiler.enable()
    run_batch(Job(template, dpi=audience.dpi, format=audience.output), recipients, Delivery(folder / "out"))
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(18)


if __name__ == "__main__":
    main(sys.argv[1:])
