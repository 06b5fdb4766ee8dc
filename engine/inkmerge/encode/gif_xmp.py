"""A GIF becomes the same GIF with an XMP packet.

https://developer.adobe.com/xmp/docs/XMPSpecifications/ part 3, 1.1.2; https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
"""What stands before the packet: an application extension, whose name has eleven bytes."""

GIF_XMP_TRAILER = b"\1" + bytes(range(255, -1, -1)) + b"\0"
"""What stands behind it. A reader that takes the packet's letters for lengths of sub-blocks lands somewhere in here,
and is led to the last byte, which ends them. No XMP packet in UTF-8 holds these bytes, nor a zero."""

_HEADER = b"GIF89a"  # 87a knows no extensions
_SCREEN_END = 13  # signature, then the logical screen descriptor
_FLAGS = 10


def with_xmp(gif: bytes, packet: bytes) -> bytes:
    """Return the file with an XMP packet before its first picture and what belongs to that."""
    start = _SCREEN_END + colour_table_bytes(gif[_FLAGS])
    return _HEADER + gif[len(_HEADER) : start] + GIF_XMP + packet + GIF_XMP_TRAILER + gif[start:]


def colour_table_bytes(flags: int) -> int:
    """Return the length of the colour table that the flags of a screen or picture announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
