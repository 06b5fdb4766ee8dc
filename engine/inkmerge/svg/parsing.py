"""Bytes → a safe XML tree: no network, no files, no entities from outside, nothing beyond the limits."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from inkmerge.errors import (
    Finding,
    InkmergeError,
    LimitExceeded,
    Location,
    Severity,
    TemplateSyntax,
    UnsafeTemplate,
)
from inkmerge.limits import Limits
from inkmerge.svg.entities import expand_markup_entities
from inkmerge.svg.html_backgrounds import draw_html_backgrounds
from inkmerge.svg.names import INKSCAPE, SERIF, SODIPODI, SVG, XLINK, XML, local_name, svg_name

_ENCODINGS: Final = re.compile(
    r"utf-?(8|16(le|be)?)|us-ascii|iso-8859-\d+|windows-125\d|koi8-[ru]|shift_jis|euc-(jp|kr)|gbk|gb18030|big5",
    re.IGNORECASE,
)
"""Encodings that a declaration may name; not UTF-7, whose markup hides from filters."""
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)["']""")
_DATA_URI = re.compile(rb"""data:[^"'\s)]*""")
PRIVATE = re.compile(rb"<i:(?:ai)?pgf\b.*?</i:(?:ai)?pgf\s*>", re.DOTALL)
"""Illustrator's own copy of a drawing, which it writes behind the picture and which is never read."""
_PROLOG_END = re.compile(rb"<[A-Za-z]")
_KEPT_NAMESPACES: Final = frozenset((SVG, XLINK, XML, INKSCAPE, SODIPODI, SERIF))
_DROPPED: Final = frozenset(("script", "metadata"))


def parse_svg(data: bytes, limits: Limits, name: str) -> tuple[etree._Element, tuple[Finding, ...]]:
    """Parse an SVG file into a tree that holds nothing that runs, loads or explodes.

    Args:
        data: The file's bytes, UTF-8 or with a declared Latin or UTF-16 encoding.
        limits: How large it may be.
        name: The template's file name, for places in messages.

    Returns:
        The root element, and findings for what was removed.

    Raises:
        TemplateSyntax: It is not XML or not SVG.
        UnsafeTemplate: It declares external entities or style sheets.
        LimitExceeded: It is too large, too deep, or its entities expand too far.
    """
    place = Location(name)
    _check_bytes(data, limits, place)
    data = expand_markup_entities(data, limits, place)
    try:
        root = etree.fromstring(data, safe_parser())
    except etree.XMLSyntaxError as fault:
        raise _syntax_error(fault, name) from None
    except (ValueError, LookupError) as fault:
        raise TemplateSyntax(f"the file is not XML: {fault}", location=place) from None
    _check_declarations(root, place)
    _check_root(root, place)
    draw_html_backgrounds(root)
    findings = _clean(root, name)
    _check_size(root, limits, name)
    return root, tuple(findings)


def safe_parser() -> etree.XMLParser:
    """Return a parser that loads nothing, and that stops at bombs of entities and at 256 levels."""
    return etree.XMLParser(
        resolve_entities="internal", no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )


def place_of(element: etree._Element, name: str) -> Location:
    """Return the place of an element: template, line, and its id or else its tag."""
    return Location(name, element.sourceline, element.get("id") or local_name(element) or None)


def named(element: etree._Element) -> str:
    """Return what a person knows an element by: its id, else its name and the id of what it is in."""
    if name := element.get("id"):
        return f"#{name}"
    if local_name(element) == "g" and len(element) == 1:
        return named(element[0])  # a group that only carries the directive of what is in it
    around = next((name for one in element.iterancestors() if (name := one.get("id"))), None)
    return f"<{local_name(element)}>" + (f" in #{around}" if around else "")


def line_of(element: etree._Element) -> int | None:
    """Return the line of an element; of what was made from another, such as outlines, that of the other."""
    around = (element, *element.iterancestors())
    return next((one.sourceline for one in around if one.sourceline is not None), None)


def _check_bytes(data: bytes, limits: Limits, place: Location) -> None:
    if not data.strip():
        raise TemplateSyntax("the file is empty", location=place)
    if data.startswith(b"\x1f\x8b"):
        raise TemplateSyntax(
            "the file is compressed (svgz)",
            location=place,
            hint="save it as plain SVG, or unpack it with gunzip",
        )
    limits.require("svg_total_bytes", len(data), place)
    own = (
        len(data)
        - sum(len(m[0]) for m in _DATA_URI.finditer(data))
        - sum(len(m[0]) for m in PRIVATE.finditer(data))
    )
    limits.require("svg_bytes", own, place)
    declared = _DECLARED_ENCODING.match(data[:200])
    if declared and not _ENCODINGS.fullmatch(declared[1].decode("ascii", "replace")):
        raise TemplateSyntax(
            f"the encoding {declared[1].decode('ascii', 'replace')!r} is not supported",
            location=place,
            hint="save the file as UTF-8",
        )
    prolog = data[: m.start()] if (m := _PROLOG_END.search(data)) else data
    if re.search(rb"<!ENTITY\s+%", prolog):
        raise UnsafeTemplate(
            "the file declares a parameter entity", location=place, hint="remove the DOCTYPE"
        )


