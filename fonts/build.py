# /// script
# requires-python = ">=3.11"
# dependencies = ["cffsubr==0.4.0", "fonttools==4.68.0"]
# ///
"""Turn pinned registry packages into the font files of this folder: `python fonts/build.py [archives]`.

For developers; needs pip, npm and the two libraries named above, in these versions. Every archive is
checked against its SHA-256, every font is written with its source's own dates, so that a second run
writes the same bytes. `archives` is a folder that keeps the downloads for the next run.
"""

import copy
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cffsubr
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FONTS = Path(__file__).resolve().parent
CodePoints = frozenset[int]
Limits = dict[str, float | tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Package:
    """One archive of a registry (`pip` or `npm`); `folder` is where its fonts lie inside."""

    registry: str
    name: str
    version: str
    sha256: str
    folder: str
    licence: str


@dataclass(frozen=True, slots=True)
class Face:
    """One font file: where it comes from, and what of it is kept."""

    output: str
    package: str
    member: str
    keep: Callable[[int], bool] | None = None
    limits: Limits = field(default_factory=dict)


def blocks(*ranges: tuple[int, int]) -> Callable[[int], bool]:
    """Return a test for code points in any of the inclusive ranges."""
    return lambda code: any(first <= code <= last for first, last in ranges)


DEVANAGARI = blocks((0x0900, 0x097F), (0x1CD0, 0x1CFF), (0xA8E0, 0xA8FF), (0x11B00, 0x11B0F))
SIGNS = ((0x2010, 0x2BFF), (0x1F100, 0x1F1E5), (0x1F780, 0x1F8FF))


def fontpkg(name: str, version: str, sha256: str) -> Package:
    """Return a package of the fontpkg collection: Google Fonts' variable fonts as Python wheels."""
    module = f"fontpkg_{name.replace('-', '_')}"
    return Package("pip", f"fontpkg-{name}", version, sha256, f"{module}/files", f"{module}/LICENSE")


def manimgx(name: str, version: str, sha256: str) -> Package:
    """Return a package of the ManimGX project's Noto fonts."""
    module = name.replace("-", "_")
    return Package("pip", name, version, sha256, module, f"{module}-{version}.dist-info/licenses/LICENSE")


def expo(name: str, version: str, sha256: str) -> Package:
    """Return a package of the Expo collection: Google Fonts' static fonts as npm packages."""
    full_name = f"@expo-google-fonts/{name}"
    return Package("npm", full_name, version, sha256, "package/400Regular", "package/LICENSE_FONT")


PACKAGES = {
    "noto-sans": fontpkg(
        "noto-sans", "2.15", "54016cb4dfbfdd8f0cae3d71a9401a73e786a473debd12f1d79067e349c9a4a3"
    ),
    "noto-serif": fontpkg(
        "noto-serif", "2.15", "3cc09442fea9c5f852ca4b3ae2984acf7033c20f5d67bb35f4381549c74f370f"
    ),
    "inter": fontpkg(
        "inter", "4.1.post1", "b1105c8b368787112e9352ba657fe4fd32feb0722cc3046a308f65962298ddf8"
    ),
    "arimo": fontpkg("arimo", "1.341", "8d4f38675b6a1b54f7c8c5b8c04f094f9e3aafd7e51d17d37c0fa8d4eebf076e"),
    "mono": fontpkg(
        "jetbrains-mono", "2.211", "546e53afe7048f4c4ac2be8cbc00c42d7208bb5f6cd00f852225aa2797335de4"
    ),
    "caveat": fontpkg("caveat", "2.0", "fcab480da07243af667fd70098d54f34129f8e5c42c1bf5da5c5842b7c187c19"),
    "scripts": manimgx(
        "manimgx-fonts", "2026.9.26.post1", "e5e21178263ddec3eef9414d2b52a1c90ac01062d3e9067460f3359f854c3e17"
    ),
    "cjk": manimgx(
        "manimgx-fonts-cjk",
        "2026.9.26.post1",
        "05d5584c73877f37427cf0ca8067f5bacea2b596c7be79e8aedd634bb9f2b666",
    ),
    "symbols": expo(
        "noto-sans-symbols-2", "0.4.1", "3bf3d6333487df36e88d146e032a9ed8246617ca2dfe1513a8a382c3fad12ac4"
    ),
    "math": expo(
        "noto-sans-math", "0.4.2", "652041ca903e7adcc1502a0621350526463e91416757310391370ff5f8fb3ce8"
    ),
    "emoji": expo(
        "noto-color-emoji", "0.4.6", "8199c361ebffca17e503b7afa3994833efc1db06d63839e0b01e41e2fbd62eeb"
    ),
}

SCRIPTS = (
    "Arabic", "Armenian", "Bengali", "Devanagari", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada",
    "Khmer", "Lao", "Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai",
)  # fmt: skip

FACES = (
    Face("NotoSans.ttf", "noto-sans", "NotoSans[wdth,wght].ttf", lambda code: not DEVANAGARI(code)),
    Face(
        "NotoSans-Italic.ttf", "noto-sans", "NotoSans-Italic[wdth,wght].ttf",
        lambda code: not DEVANAGARI(code), {"wdth": 100},
    ),
    Face("NotoSerif.ttf", "noto-serif", "NotoSerif[wdth,wght].ttf", limits={"wdth": 100, "wght": (400, 900)}),
    Face("NotoSerif-Italic.ttf", "noto-serif", "NotoSerif-Italic[wdth,wght].ttf", limits={"wdth": 100, "wght": (400, 900)}),
    Face("Inter.ttf", "inter", "Inter[opsz,wght].ttf", limits={"opsz": 14}),
    Face("Inter-Italic.ttf", "inter", "Inter-Italic[opsz,wght].ttf", limits={"opsz": 14}),
    Face("Arimo.ttf", "arimo", "Arimo[wght].ttf"),
    Face("Arimo-Italic.ttf", "arimo", "Arimo-Italic[wght].ttf"),
    Face("JetBrainsMono.ttf", "mono", "JetBrainsMono[wght].ttf"),
    Face("JetBrainsMono-Italic.ttf", "mono", "JetBrainsMono-Italic[wght].ttf"),
    Face("Caveat.ttf", "caveat", "Caveat[wght].ttf"),
    *(Face(f"NotoSans{script}.ttf", "scripts", f"NotoSans{script}[wght].ttf") for script in SCRIPTS),
    Face("NotoSansSymbols.ttf", "scripts", "NotoSansSymbols[wght].ttf", blocks(*SIGNS)),
    Face("NotoSansSymbols2.ttf", "symbols", "NotoSansSymbols2_400Regular.ttf", blocks(*SIGNS)),
    Face(
        "NotoSansMath.ttf", "math", "NotoSansMath_400Regular.ttf",
        blocks((0x2010, 0x2BFF), (0x1D400, 0x1D7FF)),
    ),
    Face("NotoColorEmoji.ttf", "emoji", "NotoColorEmoji_400Regular.ttf"),
    Face("NotoSansCJK.otf", "cjk", "NotoSansCJK-VF.otf.ttc"),
)  # fmt: skip

LICENCES = {
    "noto-sans": "NotoSans-OFL.txt",
    "noto-serif": "NotoSerif-OFL.txt",
    "inter": "Inter-OFL.txt",
    "arimo": "Arimo-OFL.txt",
    "mono": "JetBrainsMono-OFL.txt",
    "caveat": "Caveat-OFL.txt",
    "scripts": "NotoSansScripts-OFL.txt",
    "cjk": "NotoSansCJK-OFL.txt",
    "symbols": "NotoSansSymbols2-OFL.txt",
    "math": "NotoSansMath-OFL.txt",
    "emoji": "NotoColorEmoji-OFL.txt",
}

TTC_INDEX_SC = 2  # JP, KR, SC, TC, HK: simplified Chinese is what text without a language gets
CJK_FEATURES = ["ccmp", "halt", "kern", "liga", "locl", "mark", "palt"]
EVERYTHING_BUT = {
    "aalt",
    "dtls",
    "ssty",
}  # lists for font menus and formulas; text never reaches their glyphs
# Vertical metrics serve vertical writing, MATH formulas; `SVG ` repeats what COLR draws, in 20 MB.
DROPPED = ["DSIG", "MATH", "SVG ", "VORG", "VVAR", "meta", "vhea", "vmtx"]


def fetch(package: Package, archives: Path) -> bytes:
    """Return the package's archive, downloaded unless `archives` has it.

    Raises:
        SystemExit: the archive isn't the one that is pinned.
    """
    kept = archives / f"{package.sha256}.archive"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as folder:
            if package.registry == "pip":
                what = f"{package.name}=={package.version}"
                command = [
                    sys.executable,
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--no-deps",
                    "--dest",
                    folder,
                    what,
                ]
            else:
                what = f"{package.name}@{package.version}"
                command = ["npm", "pack", "--silent", "--pack-destination", folder, what]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(folder).iterdir()
            kept.write_bytes(archive.read_bytes())
    content = kept.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != package.sha256:
        kept.unlink()
        raise SystemExit(f"error: {package.name} {package.version} has SHA-256 {found}, not {package.sha256}")
    return content


def member(package: Package, archive: bytes, path: str) -> bytes:
    """Return one file of an archive."""
    if package.registry == "pip":
        with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
            return wheel.read(path)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tarball:
        stream = tarball.extractfile(path)
        if stream is None:
            raise SystemExit(f"error: {package.name} has no file {path}")
        return stream.read()


def double_byte(codec: str, first_row: int, last_row: int, first_cell: int = 0xA1) -> CodePoints:
    """Return the code points that a codec gives to the double-byte codes of the rows."""
    codes = (bytes((row, cell)) for row in range(first_row, last_row + 1) for cell in range(first_cell, 0xFF))
    texts = (code.decode(codec, errors="ignore") for code in codes)
    return frozenset(ord(text) for text in texts if len(text) == 1)


GB2312 = double_byte("gb2312", 0xB0, 0xF7)
BIG5_LEVEL_1 = double_byte("big5", 0xA4, 0xC6, 0x40)
JIS_X_0208 = double_byte("euc_jp", 0xB0, 0xF4)
JAPANESE_EXTENSION = double_byte("cp932", 0xFA, 0xFC, 0x40)  # has the name characters 髙, 﨑, 濵, 彅
KS_X_1001_HANJA = double_byte("euc_kr", 0xCA, 0xFD)
HANGUL = frozenset(range(0xAC00, 0xD7A4))
CJK_SIGNS = frozenset(
    code
    for first, last in (
        (0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x205F), (0x3000, 0x312F), (0x31A0, 0x31BF), (0x3200, 0x33FF),
        (0xFE30, 0xFE4F), (0xFF00, 0xFFEF),
    )
    for code in range(first, last + 1)
)  # fmt: skip


def names_han() -> CodePoints:
    """Return the characters of `cjk-names.txt`."""
    lines = (FONTS / "cjk-names.txt").read_text("utf-8").splitlines()
    return frozenset(ord(character) for line in lines if not line.startswith("#") for character in line)


def keep_regional_forms(font: TTFont) -> None:
    """Cut each language's `locl` forms down to the characters of that language's own list.

    The font knows a Japanese, Korean and traditional form of almost every character; only those that
    are written there are worth their bytes. Hong Kong takes Taiwan's forms, which are nearly the same.
    """
    lists = {
        "JAN ": JIS_X_0208 | JAPANESE_EXTENSION | CJK_SIGNS | names_han(),
        "KOR ": KS_X_1001_HANJA | CJK_SIGNS,
        "ZHS ": GB2312 | CJK_SIGNS,
        "ZHT ": BIG5_LEVEL_1 | CJK_SIGNS,
    }
    glyph_of = font.getBestCmap()
    table = font["GSUB"].table
    languages: dict[int, set[str]] = {}
    for script in (record.Script for record in table.ScriptList.ScriptRecord):
        systems = {record.LangSysTag: record for record in script.LangSysRecord}
        if "ZHH " in systems and "ZHT " in systems:
            systems["ZHH "].LangSys = copy.deepcopy(systems["ZHT "].LangSys)
        for tag, record in systems.items():
            for index in record.LangSys.FeatureIndex:
                feature = table.FeatureList.FeatureRecord[index]
                if feature.FeatureTag == "locl":
                    for lookup in feature.Feature.LookupListIndex:
                        languages.setdefault(lookup, set()).add(tag)
    for lookup, tags in languages.items():
        codes = frozenset().union(*(lists.get(tag, frozenset()) for tag in tags))
        glyphs = {glyph_of[code] for code in codes if code in glyph_of}
        for subtable in table.LookupList.Lookup[lookup].SubTable:
            single = getattr(subtable, "ExtSubTable", subtable)
            single.mapping = {source: form for source, form in single.mapping.items() if source in glyphs}


def reduce(font: TTFont, codes: Iterable[int], features: list[str]) -> None:
    """Keep the code points, everything that the features reach from them, and no hinting."""
    options = subset.Options()
    options.layout_features = features
    options.layout_scripts = ["*"]
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.hinting = False
    options.notdef_outline = True
    options.passthrough_tables = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)


