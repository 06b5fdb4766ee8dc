"""Text → embedding levels: the Unicode Bidirectional Algorithm, https://www.unicode.org/reports/tr9/."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Direction = Literal["ltr", "rtl", "auto"]

_MAX_DEPTH: Final = 125
_ISOLATE_INITIATORS: Final = frozenset(("LRI", "RLI", "FSI"))
_EXPLICIT: Final = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF"))
_REMOVED: Final = _EXPLICIT | {"BN"}
_NEUTRAL: Final = frozenset(("B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"))
_RTL_CLASSES: Final = frozenset(("R", "AL", "AN", "RLE", "RLO", "RLI"))
_PLAIN_RTL: Final = frozenset(("R", "AL", "NSM", "WS", "ON", "RLI", "FSI", "PDI"))
_ISOLATE_CONTROLS: Final = _ISOLATE_INITIATORS | {"PDI"}
_SEPARATORS: Final = frozenset(("B", "S"))
_RESET: Final = _ISOLATE_CONTROLS | _REMOVED | {"WS"}
"""Before a separator and at the end of a line, these have the paragraph's level (rule L1)."""
_LETTERS: Final = (["R"], ["AL"])
_BRACKET_STACK: Final = 63
# https://www.unicode.org/Public/UCD/latest/ucd/BidiBrackets.txt: opening and closing, in pairs
_BRACKETS: Final = (
    "()[]{}\u0f3a\u0f3b\u0f3c\u0f3d\u169b\u169c\u2045\u2046\u207d\u207e\u208d\u208e\u2308\u2309\u230a\u230b\u2329\u232a"
    "\u2768\u2769\u276a\u276b\u276c\u276d\u276e\u276f\u2770\u2771\u2772\u2773\u2774\u2775\u27c5\u27c6\u27e6\u27e7"
    "\u27e8\u27e9\u27ea\u27eb\u27ec\u27ed\u27ee\u27ef\u2983\u2984\u2985\u2986\u2987\u2988\u2989\u298a\u298b\u298c"
    "\u298d\u2990\u298f\u298e\u2991\u2992\u2993\u2994\u2995\u2996\u2997\u2998\u29d8\u29d9\u29da\u29db\u29fc\u29fd"
    "\u2e22\u2e23\u2e24\u2e25\u2e26\u2e27\u2e28\u2e29\u2e55\u2e56\u2e57\u2e58\u2e59\u2e5a\u2e5b\u2e5c\u3008\u3009"
    "\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011\u3014\u3015\u3016\u3017\u3018\u3019\u301a\u301b\ufe59\ufe5a"
    "\ufe5b\ufe5c\ufe5d\ufe5e\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff5f\uff60\uff62\uff63"
)
_CANONICAL: Final = {"\u2329": "\u3008", "\u232a": "\u3009"}
_OPENING: Final = {
    _CANONICAL.get(a, a): _CANONICAL.get(b, b) for a, b in zip(_BRACKETS[::2], _BRACKETS[1::2], strict=True)
}
_CLOSING: Final = frozenset(_OPENING.values())


def embedding_levels(text: str, base: Direction = "ltr") -> list[int]:
    """Return the embedding level of each code point of a paragraph, after rule L1; even is left to right.

    Controls that rule X9 removes have the level of what stands before them.
    """
    if base != "rtl" and not has_rtl(text):
        return [0] * len(text)
    return resolve_levels([bidi_class(character) for character in text], text, base)


def paragraph_level(text: str) -> int:
    """Return 1 when the first strong character is right to left, else 0 (rules P2 and P3)."""
    found = _first_strong([bidi_class(character) for character in text], 0, len(text))
    return 0 if found is None else found


def visual_order(levels: Sequence[int]) -> list[int]:
    """Return the logical indices of a line in visual order, from left to right (rule L2)."""
    order = list(range(len(levels)))
    if not any(levels):
        return order
    lowest_odd = min((level for level in levels if level % 2), default=None)
    if lowest_odd is None:
        return order
    for level in range(max(levels), lowest_odd - 1, -1):
        start = 0
        while start < len(order):
            if levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end
    return order


@lru_cache(maxsize=4096)
def bidi_class(character: str) -> str:
    """Return Bidi_Class; unassigned code points have that of their block."""
    found = unicodedata.bidirectional(character)
    return found or _default_class(ord(character))


