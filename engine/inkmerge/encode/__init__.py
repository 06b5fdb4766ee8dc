"""`Canvas` + text alternative → the bytes of a file, with density, sRGB and XMP."""

from inkmerge.encode.encoding import Encoded, encode
from inkmerge.encode.metadata import read_text_alternative
from inkmerge.encode.options import EncodeOptions

__all__ = ["EncodeOptions", "Encoded", "encode", "read_text_alternative"]
