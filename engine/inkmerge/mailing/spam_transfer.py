"""The bytes of a part as they travel → the bytes that are meant, as SpamAssassin decodes them."""

from __future__ import annotations

import binascii
import re


def from_quoted_printable(text: bytes) -> bytes:
    """Decode quoted-printable; what is none of it stays as it is."""
    lines = text.split(b"\n")
    for number, line in enumerate(lines[:-1]):
        end = b"\r\n" if line.endswith(b"\r") else b"\n"
        lines[number] = line.removesuffix(b"\r").rstrip(b" \t") + end
    joined = re.sub(rb"=\r?\n", b"", b"".join(lines))
    return re.sub(rb"=([0-9a-fA-F]{2})", lambda code: bytes((int(code[1], 16),)), joined)


def from_base64(text: bytes) -> bytes:
    """Decode Base64, damaged too: a padding character in the middle counts as one of its digits."""
    text = re.sub(rb"\s+", b"", text)
    if len(text) % 4 == 0 and re.fullmatch(rb"[A-Za-z0-9+/=]{2,}", text):
        kept = text.rstrip(b"=").replace(b"=", b"A")
    else:
        kept = re.sub(rb"[^A-Za-z0-9+/=]", b"", text).rstrip(b"=").replace(b"=", b"/")
    if len(kept) % 4 == 1:
        kept = kept[:-1]
    return binascii.a2b_base64(kept + b"A" * (-len(kept) % 4))[: len(kept) * 3 // 4]
