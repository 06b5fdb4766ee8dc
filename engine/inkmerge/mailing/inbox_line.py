"""The HTML of a message → what an inbox shows of it behind the subject."""

from __future__ import annotations

import re
from typing import Final

from turbohtml import PlainText, parse

_SHOWN: Final = 140
"""Characters that mail programs show at most, padding included; most show 35 to 100."""
_PADS: Final = "\u00ad\u034f\u200b\u2060\u2007\ufeff\u00a0\\s"
_PADDING: Final = re.compile(f"(?:[{_PADS}]|(?<=[{_PADS}])[\u200c\u200d]|[\u200c\u200d](?=[{_PADS}]))+")
"""Also joiners, but not those inside a word or an emoji."""
_SPACES: Final = re.compile(r"[ \t\r\n\f]+")


def inbox_line(html: str) -> str:
    """Return the first words of a message, hidden ones too, with images as their alt texts.

    What pads a preheader, so that nothing of the page follows it, counts as spaces.

    Args:
        html: The page as it is sent.
    """
    document = parse(html)
    for element in document.select("head, script, style, template"):
        element.extract()
    text = _SPACES.sub(" ", document.to_text(PlainText(images=True, table_cell_separator=" "))).strip()
    return _PADDING.sub(" ", text[:_SHOWN]).strip()
