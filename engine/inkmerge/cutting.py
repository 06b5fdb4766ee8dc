"""`CompiledTemplate` → `Cutting`: its paint order cut into static layers and dynamic ones, and why they are dynamic."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from lxml import etree

from inkmerge.causes import Cause, Causes
from inkmerge.compiling import CompiledTemplate
from inkmerge.flat.context import SHAPE
from inkmerge.flat.document import FlatDocument
from inkmerge.flat.flatten import drop_marks
from inkmerge.raster.layered import LAYER
from inkmerge.raster.routing import is_hard_clip
from inkmerge.svg.context_paint import CONTEXT
from inkmerge.svg.expansion import USED
from inkmerge.svg.names import DYNAMIC, FILL, FRAME, NEVER_DRAWN, local_name, mark, new
from inkmerge.svg.parsing import line_of, named, remove_element
from inkmerge.svg.references import elements_by_id, references
from inkmerge.svg.transform_origin import FILL_BOX

_LEAF: Final = mark("leaf")
"""Mark on what is drawn as one: ``s`` or ``d``, and the number of the dynamic layer that it lies above or belongs to."""
_OWN_GROUP: Final = {
    "opacity": "opacity",
    "filter": "filter",
    "mask": "mask",
    "mix-blend-mode": "mix-blend-mode",
    "isolation": "isolation",
    FILL_BOX: "transform-box",
    SHAPE: "clip-path",
}
"""What makes a group be painted as a whole, or waits for the box of the whole, and its name in SVG:
https://www.w3.org/TR/SVG2/render.html#Grouping."""


@dataclass(frozen=True, slots=True)
class CutLayer:
    """One layer as the template has it.

    Attributes:
        kind: ``static`` or ``dynamic``; ``whole`` for a template that is not cut.
        number: That of a dynamic layer, from 1; of another one, how many dynamic layers lie below it.
        first: Its first element: its id, else its name.
        last: Its last element.
        line: The line of its first element, where it is known.
        causes: Why it is dynamic.
        whole: The attributes because of which a group in it is painted as one, with all that is static in it.
    """

    kind: Literal["static", "dynamic", "whole"]
    number: int
    first: str
    last: str
    line: int | None
    causes: tuple[Cause, ...] = ()
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cutting:
    """A template's layers, the lowest first."""

    layers: tuple[CutLayer, ...]
    _compiled: CompiledTemplate
    _work: etree._Element

    @property
    def dynamic_count(self) -> int:
        """How many dynamic layers there are."""
        return sum(layer.kind == "dynamic" for layer in self.layers)

    def static_above(self, number: int) -> FlatDocument | None:
        """Return what is static above a dynamic layer and below the next; None for nothing."""
        is_there = any(layer.kind == "static" and layer.number == number for layer in self.layers)
        return self.static(number) if is_there else None

    def static(self, number: int) -> FlatDocument:
        """Return the document of the static layer of a number."""
        compiled, name = self._compiled, f"s{number}"
        root = deepcopy(self._work)
        for element in list(root.iter(etree.Element)):
            if element.get(_LEAF, name) != name:
                remove_element(element)
        drop_marks(root)
        return FlatDocument(root, compiled.width, compiled.height, compiled.images, compiled.glyphs)

    def changing(self) -> CompiledTemplate:
        """Return the template without what is static: each dynamic leaf in a group with the number of its layer."""
        return replace(self._compiled, root=_changing_root(self._work))

    def leaves(self) -> Iterator[CompiledTemplate]:
        """Yield the template with nothing but one dynamic leaf and what it refers to, for each leaf in document order."""
        count = sum(one.get(_LEAF, "s")[0] == "d" for one in self._work.iter(etree.Element))
        for place in range(count):
            yield replace(self._compiled, root=_changing_root(self._work, place))


