"""Font folders → `FontCatalog`; a `FontQuery` → `FontInstance`."""

from inkmerge.fonts.catalog import FontCatalog, bundled_folder
from inkmerge.fonts.face import Face, FaceDescriptors, FontInstance
from inkmerge.fonts.query import FontQuery

__all__ = ["Face", "FaceDescriptors", "FontCatalog", "FontInstance", "FontQuery", "bundled_folder"]
