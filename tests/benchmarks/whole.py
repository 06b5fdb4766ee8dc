"""What the straightforward way costs against calling CairoSVG and Pillow directly, as ratios in one run, and at the start.

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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from PIL import Image

from benchmarks.scenes import ROOT, Scene
from benchmarks.way import FORMATS, SCALE, Format
from inkmerge import Template

_DEMO: Final = ROOT / "fixtures" / "demo"
_ROUNDS: Final = 15
_PLAIN: Final = {"date": "2027-05-14", "number": 5, "integer": 5, "list": ["a"]}
_SCRIPTS: Final = ("Anna", "Maximiliana", "Bo", "Екатерина", "Ελένη", "أحمد", "สมชาย", "田中", "김민준")
RATIO_TO_REACH: Final = 1.3


@dataclass(frozen=True, slots=True)
class Whole:
    """Milliseconds of one scene, the medians, and the median of their ratios."""

    scene: str
    to: Format
    ours: float
    direct: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure, and what it should be at most."""

    what: str
    figure: float
    unit: str
    to_reach: float | None


def compare_all(scenes: list[Scene]) -> Iterator[Whole]:
    """Compare both ways on the demo's templates and on the scenes."""
    for path in sorted(_DEMO.glob("*.svg")):
        template = Template.load(path, alt="")
        formats: tuple[Format, ...] = (
            ("jpeg",) if path.stem == "greeting" else FORMATS
        )  # its budget is for JPEG
        for to in formats:
            yield _compare(path.stem, template, _anybody(path), to)
    for scene in scenes:
        template = Template.load(scene.path, [scene.fonts.folder], alt="")
        for to in FORMATS:
            yield _compare(scene.name, template, list(scene.values), to)


def facts() -> Iterator[Fact]:
    """Measure what compiling a large template, importing and a render's memory take."""
    with tempfile.TemporaryDirectory() as folder:
        for segments, kind in (
            (34, "as real exports have it, about 415 bytes an element"),
            (1, "of tiny elements"),
        ):
            loading = partial(Template.load, _large_template(Path(folder), segments), alt="")
            loading()
            took = min(_cpu(loading) for _ in range(5))
            yield Fact(f"compile 300 kB {kind}", took, "ms", 300)
    yield Fact("import inkmerge", min(_import() for _ in range(5)), "ms", 150)
    yield Fact("import and Template", min(_import("inkmerge.Template") for _ in range(5)), "ms", None)
    yield Fact("peak memory of a 1200 × 600 render", _peak(), "MB", 150)


def _compare(name: str, template: Template, recipients: list[Any], to: Format) -> Whole:
    ours, direct = [], []
    for number in range(_ROUNDS + 2):
        recipient = recipients[number % len(recipients)]
        flat = template.flat_svg(recipient)
        mine = _cpu(partial(template.render, recipient, 96 * SCALE, to, on_error="raise"))
        other = _cpu(partial(_direct, flat, to))
        if number >= 2:
            ours.append(mine)
            direct.append(other)
    ratio = statistics.median(a / b for a, b in zip(ours, direct, strict=True))
    return Whole(name, to, statistics.median(ours), statistics.median(direct), ratio)


def _direct(flat: bytes, to: Format) -> bytes:
    """Draw flat SVG with CairoSVG and write it with Pillow."""
    import cairocffi
    from cairosvg.parser import Tree
    from cairosvg.surface import Surface

    class Pixels(Surface):  # type: ignore[misc]
        """CairoSVG's own image surface, without its PNG."""

        device_units_per_user_units = 1

        def _create_surface(self, width: float, height: float) -> tuple[Any, int, int]:
            columns, rows = round(width), round(height)
            return cairocffi.ImageSurface(cairocffi.FORMAT_ARGB32, columns, rows), columns, rows

    surface = Pixels(Tree(bytestring=flat), None, 96, scale=SCALE)
    data, stride = bytes(surface.cairo.get_data()), surface.cairo.get_stride()
    size = surface.width, surface.height
    image = Image.frombuffer("RGBa", size, data, "raw", "BGRa", stride).convert("RGBA")
    out = io.BytesIO()
    if to == "jpeg":
        image.convert("RGB").save(out, "JPEG", quality=85)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def _cpu(run: Callable[[], object]) -> float:
    """Return the CPU time of one call in milliseconds."""
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


def _anybody(path: Path) -> list[dict[str, Any]]:
    """Return recipients with the examples of a template's fields and one name after the other."""
    base = {
        field.name: _PLAIN.get(field.type, "Anna") if field.example is None else field.example
        for field in Template.load(path).fields
        if field.is_required or field.example is not None
    }
    return [base | {key: name for key in ("first_name", "name") if key in base} for name in _SCRIPTS]


def _large_template(folder: Path, segments: int) -> Path:
    """Write 300 kB of groups and paths of so many curves each, with style sheets and attributes."""
    style = "".join(f".a{n}{{fill:hsl({n * 18} 50% 50%);stroke:#333}}" for n in range(20))
    parts: list[str] = []
    size = 0
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
        f"import time; s = time.process_time(); import inkmerge; {name}; print((time.process_time() - s) * 1000)"
    )


def _peak() -> float:
    """Return a render's peak in MB. Linux counts in `ru_maxrss` what the process was before it became Python."""
    path = _DEMO / "greeting.svg"
    return _alone(
        "import re, resource; from pathlib import Path; from inkmerge import Template\n"
        f"image = Template.load({str(path)!r}).render({_anybody(path)[0]!r}, 192, 'png', on_error='raise')\n"
        "assert image.width == 1200\n"
        "status = Path('/proc/self/status')\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1] if status.exists() else 0\n"
        "print(int(peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1000)"
    )
