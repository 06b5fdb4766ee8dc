"""`href` → a checked `ImageSource`; an `ImageSource` and a size → a `DecodedImage`."""

from inkmerge.images.decoding import DecodedImage, decode
from inkmerge.images.opening import Asset, ImageFolders, identify_image, open_image, read_asset
from inkmerge.images.source import ImageSource

__all__ = [
    "Asset",
    "DecodedImage",
    "ImageFolders",
    "ImageSource",
    "decode",
    "identify_image",
    "open_image",
    "read_asset",
]
