"""`make fidelity`: score the engine against the reference pictures that lie beside the checkout.

The folder `../shared` holds `score.py`, a neutral suite and real exports with their reference pictures.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"


def draw(svg: str, png: str, width: int, height: int, fonts: str) -> None:
    """Draw one case; called by `score.py` in its worker processes."""
    from inkmerge import Template

    del height
    template = Template.load(svg, [fonts], [SHARED], alt="")
    image = template.render({}, width=width, format="png", on_error="raise")
    Path(png).write_bytes(image.data)


def main() -> int:
    """Run both sets and print their tables."""
    if not (SHARED / "score.py").exists():
        sys.stderr.write("the reference pictures are not beside this checkout\n")
        return 1
    for which in sys.argv[1:] or ["suite", "corpus"]:
        command = [sys.executable, str(SHARED / "score.py"), which, "--call", "run:draw", "--jobs", "2"]
        subprocess.run(command, cwd=ROOT / "tests" / "fidelity", check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
