"""Line break opportunities → those of Unicode's own test, where the library's rules are coarser.

Numbers are kept together as a whole (UAX #14, Example 7 of section 8.2) instead of pair by pair, a line may break
before a wide opening bracket (LB30), and a skin tone stays with a picture that is yet to come (LB30b):
https://www.unicode.org/reports/tr14/.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Line_Break classes of Unicode 15's LineBreak.txt, each with a letter of its own: S SY, I IS, R PR, O PO, ( OP, w OP of
# East_Asian_Width F, W or H, ) CL, P CP, H HY, _ BK CR LF NL SP ZW, q QU GL WJ BB. N is NU, m CM, z ZWJ, E EM, u what is
# not assigned, and x all else.
_CLASSES: Final = {
    "S": "2f",
    "I": "2c 2e 3a-3b 37e 589 60c-60d 7f8 2044 fe10 fe13-fe14",
    "R": (
        "24 2b 5c a3-a5 b1 58f 7fe-7ff 9fb af1 bf9 e3f 17db 20a0-20a6 20a8-20b5 20b7-20ba 20bc-20bd 20bf "
        "20c1-20cf 2116 2212-2213 fe69 ff04 ffe1 ffe5-ffe6 1e2ff"
    ),
    "O": (
        "25 a2 b0 609-60b 66a 9f2-9f3 9f9 d79 2030-2037 2057 20a7 20b6 20bb 20be 20c0 2103 2109 a838 fdfc "
        "fe6a ff05 ffe0 11fdd-11fe0 1ecac 1ecb0"
    ),
    "(": (
        "28 5b 7b a1 bf f3a f3c 169b 201a 201e 2045 207d 208d 2308 230a 2768 276a 276c 276e 2770 2772 2774 "
        "27c5 27e6 27e8 27ea 27ec 27ee 2983 2985 2987 2989 298b 298d 298f 2991 2993 2995 2997 29d8 29da 29fc "
        "2e18 2e22 2e24 2e26 2e28 2e42 2e55 2e57 2e59 2e5b fd3f 13258-1325a 13286 13288 13379 13437 1343c "
        "1343e 145ce 1e95e-1e95f"
    ),
    "w": (
        "2329 3008 300a 300c 300e 3010 3014 3016 3018 301a 301d fe17 fe35 fe37 fe39 fe3b fe3d fe3f fe41 fe43 "
        "fe47 fe59 fe5b fe5d ff08 ff3b ff5b ff5f ff62"
    ),
    ")": (
        "7d f3b f3d 169c 2046 207e 208e 2309 230b 232a 2769 276b 276d 276f 2771 2773 2775 27c6 27e7 27e9 27eb "
        "27ed 27ef 2984 2986 2988 298a 298c 298e 2990 2992 2994 2996 2998 29d9 29db 29fd 2e23 2e25 2e27 2e29 "
        "2e56 2e58 2e5a 2e5c 3001-3002 3009 300b 300d 300f 3011 3015 3017 3019 301b 301e-301f fd3e fe11-fe12 "
        "fe18 fe36 fe38 fe3a fe3c fe3e fe40 fe42 fe44 fe48 fe50 fe52 fe5a fe5c fe5e ff09 ff0c ff0e ff3d ff5d "
        "ff60-ff61 ff63-ff64 1325b-1325d 13282 13287 13289 1337a-1337b 13438 1343d 1343f 145cf"
    ),
    "P": "29 5d",
    "H": "2d",
    "_": "a-d 20 85 200b 2028-2029",
    "q": (
        "22 27 a0 ab b4 bb 2c8 2cc 2df 34f 35c-362 c77 c84 f01-f04 f06-f0a f0c f12 fd0-fd1 fd3 fd9-fda 1806 "
        "180e 1dcd 1dfc 1ffd 2007 2011 2018-2019 201b-201d 201f 202f 2039-203a 2060 275b-2760 2e00-2e0d "
        "2e1c-2e1d 2e20-2e21 a874-a875 a8fc feff 11175 111db 115c1 11660-1166c 119e2 11a3f 11a45 11a9e-11aa0 "
        "11b00-11b09 11c70 13430-13436 13439-1343b 16fe4 1f676-1f678"
    ),
}
_LETTERS: Final = {
    code: letter
    for letter, ranges in _CLASSES.items()
    for span in ranges.split()
    for code in range(int(span.partition("-")[0], 16), int(span.rpartition("-")[2], 16) + 1)
}
_NUMBER: Final = re.compile(r"(?:[RO]m*)?(?:[(wH]m*)?N(?:[NSI]|m)*(?:[)P]m*)?(?=((?:[RO]m*)?))")
"""A number; the sign behind it, in group 1, may be the sign before the next one."""
_BREAKS: Final = re.compile(r"[)P]m*(?=[RO])|[RO]m*(?=[(w])|[SI]m*(?=N)")
_BEFORE_WIDE: Final = re.compile(r"(?:[^(wq_mz]m*|(?<![^_])z?m+)(?=w)")
_UNASSIGNED_PICTURE: Final = re.compile(r"um*(?=E)")
_PLAIN: Final = re.compile(r"[\w\s]*", re.ASCII)


def corrected(text: str, breaks: set[int]) -> set[int]:
    """Return the code points before which a line may break, from those that the library found."""
    if _PLAIN.fullmatch(text):
        return breaks
    letters = "".join(map(_letter, text))
    inside = {
        index for match in _NUMBER.finditer(letters) for index in range(match.start() + 1, match.end(1))
    }
    found = breaks - {match.end() for match in _UNASSIGNED_PICTURE.finditer(letters)}
    found.update(match.end() for match in _BEFORE_WIDE.finditer(letters))
    found.update(match.end() for match in _BREAKS.finditer(letters))
    return found - inside


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    code = ord(character)
    known = _LETTERS.get(code)
    if known is not None:
        return known
    if character == "\u200d":
        return "z"
    if 0x1F3FB <= code <= 0x1F3FF:
        return "E"
    category = unicodedata.category(character)
    if category == "Nd" or code in {0x66B, 0x66C}:
        return "x" if 0xFF10 <= code <= 0xFF19 else "N"
    if category in {"Mn", "Mc", "Me", "Cc", "Cf"}:
        return "m"
    return "u" if category == "Cn" and 0x1F000 <= code <= 0x1FFFD else "x"
