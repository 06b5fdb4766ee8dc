"""`href` → a checked `ImageSource`; an `ImageSource` and a size → a `DecodedImage`."""

from inkmerge.images.decoding import DecodedImage, decode, require_whole
from inkmerge.images.opening import Asset, ImageFolders, identify_image, open_image, read_asset
from inkmerge.images.pictures import PictureFiles, Pictures
from inkmerge.images.source import ImageSource

__all__ = [
    "Asset",
    "DecodedImage",
    "ImageFolders",
    "ImageSource",
    "PictureFiles",
    "Pictures",
    "decode",
    "identify_image",
    "open_image",
    "read_asset",
    "require_whole",
]
