"""The text alternative as XMP, and back.

IPTC Photo Metadata Standard 2021.1 and later, Alt Text and Extended Description (Accessibility):
https://iptc.org/std/photometadata/specification/IPTC-PhotoMetadata
"""

from __future__ import annotations

import io
import re
from typing import Final

from lxml import etree
from PIL import Image

from inkmerge.alt.text_alternative import TextAlternative

_IPTC: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META: Final = "adobe:ns:meta/"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold: https://www.w3.org/TR/xml/#charsets."""


def xmp_packet(text: TextAlternative) -> bytes:
    """Return an XMP packet with the text alternative; a decorative image's is empty, and left out."""
    meta = etree.Element(f"{{{_META}}}xmpmeta", nsmap={"x": _META})
    rdf = etree.SubElement(meta, f"{{{_RDF}}}RDF", nsmap={"rdf": _RDF})
    description = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"Iptc4xmpCore": _IPTC})
    description.set(f"{{{_RDF}}}about", "")
    for name, value in (
        ("AltTextAccessibility", text.alt),
        ("ExtDescrAccessibility", text.extended_description),
    ):
        if not value:
            continue
        alternatives = etree.SubElement(etree.SubElement(description, f"{{{_IPTC}}}{name}"), f"{{{_RDF}}}Alt")
        for language in dict.fromkeys(("x-default", text.language)):
            item = etree.SubElement(alternatives, f"{{{_RDF}}}li")
            item.set(_LANG, language)
            item.text = _FORBIDDEN.sub("", value)
    body: bytes = etree.tostring(meta, encoding="utf-8")
    return b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>' + body + b'<?xpacket end="r"?>'


def read_text_alternative(data: bytes) -> TextAlternative | None:
    """Read the text alternative out of a PNG, JPEG or WebP file; None where it has none."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
        found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if not found:
        return None
    packet = found.encode() if isinstance(found, str) else bytes(found)
    start, end = packet.find(b"<x:xmpmeta"), packet.rfind(b"</x:xmpmeta>")
    if start < 0 or end < 0:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    meta = etree.fromstring(packet[start : end + len(b"</x:xmpmeta>")], parser)
    texts: dict[str, str] = {}
    language = "en"
    for name in ("AltTextAccessibility", "ExtDescrAccessibility"):
        for item in meta.iterfind(f".//{{{_IPTC}}}{name}/{{{_RDF}}}Alt/{{{_RDF}}}li"):
            if item.get(_LANG) == "x-default":
                texts[name] = item.text or ""
            else:
                language = item.get(_LANG, "en")
    if not texts:
        return None
    return TextAlternative(
        texts.get("AltTextAccessibility", ""), texts.get("ExtDescrAccessibility"), language
    )
