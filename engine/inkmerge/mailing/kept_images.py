"""Rendered images, kept for the messages that need them again: those used last in memory, all in a folder of the run.

Recipients come in no order that helps, and each of several processes meets most of the images: what one has drawn, the
others read.
"""

from __future__ import annotations

import os
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Final

from inkmerge.batch.writing import write_aside
from inkmerge.errors import DataError
from inkmerge.image import RenderedImage
from inkmerge.images.cache import ByteCache

_MEMORY_BYTES: Final = 32 << 20


class KeptImages:
    """Images by the digests that name them.

    Args:
        folder: A folder that only this run writes to; None to keep images in memory alone.
        memory: Bytes that images in memory may take.
    """

    def __init__(self, folder: Path | None = None, memory: int = _MEMORY_BYTES) -> None:
        self._folder = folder
        self._lately: ByteCache[str, RenderedImage] = ByteCache(memory, lambda image: len(image.data))

    def get(self, name: str) -> RenderedImage | None:
        """Return an image, or None where it is not kept."""
        found = self._lately.get(name)
        if found is None and self._folder is not None:
            with suppress(OSError, EOFError, pickle.UnpicklingError):
                data = self._path(self._folder, name).read_bytes()
                found = pickle.loads(data)  # noqa: S301  this run wrote it, into a folder of its own
                self._lately.put(name, found)
        return found

    def put(self, name: str, image: RenderedImage) -> None:
        """Keep an image; where the folder is full, in memory alone."""
        self._lately.put(name, image)
        if self._folder is not None:
            with suppress(DataError, OSError):
                path = self._path(self._folder, name)
                write_aside(
                    path, pickle.dumps(image, pickle.HIGHEST_PROTOCOL), path.with_suffix(f".{os.getpid()}")
                )

    def _path(self, folder: Path, name: str) -> Path:
        return folder / name[:2] / name