def _default_class(code: int) -> str:
    # https://www.unicode.org/Public/UCD/latest/ucd/extracted/DerivedBidiClass.txt, @missing lines
    if (
        0x0600 <= code <= 0x07BF
        or 0x0860 <= code <= 0x08FF
        or 0xFB50 <= code <= 0xFDCF
        or 0xFDF0 <= code <= 0xFDFF
    ):
        return "AL"
    if (
        0xFE70 <= code <= 0xFEFF
        or 0x1EC70 <= code <= 0x1ECBF
        or 0x1ED00 <= code <= 0x1ED4F
        or 0x1EE00 <= code <= 0x1EEFF
    ):
        return "AL"
    if (
        0x0590 <= code <= 0x08FF
        or 0xFB1D <= code <= 0xFB4F
        or 0x10800 <= code <= 0x10FFF
        or 0x1E800 <= code <= 0x1EFFF
    ):
        return "R"
    if 0x20A0 <= code <= 0x20CF:
        return "ET"
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE or 0xE0000 <= code <= 0xE0FFF:
        return "BN"
    return "L"


def has_rtl(text: str) -> bool:
    """Tell whether any character is right to left, or says so."""
    return not text.isascii() and any(
        bidi_class(character) in _RTL_CLASSES for character in text if character > "\u0590"
    )


def is_simple(character: str, *, is_rtl: bool) -> bool:
    """Tell whether a character runs in the direction of its paragraph, whatever stands beside it of which this is told too."""
    if is_rtl:
        return bidi_class(character) in _PLAIN_RTL - _ISOLATE_CONTROLS
    return not has_rtl(character)


def is_isolated_rtl(text: str) -> bool:
    """Tell that an isolate is around a text which begins with a right-to-left letter; others may be inside."""
    first, inner, last = text[:1], text[1:-1], text[-1:]
    return (first, last) == ("\u2068", "\u2069") and bool(inner) and [bidi_class(inner[0])] in _LETTERS


def resolve_levels(classes: Sequence[str], text: str, base: Direction) -> list[int]:
    """Return the levels for characters given by their classes; `text` tells the brackets apart."""
    paragraph = {"ltr": 0, "rtl": 1}.get(base)
    if paragraph is None:
        paragraph = _first_strong(classes, 0, len(classes)) or 0
    plain = _plain_levels(classes) if paragraph == 1 else None
    if plain is not None:
        return _reset_whitespace(plain, classes, paragraph)
    matches = _isolate_matches(classes)
    levels, resolved = _explicit_levels(classes, matches, paragraph)
    for sequence in _isolating_sequences(classes, levels, matches, paragraph):
        _resolve_weak(sequence, resolved)
        _resolve_brackets(sequence, resolved, classes, text)
        _resolve_neutral(sequence, resolved)
    for index, kind in enumerate(resolved):
        if classes[index] in _REMOVED:
            continue
        if levels[index] % 2 == 0:
            levels[index] += {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)
        elif kind in {"L", "EN", "AN"}:
            levels[index] += 1
    return _reset_whitespace(levels, classes, paragraph)


def _plain_levels(classes: Sequence[str]) -> list[int] | None:
    """Return the levels of a text of nothing but right-to-left letters, spaces, signs and isolates that begin with such letters.

    All rules but X5 then leave the levels as they are, which takes a tenth of the time. None for any other text.
    """
    if not _PLAIN_RTL.issuperset(classes):
        return None
    levels: list[int] = []
    level = 1
    for index in [place for place, kind in enumerate(classes) if kind in _ISOLATE_CONTROLS]:
        levels += [level] * (index - len(levels))
        if classes[index] == "PDI":
            level = max(1, level - 2)
            levels.append(level)
            continue
        if classes[index + 1 : index + 2] not in _LETTERS or level + 2 > _MAX_DEPTH:
            return None
        levels.append(level)
        level += 2
    levels += [level] * (len(classes) - len(levels))
    return levels


def _first_strong(classes: Sequence[str], start: int, end: int) -> int | None:
    depth = 0
    for index in range(start, end):
        kind = classes[index]
        if kind in _ISOLATE_INITIATORS:
            depth += 1
        elif kind == "PDI":
            if depth == 0 and start > 0:
                return None
            depth = max(0, depth - 1)
        elif depth == 0 and kind in {"L", "R", "AL"}:
            return 0 if kind == "L" else 1
        elif kind == "B":
            return None
    return None


def _isolate_matches(classes: Sequence[str]) -> dict[int, int]:
    """Return the matching PDI of each isolate initiator that has one, and the other way round (BD9)."""
    matches: dict[int, int] = {}
    opened: list[int] = []
    for index, kind in enumerate(classes):
        if kind in _ISOLATE_INITIATORS:
            opened.append(index)
        elif kind == "PDI" and opened:
            start = opened.pop()
            matches[start], matches[index] = index, start
        elif kind == "B":
            opened.clear()
    return matches


