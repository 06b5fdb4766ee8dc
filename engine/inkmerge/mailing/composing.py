"""Text, HTML, images and headers → `EmailMessage`, whose bytes follow from them alone.

Bodies are encoded and headers folded as the message is made, by the standard library's parts that are written in C where
there are some; `message_bytes` then has only to join them, in a hundredth of the time that its generator takes.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any, Final, cast

from inkmerge.mailing.header_values import AddressValue, TextValue
from inkmerge.mailing.placing import PlacedImage

POLICY: Final = EmailPolicy(cte_type="7bit", max_line_length=78, linesep="\r\n", refold_source="none")
"""Seven bits and short lines, which every server takes: https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1"""
WIDE_POLICY: Final = POLICY.clone(utf8=True)
"""For addresses with letters other than ASCII in front of their @: https://www.rfc-editor.org/rfc/rfc6532"""
HeaderValue = TextValue | AddressValue
_LINE: Final = 76
"""Characters of an encoded line: https://www.rfc-editor.org/rfc/rfc2045#section-6.7"""
_LF: Final = "\n"
_KEPT_IMAGES: Final = 256


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is made of.

    Attributes:
        headers: Checked values by name, in order.
        text: The text part.
        html: The HTML part.
        images: Those that are parts of the message, each once.
    """

    headers: Mapping[str, HeaderValue]
    text: str
    html: str
    images: Sequence[PlacedImage]


class _Leaf(MIMEPart):
    """A part with an encoded body, which `get_payload` hands over only after parsing headers."""

    body = ""

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        """Keep the body."""
        super().set_payload(payload, charset)
        self.body = payload


def compose_message(draft: Draft) -> EmailMessage:
    """Return a message: text and HTML as alternatives, images related to the HTML.

    Its boundaries follow from what is in the parts, so that equal drafts have equal bytes. Neither `Date` nor `Message-ID`
    is set: they belong to the send.
    """
    plain, page = _text_part("plain", draft.text), _text_part("html", draft.html)
    seed = hashlib.sha256(f"{draft.text}\0{draft.html}".encode())
    for one in draft.images:
        seed.update((one.content_id or "").encode())
    content = page
    if draft.images:
        parts = [page, *_image_parts(draft.images)]
        content = MIMEPart(POLICY)
        _enclose(content, 'related; type="text/html"', parts, f"=_r{seed.hexdigest()[:32]}")
    is_wide = any(not address.addr_spec.isascii() for address in _addresses(draft.headers.values()))
    message = EmailMessage(WIDE_POLICY if is_wide else POLICY)
    for name, value in draft.headers.items():
        message.set_raw(name, _folded(value, is_wide=is_wide))
    message.set_raw("MIME-Version", "1.0")
    _enclose(message, "alternative", [plain, content], f"=_a{seed.hexdigest()[:32]}")
    return message


def message_bytes(message: EmailMessage) -> bytes:
    """Return the bytes of a message of `compose_message`, as `as_bytes` returns them, much sooner.

    They are ASCII, but for an address with other letters in front of its @, which needs SMTPUTF8 and is UTF-8.
    """
    return "".join(_written(message)).encode()


def _written(part: MIMEPart) -> Iterator[str]:
    for name, value in part.raw_items():
        yield f"{name}: {value}\r\n"
    yield "\r\n"
    if isinstance(part, _Leaf):
        yield part.body.replace(_LF, "\r\n")
        return
    border = f"--{_boundary_of(part)}"
    for inner in cast("list[MIMEPart]", part.get_payload()):
        yield f"{border}\r\n"
        yield from _written(inner)
        yield "\r\n"
    yield f"{border}--\r\n"


def _boundary_of(part: MIMEPart) -> str:
    """Return what `get_boundary` does, without parsing the header."""
    raw = next(str(value) for name, value in part.raw_items() if name == "Content-Type")
    return raw.rpartition('boundary="')[2].rstrip('"')


def _enclose(part: MIMEPart, subtype: str, parts: list[MIMEPart], boundary: str) -> None:
    """Make a part hold others; neither encoding of a body can hold the characters ``=_`` of a boundary."""
    part.set_raw("Content-Type", f'multipart/{subtype};\r\n boundary="{boundary}"')
    part.set_payload(parts)  # type: ignore[arg-type]  # its stubs want the class before MIMEPart


def _text_part(subtype: str, text: str) -> MIMEPart:
    """Return text in the shorter one of the two encodings; what is plain as it is."""
    plain = text.replace("\r\n", _LF).replace("\r", _LF)
    if not plain.endswith(_LF):
        plain += _LF
    data = plain.encode("utf-8", "replace")
    if plain.isascii() and not any(len(line) > _LINE for line in plain.split(_LF)):
        encoding, body = "7bit", plain
    else:
        encoding, body = "quoted-printable", binascii.b2a_qp(data, istext=True).decode("ascii")
        if len(body) > len(data) * 4 / 3:
            encoding, body = "base64", _base64(data.replace(b"\n", b"\r\n"))
    part = _Leaf(POLICY)
    part.set_raw("Content-Type", f'text/{subtype}; charset="utf-8"')
    part.set_raw("Content-Transfer-Encoding", encoding)
    part.set_payload(body)
    return part


def _image_parts(images: Sequence[PlacedImage]) -> Iterator[MIMEPart]:
    names: dict[str, int] = {}
    for one in images:
        named = one.named
        names[named.element] = number = names.get(named.element, 0) + 1
        file_name = f"{named.element}{'' if number == 1 else f'-{number}'}.{named.suffix}"
        part = _Leaf(POLICY)
        part.set_raw("Content-Type", named.image.media_type)
        part.set_raw("Content-Transfer-Encoding", "base64")
        part.set_raw("Content-ID", f"<{one.content_id}>")
        part.set_raw("Content-Disposition", f'inline;\r\n filename="{file_name}"')
        part.set_payload(_base64(named.image.data))
        yield part


@lru_cache(maxsize=_KEPT_IMAGES)
def _base64(data: bytes) -> str:
    text = binascii.b2a_base64(data, newline=False).decode("ascii")
    return _LF.join(text[at : at + _LINE] for at in range(0, len(text), _LINE)) + _LF


def _addresses(values: Iterable[HeaderValue]) -> Iterator[Address]:
    for value in values:
        if isinstance(value, AddressValue):
            yield from value.addresses


def _folded(value: HeaderValue, *, is_wide: bool) -> str:
    """Return a header's value as it is written, in lines."""
    lines = value.fold(policy=WIDE_POLICY if is_wide else POLICY)
    return lines[len(value.name) + 1 :].strip(" \r\n")
