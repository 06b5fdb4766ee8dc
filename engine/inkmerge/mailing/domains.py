"""The domain of an address → its form in ASCII."""

from __future__ import annotations

import re
from typing import Final

import idna

_LONGEST: Final = 253  # https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, without the root
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def ascii_domain(domain: str) -> str | None:
    """Return a domain in ASCII, with A-labels where it has other letters (IDNA 2008), or None when it is none.

    Addresses in square brackets are none: they are no part of anybody's list.
    """
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return None
    return domain if len(domain) <= _LONGEST and _DOMAIN.fullmatch(domain) else None
