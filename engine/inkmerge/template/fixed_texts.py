"""The prepared tree → the texts that it shows to everybody."""

from __future__ import annotations

from typing import Final

from lxml import etree

from inkmerge.svg.names import DYNAMIC, FILL, NEVER_DRAWN, TEXT_ROOTS, local_name, svg_name

_HIDDEN: Final = "aria-hidden"


def fixed_texts(root: etree._Element) -> tuple[str, ...]:
    """Return the texts in which a recipient changes nothing, each in one line, in document order.

    Left out are those that are shown to some only, are never drawn, or are marked as decorative.

    Args:
        root: The tree with its placeholders marked and its texts not flattened yet.
    """
    found = (
        " ".join("".join(map(str, element.itertext())).split())
        for element in root.iter(*map(svg_name, TEXT_ROOTS))
        if element.get(DYNAMIC) is None and not any(map(_keeps_back, (element, *element.iterancestors())))
    )
    return tuple(dict.fromkeys(filter(None, found)))


def _keeps_back(element: etree._Element) -> bool:
    is_hidden = element.get(_HIDDEN) == "true"
    return is_hidden or element.get(FILL) is not None or local_name(element) in NEVER_DRAWN
