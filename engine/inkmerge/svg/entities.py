"""Entities that hold markup → the markup in their places, before the file is parsed.

libxml2 parses the text of an entity by itself, and so without the namespaces of where it stands.
"""

from __future__ import annotations

import re
from typing import Final

from inkmerge.errors import Location
from inkmerge.limits import Limits

_DECLARATION: Final = re.compile(rb"""<!ENTITY\s+([\w.:-]+)\s+(?:"([^"]*)"|'([^']*)')\s*>""")
_REFERENCE: Final = re.compile(rb"&([A-Za-z_][\w.:-]*);")
_ROOT: Final = re.compile(rb"<[A-Za-z]")
_DEEPEST: Final = 10
"""Entities inside entities: files made by people have two."""


def expand_markup_entities(data: bytes, limits: Limits, place: Location) -> bytes:
    """Put the text of entities that hold elements where they are referred to; others are left to the parser.

    Raises:
        LimitExceeded: The result would be larger than a file may be.
    """
    if b"<!ENTITY" not in data:
        return data
    start = _body(data)
    prolog, body = data[:start], data[start:]
    texts = {match[1]: match[2] or match[3] or b"" for match in _DECLARATION.finditer(prolog)}
    marked = {name for name, text in texts.items() if b"<" in text or b"&#60;" in text or b"&#x3C;" in text}
    if not marked:
        return data
    for _ in range(_DEEPEST):
        growth = sum(len(texts[match[1]]) for match in _REFERENCE.finditer(body) if match[1] in texts)
        if not growth or not any(match[1] in marked for match in _REFERENCE.finditer(body)):
            break
        limits.require("svg_bytes", len(body) + growth, place)
        body = _REFERENCE.sub(lambda match: texts.get(match[1], match[0]), body)
    return prolog + body


def _body(data: bytes) -> int:
    """Return where the root element starts: behind the internal subset, whose entities may hold elements too."""
    end = data.find(b"]>")
    match = _ROOT.search(data, end + 2 if end >= 0 else 0)
    return match.start() if match else len(data)
