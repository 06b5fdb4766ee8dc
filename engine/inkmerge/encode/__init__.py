"""Encode a `Canvas` and its `TextAlternative` into an `Encoded`: PNG, JPEG, WebP or GIF bytes with metadata."""

from inkmerge.encode.encoding import Encoded, encode
from inkmerge.encode.options import EncodeOptions
from inkmerge.encode.reading import read_text_alternative

__all__ = ["EncodeOptions", "Encoded", "encode", "read_text_alternative"]
