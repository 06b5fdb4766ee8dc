"""`make bench`: what the straightforward way costs against calling CairoSVG and Pillow directly, as ratios in one run.

Each scene is filled with another value each time, in one process, warm. The direct way gets the equivalent flat SVG
(text as outlines already, pictures as data URIs), draws it with CairoSVG and writes it with Pillow's defaults.
"""

from __future__ import annotations

import io
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cairocffi
from cairosvg.parser import Tree
from cairosvg.surface import Surface
from PIL import Image

from inkmerge import Template

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "bench"
ROUNDS = 15
NAMES = ("Anna", "Maximiliana", "Bo", "Екатерина", "Ελένη", "أحمد", "สมชาย", "田中", "김민준")
PLAIN = {"date": "2027-05-14", "number": 5, "integer": 5, "list": ["a"]}


class _Pixels(Surface):
    """CairoSVG's own image surface, without its PNG."""

    device_units_per_user_units = 1

    def _create_surface(self, width: float, height: float) -> tuple[Any, int, int]:
        columns, rows = round(width), round(height)
        return cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, columns, rows), columns, rows


def direct(flat: bytes, name: str) -> bytes:
    """Draw flat SVG with CairoSVG and write it with Pillow."""
    surface = _Pixels(Tree(bytestring=flat), None, 96, scale=2)
    data, stride = bytes(surface.cairo.get_data()), surface.cairo.get_stride()
    image = Image.frombuffer("RGBa", (surface.width, surface.height), data, "raw", "BGRa", stride).convert(
        "RGBA"
    )
    out = io.BytesIO()
    if name == "jpeg":
        image.convert("RGB").save(out, "JPEG", quality=85)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def cpu(run: Callable[[], object]) -> float:
    """Return the CPU time of one call in milliseconds."""
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


def compare(path: Path, recipients: list[dict[str, Any]], name: Any) -> None:
    """Print one line: both ways in turn, and the median of their ratios."""
    fonts = [SHARED / "fonts"] if path.parent == SHARED else []
    template = Template.load(path, fonts, alt="")
    ours, theirs = [], []
    for number in range(ROUNDS + 2):
        recipient = recipients[number % len(recipients)]
        flat = template.flat_svg(recipient)
        mine = cpu(partial(template.render, recipient, 192, name, on_error="raise"))
        other = cpu(partial(direct, flat, name))
        if number >= 2:
            ours.append(mine)
            theirs.append(other)
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(
        f"{path.stem:12} {name:5} {statistics.median(ours):8.1f} {statistics.median(theirs):8.1f} {ratio:8.2f}",
        flush=True,
    )


def anybody(path: Path) -> list[dict[str, Any]]:
    """Return recipients with the examples of a template's fields and one name after the other."""
    base = {
        field.name: PLAIN.get(field.type, "Anna") if field.example is None else field.example
        for field in Template.load(path).fields
        if field.is_required or field.example is not None
    }
    return [base | {key: name for key in ("first_name", "name") if key in base} for name in NAMES]


def main() -> None:
    """Print the table, the time to compile a large template, the time to import, and the peak of memory."""
    print(
        f"{'scene':12} {'to':5} {'ours ms':>8} {'direct':>8} {'ratio':>8}   (CPU time, 192 dpi; to reach: 1.3)"
    )
    for path in sorted((FIXTURES / "demo").glob("*.svg")):
        for name in ("jpeg",) if path.stem == "greeting" else ("png", "jpeg"):  # its size budget is for JPEG
            compare(path, anybody(path), name)
    for path in sorted(SHARED.glob("*.svg")):
        values = [
            {"headline": f"Hello {name}", "subline": f"For you, {name}", "button": "Open"} for name in NAMES
        ]
        for name in ("png", "jpeg"):
            compare(path, values, name)
    with tempfile.TemporaryDirectory() as folder:
        for segments, kind in (
            (34, "as real exports have it, about 415 bytes an element"),
            (1, "of tiny elements"),
        ):
            loading = partial(Template.load, _large_template(Path(folder), segments), alt="")
            loading()
            print(f"compile 300 kB {kind}: {min(cpu(loading) for _ in range(5)):.0f} ms (to reach: 300)")
    print(f"import inkmerge: {min(_import() for _ in range(5)):.0f} ms (to reach: 150)")
    print(f"import and Template: {min(_import('inkmerge.Template') for _ in range(5)):.0f} ms")
    print(f"peak memory of a 1200 × 600 render: {_peak():.0f} MB (to reach: 150)")


def _large_template(folder: Path, segments: int) -> Path:
    """Write 300 kB of groups and paths of so many curves each, with style sheets and attributes."""
    style = "".join(f".a{n}{{fill:hsl({n * 18} 50% 50%);stroke:#333}}" for n in range(20))
    parts, size = [], 0
    while size < 300_000:
        n = len(parts)
        curves = "".join(f"c{n % 7}.25 1.5 {k}.125 2 {k % 5}.5-3" for k in range(segments))
        part = f'<g transform="translate({n % 600} 2)"><path class="a{n % 20}" style="opacity:.{n % 9 + 1}" d="M{n} 0{curves}z"/></g>'
        parts.append(part)
        size += len(part)
    path = folder / "large.svg"
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="300"><style>{style}</style>{"".join(parts)}'
        '<text y="20">{{ name }}</text></svg>'
    )
    return path


def _alone(code: str) -> float:
    """Run Python code in a process of its own, and return the number that it prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _import(name: str = "0") -> float:
    return _alone(
        f"import time; s = time.perf_counter(); import inkmerge; {name}; print((time.perf_counter() - s) * 1000)"
    )


def _peak() -> float:
    path = FIXTURES / "demo" / "greeting.svg"
    return _alone(
        "import resource; from inkmerge import Template\n"
        f"image = Template.load({str(path)!r}).render({anybody(path)[0]!r}, 192, 'png', on_error='raise')\n"
        "assert image.width == 1200\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)"
    )


if __name__ == "__main__":
    main()