def _syntax_error(fault: etree.XMLSyntaxError, name: str) -> InkmergeError:
    message = (fault.msg or "not XML").split(", line ")[0]
    place = Location(name, fault.lineno or None)
    lowered = message.lower()
    if "amplification" in lowered or "entity reference loop" in lowered:
        return LimitExceeded(f"entities expand too far: {message}", location=place, hint="remove the DOCTYPE")
    if "depth" in lowered or "too long" in lowered or "huge" in lowered or "too big" in lowered:
        return LimitExceeded(f"the file is too large or too deep: {message}", location=place)
    if "entity" in lowered and "not defined" in lowered:
        return UnsafeTemplate(
            f"an entity is external or unknown: {message}",
            location=place,
            hint="remove the DOCTYPE, or write the entity's text into it; nothing is loaded from outside the file",
        )
    hint = None
    if "start tag expected" in lowered or "document is empty" in lowered:
        hint = "this is not an SVG file; export the design as SVG"
    elif "namespace prefix" in lowered:
        hint = "declare the prefix on the <svg> element, or export the file again"
    return TemplateSyntax(f"the file is not well-formed XML: {message}", location=place, hint=hint)


def _check_declarations(root: etree._Element, place: Location) -> None:
    """Refuse what would be loaded from outside; entities with a plain text are fine (Illustrator writes them)."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None:
        for entity in dtd.iterentities():
            if getattr(entity, "system_url", None) or entity.content is None:
                raise UnsafeTemplate(
                    f"the entity {entity.name!r} is external",
                    location=place,
                    hint="remove the DOCTYPE, or write the entity's text into it",
                )
    unresolved = next(root.iter(etree.Entity), None)
    if unresolved is not None:
        raise UnsafeTemplate(
            f"the entity reference {unresolved.text!r} cannot be resolved",
            location=Location(place.template, unresolved.sourceline),
            hint="remove it; nothing is loaded from outside the file",
        )
    sibling = root.getprevious()
    while sibling is not None:
        if isinstance(sibling, etree._ProcessingInstruction) and sibling.target == "xml-stylesheet":
            raise UnsafeTemplate(
                "the file asks for an external style sheet",
                location=place,
                hint="move its rules into a <style> element",
            )
        sibling = sibling.getprevious()


def _check_root(root: etree._Element, place: Location) -> None:
    tag = root.tag if isinstance(root.tag, str) else ""
    if tag == svg_name("svg"):
        return
    if tag == "svg":
        raise TemplateSyntax(
            "the <svg> element has no namespace", location=place, hint=f'add xmlns="{SVG}" to it'
        )
    raise TemplateSyntax(
        f"the root element is <{etree.QName(tag).localname if tag else '?'}>, not <svg>",
        location=place,
        hint="export the design as SVG",
    )


def _clean(root: etree._Element, name: str) -> list[Finding]:
    """Remove what never becomes part of a picture: scripts, handlers, editors' own elements, instructions."""
    findings = []
    for element in list(root.iter()):
        if element.getparent() is None and element is not root:
            continue
        if not isinstance(element.tag, str):
            if element.tag is etree.ProcessingInstruction:
                remove_element(element)
            continue
        local = local_name(element)
        if not local or local in _DROPPED:
            if local == "script":
                findings.append(_removed("script-removed", "a script was removed", element, name))
            elif etree.QName(element).namespace is None:
                findings.append(
                    _removed("unknown-element", "an element without a namespace was left out", element, name)
                )
            remove_element(element)
            continue
        for attribute in element.attrib:
            namespace = attribute[1:].split("}")[0] if attribute.startswith("{") else None
            if namespace is not None and namespace not in _KEPT_NAMESPACES:
                del element.attrib[attribute]
            elif attribute.startswith("on"):
                findings.append(
                    _removed("script-removed", f"the handler {attribute} was removed", element, name)
                )
                del element.attrib[attribute]
    return findings


def _removed(code: str, message: str, element: etree._Element, name: str) -> Finding:
    return Finding(code, Severity.WARNING, message, place_of(element, name))


def remove_element(element: etree._Element) -> None:
    """Take an element out of the tree, but leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        previous = element.getprevious()
        if previous is None:
            parent.text = (parent.text or "") + element.tail
        else:
            previous.tail = (previous.tail or "") + element.tail
    parent.remove(element)


def _check_size(root: etree._Element, limits: Limits, name: str) -> None:
    seen = 0
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        seen += 1
        if depth > limits.depth:
            limits.require("depth", depth, place_of(element, name))
        if len(element.attrib) > limits.attributes:
            limits.require("attributes", len(element.attrib), place_of(element, name))
        stack.extend((child, depth + 1) for child in element)
    limits.require("elements", seen, Location(name))