def _explicit_levels(
    classes: Sequence[str], matches: dict[int, int], paragraph: int
) -> tuple[list[int], list[str]]:
    """Carry out rules X1 to X8."""
    levels = [paragraph] * len(classes)
    resolved = list(classes)
    stack: list[tuple[int, str | None, bool]] = [(paragraph, None, False)]
    overflow_isolates = overflow_embeddings = valid_isolates = 0
    for index, kind in enumerate(classes):
        level, override, _ = stack[-1]
        if kind in {"LRE", "RLE", "LRO", "RLO"}:
            levels[index] = level
            deeper = (level + 1) | 1 if kind[0] == "R" else (level + 2) & ~1
            if deeper <= _MAX_DEPTH and not overflow_isolates and not overflow_embeddings:
                stack.append((deeper, {"LRO": "L", "RLO": "R"}.get(kind), False))
            elif not overflow_isolates:
                overflow_embeddings += 1
        elif kind in _ISOLATE_INITIATORS:
            levels[index] = level
            if override:
                resolved[index] = override
            is_rtl = kind == "RLI"
            if kind == "FSI":
                is_rtl = _first_strong(classes, index + 1, matches.get(index, len(classes))) == 1
            deeper = (level + 1) | 1 if is_rtl else (level + 2) & ~1
            if deeper <= _MAX_DEPTH and not overflow_isolates and not overflow_embeddings:
                valid_isolates += 1
                stack.append((deeper, None, True))
            else:
                overflow_isolates += 1
        elif kind == "PDI":
            if overflow_isolates:
                overflow_isolates -= 1
            elif valid_isolates:
                overflow_embeddings = 0
                while not stack[-1][2]:
                    stack.pop()
                stack.pop()
                valid_isolates -= 1
            levels[index], override, _ = stack[-1]
            if override:
                resolved[index] = override
        elif kind == "PDF":
            if overflow_isolates:
                pass
            elif overflow_embeddings:
                overflow_embeddings -= 1
            elif not stack[-1][2] and len(stack) >= 2:
                stack.pop()
            levels[index] = stack[-1][0]
        elif kind == "B":
            stack = [(paragraph, None, False)]
            overflow_isolates = overflow_embeddings = valid_isolates = 0
            levels[index] = paragraph
        else:
            levels[index] = level
            if override and kind != "BN":
                resolved[index] = override
    return levels, resolved


@dataclass(slots=True)
class _Sequence:
    """An isolating run sequence (BD13): indices without what X9 removes, its level, and what stands at its ends."""

    indices: list[int]
    level: int
    start: str
    end: str


def _isolating_sequences(
    classes: Sequence[str], levels: Sequence[int], matches: dict[int, int], paragraph: int
) -> list[_Sequence]:
    kept = [index for index, kind in enumerate(classes) if kind not in _REMOVED]
    runs: list[list[int]] = []
    for index in kept:
        if runs and levels[runs[-1][-1]] == levels[index] and classes[runs[-1][-1]] != "B":
            runs[-1].append(index)
        else:
            runs.append([index])
    by_start = {run[0]: run for run in runs}
    before = {index: levels[kept[place - 1]] if place else paragraph for place, index in enumerate(kept)}
    after = {
        index: levels[kept[place + 1]] if place + 1 < len(kept) else paragraph
        for place, index in enumerate(kept)
    }
    sequences = []
    for run in runs:
        if classes[run[0]] == "PDI" and run[0] in matches:
            continue
        indices = list(run)
        while classes[indices[-1]] in _ISOLATE_INITIATORS and indices[-1] in matches:
            following = by_start.get(matches[indices[-1]])
            if following is None:
                break
            indices.extend(following)
        level = levels[indices[0]]
        is_open = classes[indices[-1]] in _ISOLATE_INITIATORS and indices[-1] not in matches
        start = max(level, before[indices[0]])
        end = max(level, paragraph if is_open else after[indices[-1]])
        sequences.append(_Sequence(indices, level, "R" if start % 2 else "L", "R" if end % 2 else "L"))
    return sequences


