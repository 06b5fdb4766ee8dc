"""A `TextFrame` + one text after another → whether it is set without a finding, told before anything is placed or painted."""

from __future__ import annotations

from inkmerge.fonts import FontInstance
from inkmerge.text.bidi import is_isolated_rtl, is_simple
from inkmerge.text.boxes import fit_text, widest_line
from inkmerge.text.breaking import Breakable
from inkmerge.text.characters import Characters
from inkmerge.text.itemizing import TextStyle, are_plain
from inkmerge.text.items import measured_whole
from inkmerge.text.scripts import one_script_of
from inkmerge.text.setting import missing_families, read_text
from inkmerge.text.shaping import measure_line
from inkmerge.text.text_frame import Span, TextFrame


class CleanSetting:
    """Tells of texts in one frame whether they are set without a finding and without a picture.

    Args:
        frame: What was read of the element.
    """

    def __init__(self, frame: TextFrame) -> None:
        self._frame = frame
        self._line = _line_of(frame)

    def is_clean(self, text: str) -> bool:
        """Tell that setting a text yields no finding and no picture; False where it may.

        Args:
            text: The text, with nothing else in its element.

        Raises:
            LimitExceeded: There is more text than `Limits.text_total` allows.
        """
        width = None if self._line is None else self._line.width_of(text)
        if self._line is not None and width is not None and width <= self._line.widest:
            return True
        characters = read_text(text, self._frame)
        if not characters.text:
            return True
        if missing_families(characters):
            return False
        if width is None and _fits_as_one_line(characters):
            return True
        if self._frame.box is None:
            return Breakable(characters, is_drawn=False).is_plain
        fitted = fit_text(characters, self._frame.box, is_drawn=False)
        return fitted.overflow is None and fitted.is_plain


def _fits_as_one_line(characters: Characters) -> bool:
    """Tell whether a text is so plain that nothing can be amiss; this takes a third of the time."""
    whole, box = measured_whole(characters, is_drawn=False), characters.frame.box
    if whole is None or whole.font.face.is_color or len(characters.text.splitlines()) > 1:
        return False
    return box is None or whole.width <= widest_line(box, characters.spans[0])


class _Line:
    """One line of one direction in one face: what most texts are, measured in a third of the time.

    Attributes:
        widest: The width up to which a text fits.

    Args:
        style: Its style.
        font: The face.
        widest: As above.
        longest: Characters that it may have.
        is_rtl: Whether its paragraph is right to left.
    """

    def __init__(
        self, style: TextStyle, font: FontInstance, widest: float, longest: int, *, is_rtl: bool
    ) -> None:
        self._style = style
        self._font = font
        self.widest = widest
        self._longest = longest
        self._is_rtl = is_rtl
        self._simple: set[str] = set()  # characters that need no second look, wherever they stand

    def width_of(self, text: str) -> float | None:
        """Return how wide a text is; None for one that is not so simple."""
        around = "", ""
        if self._is_rtl and is_isolated_rtl(text):
            around, text = (text[0], text[-1]), text[1:-1]
        if not text or len(text) > self._longest:
            return None
        if not (self._simple.issuperset(text) or self._learn(text)):
            return None
        script = one_script_of(text)
        if script is None or text[0] == " " or text[-1] == " " or "  " in text:
            return None
        return measure_line(text, script, self._style, self._font, is_rtl=self._is_rtl, around=around)

    def _learn(self, text: str) -> bool:
        for one in set(text) - self._simple:
            is_plain = one.isprintable() and are_plain(self._font.face, one)
            if not is_plain or not is_simple(one, is_rtl=self._is_rtl):
                return False
            self._simple.add(one)
        return True


def _line_of(frame: TextFrame) -> _Line | None:
    """Return the line that texts in a frame make, where they are simple; None where something takes each apart."""
    if not frame.is_flat or frame.is_vertical:
        return None
    (span,) = frame.spans
    style, limits, box = span.look.style, frame.limits, frame.box
    font = frame.catalog.match(style.query)
    is_moved = span.angles or any(len(lengths) > 1 for _, lengths in span.places)
    if is_moved or not span.is_still or style.small_caps or style.is_spread or not _is_as_written(span):
        return None
    if span.missing_family is not None or font.face.is_color or span.size > limits.font_size:
        return None
    widest = float("inf") if box is None else widest_line(box, span)
    return _Line(style, font, widest, limits.text_total, is_rtl=frame.direction == "rtl")


def _is_as_written(span: Span) -> bool:
    style = span.style
    return style.get("text-transform", "none") == "none" and style.get("unicode-bidi", "normal") == "normal"