def cut(compiled: CompiledTemplate) -> Cutting | str:
    """Cut a template into layers; return why not, in words, where it cannot be cut."""
    work = deepcopy(compiled.root)
    blending = next((one for one in work.iter(etree.Element) if "mix-blend-mode" in one.attrib), None)
    if blending is not None:
        line = line_of(blending)
        place = f" in line {line}" if line else ""
        return f"{named(blending)}{place} blends with what lies below it"
    cutter = _Cutter(work, compiled)
    cutter.walk(work)
    layers = tuple(one.layer() for one in cutter.layers)  # before ids go with what is hoisted
    _hoist(work)
    return Cutting(layers, compiled, work)


@dataclass(slots=True)
class _Leaves:
    """The leaves of one layer while it is gathered."""

    kind: Literal["static", "dynamic"]
    number: int
    elements: list[etree._Element] = field(default_factory=list)
    causes: dict[Cause, None] = field(default_factory=dict)
    whole: dict[str, None] = field(default_factory=dict)

    def layer(self) -> CutLayer:
        first, last = self.elements[0], self.elements[-1]
        place = named(first), named(last), line_of(first)
        return CutLayer(self.kind, self.number, *place, tuple(self.causes), tuple(self.whole))


class _Cutter:
    """Marks the leaves of a prepared tree as static or dynamic, and gathers their layers."""

    def __init__(self, root: etree._Element, compiled: CompiledTemplate) -> None:
        self._ids = elements_by_id(root)
        self._causes = Causes(compiled, self._ids)
        self._dynamic_count = 0
        self.layers: list[_Leaves] = []

    def walk(self, parent: etree._Element) -> None:
        """Cut what is in an element."""
        for child in parent:
            local = local_name(child)
            if not local or local in NEVER_DRAWN or local in {"title", "desc"}:
                continue
            if not self._causes.are_in(child):
                self._take(child, "static")
            elif local == "g" and self._is_plain(child):
                self.walk(child)
            else:
                self._take(child, "dynamic")
                self.layers[-1].causes.update(dict.fromkeys(self._causes.of(child)))
                if local == "g":
                    self.layers[-1].whole.update(dict.fromkeys(self._whole(child)))

    def _take(self, leaf: etree._Element, kind: Literal["static", "dynamic"]) -> None:
        if not self.layers or self.layers[-1].kind != kind:
            self._dynamic_count += kind == "dynamic"
            self.layers.append(_Leaves(kind, self._dynamic_count))
        self.layers[-1].elements.append(leaf)
        leaf.set(_LEAF, f"{kind[0]}{self._dynamic_count}")

    def _is_plain(self, group: etree._Element) -> bool:
        """Tell whether a group only moves and clips, and is the same for everybody."""
        is_filled = FILL in group.attrib or DYNAMIC in group.attrib
        return not is_filled and next(self._whole(group), None) is None

    def _whole(self, group: etree._Element) -> Iterator[str]:
        """Yield the attributes because of which a group is painted as one."""
        yield from (words for name, words in _OWN_GROUP.items() if name in group.attrib)
        if USED in group.attrib and any(CONTEXT in one.attrib for one in group.iter(etree.Element)):
            yield "context paint"  # over the box of all that a `use` shows
        if is_hard_clip(group, self._ids):
            yield "clip-path"
        for name, target in references(group):
            if self._causes.through(target):
                yield name


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
                for inner in held[-1].iter(etree.Element):
                    inner.attrib.pop(FRAME, None)  # it may inherit other styles here
                held[-1].attrib.pop(_LEAF, None)
                del one.attrib["id"]
        if held:
            defs = new("defs")
            for one in held:
                one.tail = None
                defs.append(one)
            leaf.addprevious(defs)


def _changing_root(work: etree._Element, only: int | None = None) -> etree._Element:
    """Return the tree of the dynamic leaves, each in a group with the number of its layer, and what they refer to.

    With `only`, it has that one of them alone, by its place among them.
    """
    root = deepcopy(work)
    leaves = ((one, one.attrib.pop(_LEAF)) for one in list(root.iter(etree.Element)) if _LEAF in one.attrib)
    place = 0
    for element, leaf in leaves:
        if leaf[0] == "s":
            remove_element(element)
            continue
        if only is None or place == only:
            _wrap(element, leaf[1:])
        else:
            remove_element(element)
        place += 1
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
