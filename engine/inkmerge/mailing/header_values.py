"""What stands in a header of a message → its lines.

A policy of the standard library takes a value that has a `name` as it is, and asks it to fold itself. Its own values are
not used for texts and addresses: they encode a long word of ASCII, such as the address in List-Unsubscribe, so that no
client reads it; they lose spaces between encoded words; and they decode what a recipient merely wrote like one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Policy
from email.utils import quote
from typing import Any, Final, Self

from inkmerge.errors import InvalidValue

_ENCODED_WORD: Final = re.compile(
    r"=\?[^?]*\?[bq]\?", re.IGNORECASE
)  # https://www.rfc-editor.org/rfc/rfc2047#section-2
_ENCODED_LENGTH: Final = 64
"""Characters of an encoded word, so that one also fits behind the longest name of an address header."""
_SPECIALS: Final = frozenset('()<>[]:;@\\,."')  # https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3
_ADDRESS_HEADERS: Final = ("From", "Sender", "Reply-To", "To", "Cc")


class TextValue(str):  # noqa: SLOT000  messages keep attributes of their headers in it
    """The text of an unstructured header, such as Subject.

    Attributes:
        name: The header's name.
    """

    name: str
    defects: tuple[()] = ()

    def __new__(cls, name: str, text: str) -> Self:
        """Take a text without line breaks, in which no two spaces follow each other."""
        value = super().__new__(cls, text)
        value.name = name
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling."""
        return type(self), (self.name, str(self))

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines, in ASCII whatever the policy says: clients have read encoded words for decades."""
        return _folded(self.name, _words(self) if self else [""], policy)


class AddressValue(str):  # noqa: SLOT000  the same
    """The addresses of a header, such as To.

    Attributes:
        name: The header's name.
        addresses: The addresses.
    """

    name: str
    addresses: tuple[Address, ...]
    defects: tuple[()] = ()

    def __new__(cls, name: str, addresses: Sequence[Address]) -> Self:
        """Take addresses that were checked."""
        value = super().__new__(cls, ", ".join(map(str, addresses)))
        value.name = name
        value.addresses = tuple(addresses)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling."""
        return type(self), (self.name, self.addresses)

    def fold(self, *, policy: Policy) -> str:
        """Return the header's lines.

        Raises:
            InvalidValue: A local part is not ASCII, and the policy's `utf8` is not set.
        """
        words: list[str] = []
        for address in self.addresses:
            if words:
                words[-1] += ","
            words += _phrase(address.display_name)
            words.append(_address_in_brackets(address, policy))
        return _folded(self.name, words, policy)


def is_international(message: EmailMessage) -> bool:
    """Tell whether an address of a message needs SMTPUTF8, and the message a policy with `utf8`."""
    return any(
        not address.addr_spec.isascii()
        for name in _ADDRESS_HEADERS
        for value in message.get_all(name, ())
        for address in getattr(value, "addresses", ())
    )


def _folded(name: str, words: Sequence[str], policy: Policy) -> str:
    """Join words by spaces, or by line breaks before these; the first stays with the name, as some readers need it."""
    longest = policy.max_line_length or sys.maxsize
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= longest:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return policy.linesep.join(lines) + policy.linesep


def _words(text: str) -> list[str]:
    """Return the words of a text: those that it has, or encoded ones where it has more than readers take literally."""
    if text.isascii() and not _ENCODED_WORD.search(text):
        return text.split(" ")
    return Header(text, "utf-8", maxlinelen=_ENCODED_LENGTH).encode(linesep="\n").split("\n ")


def _phrase(name: str) -> list[str]:
    if not name:
        return []
    if name.isascii() and not _ENCODED_WORD.search(name) and not _SPECIALS.isdisjoint(name):
        return [f'"{quote(name)}"']
    return _words(name)


def _address_in_brackets(address: Address, policy: Policy) -> str:
    spec = address.addr_spec
    if not spec.isascii() and not getattr(policy, "utf8", False):
        raise InvalidValue(
            f"{spec!r} has letters in front of the @ that older mail servers do not take",
            hint="write the message with `policy=email.policy.SMTPUTF8`, and send it to a server with SMTPUTF8",
        )
    return f"<{spec}>" if address.display_name else spec
