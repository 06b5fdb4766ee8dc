"""`href` → a checked `ImageSource`; an `ImageSource` and a size → a `DecodedImage`."""

from inkmerge.images.decoding import DecodedImage, decode
from inkmerge.images.opening import ImageFolders, open_image
from inkmerge.images.source import ImageSource

__all__ = ["DecodedImage", "ImageFolders", "ImageSource", "decode", "open_image"]
