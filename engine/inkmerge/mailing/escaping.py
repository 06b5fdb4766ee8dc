"""A value and where it stands in a page → what is written there, so that no value becomes markup, a script or a style."""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote

from markupsafe import escape

from inkmerge.errors import InvalidValue

Context = Literal["text", "attribute", "url", "url-part", "style"]
"""Where a value stands: in text, an attribute, at the start of a URL, further on in one, in CSS."""
URL_ATTRIBUTES: Final = frozenset(("href", "src", "background", "action", "cite", "longdesc", "poster"))
_SCHEMES: Final = frozenset(("http", "https", "mailto", "tel", "sms", "webcal", "geo"))
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BLANK: Final = re.compile(r"[\x00-\x20\x7f-\xa0]+")
"""Characters that clients take out of addresses, which could hide a scheme: https://url.spec.whatwg.org/#url-parsing"""
_CSS: Final = re.compile(r"(?!.*(?:url|expression)\s*\()[\w\s#%.,()+-]*", re.IGNORECASE)
_RESERVED: Final = "%/:?#[]@!$&'()*+,;=~-._"
"""Characters that a whole URL may hold as they are: https://www.rfc-editor.org/rfc/rfc3986#section-2.2"""


def escaped(value: str, context: Context) -> str:
    """Return how a value is written, with character references for what is markup.

    Raises:
        InvalidValue: A URL has a scheme that runs something, or a style more than a plain value.
    """
    if context == "style":
        if _CSS.fullmatch(value) is None:
            raise InvalidValue(
                f"{value[:40]!r} is no plain value of CSS", hint="colours, lengths and words are"
            )
        return str(escape(value))
    if context == "url":
        return str(escape(_whole_url(value)))
    if context == "url-part":
        return str(escape(quote(value, safe="")))
    return str(escape(value))


def _whole_url(value: str) -> str:
    url = _BLANK.sub("", value)
    scheme = _SCHEME.match(url)
    if scheme is not None and scheme[1].lower() not in _SCHEMES:
        raise InvalidValue(
            f"a link has the scheme {scheme[1][:40]!r}", hint=f"links may be {', '.join(sorted(_SCHEMES))}"
        )
    return quote(url, safe=_RESERVED)
