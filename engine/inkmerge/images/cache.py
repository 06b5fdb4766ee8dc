"""What was made lately, bounded in bytes: decoded pictures, drawn parts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """The values used last, as many as fit; the newest always does.

    Args:
        size: Bytes that all values may take.
        size_of: Bytes of one value.
    """

    def __init__(self, size: int, size_of: Callable[[V], int]) -> None:
        self._size = size
        self._size_of = size_of
        self._used = 0
        self._held: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return the value, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        """Keep a value, and let go of those not used for longest."""
        with self._lock:
            if key not in self._held:
                self._held[key] = value
                self._used += self._size_of(value)
            while self._used > self._size and len(self._held) > 1:
                _, dropped = self._held.popitem(last=False)
                self._used -= self._size_of(dropped)
