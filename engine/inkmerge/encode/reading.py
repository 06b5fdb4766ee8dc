"""The bytes of an image file give back the `TextAlternative` that they carry.

Written without Pillow, so that it checks what Pillow wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from inkmerge.alt.text_alternative import TextAlternative
from inkmerge.encode.gif_xmp import GIF_XMP, GIF_XMP_TRAILER, colour_table_bytes
from inkmerge.encode.xmp import text_alternative_of

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_XMP = b"XML:com.adobe.xmp\0\0\0"  # keyword, not compressed, method 0; language and translation follow
_JPEG_START = b"\xff\xd8"
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_JPEG_APP1 = 0xE1
_JPEG_SCAN = 0xDA
_GIF_PICTURE = 0x2C
_GIF_BLOCKS = frozenset((0x21, _GIF_PICTURE))


def read_text_alternative(data: bytes) -> TextAlternative | None:
    """Return the text alternative in the XMP of a PNG, JPEG, WebP or GIF file.

    Its `language` is that of the first text that names one, else ``und``. Returns None when the file is of
    another format, is broken, or carries no alt text; an empty one is an alt text of its own.
    """
    for packet in _packets(data):
        if text := text_alternative_of(packet):
            return text
    return None


def _packets(data: bytes) -> Iterator[bytes]:
    if data.startswith(_PNG_SIGNATURE):
        return _png_packets(data)
    if data.startswith(_JPEG_START):
        return _jpeg_packets(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp_packets(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif_packets(data)
    return iter(())


def _png_packets(data: bytes) -> Iterator[bytes]:
    """Walk over chunks: length, type, content, checksum. https://www.w3.org/TR/png-3/#5Chunk-layout."""
    place = len(_PNG_SIGNATURE)
    while place + 8 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        if data[place + 4 : place + 8] == b"iTXt" and data.startswith(_PNG_XMP, place + 8):
            yield data[place + 8 : end].removeprefix(_PNG_XMP).split(b"\0", 2)[-1]
        place = end + 4


def _jpeg_packets(data: bytes) -> Iterator[bytes]:
    """Walk over marker segments up to the pixels: 0xFF, marker, length with itself, content."""
    place = len(_JPEG_START)
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != _JPEG_SCAN:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place + 1] == _JPEG_APP1 and data.startswith(_JPEG_XMP, place + 4):
            yield data[place + 4 + len(_JPEG_XMP) : end]
        place = end


def _webp_packets(data: bytes) -> Iterator[bytes]:
    """Walk over RIFF chunks: type, length, content, padded to an even length."""
    place = 12
    while place + 8 <= len(data):
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] == b"XMP ":
            yield data[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _gif_packets(data: bytes) -> Iterator[bytes]:
    """Walk over extensions and pictures; both end with sub-blocks: length, content, the last of length 0."""
    place = 13 + colour_table_bytes(data[10]) if len(data) > 10 else len(data)
    while place + 10 < len(data) and data[place] in _GIF_BLOCKS:
        if data.startswith(GIF_XMP, place):
            packet, trailer, _ = data[place + len(GIF_XMP) :].partition(GIF_XMP_TRAILER)
            if trailer:
                yield packet
        is_picture = data[place] == _GIF_PICTURE
        # After a picture's nine bytes and its colours comes a byte of how they are packed, after an extension its kind.
        place += 11 + colour_table_bytes(data[place + 9]) if is_picture else 2
        while place < len(data) and data[place]:
            place += 1 + data[place]
        place += 1
