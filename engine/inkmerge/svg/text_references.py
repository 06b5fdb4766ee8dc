"""`<tref>` → `<tspan>` with the characters that it refers to."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from inkmerge.errors import Finding, Severity
from inkmerge.limits import Limits
from inkmerge.svg.names import XLINK_HREF, svg_name
from inkmerge.svg.parsing import place_of, remove_element
from inkmerge.svg.references import elements_by_id, href


def expand_text_references(root: etree._Element, limits: Limits, name: str) -> list[Finding]:
    """Put the characters of what each `<tref>` refers to into its place, in place.

    Character data of any element counts, its descendants' included, without what a `<tref>` in it refers to:
    https://www.w3.org/TR/SVG11/text.html#TRefElement

    Raises:
        LimitExceeded: Together they are longer than a text may be.
    """
    found: list[Finding] = []
    trefs = list(root.iter(svg_name("tref")))
    if not trefs:
        return found
    ids = elements_by_id(root)
    texts: list[str | None] = []
    total = 0
    loops = [tref for tref in trefs if _leads_back(tref, ids)]
    for tref in trefs:
        link = (href(tref) or "").strip()
        target = ids.get(link[1:]) if link.startswith("#") else None
        text = None if target is None else "".join(target.itertext(etree.Element))
        total += len(text or "")
        limits.require("text_total", total, place_of(tref, name))
        texts.append(text)
    for tref in loops:
        message = (
            f"<tref> refers to {href(tref)}, which leads back to it: only characters written there are taken"
        )
        found.append(Finding("reference-cycle", Severity.WARNING, message, place_of(tref, name)))
    for tref, text in zip(trefs, texts, strict=True):
        if text is None:
            message = f"<tref> refers to {href(tref) or 'nothing'}, which is not in this file"
            found.append(Finding("reference-missing", Severity.WARNING, message, place_of(tref, name)))
            remove_element(tref)
            continue
        for child in list(tref):
            tref.remove(child)
        tref.tag = svg_name("tspan")
        tref.text = text
        for attribute in ("href", XLINK_HREF):
            tref.attrib.pop(attribute, None)
    return found


def _leads_back(tref: etree._Element, ids: Mapping[str, etree._Element]) -> bool:
    """Return whether what a `<tref>` refers to holds it, also through others."""
    seen: set[etree._Element] = set()
    waiting = [tref]
    while waiting:
        target = ids.get((href(waiting.pop()) or "").strip().removeprefix("#"))
        if target is None or target in seen:
            continue
        seen.add(target)
        inner = list(target.iter(svg_name("tref")))
        if tref in inner:
            return True
        waiting += inner
    return False
