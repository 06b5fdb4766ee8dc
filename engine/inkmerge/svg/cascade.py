"""CSS → attributes: every declaration that wins becomes a presentation attribute of its element.

Afterwards no `<style>` element, `style` or `class` attribute is left, and nothing downstream knows of CSS.
Placeholders may stand in declaration values; they pass through the CSS parser as identifiers of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cssselect2
import tinycss2
from lxml import etree

from inkmerge.errors import Finding, Location, Severity, UnsupportedFeature
from inkmerge.limits import Limits
from inkmerge.svg.custom_properties import Properties, inherit, substitute
from inkmerge.svg.declarations import (
    MASK,
    MOVES,
    Declarations,
    Fault,
    Masks,
    font_longhands,
    longhands,
    parse_declarations,
    parse_style_attribute,
)
from inkmerge.svg.names import svg_name
from inkmerge.svg.parsing import place_of
from inkmerge.svg.properties import CSS_ONLY, PROPERTIES

_MEDIA: Final = frozenset(("", "all", "screen"))
_NO_PROPERTIES: Final[Properties] = {}


def cascade(root: etree._Element, limits: Limits, name: str) -> list[Finding]:
    """Resolve style sheets, `style` attributes and presentation attributes, in place.

    https://www.w3.org/TR/css-cascade-4/#cascade-sort: presentation attributes come before author rules of
    specificity 0 (https://www.w3.org/TR/SVG2/styling.html#PresentationAttributes).

    Raises:
        LimitExceeded: More CSS than allowed.
        UnsupportedFeature: A placeholder in a selector or a class.
    """
    masks = Masks()
    findings: list[Finding] = []
    report = _Reporter(findings, limits, name)
    matcher = cssselect2.Matcher()
    has_rules = False
    for selector, declarations in _rules(root, masks, report):
        matcher.add_selector(selector, declarations)
        has_rules = True
    winners: dict[etree._Element, list[Declarations]] = {}
    faults: dict[Fault, etree._Element] = {}
    if has_rules:
        for wrapped in cssselect2.ElementWrapper.from_xml_root(root).iter_subtree():
            matched = [payload for _, _, pseudo, payload in matcher.match(wrapped) if pseudo is None]
            if matched:
                winners[wrapped.etree_element] = matched
    custom: dict[etree._Element, Properties] = {}
    for element in root.iter(etree.Element):
        if "{" in element.get("class", ""):
            raise UnsupportedFeature(
                "a placeholder in class",
                location=place_of(element, name),
                hint="write the placeholder in the property itself, such as fill, or switch elements with data-show",
            )
        parent = element.getparent()
        inherited = custom.get(parent, _NO_PROPERTIES) if parent is not None else _NO_PROPERTIES
        matched = winners.get(element, [])
        inline = element.get("style")
        own = parse_style_attribute(masks.hide(inline)) if inline else None
        for fault in _faults(matched, own):
            if fault.holds_placeholder:
                raise UnsupportedFeature(
                    "a placeholder stands in style where a property and its value belong",
                    location=place_of(element, name),
                    hint='write the property, and the placeholder as its value: style="fill: {{ color }}"',
                )
            faults.setdefault(fault, element)
        resolved = _apply(element, matched, own, masks, inherited)
        for fault in resolved.faults:
            faults.setdefault(fault, element)
        if resolved.properties:
            custom[element] = resolved.properties
    for fault, element in faults.items():
        report.warn(masks.show(fault.message), place_of(element, name), fault.hint)
    return findings


@dataclass(frozen=True, slots=True)
class _Reporter:
    findings: list[Finding]
    limits: Limits
    name: str

    def warn(self, message: str, place: Location, hint: str | None = None) -> None:
        self.findings.append(Finding("css-ignored", Severity.WARNING, message, place, hint))


def _rules(root: etree._Element, masks: Masks, report: _Reporter) -> Iterator[tuple[Any, Declarations]]:
    sheets = []
    for element in list(root.iter(svg_name("style"))):
        if element.get("type", "text/css") == "text/css" and element.get("media", "").strip() in _MEDIA:
            sheets.append((element.text or "", place_of(element, report.name)))
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    report.limits.require("css_bytes", sum(len(text.encode()) for text, _ in sheets), Location(report.name))
    count = 0
    for text, place in sheets:
        # HTML comment marks are legal around a style sheet: https://www.w3.org/TR/css-syntax-3/#CDO-token-diagram
        rules = tinycss2.parse_stylesheet(masks.hide(text), skip_comments=True, skip_whitespace=True)
        for rule in _screen_rules(rules, place, report):
            count += 1
            if count > report.limits.css_rules:
                report.limits.require("css_rules", count, place)
            yield from _selectors(rule, place, report)


def _screen_rules(rules: list[Any], place: Location, report: _Reporter) -> Iterator[Any]:
    for rule in rules:
        line = Location(place.template, (place.line or 1) + rule.source_line - 1, place.element)
        if rule.type == "qualified-rule":
            yield rule
        elif rule.type == "error":
            report.warn(f"CSS does not parse: {rule.message}", line)
        elif rule.at_keyword.lower() == "media":
            media = tinycss2.serialize(rule.prelude).strip().lower()
            if media in _MEDIA and rule.content is not None:
                nested = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                yield from _screen_rules(nested, place, report)
            elif media != "print":
                report.warn(
                    f"@media {media} was left out: an image is the same on every screen",
                    line,
                    "write what the image shows outside of @media",
                )
        elif rule.at_keyword.lower() not in {"charset", "namespace"}:
            report.warn(
                f"@{rule.at_keyword} is not supported and was left out",
                line,
                "put the fonts into a font folder, or embed them with @font-face and data URIs"
                if rule.at_keyword.lower() == "import"
                else None,
            )


def _selectors(rule: Any, place: Location, report: _Reporter) -> Iterator[tuple[Any, Declarations]]:
    prelude = tinycss2.serialize(rule.prelude)
    line = Location(place.template, (place.line or 1) + rule.source_line - 1, place.element)
    if MASK.search(prelude):
        raise UnsupportedFeature(
            "a placeholder stands in a CSS selector",
            location=line,
            hint="use it in a declaration's value, or switch elements with data-show",
        )
    report.limits.require("css_selector_length", len(prelude), line)
    try:
        selectors = cssselect2.compile_selector_list(rule.prelude)
    except (cssselect2.SelectorError, RecursionError, SyntaxError) as fault:
        report.warn(f"the selector {prelude.strip()!r} is not supported: {fault}", line)
        return
    declarations = parse_declarations(rule.content)
    for selector in selectors:
        yield selector, declarations


def _faults(matched: list[Declarations], own: Declarations | None) -> Iterator[Fault]:
    """Yield what was left out of the declarations for an element."""
    for declarations in (*matched, own) if own else matched:
        yield from declarations.faults


@dataclass(frozen=True, slots=True)
class _Applied:
    """An element's custom properties, and what of its declarations has no value."""

    properties: Properties
    faults: tuple[Fault, ...] = ()


def _apply(
    element: etree._Element,
    matched: list[Declarations],
    own: Declarations | None,
    masks: Masks,
    inherited: Properties,
) -> _Applied:
    """Write the declarations that win into attributes, in place."""
    attributes = element.attrib
    attributes.pop("style", None)
    attributes.pop("class", None)
    for name in CSS_ONLY:
        attributes.pop(name, None)
    if "font" in attributes:
        for name, value in font_longhands(masks.hide(attributes.pop("font"))):
            attributes[name] = masks.show(value)
    ordered = [*matched, own] if own else matched
    declared = [one for each in ordered for one in each.normal]
    declared += [one for each in ordered for one in each.important]
    custom = {name: value for name, value in declared if name.startswith("--")}
    properties, cyclic = inherit(custom, inherited)
    faults = [Fault(f"{name} refers to itself through var(), and so has no value") for name in cyclic]
    if "var(" in "".join(attributes.values()):
        faults += _substitute_attributes(element, masks, properties)
    moves: dict[str, str] = {}
    for name, value in declared:
        if name.startswith("--"):
            continue
        if name in MOVES:
            moves[name] = value
        elif "var(" not in value.lower():
            attributes[name] = masks.show(value)
        elif (found := substitute(value, properties)) is None:
            # invalid at computed-value time: https://www.w3.org/TR/css-variables-1/#invalid-at-computed-value-time
            attributes.pop(name, None)
            faults.append(_without_value(name, value))
        else:
            for longhand, part in longhands(name, found):
                attributes[longhand] = masks.show(part)
    if moves:
        faults += _move(element, moves, masks, properties)
    return _Applied(properties, tuple(faults))


def _without_value(name: str, value: str) -> Fault:
    return Fault(f"{name}: {value} has no value", "set the custom property, or write var(--name, fallback)")


def _move(
    element: etree._Element, moves: dict[str, str], masks: Masks, properties: Properties
) -> list[Fault]:
    """Write `translate`, `rotate` and `scale` before the transform, in place.

    https://www.w3.org/TR/css-transforms-2/#individual-transforms; what turns or moves in space is left out.
    """
    faults: list[Fault] = []
    functions: list[str] = []
    for name in MOVES:
        value = moves.get(name, "none")
        found = substitute(value, properties)
        parts = found.split() if found else []
        if found is None:
            faults.append(_without_value(name, value))
        elif name == "rotate" and len(parts) == 2 and parts[0].lower() == "z":
            functions.append(f"rotate({parts[1]})")
        elif len(parts) > (1 if name == "rotate" else 2):
            faults.append(Fault(f"{name}: {value} is no move in the plane, and was left out"))
        elif parts and found.lower() != "none":
            functions.append(f"{name}({', '.join(parts)})")
    own = element.get("transform", "none")
    whole = [masks.show(one) for one in functions] + ([] if own.strip() == "none" else [own])
    if whole:
        element.set("transform", " ".join(whole))
    return faults


def _substitute_attributes(element: etree._Element, masks: Masks, properties: Properties) -> list[Fault]:
    faults: list[Fault] = []
    for name, value in element.attrib.items():
        if name in PROPERTIES and "var(" in value.lower():
            hidden = masks.hide(value)
            found = substitute(hidden, properties)
            if found is None:
                del element.attrib[name]
                faults.append(_without_value(name, hidden))
            else:
                element.set(name, masks.show(found))
    return faults
