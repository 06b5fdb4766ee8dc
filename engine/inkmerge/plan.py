"""`CompiledTemplate` + output → `Plan`: what is the same for everybody drawn and encoded once.

The paint order is cut into runs of static leaves and dynamic ones between them. Static runs are rasterized when the
plan is made; for a recipient only the dynamic leaves are filled, set and drawn, the static runs above them are put
over what they touch, and only the strips that they touch are encoded anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from lxml import etree

from inkmerge.alt import TextAlternative
from inkmerge.compiling import CompiledTemplate
from inkmerge.encode import EncodeOptions
from inkmerge.encode.encoding import Encoded
from inkmerge.flat.context import SHAPE
from inkmerge.flat.document import FlatDocument
from inkmerge.flat.flatten import drop_marks
from inkmerge.raster import Canvas, rasterize
from inkmerge.raster.cairo import Sheet, libcairo_version
from inkmerge.raster.layered import LAYER, Stack, contents_of, draw_layers
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.expansion import USED
from inkmerge.svg.names import DYNAMIC, FILL, NEVER_DRAWN, local_name, mark, new
from inkmerge.svg.parsing import remove_element
from inkmerge.svg.references import elements_by_id, references
from inkmerge.svg.transform_origin import FILL_BOX

if TYPE_CHECKING:
    from inkmerge.encode.strips import StaticStrips

_LEAF: Final = mark("leaf")
"""Mark on what is drawn as one: ``s`` or ``d``, and the number of its run."""
_OWN_GROUP: Final = ("opacity", "filter", "mask", "mix-blend-mode", "isolation", FILL_BOX, SHAPE)
"""What makes a group be painted as a whole, or waits for the box of the whole: https://www.w3.org/TR/SVG2/render.html#Grouping."""
RowRange = tuple[int, int]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Plan:
    """A template for one output, cut into layers.

    Attributes:
        changing: The template without what is static: what is filled and flattened for a recipient.
        stack: The static pixels.
        strips: The static picture, encoded.
        dynamic_layers: How many dynamic layers there are.
    """

    changing: CompiledTemplate
    stack: Stack
    strips: StaticStrips
    dynamic_layers: int
    _spare: list[Sheet]

    @property
    def byte_count(self) -> int:
        """Bytes of the pixels and strips that are held."""
        canvases = {id(one): one for one in (self.stack.bottom, *self.stack.above, self.stack.static) if one}
        sheets = len(self._spare) * len(self.stack.static.data)
        return sum(len(one.data) for one in canvases.values()) + sheets + self.strips.byte_count

    def draw(self, flat: FlatDocument, use: Callable[[Canvas, list[RowRange]], R]) -> R:
        """Draw a recipient's filled tree, and return what `use` makes of it.

        `use` gets the picture, whose memory is used again afterwards, and the rows in which it may differ from the
        static one.

        Raises:
            RenderError: A rasterizer fails.
        """
        static = self.stack.static
        contents = contents_of(flat, static.width, static.height)
        rows = [(int(box.top), int(box.bottom)) for one in contents.values() for box in one.touched]
        try:
            sheet = self._spare.pop()
        except IndexError:  # as many are made as threads draw at the same time
            sheet = Sheet(static)
        try:
            draw_layers(sheet, self.stack, flat, contents)
            found = use(sheet.canvas(), rows)
        except BaseException:
            del sheet  # nobody knows what is on it
            raise
        sheet.restore(static, rows)
        self._spare.append(sheet)
        return found

    def encode(self, filled: FlatDocument, text: TextAlternative) -> Encoded:
        """Draw and encode a recipient's image.

        Raises:
            RenderError: A rasterizer or an encoder fails.
        """
        return self.draw(filled, lambda canvas, rows: self.strips.encode(canvas, rows, text))


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
    width, height = size
    work = deepcopy(compiled.root)
    cut = _Cut(work)
    if (reason := cut.run()) is not None:
        return reason
    _hoist(work)
    runs: list[Canvas | None] = []
    for number in range(cut.runs + 1):
        name = f"s{number}"
        if number and not any(one.get(_LEAF) == name for one in work.iter(etree.Element)):
            runs.append(None)
            continue
        canvas = rasterize(_only_run(work, name, compiled), width, height, dpi, compiled.rasterizer)
        runs.append(replace(canvas, data=bytearray(canvas.data)))  # cairo reads from writable memory only
    changing = replace(compiled, root=_changing_root(work))
    stack = Stack.of(runs)
    return Plan(changing, stack, StaticStrips(stack.static, options), cut.runs, [])


