"""A `<text>` element and its box → outlines, set with real typography."""

from inkmerge.text.boxes import TextBox
from inkmerge.text.clean_setting import CleanSetting
from inkmerge.text.context import FlatText, TextContext
from inkmerge.text.glyph_runs import GLYPHS, INK, GlyphRun
from inkmerge.text.painting import BOUNDS
from inkmerge.text.regions import Region
from inkmerge.text.setting import flatten_text, set_upright
from inkmerge.text.text_frame import TextFrame, read_frame
from inkmerge.text.text_path import measure

__all__ = [
    "BOUNDS",
    "GLYPHS",
    "INK",
    "CleanSetting",
    "FlatText",
    "GlyphRun",
    "Region",
    "TextBox",
    "TextContext",
    "TextFrame",
    "flatten_text",
    "measure",
    "read_frame",
    "set_upright",
]
