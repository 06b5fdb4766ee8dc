"""`CompiledTemplate` + output → `Plan`: what is the same for everybody drawn and encoded once.

The paint order is cut into runs of static leaves and dynamic ones between them. Static runs are rasterized when the
plan is made; for a recipient only the dynamic leaves are filled, set and drawn, the static runs above them are put
over what they touch, and only the strips that they touch are encoded anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from inkmerge.alt import TextAlternative
from inkmerge.compiling import CompiledTemplate
from inkmerge.cutting import cut
from inkmerge.encode import EncodeOptions
from inkmerge.encode.encoding import Encoded
from inkmerge.flat.bounds import Box
from inkmerge.flat.document import FlatDocument
from inkmerge.lone_texts import LoneTexts, SetTexts
from inkmerge.raster import Canvas, rasterize
from inkmerge.raster.cairo import Sheet, libcairo_version
from inkmerge.raster.layered import Stack, StaticRun, contents_of, draw_layers

if TYPE_CHECKING:
    from inkmerge.encode.strips import StaticStrips

_MOST_LAYERS: Final = 200
"""Dynamic layers of a plan: for each, making it takes a pass over the whole picture."""
_MOST_PICTURES: Final = 9
"""Whole pictures that the pixels of all static runs but the lowest may amount to."""
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Plan:
    """A template for one output, cut into layers.

    Attributes:
        changing: The template without what is static: what is filled and flattened for a recipient.
        stack: The static pixels.
        strips: The static picture, encoded.
        dynamic_layers: How many dynamic layers there are.
        texts: The dynamic layers, where they are nothing but texts; else None.
        _spare: Sheets that nobody draws on, and the boxes in which they differ from the static picture.
    """

    changing: CompiledTemplate
    stack: Stack
    strips: StaticStrips
    dynamic_layers: int
    texts: LoneTexts | None
    _spare: list[tuple[Sheet, list[Box]]]

    @property
    def byte_count(self) -> int:
        """Bytes of the pixels and strips that are held."""
        sheets = max(1, len(self._spare)) * len(self.stack.static.data)
        return self.stack.byte_count + sheets + self.strips.byte_count

    def draw(self, drawn: FlatDocument | SetTexts, use: Callable[[Canvas, list[Box]], R]) -> R:
        """Draw a recipient's filled tree, or the texts that are all of it, and return what `use` makes of it.

        `use` gets the picture, whose memory is used again afterwards, and the boxes of whole pixels in which it may
        differ from the static one.

        Raises:
            RenderError: A rasterizer fails.
        """
        static = self.stack.static
        if isinstance(drawn, SetTexts):
            flat, contents = None, drawn.contents
        else:
            flat, contents = drawn, contents_of(drawn, static.width, static.height)
            if self.texts is not None:
                self.texts.learn(contents)
        touched = [box for one in contents.values() for box in one.touched]
        try:
            sheet, drawn_on = self._spare.pop()
        except IndexError:  # as many are made as threads draw at the same time
            sheet, drawn_on = Sheet(static), []
        # Only now, since what is restored is mostly what is drawn on next, and then still in the processor's cache.
        sheet.restore(static, drawn_on)
        try:
            draw_layers(sheet, self.stack, flat, contents, self.changing.rasterizer)
            found = use(sheet.canvas(), touched)
        except BaseException:
            del sheet  # nobody knows what is on it
            raise
        self._spare.append((sheet, touched))
        return found

    def encode(self, drawn: FlatDocument | SetTexts, text: TextAlternative) -> Encoded:
        """Draw and encode a recipient's image.

        Raises:
            RenderError: A rasterizer or an encoder fails.
        """
        is_over = isinstance(drawn, SetTexts)
        return self.draw(
            drawn, lambda canvas, touched: self.strips.encode(canvas, touched, text, is_painted_over=is_over)
        )


def make_plan(
    compiled: CompiledTemplate, size: tuple[int, int], dpi: float, options: EncodeOptions
) -> Plan | str:
    """Cut a template into layers and draw the static ones; return why not, in words, where it cannot be cut.

    Raises:
        RenderError: A rasterizer fails.
    """
    from inkmerge.encode.strips import StaticStrips  # noqa: PLC0415  it loads numpy

    if compiled.rasterizer == "resvg" or libcairo_version() is None:
        return "everything is drawn through resvg"
    cutting = cut(compiled)
    if isinstance(cutting, str):
        return cutting
    if cutting.dynamic_count > _MOST_LAYERS:
        return f"it has {cutting.dynamic_count} dynamic layers, and a plan at most {_MOST_LAYERS}"

    def drawn(flat: FlatDocument) -> Canvas:
        return rasterize(flat, *size, dpi, compiled.rasterizer)

    bottom = drawn(cutting.static(0))
    above: list[StaticRun | None] = []
    held = 0
    for number in range(1, cutting.dynamic_count + 1):
        flat = cutting.static_above(number)
        run = None if flat is None else StaticRun.of(drawn(flat))
        above.append(run)
        held += 0 if run is None else len(run.canvas.data)
        if held > _MOST_PICTURES * len(bottom.data):
            return (
                f"what lies between its dynamic layers takes more than {_MOST_PICTURES} pictures of its size"
            )
    stack = Stack.of(bottom, above)
    strips, changing = StaticStrips(stack.static, options), cutting.changing()
    return Plan(changing, stack, strips, cutting.dynamic_count, LoneTexts.of(changing), [])
