"""One tree without indirection: `switch` decided, `use`, `symbol` and nested `svg` turned into groups."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from fontTools.misc.transform import Transform
from lxml import etree

from inkmerge.errors import AssetNotAllowed, Finding, Severity, UnsupportedFeature
from inkmerge.limits import Limits
from inkmerge.svg.names import NEVER_DRAWN, SHAPES, TEXT_ROOTS, XLINK_HREF, local_name, mark, new, svg_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.properties import INHERITED
from inkmerge.svg.references import elements_by_id, href, references
from inkmerge.svg.style import ComputedStyles, decorations_around
from inkmerge.svg.text_references import expand_text_references
from inkmerge.svg.transforms import transform_text
from inkmerge.svg.units import Axis, ViewBox, Viewport, text_of, viewport_transform

VIEWPORT = mark("viewport")
"""Mark on a group that was a viewport: ``width height``, to which percentages below it refer."""

USED = mark("used")
"""Mark on what stands in the place of a `<use>`, the context element of what it holds: its number."""
FILTER_STYLE = {
    name: mark(f"filter-{name}")
    for name in ("color", "font-size", "fill", "fill-opacity", "stroke", "stroke-opacity")
}
"""Marks on a group with a filter: the inherited properties that the filter may ask for, by their names."""

_USE_OWN = frozenset(("x", "y", "width", "height", "href", XLINK_HREF, "id"))
_VIEWPORT_OWN = frozenset(
    ("x", "y", "width", "height", "viewBox", "preserveAspectRatio", "overflow", "version")
)
_POSITION = ("x", "y")


class Expansion:
    """The expansion of one document, in place.

    Args:
        root: The cascaded tree.
        viewport: The root's own viewport.
        limits: How many elements the result may have.
        name: The template's file name.
        language: What `systemLanguage` is compared with.
    """

    def __init__(
        self, root: etree._Element, viewport: Viewport, limits: Limits, name: str, language: str = "en"
    ) -> None:
        self._root = root
        self._viewport = viewport
        self._limits = limits
        self._name = name
        self._language = language.lower()
        self._clips = 0
        self._used = 0
        self._count = 0
        self.findings: list[Finding] = []

    def run(self) -> None:
        """Decide switches, drop what is not displayed, expand references, then turn viewports into groups."""
        self._decide_switches()
        self._drop_undisplayed()
        self._count = sum(1 for _ in self._root.iter(etree.Element))
        self._ids = elements_by_id(self._root)
        self.findings += expand_text_references(self._root, self._limits, self._name)
        for use in list(self._root.iter(svg_name("use"))):
            if use.getparent() is not None:
                self._expand(use, ())
        self._root.set(VIEWPORT, f"{self._viewport.width!r} {self._viewport.height!r}")
        for nested in list(self._root.iter(svg_name("svg"))):
            if nested is not self._root:
                self._enter_viewport(nested)
        for symbol in list(self._root.iter(svg_name("symbol"))):
            remove_element(symbol)
        self._drop_undrawn()
        self._put_into_defs()

    def _decide_switches(self) -> None:
        for element in list(self._root.iter(etree.Element)):
            parent = element.getparent()
            if local_name(element) == "switch" and parent is not None and local_name(parent) == "clipPath":
                remove_element(element)  # https://www.w3.org/TR/css-masking-1/#ClipPathElement: no container
            elif local_name(element) == "switch":
                chosen = next((child for child in element if self._passes(child)), None)
                for child in list(element):
                    if child is not chosen:
                        remove_element(child)
                element.tag = svg_name("g")
            elif local_name(element) not in NEVER_DRAWN and not self._passes(element):
                if element is self._root:
                    self._clear("its systemLanguage or requiredExtensions is not met")
                    return
                if local_name(element) == "foreignObject" and element.get("requiredExtensions") is None:
                    self._warn(
                        "unsupported-feature",
                        "a foreignObject (HTML) was left out",
                        element,
                        "redraw it with SVG shapes and text, or export that layer as an image",
                    )
                remove_element(element)

    def _passes(self, element: etree._Element) -> bool:
        """Tell whether conditional attributes hold: https://www.w3.org/TR/SVG2/struct.html#ConditionalProcessing."""
        if local_name(element) in {"", "foreignObject"} or element.get("requiredExtensions") is not None:
            return False
        languages = element.get("systemLanguage")
        if languages is None:
            return True
        return any(
            wanted
            and (
                self._language == wanted
                or self._language.startswith(f"{wanted}-")
                or wanted.startswith(f"{self._language}-")
            )
            for wanted in (word.strip().lower() for word in languages.split(","))
        )

    def _clear(self, reason: str) -> None:
        """Draw nothing at all."""
        self._warn("nothing-drawn", f"the picture is empty: {reason}", self._root)
        for child in list(self._root):
            remove_element(child)

    def _drop_undisplayed(self) -> None:
        if self._root.get("display") == "none":
            self._clear("the root says display: none")
        for element in list(self._root.iter(etree.Element)):
            is_drawn = local_name(element) not in {"clipPath", "mask", "marker", "pattern", "linearGradient"}
            if element.get("display") == "none" and is_drawn and element.getparent() is not None:
                # what is hidden may be referred to: it becomes a definition, until it is known
                element.attrib.pop("display")
                if element.get("id") is None and local_name(element) in SHAPES | TEXT_ROOTS | {"image"}:
                    remove_element(element)
                elif local_name(element) in SHAPES | TEXT_ROOTS | {"image"}:
                    self._define(element)
                else:
                    element.tag = svg_name("defs")

    def _define(self, element: etree._Element) -> None:
        """Put an element into a `<defs>` of its own in its place."""
        parent = element.getparent()
        assert parent is not None  # the root is displayed
        defs = new("defs")
        defs.tail, element.tail = element.tail, None
        parent.replace(element, defs)
        defs.append(element)

    def _drop_undrawn(self) -> None:
        """Drop what stands in `<defs>` to be used, and no longer is: it is not drawn, and need not be filled."""
        used = {target for element in self._root.iter(etree.Element) for _, target in references(element)}
        for defs in list(self._root.iter(svg_name("defs"))):
            for element in list(defs):
                is_resource = local_name(element) in NEVER_DRAWN
                if not is_resource and not any(one.get("id") in used for one in element.iter(etree.Element)):
                    remove_element(element)

    def _put_into_defs(self) -> None:
        """Put resources that stand among drawn elements into `<defs>`: CairoSVG draws some of them otherwise."""
        for element in list(self._root.iter(*map(svg_name, NEVER_DRAWN - {"defs", "symbol"}))):
            parent = element.getparent()
            if parent is not None and local_name(parent) in {"g", "svg", "a"}:
                self._define(element)

    def _expand(self, use: etree._Element, chain: tuple[str, ...]) -> None:
        link = href(use)
        target_id = (link or "").strip()
        if "{" in target_id:
            raise UnsupportedFeature(
                "a placeholder chooses what <use> refers to",
                location=place_of(use, self._name),
                hint="write one <use> for each choice, with data-show",
            )
        if target_id and not target_id.startswith("#"):
            raise AssetNotAllowed(
                f"<use> refers outside the file: {target_id[:80]!r}",
                location=place_of(use, self._name),
                hint="copy the element into this file",
            )
        target = self._ids.get(target_id[1:])
        if target is None:
            self._warn(
                "reference-missing", f"<use> refers to {target_id or 'nothing'}, which is not there", use
            )
            remove_element(use)
            return
        if target_id in chain or target in use.iterancestors():
            self._warn(
                "reference-cycle", f"<use> refers to {target_id}, which holds it: it is not drawn", use
            )
            remove_element(use)
            return
        clone = self._clone(use, target)
        self._replace(use, clone)
        for inner in list(clone.iter(svg_name("use"))):
            if inner.getparent() is not None:
                self._expand(inner, (*chain, target_id))

    def _clone(self, use: etree._Element, target: etree._Element) -> etree._Element:
        self._count += sum(1 for _ in target.iter(etree.Element))
        self._limits.require("elements", self._count, place_of(use, self._name))
        clone = deepcopy(target)
        clone.tail = None
        for element in clone.iter(etree.Element):
            element.attrib.pop("id", None)
        if local_name(clone) in {"symbol", "svg"}:
            clone.tag = svg_name("svg")
            for size in ("width", "height"):
                if use.get(size) is not None:
                    clone.set(size, use.get(size, ""))
                elif local_name(target) == "symbol":
                    clone.set(size, clone.get(size, "100%"))
        return clone

    def _replace(self, use: etree._Element, clone: etree._Element) -> None:
        parent = use.getparent()
        assert parent is not None  # the root is no <use>
        shift = self._shift(use)
        if (
            local_name(parent) == "clipPath"
        ):  # https://www.w3.org/TR/css-masking-1/#ClipPathElement: no groups
            wrapper = clone
            wrapper.set(
                "transform", " ".join(filter(None, (use.get("transform"), shift, clone.get("transform"))))
            )
            for name, value in use.attrib.items():
                if name in INHERITED:
                    wrapper.set(name, wrapper.get(name, value))
        else:
            wrapper = new("g")
            for name, value in use.attrib.items():
                if name not in _USE_OWN:
                    wrapper.set(name, value)
            wrapper.set("transform", " ".join(filter(None, (use.get("transform"), shift))))
            wrapper.append(clone)
            self._used += 1
            wrapper.set(USED, str(self._used))
        if not wrapper.get("transform"):
            wrapper.attrib.pop("transform", None)
        if (name := use.get("id")) is not None:
            wrapper.set("id", name)
        wrapper.sourceline = use.sourceline
        wrapper.tail = use.tail
        parent.replace(use, wrapper)

    def _shift(self, use: etree._Element) -> str:
        x, y = use.get("x", "0"), use.get("y", "0")
        if "{" in x or "{" in y:
            return f"translate({x}, {y})"
        left, top = (self._length(use, axis, "0") for axis in _POSITION)
        return f"translate({text_of(left)} {text_of(top)})" if left or top else ""

    def _enter_viewport(self, nested: etree._Element) -> None:
        """Turn a nested `<svg>` into a group: https://www.w3.org/TR/SVG2/coords.html#EstablishingANewSVGViewport."""
        for attribute in ("x", "y", "width", "height", "viewBox"):
            if "{" in nested.get(attribute, ""):
                raise UnsupportedFeature(
                    f"a placeholder in {attribute} of a nested <svg>",
                    location=place_of(nested, self._name),
                    hint="put a <g transform=…> around it instead",
                )
        x, y = self._length(nested, "x", "0"), self._length(nested, "y", "0")
        width, height = self._length(nested, "width", "100%"), self._length(nested, "height", "100%")
        box = ViewBox.parse(nested.get("viewBox", ""))
        if width <= 0 or height <= 0:
            remove_element(nested)
            return
        fit, inner = Transform(), (width, height)
        if box is not None:
            fit, _ = viewport_transform(box, width, height, nested.get("preserveAspectRatio", ""))
            inner = (box.width, box.height)
        clip = None
        if nested.get("overflow", "hidden") in {"hidden", "scroll"}:
            clip = self._clip(x, y, width, height)
        content = nested
        content.tag = svg_name("g")
        for attribute in _VIEWPORT_OWN:
            content.attrib.pop(attribute, None)
        outer = new("g")
        outer.tail, content.tail = content.tail, None
        parent = content.getparent()
        assert parent is not None  # the root was left out
        parent.replace(content, outer)
        outer.append(content)
        # clip paths, masks and filters stay inside: browsers take them in the viewport's own user space
        for name in ("opacity", "transform", "mix-blend-mode", "isolation"):
            if (value := content.attrib.pop(name, None)) is not None:
                outer.set(name, value)
        if clip is not None:
            clipped = new("g", {"clip-path": f"url(#{clip})"})
            outer.append(clipped)
            clipped.append(content)
        if transform := transform_text(Transform(1, 0, 0, 1, x, y).transform(fit)):
            content.set("transform", transform)
        content.set(VIEWPORT, f"{inner[0]!r} {inner[1]!r}")

    def _clip(self, x: float, y: float, width: float, height: float) -> str:
        self._clips += 1
        name = f"inkmerge-viewport-{self._clips}"
        clip = new("clipPath", {"id": name})
        numbers = {"x": x, "y": y, "width": width, "height": height}
        clip.append(new("rect", {key: text_of(value) for key, value in numbers.items()}))
        defs = new("defs")
        defs.append(clip)
        self._root.insert(0, defs)
        return name

    def _length(self, element: etree._Element, attribute: str, initial: str) -> float:
        viewport = viewport_of(element, self._viewport)
        styles = ComputedStyles(viewport)
        own = Viewport(viewport.width, viewport.height, styles.font_size(element))
        axis: Axis = "x" if attribute in {"x", "width"} else "y"
        found = own.length(element.get(attribute, initial), axis)
        if found is None:
            found = own.length(initial, axis) or 0.0
        self._limits.require("coordinate", abs(found), place_of(element, self._name))
        return found

    def _warn(self, code: str, message: str, element: etree._Element, hint: str | None = None) -> None:
        self.findings.append(Finding(code, Severity.WARNING, message, place_of(element, self._name), hint))


