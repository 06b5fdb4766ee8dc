"""Text → runs of one script: https://www.unicode.org/reports/tr24/."""

from __future__ import annotations

from functools import lru_cache

from fontTools.unicodedata import script, script_extension

_SHARED = frozenset(("Zyyy", "Zinh", "Zzzz"))


@lru_cache(maxsize=8192)
def script_of(character: str) -> str:
    """Return the script of one character, `Zyyy` or `Zinh` where several share it."""
    found: str = script(character)
    return found


@lru_cache(maxsize=8192)
def _extensions(character: str) -> frozenset[str]:
    return frozenset(script_extension(character))


@lru_cache(maxsize=8192)
def _lone_script(character: str) -> str | None:
    """Return the script of a character, empty where it has that of what is around it; None where it depends on that."""
    own = script_of(character)
    if own not in _SHARED:
        return own
    return None if _extensions(character) - _SHARED else ""


def one_script_of(text: str) -> str | None:
    """Return the script of a text that is all of one; None where it may be several, which `scripts_of` tells apart."""
    if text.isascii():
        return "Latn"
    found = set(map(_lone_script, text))
    found.discard("")
    if None not in found:
        return found.pop() if len(found) == 1 else None if found else "Latn"
    found.discard(None)
    script = found.pop() if len(found) == 1 else None
    several = (one for one in set(text) if _lone_script(one) is None)
    return script if all(script in _extensions(one) for one in several) else None


@lru_cache(maxsize=2048)
def scripts_of(text: str) -> tuple[str, ...]:
    """Return the script of each code point; what several scripts share has that of what stands before, else after."""
    only = one_script_of(text)
    if only is not None:
        return (only,) * len(text)
    found: list[str | None] = []
    current: str | None = None
    for character in text:
        own = script_of(character)
        if own not in _SHARED:
            current = own
        elif (
            current is not None and _extensions(character) - _SHARED and current not in _extensions(character)
        ):
            current = min(_extensions(character) - _SHARED)
        found.append(current)
    first = next((one for one in found if one is not None), "Latn")
    return tuple(first if one is None else one for one in found)
