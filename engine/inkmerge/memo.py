"""What was found out lately, kept by what it was found out of."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memo(dict[K, V]):
    """A dict that forgets all once it is full: looking something up takes no longer than in a dict.

    Args:
        most: How many keys it holds at most.
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        """Keep a value."""
        if len(self) >= self._most and key not in self:
            self.clear()
        super().__setitem__(key, value)