def viewport_of(element: etree._Element, initial: Viewport) -> Viewport:
    """Return the viewport that percentages on `element` refer to: that of the nearest ancestor that is one."""
    for ancestor in element.iterancestors():
        found = ancestor.get(VIEWPORT)
        if found is not None:
            width, height = found.split()
            return replace(initial, width=float(width), height=float(height))
    return initial


def push_inherited(root: etree._Element, styles: ComputedStyles) -> None:
    """Write inherited properties onto the elements that use them, and take them off everything above, in place.

    Afterwards each element that is drawn says all about itself, so that it can be drawn anew on its own.
    """
    carriers = SHAPES | {"text", "flowRoot", "image", "stop", "filter"}
    written: list[tuple[etree._Element, dict[str, str]]] = []
    cleared: list[etree._Element] = []
    stack = [root]
    while stack:
        element = stack.pop()
        local = local_name(element)
        if local in carriers:
            written.append((element, styles(element) | decorations_around(element)))
        else:
            cleared.append(element)
        if local not in {"text", "flowRoot", "filter"}:
            stack.extend(child for child in element if isinstance(child.tag, str))
    for element, style in written:
        for name, value in style.items():
            element.set(name, value)
    for element in cleared:
        _keep_for_resource(element, styles)
    for element in cleared:
        space = styles(element).get("color-interpolation") if local_name(element) == "mask" else None
        for name in element.attrib:
            if name in INHERITED:
                del element.attrib[name]
        if space is not None:
            element.set("color-interpolation", space)


def _keep_for_resource(element: etree._Element, styles: ComputedStyles) -> None:
    """Mark a filtered group with the inherited properties that its filter may ask for."""
    if "filter" in element.attrib:
        style = styles(element)
        for name, marked in FILTER_STYLE.items():
            if name in style:
                element.set(marked, style[name])
