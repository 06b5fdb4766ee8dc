"""SVG templates → `Scene`s: the same picture, texts and values for every way."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import jinja2
import svg2png_py
from lxml import etree
from PIL import Image

ROOT: Final = Path(__file__).resolve().parents[2]
OURS: Final = ROOT / "fixtures" / "bench"
SHARED: Final = ROOT.parent / "shared" / "bench"
SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
NAMES: Final = (
    *("Anna", "Benedikt", "Chloé", "Dariusz", "Εἰρήνη", "Finn", "Gülşen", "Владимир"),
    *("Ingrid", "João", "Katarzyna", "Lê Thảo", "Maximiliana", "Νίκος", "Oluwaseun", "Přemysl"),
    *("Quentin", "Ruairí", "Šárka", "Þórunn", "Ulla", "Violeta", "Wojciech", "Željko"),
)
EARLIER: Final = (
    *("Astrid", "Bruno", "Céline", "Daniela", "Ελένη", "Fatma", "Giuseppe", "Наталья"),
    *("Hülya", "Iñaki", "Jörg", "Kornél", "Ljiljana", "Μαρία", "Nguyễn Văn", "Øystein"),
    *("Paweł", "Raquel", "Søren", "Tobias", "Ursula", "Валентин", "Xaver", "Zuzana"),
)
"""Who are drawn before those that count: none of the names is among these."""


def _mixed(names: Sequence[str]) -> tuple[str, ...]:
    """Return names, and further ones made of the halves of two of one script: some draw thousands where others draw few."""
    halves = [
        first[: len(first) // 2] + second[len(second) // 2 :]
        for first in names
        for second in names
        if first != second and max(first + second) < "\u0370"
    ]
    return tuple(dict.fromkeys((*names, *halves)))


PLANS: Final = (
    *("Ferry from the old pier", "Walk to the waterfalls", "Market day", "Sauna and a swim"),
    *("Rowing with Maren", "Dinner at Villa Birke", "Train home", "Pottery in the barn", "Birds at dawn"),
)


@dataclass(frozen=True, slots=True)
class Fonts:
    """The two faces that everybody draws with: files, since not everybody reads a variable font."""

    regular: Path
    bold: Path

    @property
    def folder(self) -> Path:
        """Where both are."""
        return self.regular.parent

    def of(self, line: Line) -> Path:
        """Return the face of a line."""
        return self.bold if line.is_bold else self.regular


@dataclass(frozen=True, slots=True)
class Line:
    """One `<text>` of a scene.

    Attributes:
        x: Where it starts, or its middle or end, as `anchor` says, in CSS pixels.
        y: Its baseline.
        anchor: `start`, `middle` or `end`.
        content: A Jinja template, or plain text.
    """

    x: float
    y: float
    size: float
    is_bold: bool
    fill: str
    anchor: str
    content: str

    @property
    def is_dynamic(self) -> bool:
        """Whether it changes."""
        return "{{" in self.content

    @classmethod
    def of(cls, element: etree._Element) -> Line:
        """Read a `<text>`."""
        return cls(
            float(element.get("x", "0")),
            float(element.get("y", "0")),
            float(element.get("font-size", "16")),
            element.get("font-weight") == "bold",
            element.get("fill", "#000"),
            element.get("text-anchor", "start"),
            element.text or "",
        )


@dataclass(frozen=True)
class Scene:
    """One picture that changes with its recipient.

    Attributes:
        path: The template; a picture of ours lies beside it.
        fonts: What its texts are set in.
        values: Recipients, each unlike the others.
        earlier: Others, who are drawn before those that count.
    """

    name: str
    path: Path
    fonts: Fonts
    values: tuple[Mapping[str, str], ...]
    earlier: tuple[Mapping[str, str], ...] = ()

    @cached_property
    def root(self) -> etree._Element:
        """The template with its pictures as data URIs; don't change it."""
        root = etree.parse(self.path, etree.XMLParser(huge_tree=True)).getroot()
        for image in root.iter(f"{SVG}image"):
            href = image.get(HREF, "")
            if not href.startswith("data:"):
                data = b64encode((self.path.parent / href).read_bytes()).decode("ascii")
                image.set(HREF, f"data:image/jpeg;base64,{data}")
        return root

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height in CSS pixels."""
        return int(self.root.get("width", "0")), int(self.root.get("height", "0"))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All texts, in the order in which they are painted."""
        return tuple(Line.of(element) for element in self.root.iter(f"{SVG}text"))

    @cached_property
    def source(self) -> str:
        """The template as one file."""
        return str(etree.tostring(self.root, encoding="unicode"))

    @cached_property
    def template(self) -> jinja2.Template:
        """The template compiled by Jinja, which is how peers get it filled."""
        return jinja2.Environment(autoescape=True).from_string(self.source)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the SVG of one recipient, its text as text."""
        return self.template.render(values)

    @cached_property
    def background(self) -> Image.Image:
        """The picture without the texts that change, at two device pixels per CSS pixel."""
        root = deepcopy(self.root)
        for element in list(root.iter(f"{SVG}text")):
            parent = element.getparent()
            if parent is not None and Line.of(element).is_dynamic:
                parent.remove(element)
        return drawn(etree.tostring(root, encoding="unicode"), self.fonts).convert("RGB")


def drawn(svg: str, fonts: Fonts, scale: float = 2) -> Image.Image:
    """Draw SVG by resvg."""
    faces = svg2png_py.FontDatabase()
    for face in (fonts.regular, fonts.bold):
        faces.load_font_file(str(face))
    png = svg2png_py.svg_to_png(_scaled(svg, scale), faces)
    return Image.open(io.BytesIO(png)).convert("RGBA")


def _scaled(svg: str, scale: float) -> str:
    """Return SVG whose own size is so many times larger; its view box stays."""
    return re.sub(
        r' (width|height)="(\d+)"', lambda found: f' {found[1]}="{int(found[2]) * scale:g}"', svg, count=2
    )


def scenes(fonts: Fonts) -> list[Scene]:
    """Return the four scenes of ours and, where they are at hand, those that lie beside the checkout."""
    counted, earlier = _mixed(NAMES), _mixed(EARLIER)
    found = [
        Scene("photo", OURS / "photo.svg", fonts, _cards(counted), _cards(earlier)),
        Scene("flat", OURS / "flat.svg", fonts, _cards(counted), _cards(earlier)),
        Scene("corner", OURS / "corner.svg", fonts, _invitations(counted), _invitations(earlier)),
        Scene("all-over", OURS / "all-over.svg", fonts, _weeks(counted), _weeks(earlier)),
    ]
    beside = [
        Scene(f"shared-{name}", SHARED / f"{name}.svg", fonts, _cards(counted), _cards(earlier))
        for name in ("photo", "flat")
        if (SHARED / f"{name}.svg").exists()
    ]
    return beside + found


def _cards(names: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {
            "headline": f"Hello, {name}!",
            "subline": f"{number + 2} tangerines for {name}, on us",
            "button": f"Choose {PLANS[number % len(PLANS)].split()[0].lower()} {number + 1}",
        }
        for number, name in enumerate(names)
    )


def _invitations(names: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"first_name": name, "when": f"{number % 31 + 1} May, {17 + number % 4}:{number % 6}0"}
        for number, name in enumerate(names)
    )


def _weeks(names: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    return tuple(
        {"first_name": name, "code": f"LK-{2041 + 7 * number}"}
        | {f"plan_{day}": PLANS[(number * 5 + day) % len(PLANS)] for day in range(1, 8)}
        | {f"time_{day}": f"{(number + 5 * day) % 13 + 8}:{(number * 3 + day) % 6}5" for day in range(1, 8)}
        for number, name in enumerate(names)
    )
