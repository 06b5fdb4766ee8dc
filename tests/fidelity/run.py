"""`make fidelity`: score the engine against the reference pictures that lie beside the checkout.

The folder `../shared` holds `score.py`, a neutral suite and real exports with their reference pictures. Prints the
tables beside the figures of other renderers, and writes `RESULTS.md` and a sheet of the worst cases beside this file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"

# percent of the cases that pass, from ../shared/README.md
OTHERS: Final[dict[str, dict[str, float]]] = {
    "CairoSVG 2.9.1": {
        "filters": 18,
        "masking": 33,
        "paint-servers": 84,
        "painting": 48,
        "shapes": 81,
        "structure": 66,
    }
    | {"text": 5, "all": 40.8},
    "librsvg": {
        "filters": 75,
        "masking": 79,
        "paint-servers": 88,
        "painting": 86,
        "shapes": 92,
        "structure": 81,
    }
    | {"text": 54, "all": 76.8},
    "Chromium 156": {
        "filters": 88,
        "masking": 96,
        "paint-servers": 100,
        "painting": 92,
        "shapes": 97,
        "structure": 93,
    }
    | {"text": 77, "all": 89.9},
    "resvg-py 0.5.0": {
        "filters": 88,
        "masking": 94,
        "paint-servers": 98,
        "painting": 98,
        "shapes": 97,
        "structure": 95,
    }
    | {"text": 94, "all": 94.2},
}
# bad pixels and mean absolute error in percent, from the same page
OTHERS_ON_CORPUS: Final = {"CairoSVG 2.9.1": (6.8, 3.7), "resvg-py 0.5.0": (3.7, 1.8)}
UNDRAWN_BY_BROWSERS: Final = "filters/enable-background/"
"""Cases of a property that SVG 2 took out, and no browser has."""
Scores = dict[str, dict[str, Any]]
_FILL: Final = re.compile(
    r"""(\sfill=")((?!(?:none|inherit|currentColor|context|freeze|remove)\b)[#a-zA-Z0-9]+)(")"""
)
_FITTED: Final = re.compile(r"""\s(?:textLength|rotate|d?[xy]="[^"]*[ ,])""")
_TEXT: Final = re.compile(r"(<(?:text|tspan)[^>]*>)([A-Za-z][A-Za-z ]*)(<)")


def draw(svg: str, png: str, width: int, height: int, fonts: str) -> None:
    """Draw one case; called by `score.py` in its worker processes."""
    from inkmerge import Template

    del height
    template = Template.load(svg, [fonts], [SHARED], alt="")
    image = template.render({}, width=width, format="png", on_error="raise")
    Path(png).write_bytes(image.data)


def draw_planned(svg: str, png: str, width: int, height: int, fonts: str) -> None:
    """Draw one case from a plan, every fill and every text of one run a placeholder; called by `score.py`."""
    from inkmerge import InkmergeError, Template

    source = Path(svg).read_text(encoding="utf-8")
    changed = _FILL.sub(_as_placeholder, source)
    if not _FITTED.search(
        source
    ):  # around a placeholder, what was fitted to the designer's sample is left out
        changed = _TEXT.sub(_as_placeholder, changed)
    suite = SHARED / "suite"
    with tempfile.TemporaryDirectory() as folder:
        for one in suite.iterdir():
            if one.name not in Path(svg).relative_to(suite).parts:
                (Path(folder) / one.name).symlink_to(one)
        path = Path(folder) / Path(svg).relative_to(suite)
        path.parent.mkdir(parents=True)
        for one in Path(svg).parent.iterdir():
            if one.name != path.name:
                (path.parent / one.name).symlink_to(one)
        path.write_text(changed, encoding="utf-8")
        try:
            template = Template.load(str(path), [fonts], [SHARED], alt="")
            template.prepare(width=width, format="png")
            image = template.render({}, width=width, format="png", on_error="raise")
        except InkmergeError:  # a value that is refused where a designer's own is a finding
            draw(svg, png, width, height, fonts)
        else:
            Path(png).write_bytes(image.data)


def _as_placeholder(match: re.Match[str]) -> str:
    return f"{match[1]}{{{{ '{match[2]}' }}}}{match[3]}"


def score(which: str, folder: Path, call: str = "draw") -> Scores:
    """Score one set; the sheet of its worst cases goes beside this file."""
    command = [sys.executable, str(SHARED / "score.py"), which, "--call", f"run:{call}", "--jobs", "2"]
    command += ["--json", str(folder / f"{which}.json")]
    if call == "draw":
        command += ["--sheet", str(HERE / f"worst-{which}.png")]
    subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    found: Scores = json.loads((folder / f"{which}.json").read_text())
    return found


def doubts() -> dict[str, dict[str, str]]:
    """Return the cases whose reference is itself in doubt, each with the specification's sentence."""
    return tomllib.loads((HERE / "doubts.toml").read_text(encoding="utf-8"))


