"""What a preflight costs: images a second, CPU time an image and peak memory, at 10⁴ and 10⁵ recipients of three elements.

The campaign is that of `fixtures/teasers`; nearly all recipients have names, and so images, of their own. What the
processes take is read from `/proc`: it runs on Linux.

Usage: python tests/benchmarks/preflight.py [--profile] [ROWS…]
"""

from __future__ import annotations

import cProfile
import csv
import json
import os
import pstats
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from inkmerge.batch import RecipientFile
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.preflight import counting, run_preflight

TEASERS = Path(__file__).resolve().parents[2] / "fixtures" / "teasers"
ROWS = (10_000, 100_000)
TARGET_US = 60 * 2 / 300_000 * 1e6
"""CPU time an image of 100,000 recipients with three elements each, within 60 seconds on two cores."""
PROFILED = 5_000
PRODUCTS = (
    *("MM-101", "MM-102", "MM-103", "MM-104", "MM-105", "MM-106"),
    *("MM-201", "MM-202", "MM-203", "MM-301", "MM-302", "MM-303"),
)
LANGUAGES = (("en", "US"), ("en", "GB"), ("en", "US"), ("de", "DE"), ("de", "AT"), ("ar", "AE"))
GIVEN = {
    "en": "Anna Olivia Liam Noah Emma Charlotte James Amelia Benjamin Sophia Mia Lucas Isabella Henry Evelyn Theodore "
    "Harper William Luna Alexander Eleanor Daniel Josephine Sebastian Penelope Christopher Jo Al Siobhán Renée",
    "de": "Jonas Hanna Günther Jürgen Lena Maximilian Änne Friedrich Wolfgang Käthe Annegret Bernhard Elisabeth Ida "
    "Rüdiger Sören Ursula Magdalena Konstantin Bo Florian Mathilda Leopold Franziska Karl Hermine Theo Ruth Emil Jörg",
    "ar": "ليلى محمد فاطمة أحمد عائشة يوسف مريم خالد زينب عمر نور حسن سلمى إبراهيم هدى عبدالرحمن رنا طارق ياسمين كريم",
}
FAMILY = {
    "en": "Ash Black Brad Church Day East Fair Green Hart Hol Kings Lang Mar New Nor Rad Sand Stan Thorn West|"
    "brook bury cliffe combe croft field ford gate ham hurst ington land ley man more son ton well wick worth",
    "de": "Acker Berg Birken Blumen Eichen Fuchs Grün Hasen Hoch Kirch Linden Mühl Neu Ober Rosen Schön Stein Tannen Wald|"
    "bach bauer baum berger blum eck feld fels garten haus hof hofer hold macher mann meier müller stein thal wirth",
    "ar": "الحداد النجار المصري الشامي الهاشمي العلي الخطيب السيد الأحمد المنصوري|"
    " الكبير الصغير البغدادي الدمشقي المكي المدني الحلبي القاهري التونسي",
}


