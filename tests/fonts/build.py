"""Draw the test family "Inkmerge Boxes": `python tests/fonts/build.py` (needs fontTools; writes the same bytes again).

Every glyph is a filled box, so that a test can say exactly where ink is. 1000 units per em, ascent 800,
descent -200, cap height 800, x-height 500. Capitals, digits, punctuation and Hebrew letters are 1000 wide and
stand from 0 to 800; lowercase letters are 500 wide and 500 high; the space is 500 wide. A V kern by -200,
and f i are one ligature `f_i` of advance 750, 500 high. U+0301 is a mark of advance 0 (box 300 to 700, 850 to 950,
anchored over the base's middle). In the bold style every advance is 100 larger, and the boxes with it.
Licence: MIT, like the project.
"""

import string
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

FOLDER = Path(__file__).resolve().parent
FAMILY = "Inkmerge Boxes"
EPOCH = 3_786_912_000  # 2024-01-01, in seconds since 1904: the font's date never changes
HEBREW = range(0x05D0, 0x05EB)  # alef to tav
LOWERCASE_ADVANCE, ADVANCE, LIGATURE_ADVANCE = 500, 1000, 750
CAP_HEIGHT, X_HEIGHT = 800, 500
BOLD_EXTRA = 100

FEATURES = """
languagesystem DFLT dflt;
languagesystem latn dflt;
languagesystem hebr dflt;
lookup LIGATURES { sub uni0066 uni0069 by f_i; } LIGATURES;
lookup KERNING { pos uni0041 uni0056 -200; } KERNING;
feature liga { lookup LIGATURES; } liga;
feature kern { lookup KERNING; } kern;
markClass uni0301 <anchor 500 800> @TOP;
feature mark { %s } mark;
"""


def box(left: int, bottom: int, right: int, top: int) -> Glyph:
    """Return a glyph that is one filled rectangle."""
    pen = TTGlyphPen(None)
    corners = [(left, bottom), (left, top), (right, top), (right, bottom)]
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def build(style: str, weight: int, extra: int) -> None:
    """Write one face; `extra` is added to every advance but that of marks."""
    printable = [ord(character) for character in string.printable if character.isprintable()]
    sizes: dict[str, tuple[int, int]] = {".notdef": (ADVANCE + extra, CAP_HEIGHT)}
    names: dict[int, str] = {}
    for code in sorted([*printable, 0x00A0, *HEBREW]):
        names[code] = f"uni{code:04X}"
        is_small = chr(code) in string.ascii_lowercase
        advance = (LOWERCASE_ADVANCE if is_small or chr(code).isspace() else ADVANCE) + extra
        height = 0 if chr(code).isspace() else X_HEIGHT if is_small else CAP_HEIGHT
        sizes[names[code]] = (advance, height)
    sizes["f_i"] = (LIGATURE_ADVANCE + extra, X_HEIGHT)
    glyphs = {
        name: box(0, 0, advance, height) if height else Glyph() for name, (advance, height) in sizes.items()
    }
    names[0x0301] = "uni0301"
    glyphs["uni0301"] = box(300, 850, 700, 950)
    metrics = {name: (advance, 0) for name, (advance, _) in sizes.items()} | {"uni0301": (0, 300)}

    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(metrics)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {
            "copyright": "Copyright 2026 The Inkmerge authors",
            "familyName": FAMILY,
            "styleName": style,
            "uniqueFontIdentifier": f"{FAMILY} {style} 1.0",
            "fullName": f"{FAMILY} {style}",
            "psName": f"InkmergeBoxes-{style}",
            "version": "Version 1.000",
            "licenseDescription": "MIT",
        },
        mac=False,
    )
    builder.setupOS2(
        usWeightClass=weight,
        fsSelection=0x20 if weight == 700 else 0x40,
        sTypoAscender=800,
        sTypoDescender=-200,
        sTypoLineGap=0,
        usWinAscent=800,
        usWinDescent=200,
        sCapHeight=CAP_HEIGHT,
        sxHeight=X_HEIGHT,
        yStrikeoutPosition=300,
        yStrikeoutSize=50,
        ySubscriptYOffset=100,
        ySuperscriptYOffset=400,
    )
    builder.setupPost(underlinePosition=-100, underlineThickness=50)
    builder.setupHead(unitsPerEm=1000, created=EPOCH, modified=EPOCH, macStyle=1 if weight == 700 else 0)
    bases = " ".join(
        f"pos base {name} <anchor {advance // 2} {height}> mark @TOP;"
        for name, (advance, height) in sizes.items()
        if height and name not in {".notdef", "f_i"}
    )
    addOpenTypeFeaturesFromString(builder.font, FEATURES % bases)
    builder.font.recalcTimestamp = False
    builder.save(FOLDER / f"Boxes-{style}.ttf")


if __name__ == "__main__":
    build("Regular", 400, 0)
    build("Bold", 700, BOLD_EXTRA)