def share(scores: Iterable[dict[str, Any]]) -> str:
    """Return how many pass, in percent and of how many."""
    passed = [one["pass"] for one in scores]
    return f"{100 * sum(passed) / max(1, len(passed)):.1f} % of {len(passed)}"


def suite_table(scores: Scores, planned: Scores) -> list[str]:
    """Return the table of the suite's groups beside other renderers, and drawn whole beside drawn from a plan."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, one in scores.items():
        groups[name.split("/")[0]].append(one)
    lines = ["| group | Inkmerge | " + " | ".join(OTHERS) + " |", "|---" * (2 + len(OTHERS)) + "|"]
    for group, found in [*sorted(groups.items()), ("all", list(scores.values()))]:
        others = " | ".join(f"{figures[group]:g} %" for figures in OTHERS.values())
        lines.append(f"| {group} | {share(found)} | {others} |")
    drawn = [
        one
        for name, one in scores.items()
        if name.startswith("filters/") and not name.startswith(UNDRAWN_BY_BROWSERS)
    ]
    lines.append(f"| all, drawn from a plan | {share(planned.values())} |" + " |" * len(OTHERS))
    lines.append(f"| filters without `enable-background` | {share(drawn)} |" + " |" * len(OTHERS))
    return lines


def corpus_table(scores: Scores) -> list[str]:
    """Return the table of real exports, and the mean beside other renderers."""
    lines = ["| file | bad pixels | mean absolute error |", "|---|---|---|"]
    lines += [f"| {name} | {one['bad']:.2f} % | {one['mae']:.2f} % |" for name, one in sorted(scores.items())]
    count = max(1, len(scores))
    bad, mae = (sum(one[key] for one in scores.values()) / count for key in ("bad", "mae"))
    lines.append(f"| **all** | **{bad:.2f} %** | **{mae:.2f} %** |")
    lines += [f"| all, {name} | {bad} % | {mae} % |" for name, (bad, mae) in OTHERS_ON_CORPUS.items()]
    return lines


def failures(scores: Scores) -> list[str]:
    """Return a line for each case that does not pass, the worst first, with the doubt about it."""
    doubted = doubts()
    lines = ["| case | bad pixels | |", "|---|---|---|"]
    for name, one in sorted(scores.items(), key=lambda item: -item[1]["bad"]):
        if not one["pass"]:
            reason = doubted[name]["specification"] if name in doubted else one["error"][:100]
            lines.append(f"| {name} | {one['bad']:.2f} % | {reason.replace('|', '/')} |")
    return lines


def main() -> int:
    """Run both sets, print their tables and write them down."""
    if not (SHARED / "score.py").exists():
        sys.stderr.write("the reference pictures are not beside this checkout\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        planned = score("suite", Path(folder), "draw_planned")
        suite, corpus = score("suite", Path(folder)), score("corpus", Path(folder))
    text = [
        "# How faithfully designs are drawn",
        "",
        "Written by `make fidelity`; `run.py` beside it says how.",
        "",
    ]
    text += ["## A neutral suite: share of the cases that pass", "", *suite_table(suite, planned), ""]
    text += ["## Real exports of design tools, against Chromium", "", *corpus_table(corpus), ""]
    text += ["## Cases of the suite that do not pass", "", *failures(suite), ""]
    text += ["## Real exports with more than 2 % bad pixels", "", *failures(corpus), ""]
    text += ["Sheets of the worst (reference, ours, difference): `worst-suite.png`, `worst-corpus.png`.", ""]
    page = "\n".join(text)
    (HERE / "RESULTS.md").write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