def write_scene(folder: Path, rows: int) -> Path:
    """Write a campaign of three elements that say the recipient's whole name, and its recipients; return its folder."""
    campaign = folder / "campaign"
    shutil.copytree(TEASERS, campaign, ignore=shutil.ignore_patterns(".inkmerge", "drawings"))
    container = campaign / "containers" / "teaser.toml"
    container.write_text(
        container.read_text("utf-8").replace("{{ first_name }}", "{{ first_name }} {{ last_name }}"), "utf-8"
    )
    settings = campaign / "inkmerge.toml"
    text = settings.read_text("utf-8")
    start, end = text.index("[elements.story]"), text.index("[elements.offer]")
    text = text[:start] + text[end:].replace('outside = "skip"', 'outside = "base"')
    start, end = text.index("[mailing]"), text.index("[output]")  # it shows the element that was taken out
    text = text[:start] + text[end:]
    start, end = text.index("[quota]"), text.index("[preflight]")
    settings.write_text(text[:start] + text[end:], "utf-8")
    with (campaign / "r.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = "id email language locale country first_name last_name favourite points since"
        writer.writerow(names.split())
        chance = random.Random(7)  # noqa: S311  the same each time
        for number in range(rows):
            language, country = chance.choice(LANGUAGES)
            first, last = _name(language, chance)
            writer.writerow(
                [
                    *(f"r-{number}", f"someone.{number}@example.org", language, f"{language}-{country}"),
                    *(country, first, last, chance.choice(PRODUCTS), chance.randrange(3_000)),
                    2010 + number % 16,
                ]
            )
    return campaign


def _name(language: str, chance: random.Random) -> tuple[str, str]:
    given, family = GIVEN[language].split(), [part.split(" ") for part in FAMILY[language].split("|")]
    first, last = chance.choice(given), "".join(map(chance.choice, family))
    if language == "ar":
        return f"{first} {chance.choice(given)}", " ".join(
            (chance.choice(family[0]), chance.choice(family[1]))
        )
    if chance.random() < 0.4:
        first += (
            f" {chance.choice('ABCDEFGHJKLMNPRSTW')}." if language == "en" else f"-{chance.choice(given)}"
        )
    elif chance.random() < 0.2:
        last += "-" + "".join(map(chance.choice, family))
    return first, last


def main(arguments: list[str]) -> None:
    """Print a line for each number of recipients; with `--profile`, where a worker's time goes."""
    if "--alone" in arguments:
        alone(Path(arguments[-1]))
        return
    counts = [int(one) for one in arguments if one.isdigit()]
    if "--profile" in arguments:
        with tempfile.TemporaryDirectory() as name:
            profile(write_scene(Path(name), counts[0] if counts else PROFILED))
        return
    print(
        f"{'recipients':>10} {'images':>8} {'distinct':>8} {'fallback':>8} {'seconds':>8} {'images/s':>8} {'CPU s':>7} "
        f"{'of parent':>9} {'µs/image':>8} {'peak MB':>8} {'of child':>8}   (target: {TARGET_US:.0f} µs CPU an image)"
    )
    for rows in counts or ROWS:
        with tempfile.TemporaryDirectory() as name:
            campaign = write_scene(Path(name), rows)
            command = [sys.executable, __file__, "--alone", str(campaign)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        one = json.loads(done.stdout)
        cpu = one["parent_cpu"] + one["children_cpu"]
        print(
            f"{one['recipients']:10,} {one['images']:8,} {one['distinct']:8,} {one['fallbacks']:8,} {one['seconds']:8.1f} "
            f"{one['images'] / one['seconds']:8,.0f} {cpu:7.1f} {one['parent_cpu']:9.1f} {cpu / one['images'] * 1e6:8.0f} "
            f"{one['parent_mb']:8.0f} {one['child_mb']:8.0f}",
            flush=True,
        )


def alone(campaign: Path) -> None:
    """Look at an audience in a process of its own, and print what it and its children took, as JSON."""
    children: dict[int, tuple[float, float]] = {}
    start = time.perf_counter()
    recipients = RecipientFile.open(campaign / "r.csv")
    found = run_preflight(campaign, recipients, report=lambda _: children.update(_children()))
    seconds = time.perf_counter() - start
    own = resource.getrusage(resource.RUSAGE_SELF)
    elements = found.facts()["elements"].values()
    taken = {
        "recipients": found.recipients,
        "images": sum(one["images"] for one in elements),
        "distinct": sum(one["distinct"] for one in elements),
        "fallbacks": sum(sum(one["fallbacks"].values()) for one in elements),
        "seconds": seconds,
        "parent_cpu": own.ru_utime + own.ru_stime,
        "parent_mb": own.ru_maxrss / 1000,
        "children_cpu": sum(cpu for cpu, _ in children.values()),
        "child_mb": max(peak for _, peak in children.values()),
    }
    print(json.dumps(taken))


def _children() -> dict[int, tuple[float, float]]:
    """Return CPU seconds and peak megabytes of all processes below this one."""
    parents: dict[int, int] = {}
    times: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            parents[int(entry.name)] = int(words[1])
            times[int(entry.name)] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return {one: (times[one], _peak(one)) for one in parents if _is_below(one, parents)}


def _is_below(process: int, parents: dict[int, int]) -> bool:
    while (process := parents.get(process, 0)) > 1:
        if process == os.getpid():
            return True
    return False


def _peak(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:")), 0.0)


def profile(campaign: Path) -> None:
    """Print where the time goes in a process that looks at recipients."""
    rows = [(one.id, dict(one.attributes)) for one in RecipientFile.open(campaign / "r.csv").recipients()]
    counting.opened.open((campaign, DEFAULT_LIMITS))
    warm = len(rows) // 10
    counting.count(rows[:warm])
    profiler = cProfile.Profile()
    start = time.process_time()
    profiler.enable()
    counting.count(rows[warm:])
    profiler.disable()
    print(f"{(time.process_time() - start) / (len(rows) - warm) / 3 * 1e6:.0f} µs an image, profiled")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


if __name__ == "__main__":
    main(sys.argv[1:])
