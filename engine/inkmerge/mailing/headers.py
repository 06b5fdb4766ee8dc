"""Texts, with what a recipient's values put into them → checked values of headers, and findings.

A line break in a value is a space afterwards, with a finding: the message is safe, and sent. An address that is wrong is
an error, since guessing would send it to somebody else.
"""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address
from typing import Final
from urllib.parse import quote

from inkmerge.content.cleaning import clean
from inkmerge.errors import CampaignError, Finding, InvalidValue, MissingValue, Severity
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.mailing.domains import ascii_domain
from inkmerge.mailing.header_values import AddressValue, TextValue

Findings = tuple[Finding, ...]

_LONGEST_TEXT: Final = 900
"""Characters of a header: a line of a message has at most 998, https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1"""
_LONGEST_NAME: Final = 200
_LONGEST_LOCAL_BYTES: Final = 64  # https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.1
_SHOWN: Final = 100
_SPACES: Final = re.compile(r"[ \t]+")
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_LOCAL: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LISTED: Final = re.compile(r'((?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,"<]|["<])*)(?:,|$)')
_BRACKETS: Final = re.compile(r"<([^<>]*)>")
_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]~-._"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_REFUSED: Final = re.compile(
    r"bcc|cc|to|from|sender|subject|date|message-id|mime-version|received|return-path|dkim-signature|authentication-results"
    r"|content-.*|resent-.*|arc-.*",
    re.IGNORECASE,
)
"""Headers that settings of their own or the composing give, or that servers add."""


def subject(text: str) -> tuple[TextValue, Findings]:
    """Return the value of Subject.

    Raises:
        MissingValue: Nothing is left of the text.
    """
    flat, findings = _flat("the subject", text)
    if not flat:
        raise MissingValue(
            "the subject is empty", hint="write a default into it: {{ first_name|default('Hello') }}"
        )
    return TextValue("Subject", _cut(flat, _LONGEST_TEXT)), findings


def address(text: str) -> tuple[Address, Findings]:
    """Return the one address of a text, with what stands before it as its name, whatever that holds.

    Commas, quotes and brackets in a name that comes from a recipient's values are part of the name, so that it cannot
    make a second address: ``Marl, Anna <anna@marl.example>``.

    Raises:
        MissingValue: There is no address.
        InvalidValue: It is no address, or several.
    """
    flat, findings = _flat("the address", text)
    name, spec = "", flat
    if flat.endswith(">"):
        name, _, spec = flat[:-1].rpartition("<")
    if quoted := _QUOTED.fullmatch(name.strip()):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    local, domain = _parts(spec.strip())
    # spaces of other widths are one space to readers of addresses
    return Address(_cut(" ".join(name.split()), _LONGEST_NAME), local, domain), findings


def addresses(text: str) -> tuple[tuple[Address, ...], Findings]:
    """Return the addresses of a list with commas, for settings; where values of recipients are in it, use `address`.

    Raises:
        MissingValue: There is none.
        InvalidValue: One is no address.
    """
    flat, findings = _flat("the list of addresses", text)
    parts = [part for part in (found[1].strip() for found in _LISTED.finditer(flat)) if part]
    if not parts:
        raise MissingValue("the list of addresses is empty", hint="write name@example.com")
    return tuple(address(part)[0] for part in parts), findings


def header(name: str, text: str) -> tuple[TextValue | AddressValue, Findings]:
    """Return the value of a further header, such as List-Unsubscribe.

    In headers of lists, what an address in angle brackets may not hold is percent-encoded there.

    Args:
        name: The header's name.
        text: What is to stand in it.

    Raises:
        CampaignError: The name is none, or that of a header which is given otherwise.
        MissingValue: Nothing is left of the text.
        InvalidValue: The text is too long, or not in ASCII where the header takes nothing else.
    """
    _require_name(name)
    if name.lower() == "reply-to":
        found, findings = addresses(text)
        return AddressValue(name, found), findings
    flat, findings = _flat(f"the header {name}", text)
    if name.lower().startswith("list-"):
        flat = _BRACKETS.sub(lambda url: f"<{quote(url[1], safe=_URL_CHARACTERS)}>", flat)
        if not flat.isascii():
            raise InvalidValue(
                f"the header {name} takes only ASCII, and has {flat[:_SHOWN]!r}",
                hint="put addresses into <angle brackets>",
            )
    if not flat:
        raise MissingValue(f"the header {name} is empty", hint="write a default into it, or leave it out")
    if len(flat) > _LONGEST_TEXT:
        raise InvalidValue(
            f"the header {name} has {len(flat):,} characters, allowed are {_LONGEST_TEXT}", hint="shorten it"
        )
    return TextValue(name, flat), findings


def _flat(what: str, text: str) -> tuple[str, Findings]:
    """Return a text on one line without anything unseen, and a finding where more than spaces was wrong."""
    plain = unicodedata.normalize("NFC", _SPACES.sub(" ", text.strip()))
    cleaned = clean(text.strip(), DEFAULT_LIMITS.combining_marks)
    flat = _SPACES.sub(" ", cleaned.replace("\n", " ")).strip()
    if flat == plain:
        return flat, ()
    finding = Finding(
        "value-cleaned",
        Severity.WARNING,
        f"{what} had line breaks or characters that cannot be shown, and was put on one line: {flat[:_SHOWN]!r}",
        hint="remove line breaks, control characters and text-direction overrides at the source",
    )
    return flat, (finding,)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _parts(spec: str) -> tuple[str, str]:
    """Return the local part and the domain, which is in ASCII."""
    if not spec:
        raise MissingValue(
            "there is no address", hint="give the recipient an e-mail address, or leave them out"
        )
    local, at, domain = spec.rpartition("@")
    shown = f"{spec[:_SHOWN]!r}"
    if not at:
        raise InvalidValue(f"{shown} is no e-mail address: it has no @", hint="write name@example.com")
    if "@" in local:
        raise InvalidValue(f"{shown} is no e-mail address: it has several @", hint="give one address")
    if unseen := next((one for one in spec if not one.isprintable()), None):
        raise InvalidValue(
            f"{shown} is no e-mail address: it holds U+{ord(unseen):04X}, which nobody sees",
            hint="delete the address at the source, and type it anew",
        )
    if not _LOCAL.fullmatch(local) or any(map(str.isspace, local)):
        raise InvalidValue(
            f"{shown} is no e-mail address: {local[:_SHOWN]!r} cannot stand in front of the @",
            hint="write name@example.com, or Name <name@example.com>; quotation marks, comments, "
            "spaces and dots beside dots are not taken",
        )
    if len(local.encode()) > _LONGEST_LOCAL_BYTES:
        raise InvalidValue(f"{shown} has more than {_LONGEST_LOCAL_BYTES} bytes in front of the @")
    found = ascii_domain(domain)
    if found is None:
        raise InvalidValue(
            f"{shown} is no e-mail address: {domain[:_SHOWN]!r} is no domain", hint="write name@example.com"
        )
    return local, found


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CampaignError(
            f"{name[:_SHOWN]!r} is no name of a header", hint="names have letters, digits and hyphens"
        )
    if _REFUSED.fullmatch(name):
        raise CampaignError(
            f"the header {name} cannot be set",
            hint="`from`, `to` and `subject` are settings of their own; the rest comes with the message, "
            "or from the server",
        )