def feature_tags(font: TTFont) -> list[str]:
    """Return the tags of a font's features that are worth keeping."""
    tables = [font[tag].table for tag in ("GSUB", "GPOS") if tag in font and font[tag].table.FeatureList]
    return sorted({r.FeatureTag for t in tables for r in t.FeatureList.FeatureRecord} - EVERYTHING_BUT)


def name_family(font: TTFont) -> None:
    """Put the family's whole name, without a weight, where readers of name 1 look for it."""
    names = font["name"]
    family = names.getDebugName(16)
    if family:
        names.setName(family, 1, 3, 1, 0x409)
        names.setName("Regular", 2, 3, 1, 0x409)
        for identifier in (16, 17):
            names.removeNames(nameID=identifier)


def reopened(font: TTFont) -> TTFont:
    """Return the font as a reader of its file gets it."""
    output = io.BytesIO()
    font.save(output)
    return TTFont(output, recalcTimestamp=False)


def convert(face: Face, source: bytes) -> bytes:
    """Return the bytes of a face cut out of its source font."""
    is_cjk = face.package == "cjk"
    font = TTFont(io.BytesIO(source), fontNumber=TTC_INDEX_SC if is_cjk else -1, recalcTimestamp=False)
    if face.limits:
        instancer.instantiateVariableFont(font, face.limits, inplace=True)
        font = reopened(font)  # the subsetter misses the glyphs that no longer vary, until it reads them anew
    for tag in DROPPED:
        if tag in font:
            del font[tag]
    if is_cjk:
        keep_regional_forms(font)
        standards = GB2312 | BIG5_LEVEL_1 | JIS_X_0208 | JAPANESE_EXTENSION | KS_X_1001_HANJA
        reduce(font, standards | names_han() | HANGUL | CJK_SIGNS, CJK_FEATURES)
        cffsubr.subroutinize(font, keep_glyph_names=False)
    elif face.package != "emoji":  # whole: nothing is cut out, and the reach of 42,000 layers takes minutes
        codes = [code for code in font.getBestCmap() if face.keep is None or face.keep(code)]
        reduce(font, codes, feature_tags(font))
    name_family(font)
    # The repacker is an optional library: without it the bytes don't depend on what is installed.
    font.cfg["fontTools.ttLib.tables.otBase:USE_HARFBUZZ_REPACKER"] = False
    output = io.BytesIO()
    font.save(output, reorderTables=True)
    return output.getvalue()


def main() -> None:
    """Write every font and licence, and print their sizes in bytes."""
    with tempfile.TemporaryDirectory() as temporary:
        archives = Path(sys.argv[1] if sys.argv[1:] else temporary)
        archives.mkdir(parents=True, exist_ok=True)
        content = {key: fetch(package, archives) for key, package in PACKAGES.items()}
    total = 0
    for face in FACES:
        package = PACKAGES[face.package]
        converted = convert(face, member(package, content[face.package], f"{package.folder}/{face.member}"))
        (FONTS / face.output).write_bytes(converted)
        total += len(converted)
        print(f"{len(converted):>9} {face.output}")
    for key, name in LICENCES.items():
        (FONTS / name).write_bytes(member(PACKAGES[key], content[key], PACKAGES[key].licence))
    print(f"{total:>9} total")


if __name__ == "__main__":
    main()
