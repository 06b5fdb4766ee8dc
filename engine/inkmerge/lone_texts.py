"""Texts of which recipients change nothing but the words → glyph runs in their places, without a tree.

Colour and place of such a text are the same for everybody. They are learned from the first recipient who is drawn by way
of the tree; for all others the words are filled, set into the text's frame, and painted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.alt import Shown
from inkmerge.compiling import CompiledTemplate
from inkmerge.content import Values
from inkmerge.errors import Finding
from inkmerge.flat.context import SHAPE
from inkmerge.flat.paragraphs import FLOW
from inkmerge.raster.layered import LAYER, LayerContent, add_texts
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.names import DYNAMIC, FILL, FRAME, local_name
from inkmerge.svg.transform_origin import FILL_BOX
from inkmerge.template.expression import TextTemplate
from inkmerge.template.filling import Filler
from inkmerge.template.placeholders import ElementFill
from inkmerge.text import set_upright

_BOXED: Final = (FILL_BOX, SHAPE, CONTEXT, FLOW)
"""Marks of texts that are set by what is around them, or painted by a box of their own."""


class LoneText(NamedTuple):
    """A text of one style, painted in plain colours, of which recipients change nothing but what is written in it.

    Attributes:
        frame: The mark of what is kept of the rest.
        fill: What is filled of it.
        template: The text in it.
    """

    frame: str
    fill: ElementFill
    template: TextTemplate


class SetTexts(NamedTuple):
    """All that changes of a picture, for one recipient.

    Attributes:
        contents: What the dynamic layers draw, by number.
        findings: What was found on the way.
        shown: The values that are shown as text.
    """

    contents: dict[int, LayerContent]
    findings: tuple[Finding, ...]
    shown: list[Shown]


_Look = tuple[str, Transform]
"""Colour as ``#rrggbb``, and the matrix from the text's user space to pixels."""


class LoneTexts:
    """The dynamic layers of a template for one output, where they are nothing but lone texts.

    Args:
        compiled: The template without what is static.
        texts: The texts with the numbers of their layers, in paint order.
    """

    def __init__(self, compiled: CompiledTemplate, texts: list[tuple[int, LoneText]]) -> None:
        self._compiled = compiled
        self._texts = texts
        self._counts = Counter(number for number, _ in texts)
        self._looks: dict[int, list[_Look]] = {}

    @classmethod
    def of(cls, compiled: CompiledTemplate) -> LoneTexts | None:
        """Return the texts of a template without what is static; None where something else changes in it."""
        root = compiled.root
        leaves = [one for one in root.iter(etree.Element) if LAYER in one.attrib]
        texts = [(int(one.attrib[LAYER]), lone_text(one, compiled.fills)) for one in leaves]
        lone = [(number, text) for number, text in texts if text is not None]
        changing = sum(1 for one in root.iter(etree.Element) if DYNAMIC in one.attrib or FILL in one.attrib)
        has_filters = any(local_name(one) == "filter" for one in root.iter(etree.Element))
        is_all = len(lone) == len(texts) == changing and not has_filters
        return cls(compiled, lone) if is_all and lone else None

    def learn(self, contents: Mapping[int, LayerContent]) -> None:
        """Note how texts look, from a recipient for whom they were set in the tree."""
        for number, content in contents.items():
            if content.texts is not None and len(content.texts) == self._counts[number]:
                self._looks[number] = [(color, matrix) for _, color, matrix in content.texts]

    def set(self, values: Values, language: str, scale: float, size: tuple[int, int]) -> SetTexts | None:
        """Fill and set the texts for a recipient; None where they have to be set in the tree.

        Args:
            values: The recipient's values.
            language: That of their texts.
            scale: Device pixels per user unit.
            size: Width and height of the picture in pixels.

        Raises:
            DataError: A value is missing or does not fit.
            LimitExceeded: There is more text than is allowed.
        """
        compiled = self._compiled
        looks = {number: iter(look) for number, look in self._looks.items()}
        if len(looks) < len(self._counts):
            return None
        filler = Filler(compiled.fills, compiled.decorative, compiled.limits)
        contents: dict[int, LayerContent] = {}
        findings: list[Finding] = []
        for number, text in self._texts:
            frame = compiled.frames.get((text.frame, language, scale))
            found = (
                None
                if frame is None
                else set_upright(filler.text(text.template, text.fill, values.scope), frame)
            )
            if found is None:
                return None
            color, matrix = next(looks[number])
            findings += found.findings
            if found.run is None:
                continue
            if not found.run.suits_masks(matrix):
                return None
            add_texts(contents, number, [(found.run, color, matrix)], size)
        return SetTexts(contents, tuple(findings), filler.shown)


def lone_text(leaf: etree._Element, fills: Mapping[str, ElementFill]) -> LoneText | None:
    """Return the text in the group of a dynamic leaf, where it is a lone one."""
    if len(leaf) != 1:
        return None
    text = leaf[0]
    own = [one.attrib[FILL] for one in leaf.iter(etree.Element) if FILL in one.attrib]
    if (
        FRAME not in text.attrib
        or len(text) != 0
        or len(own) != 1
        or any(one in text.attrib for one in _BOXED)
    ):
        return None
    fill = fills[own[0]]
    if fill.text is None or any("url(" in value for value in text.attrib.values()):
        return None
    return LoneText(text.attrib[FRAME], fill, fill.text)
