"""Font folders → `FontCatalog`: which faces there are, and which one CSS means."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from inkmerge.errors import FontNotFound, Location, TemplateSyntax
from inkmerge.fonts.face import SLANT, Face, FontInstance, fold
from inkmerge.fonts.postscript_names import applied, read_name
from inkmerge.fonts.query import FontQuery
from inkmerge.fonts.unicode_emoji import asks_for_emoji, asks_for_text, insists_on_emoji, is_ignorable

_SUFFIXES: Final = frozenset((".ttf", ".otf", ".ttc", ".otc"))
_BOLD: Final = 600
_SPACE: Final = 0x20


class FontCatalog:
    """The faces of one or more folders, in order, and what `fonts.toml` says of them.

    Attributes:
        faces: Every face.
        digest: Changes when a file does.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._settings: list[dict[str, Any]] = []
        faces: list[Face] = []
        named: set[Face] = set()
        digest = hashlib.sha256()
        for folder in folders:
            if not folder.is_dir():
                raise FontNotFound(
                    f"the font folder {folder} is not there", hint="check --font-dir or font_dirs"
                )
            decides = any("default" in one for one in self._settings)
            self._settings.append(_settings(folder))
            for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES):
                found = _faces(path, path.stat().st_mtime_ns)
                faces.extend(found)
                if not decides:
                    named.update(found)
                digest.update(f"{path.name}:{path.stat().st_size}".encode())
            digest.update(repr(self._settings[-1]).encode())
        self.faces = tuple(faces)
        self.digest = digest.hexdigest()
        # a folder with a default says what any other name stands for: those behind it only lend glyphs it lacks
        self._naming = next(
            (place for place, one in enumerate(self._settings) if "default" in one), len(self._settings)
        )
        self._families: dict[str, list[Face]] = {}
        self._named = frozenset(name for face in named for name in face.names)
        for face in faces:
            for name in sorted(face.names):
                self._name(name, face, folders)
        self._instances: dict[tuple[Any, ...], FontInstance] = {}
        self._matches: dict[FontQuery, FontInstance] = {}
        self._has: dict[str, bool] = {}
        self._fallbacks: dict[tuple[str, FontQuery, str], FontInstance | None] = {}

    @classmethod
    def open(cls, font_dirs: Sequence[Path] = (), *, bundled: bool = True) -> FontCatalog:
        """Open font folders, the caller's first, then the bundled one; nothing of the system is ever read.

        Raises:
            FontNotFound: A folder is not there, holds a broken font file, or there is no face at all.
        """
        folders = tuple(Path(folder).resolve() for folder in font_dirs)
        return _open((*folders, bundled_folder()) if bundled else folders)

    def _name(self, name: str, face: Face, folders: Sequence[Path]) -> None:
        """Put a face into a family, unless one of an earlier folder hides it, as style sheets' families hide others."""
        family = self._families.setdefault(name, [])
        if not family or _place_of(family[0], folders) == _place_of(face, folders):
            family.append(face)

    def with_faces(self, faces: Sequence[Face], digest: str) -> FontCatalog:
        """Return a catalog to which faces of a template were added; a family they name is theirs alone.

        https://www.w3.org/TR/css-fonts-4/#font-face-rule: a family defined there hides one of the same name.
        """
        joined = FontCatalog(())
        joined._settings = self._settings
        joined.faces = (*faces, *self.faces)
        joined.digest = hashlib.sha256(f"{self.digest}:{digest}".encode()).hexdigest()
        own: dict[str, list[Face]] = {}
        for face in reversed(faces):  # of two rules alike the later one counts
            for name in face.names:
                own.setdefault(name, []).append(face)
        joined._families = self._families | own
        joined._named = self._named | own.keys()
        joined._naming = self._naming
        return joined

    def named(self, name: str) -> Face | None:
        """Return the face of this full or PostScript name, as `local()` asks for it, or None."""
        found = self._families.get(fold(name), ())
        return min(
            found, key=lambda face: (face.style != "normal", abs(face.weight_range[0] - 400)), default=None
        )

    def has_family(self, name: str) -> bool:
        """Tell whether a family of this name, or one that stands in for it, is at hand."""
        if name not in self._has:
            read = read_name(name)
            self._has[name] = any(True for _ in self._resolve(name)) or (
                read is not None and self._spelled(read.family) is not None
            )
        return self._has[name]

    def match(self, query: FontQuery) -> FontInstance:
        """Return the face that CSS chooses, with its coordinates set.

        https://www.w3.org/TR/css-fonts-4/#font-style-matching
        """
        found = self._matches.get(query)
        if found is None:
            plain = self._without_postscript_names(query)
            found = self._matches[query] = self._instance(
                self._choose(self._first_family(plain), plain), plain
            )
        return found

    def fallback(self, cluster: str, query: FontQuery, language: str) -> FontInstance | None:
        """Return the first face that has every character of a grapheme cluster, or None."""
        key = (cluster, query, language)
        if key not in self._fallbacks:
            self._fallbacks[key] = self._find(cluster, query, language)
        return self._fallbacks[key]

    def _find(self, cluster: str, query: FontQuery, language: str) -> FontInstance | None:
        query = self._without_postscript_names(query)
        needed = [ord(character) for character in cluster if not is_ignorable(character)]
        candidates = list(self._candidates(query, language))
        if insists_on_emoji(cluster):
            candidates.sort(key=lambda faces: not faces[0].is_color)
        elif asks_for_emoji(cluster):  # a family that is asked for by name may draw it in its own way
            named = [faces for name in query.families for faces in self._resolve(name)]
            candidates.sort(key=lambda faces: not faces[0].is_color and faces not in named)
        elif asks_for_text(cluster):
            candidates.sort(key=lambda faces: faces[0].is_color)
        for faces in candidates:
            for face in self._alike(faces, query):
                if all(face.covers(code_point) for code_point in needed):
                    return self._instance(face, query)
        return None

    def _candidates(self, query: FontQuery, language: str) -> Iterator[list[Face]]:
        yield from self._listed(query)
        for settings in self._settings:
            ordered = settings.get("language", {}).get(language.partition("-")[0], [])
            for name in (settings.get("default"), *ordered, *settings.get("fallback", [])):
                if name and fold(name) in self._families:
                    yield self._families[fold(name)]
        yield from self._families.values()
        yield from ([face] for face in self.faces)  # those that a family of the same name hides

    def _without_postscript_names(self, query: FontQuery) -> FontQuery:
        """Return a query in which families that are PostScript names of faces at hand are read as what they mean."""
        for index, name in enumerate(query.families):
            if any(True for _ in self._resolve(name)) or (read := read_name(name)) is None:
                continue
            if (family := self._spelled(read.family)) is not None:
                query = applied(query, index, read, family)
        return query

    def _spelled(self, family: str) -> str | None:
        """Return the name of a family, or of one that has a stand-in, that is this one but for spaces, or None."""
        names = [*self._named]
        for settings in self._settings[: self._naming + 1]:
            names += [one for one in settings.get("aliases", {}) if any(True for _ in self._resolve(one))]
        return next((name for name in names if _compact(name) == _compact(family)), None)

    def _listed(self, query: FontQuery) -> Iterator[list[Face]]:
        """Yield the families asked for, then the defaults."""
        for name in query.families:
            yield from self._resolve(name)
        for settings in self._settings:
            if (name := fold(settings.get("default", ""))) in self._families:
                yield self._families[name]

    def _resolve(self, name: str) -> Iterator[list[Face]]:
        """Yield the family of this name, and what stands in for it, as far as folders up to one with a default say."""
        folded = fold(name.strip("\"' "))
        if folded in self._named:
            yield self._families[folded]
        for settings in self._settings[: self._naming + 1]:
            for table in ("generic", "aliases"):
                for alias, target in settings.get(table, {}).items():
                    if fold(alias) == folded and fold(target) in self._families:
                        yield self._families[fold(target)]

    def _first_family(self, query: FontQuery) -> list[Face]:
        for faces in self._listed(query):
            return faces
        if not self.faces:
            raise FontNotFound(
                "there is no font at all", hint="name a folder with fonts, or install the bundled ones"
            )
        return [self.faces[0]]

    def _choose(self, faces: list[Face], query: FontQuery) -> Face:
        alike = self._alike(faces, query)
        return next((face for face in alike if face.covers(_SPACE)), alike[0])

    def _alike(self, faces: list[Face], query: FontQuery) -> list[Face]:
        """Return the faces that match best: several where they share a family's code points among them.

        https://www.w3.org/TR/css-fonts-4/#composite-fonts; the first that has the space is the primary one.
        """

        def distance(face: Face) -> tuple[float, ...]:
            return (
                _stretch_distance(face.stretch_range, query.stretch),
                float((face.style == "normal") != (query.style == "normal")),
                _weight_distance(face.weight_range, query.weight),
            )

        nearest = min(distance(face) for face in faces)
        return [face for face in faces if distance(face) == nearest]

    def _instance(self, face: Face, query: FontQuery) -> FontInstance:
        coordinates: dict[str, float] = {}
        if "wght" in face.axes:
            coordinates["wght"] = _clamp(query.weight, face.weight_range)
        if "wdth" in face.axes:
            coordinates["wdth"] = _clamp(query.stretch, face.stretch_range)
        coordinates.update({tag: value for tag, value in query.variations if tag in face.axes})
        slant = SLANT if query.style != "normal" and face.style == "normal" and not face.is_color else 0.0
        is_bold = query.weight >= _BOLD and face.weight_range[1] < _BOLD and not face.is_color
        key = (face, tuple(sorted(coordinates.items())), slant, is_bold)
        if key not in self._instances:
            self._instances[key] = FontInstance(
                face, sorted(coordinates.items()), slant, synthetic_bold=is_bold
            )
        return self._instances[key]