def _resolve_weak(sequence: _Sequence, resolved: list[str]) -> None:
    """Carry out rules W1 to W7."""
    indices = sequence.indices
    previous = sequence.start
    for index in indices:  # W1
        if resolved[index] == "NSM":
            resolved[index] = "ON" if previous in _ISOLATE_INITIATORS or previous == "PDI" else previous
        previous = resolved[index]
    strong = sequence.start
    for index in indices:  # W2, W3
        kind = resolved[index]
        if kind == "EN" and strong == "AL":
            resolved[index] = "AN"
        elif kind in {"L", "R", "AL"}:
            strong = kind
    for index in indices:
        if resolved[index] == "AL":
            resolved[index] = "R"
    for place in range(1, len(indices) - 1):  # W4
        kind = resolved[indices[place]]
        left, right = resolved[indices[place - 1]], resolved[indices[place + 1]]
        if left == right and ((kind == "ES" and left == "EN") or (kind == "CS" and left in {"EN", "AN"})):
            resolved[indices[place]] = left
    place = 0
    while place < len(indices):  # W5
        if resolved[indices[place]] != "ET":
            place += 1
            continue
        end = place
        while end < len(indices) and resolved[indices[end]] == "ET":
            end += 1
        touches = (place > 0 and resolved[indices[place - 1]] == "EN") or (
            end < len(indices) and resolved[indices[end]] == "EN"
        )
        for one in indices[place:end]:
            resolved[one] = "EN" if touches else "ON"
        place = end
    strong = sequence.start
    for index in indices:  # W6, W7
        kind = resolved[index]
        if kind in {"ES", "ET", "CS"}:
            resolved[index] = "ON"
        elif kind == "EN" and strong == "L":
            resolved[index] = "L"
        elif kind in {"L", "R"}:
            strong = kind


def _direction(kind: str) -> str | None:
    if kind in {"EN", "AN", "R"}:
        return "R"
    return "L" if kind == "L" else None


def _resolve_brackets(sequence: _Sequence, resolved: list[str], classes: Sequence[str], text: str) -> None:
    """Carry out rule N0."""
    embedding = "R" if sequence.level % 2 else "L"
    indices = sequence.indices
    for opening, closing in _bracket_pairs(indices, resolved, text):
        inside = {_direction(resolved[index]) for index in indices[opening + 1 : closing]}
        if embedding in inside:
            chosen = embedding
        elif {"L", "R"} & inside:
            opposite = "L" if embedding == "R" else "R"
            context = sequence.start
            for index in reversed(indices[:opening]):
                if (found := _direction(resolved[index])) is not None:
                    context = found
                    break
            chosen = opposite if context == opposite else embedding
        else:
            continue
        for place in (opening, closing):
            resolved[indices[place]] = chosen
            for index in indices[place + 1 :]:
                if classes[index] != "NSM":
                    break
                resolved[index] = chosen


def _bracket_pairs(indices: list[int], resolved: list[str], text: str) -> list[tuple[int, int]]:
    stack: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    if not text:
        return pairs
    for place, index in enumerate(indices):
        if resolved[index] != "ON":
            continue
        character = _CANONICAL.get(text[index], text[index])
        if character in _OPENING:
            if len(stack) == _BRACKET_STACK:
                return []
            stack.append((_OPENING[character], place))
        elif character in _CLOSING:
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == character:
                    pairs.append((stack[depth][1], place))
                    del stack[depth:]
                    break
    return sorted(pairs)


def _resolve_neutral(sequence: _Sequence, resolved: list[str]) -> None:
    """Carry out rules N1 and N2."""
    embedding = "R" if sequence.level % 2 else "L"
    indices = sequence.indices
    place = 0
    while place < len(indices):
        if resolved[indices[place]] not in _NEUTRAL:
            place += 1
            continue
        end = place
        while end < len(indices) and resolved[indices[end]] in _NEUTRAL:
            end += 1
        left = (_direction(resolved[indices[place - 1]]) if place else sequence.start) or embedding
        right = (_direction(resolved[indices[end]]) if end < len(indices) else sequence.end) or embedding
        for index in indices[place:end]:
            resolved[index] = left if left == right else embedding
        place = end


def _reset_whitespace(levels: list[int], classes: Sequence[str], paragraph: int) -> list[int]:
    """Carry out rule L1, and give what X9 removes the level of what stands before it."""
    for index in [place for place, kind in enumerate(classes) if kind in _REMOVED]:
        levels[index] = levels[index - 1] if index else paragraph
    separators = [place for place, kind in enumerate(classes) if kind in _SEPARATORS]
    for index in separators:
        levels[index] = paragraph
    for end in (*separators, len(classes)):
        for index in range(end - 1, -1, -1):
            if classes[index] not in _RESET:
                break
            levels[index] = paragraph
    return levels