class _Cut:
    """Marks the leaves of a prepared tree as static or dynamic, and numbers their runs."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._ids = elements_by_id(root)
        self._known: dict[str, bool] = {}
        self.runs = 0
        self._is_dynamic_run = False

    def run(self) -> str | None:
        """Cut the tree; return why it cannot be, or None."""
        if any("mix-blend-mode" in one.attrib for one in self._root.iter(etree.Element)):
            return "something blends with what lies below it"
        self._walk(self._root)
        return None

    def _walk(self, parent: etree._Element) -> None:
        for child in parent:
            local = local_name(child)
            if not local or local in NEVER_DRAWN or local in {"title", "desc"}:
                continue
            if not self._is_dynamic(child):
                self._is_dynamic_run = False
                child.set(_LEAF, f"s{self.runs}")
            elif local == "g" and self._is_plain(child):
                self._walk(child)
            else:
                if not self._is_dynamic_run:
                    self.runs += 1
                self._is_dynamic_run = True
                child.set(_LEAF, f"d{self.runs}")

    def _is_plain(self, group: etree._Element) -> bool:
        """Tell whether a group only moves and clips, and is the same for everybody."""
        own = [FILL, DYNAMIC, *_OWN_GROUP]
        if USED in group.attrib and any(CONTEXT in one.attrib for one in group.iter(etree.Element)):
            return False  # paint over the box of all that a `use` shows
        return not any(name in group.attrib for name in own) and not any(
            self._refers_to_dynamic(target) or self._refers_to_box(target) for _, target in references(group)
        )

    def _refers_to_box(self, target: str) -> bool:
        """Tell whether a clip path refers to the bounding box of what it clips, which no part of that has."""
        clip = self._ids.get(target)
        if clip is None or clip.get("clipPathUnits") == "objectBoundingBox":
            return clip is not None
        return any(self._refers_to_box(other) for name, other in references(clip) if name == "clip-path")

    def _is_dynamic(self, element: etree._Element) -> bool:
        return any(
            FILL in one.attrib
            or DYNAMIC in one.attrib
            or any(self._refers_to_dynamic(target) for _, target in references(one))
            for one in element.iter(etree.Element)
        )

    def _refers_to_dynamic(self, target: str) -> bool:
        if target not in self._known:
            self._known[target] = False  # for references that come back
            found = self._ids.get(target)
            self._known[target] = found is not None and self._is_dynamic(found)
        return self._known[target]


def _hoist(work: etree._Element) -> None:
    """Put what leaves refer to before the leaf that holds it, in place: a leaf may be taken away.

    Definitions move; of what is drawn, such as the path under a text, a copy is a definition.
    """
    targets = {target for one in work.iter(etree.Element) for _, target in references(one)}
    for leaf in [one for one in work.iter(etree.Element) if _LEAF in one.attrib]:
        held = [child for one in _drawn(leaf) for child in one if local_name(child) in NEVER_DRAWN]
        for one in held:
            remove_element(one)
        for one in leaf.iter(etree.Element):
            if one.get("id") in targets:
                held.append(deepcopy(one))
                held[-1].attrib.pop(_LEAF, None)
                del one.attrib["id"]
        if held:
            defs = new("defs")
            for one in held:
                one.tail = None
                defs.append(one)
            leaf.addprevious(defs)


def _only_run(work: etree._Element, name: str, compiled: CompiledTemplate) -> FlatDocument:
    """Return the document of one static run."""
    root = deepcopy(work)
    for element in list(root.iter(etree.Element)):
        if element.get(_LEAF, name) != name:
            remove_element(element)
    drop_marks(root)
    return FlatDocument(root, compiled.width, compiled.height, compiled.images, compiled.glyphs)


def _changing_root(work: etree._Element) -> etree._Element:
    """Return the tree of the dynamic leaves, each in a group with the number of its layer, and what they refer to."""
    root = deepcopy(work)
    for element in list(root.iter(etree.Element)):
        leaf = element.attrib.pop(_LEAF, None)
        if leaf is None:
            continue
        if leaf[0] == "s":
            remove_element(element)
        else:
            _wrap(element, leaf[1:])
    _prune(root)
    return root


def _wrap(element: etree._Element, number: str) -> None:
    parent = element.getparent()
    assert parent is not None  # a leaf is below the root
    group = new("g", {LAYER: number})
    group.tail, element.tail = element.tail, None
    parent.replace(element, group)
    group.append(element)


def _drawn(parent: etree._Element) -> Iterator[etree._Element]:
    """Yield an element and what of it is drawn where it stands."""
    yield parent
    for child in parent:
        if local_name(child) not in NEVER_DRAWN:
            yield from _drawn(child)


def _prune(root: etree._Element) -> None:
    """Drop definitions that nothing left refers to, so that a copy costs little."""
    ids = elements_by_id(root)
    needed: set[str] = set()
    waiting = list(_drawn(root))
    while waiting:
        for _, target in references(waiting.pop()):
            if target not in needed and target in ids:
                needed.add(target)
                waiting.extend(ids[target].iter(etree.Element))
    for defs in [one for one in root.iter(etree.Element) if local_name(one) == "defs"]:
        for child in list(defs):
            if not any(one.get("id") in needed for one in child.iter(etree.Element)):
                remove_element(child)