def _place_of(face: Face, folders: Sequence[Path]) -> int:
    """Return the number of the folder that a face is from."""
    return next(place for place, folder in enumerate(folders) if face.path.is_relative_to(folder))


def bundled_folder() -> Path:
    """Return the folder of the bundled fonts: in the wheel, or in the checkout of an editable install."""
    package = Path(str(files("inkmerge")))
    inside = package / "bundled_fonts"
    return inside if inside.is_dir() else package.parents[1] / "fonts"


@lru_cache(maxsize=16)
def _open(folders: tuple[Path, ...]) -> FontCatalog:
    return FontCatalog(folders)


@lru_cache(maxsize=512)
def _faces(path: Path, modified: int) -> tuple[Face, ...]:
    del modified  # part of the key: a changed file is read again
    first = Face(path)
    return (first, *(Face(path, index) for index in range(1, first.hb_face.count)))


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "fonts.toml"
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise TemplateSyntax(f"fonts.toml does not parse: {fault}", location=Location(str(path))) from None


def _compact(name: str) -> str:
    return fold(name).replace(" ", "")


def _clamp(value: float, span: tuple[float, float]) -> float:
    return min(max(value, span[0]), span[1])


def _stretch_distance(span: tuple[float, float], wanted: float) -> float:
    nearest = _clamp(wanted, span)
    # narrower first when a normal or narrow face is wanted, else wider first
    is_preferred = nearest <= wanted if wanted <= 100 else nearest >= wanted
    return abs(nearest - wanted) + (0 if is_preferred else 1000)


def _weight_distance(span: tuple[float, float], wanted: float) -> float:
    nearest = _clamp(wanted, span)
    if nearest == wanted:
        return 0
    if 400 <= wanted <= 500:
        if wanted < nearest <= 500:
            return nearest - wanted
        return 1000 + wanted - nearest if nearest < wanted else 2000 + nearest - wanted
    is_preferred = nearest < wanted if wanted < 400 else nearest > wanted
    return abs(nearest - wanted) + (0 if is_preferred else 1000)
