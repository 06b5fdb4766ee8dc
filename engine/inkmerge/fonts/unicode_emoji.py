"""What a grapheme cluster asks for: emoji in colour, or text; and which characters need no glyph."""

from __future__ import annotations

import unicodedata

_EMOJI_SELECTOR = "\ufe0f"
_TEXT_SELECTOR = "\ufe0e"
_JOINER = "\u200d"
_KEYCAP = "\u20e3"


def asks_for_emoji(cluster: str) -> bool:
    """Tell whether a cluster is to be drawn in colour: https://www.unicode.org/reports/tr51/#Presentation_Style."""
    if _TEXT_SELECTOR in cluster:
        return False
    first = ord(cluster[0])
    return (
        _EMOJI_SELECTOR in cluster
        or _KEYCAP in cluster
        or 0x1F1E6 <= first <= 0x1F1FF
        or 0x1F300 <= first <= 0x1FAFF
        or (_JOINER in cluster and first > 0x2000)
        or first in _PRESENTED_AS_EMOJI
    )


def insists_on_emoji(cluster: str) -> bool:
    """Tell whether a cluster says itself that it is to be drawn in colour, rather than by default."""
    return _EMOJI_SELECTOR in cluster


def asks_for_text(cluster: str) -> bool:
    """Tell whether a cluster is to be drawn in the text's colour."""
    return _TEXT_SELECTOR in cluster


def is_ignorable(character: str) -> bool:
    """Tell whether a character is invisible and needs no glyph of its own."""
    code = ord(character)
    return (
        unicodedata.category(character) in {"Cf", "Cc", "Zl", "Zp"}
        or 0xFE00 <= code <= 0xFE0F
        or 0xE0100 <= code <= 0xE01EF
        or code in {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164}
    )


# Emoji_Presentation=Yes below U+1F000, of Unicode 15's emoji-data.txt
_PRESENTED_AS_EMOJI = frozenset(
    (
        0x231A,
        0x231B,
        *range(0x23E9, 0x23ED),
        0x23F0,
        0x23F3,
        0x25FD,
        0x25FE,
        0x2614,
        0x2615,
        *range(0x2648, 0x2654),
    )
    + (
        0x267F,
        0x2693,
        0x26A1,
        0x26AA,
        0x26AB,
        0x26BD,
        0x26BE,
        0x26C4,
        0x26C5,
        0x26CE,
        0x26D4,
        0x26EA,
        0x26F2,
        0x26F3,
    )
    + (
        0x26F5,
        0x26FA,
        0x26FD,
        0x2705,
        0x270A,
        0x270B,
        0x2728,
        0x274C,
        0x274E,
        0x2753,
        0x2754,
        0x2755,
        0x2757,
        0x2795,
    )
    + (0x2796, 0x2797, 0x27B0, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B55)
)
