"""Characters → how they stand in vertical text: https://www.unicode.org/reports/tr50/."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

# The code points of Unicode 15's VerticalOrientation.txt at which upright (U, Tu) and turned (R, Tr) take turns,
# beginning with turned at U+0000.
_TURNS: Final = (
    "a7 a8 a9 aa ae af b1 b2 bc bf d7 d8 f7 f8 2ea 2ec 1100 1200 1401 1680 18b0 1900 2016 2017 2020 2022 2030 "
    "2032 203b 203d 2042 2043 2047 204a 2051 2052 2065 2066 20dd 20e1 20e2 20e5 2100 2102 2103 210a 210f 2110 "
    "2113 2115 2116 2118 211e 2124 2125 2126 2127 2128 2129 212a 212e 212f 2135 2140 2145 214b 214c 214e 214f "
    "218a 218c 2190 221e 221f 2234 2236 2300 2308 230c 2320 2324 2329 232b 232c 237d 239b 23be 23ce 23cf 23d0 "
    "23d1 23dc 23e2 2423 2424 2500 25a0 261a 2620 2768 2776 2794 2b12 2b30 2b50 2b5a 2b97 2b98 2bb8 2bd2 2bd3 "
    "2bec 2bf0 2c00 2e50 2e52 2e80 3008 3012 3014 3020 3030 3031 30a0 30a1 30fc 30fd a4d0 a960 a980 ac00 d800 "
    "e000 fb00 fe10 fe20 fe30 fe49 fe50 fe58 fe5f fe63 fe67 fe70 ff01 ff08 ff0a ff0d ff0e ff1a ff1f ff3b ff3c "
    "ff3d ff3e ff3f ff40 ff5b ffe0 ffe3 ffe4 ffe8 fff0 fff9 fffc fffe 10980 109a0 11580 11600 11a00 11ac0 13000 "
    "13460 14400 14680 16fe0 18d80 1aff0 1b300 1cf00 1cfd0 1d000 1d200 1d2e0 1d380 1d800 1dab0 1f000 1f800 1f900 "
    "1fb00 20000 2fffe 30000 3fffe f0000 ffffe 100000 10fffe"
)
_EDGES: Final = tuple(int(word, 16) for word in _TURNS.split())


@lru_cache(maxsize=4096)
def stands_upright(character: str) -> bool:
    """Tell whether a character keeps upright in a vertical line; others are turned by 90° clockwise."""
    return bisect_right(_EDGES, ord(character)) % 2 == 1
