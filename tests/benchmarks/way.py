"""What takes part: a way makes a scene ready once, and draws it for one recipient after another."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import ClassVar, Literal

from benchmarks.scenes import Scene

Format = Literal["jpeg", "png"]
FORMATS: tuple[Format, ...] = "jpeg", "png"
JPEG_QUALITY = 85
SCALE = 2
"""Device pixels per CSS pixel: 192 dpi."""

Painter = Callable[[Mapping[str, str], Format], bytes]
"""Draws a scene with a recipient's values, and returns the bytes of a file."""


class Unavailable(Exception):
    """A way cannot take part here; the message says why."""


class Way(ABC):
    """One way to draw scenes.

    Attributes:
        name: What the tables call it.
        remarks: What a reader has to know to judge its figures.
        formats: What it writes.
        packages: The distributions from PyPI whose versions the report names.
        is_ours: Whether Inkmerge draws.
    """

    name: ClassVar[str]
    remarks: ClassVar[str]
    formats: ClassVar[tuple[Format, ...]] = FORMATS
    packages: ClassVar[tuple[str, ...]] = ()
    is_ours: ClassVar[bool] = False

    @abstractmethod
    def prepare(self, scene: Scene) -> Painter:
        """Do all that is done once for a scene.

        Raises:
            Unavailable: What it needs isn't installed.
        """

    def cpu_seconds(self) -> float:
        """Return the CPU time that it has used, in all of its threads."""
        return time.process_time()

    def version(self) -> str:
        """Return what was measured."""
        return ", ".join(f"{name} {metadata.version(name)}" for name in self.packages)

    def close(self) -> None:  # noqa: B027  most start none
        """End the processes that it has started."""
