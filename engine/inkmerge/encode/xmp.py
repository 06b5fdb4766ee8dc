"""A text alternative becomes an XMP packet, and a packet a text alternative.

IPTC photo metadata 2021.1 names the two properties; both are language alternatives:
https://www.iptc.org/std/photometadata/specification/IPTC-PhotoMetadata#alt-text-accessibility
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from inkmerge.alt.text_alternative import TextAlternative

_IPTC = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_DEFAULT_LANGUAGE = "x-default"
_UNDETERMINED = "und"  # https://www.rfc-editor.org/rfc/rfc5646#section-4.1

# What https://www.w3.org/TR/xml/#charsets leaves out.
_NO_XML_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_BEFORE = f"""\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">\
<rdf:Description rdf:about="" xmlns:Iptc4xmpCore="{_IPTC}">"""
_AFTER = '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'


def xmp_packet(text: TextAlternative) -> str:
    """Return the XMP packet that carries the text alternative, in its language and as the default.

    An empty alt text is written as an empty property: "decorative" is a statement, and differs from a file
    about which nobody said anything. An extended description that is empty or None is left out. Characters
    that XML forbids are dropped.
    """
    properties = _property("AltTextAccessibility", text.alt, text.language)
    if text.extended_description:
        properties += _property("ExtDescrAccessibility", text.extended_description, text.language)
    return _BEFORE + properties + _AFTER


def text_alternative_of(packet: bytes) -> TextAlternative | None:
    """Return the text alternative in an XMP packet, or None when there is none or the packet is broken."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(packet, parser)
    except etree.XMLSyntaxError:
        return None
    alts = _texts_by_language(root, "AltTextAccessibility")
    if not alts:
        return None
    language = next((tag for tag in alts if tag != _DEFAULT_LANGUAGE), _UNDETERMINED)
    descriptions = _texts_by_language(root, "ExtDescrAccessibility")
    return TextAlternative(
        alt=alts.get(_DEFAULT_LANGUAGE, next(iter(alts.values()))),
        extended_description=descriptions.get(_DEFAULT_LANGUAGE, next(iter(descriptions.values()), None)),
        language=language,
    )


def _property(name: str, text: str, language: str) -> str:
    # A parser turns a lone carriage return into a line feed, a reference to it stays.
    value = escape(_NO_XML_CHARACTER.sub("", text), {"\r": "&#13;"})
    items = "".join([f"{start}{value}</rdf:li>" for start in _item_starts(language)])
    return f"<Iptc4xmpCore:{name}><rdf:Alt>{items}</rdf:Alt></Iptc4xmpCore:{name}>"


@lru_cache(maxsize=128)
def _item_starts(language: str) -> list[str]:
    tags = dict.fromkeys((_DEFAULT_LANGUAGE, _NO_XML_CHARACTER.sub("", language) or _DEFAULT_LANGUAGE))
    return [f"<rdf:li xml:lang={quoteattr(tag)}>" for tag in tags]


def _texts_by_language(root: etree._Element, name: str) -> dict[str, str]:
    items = root.iterfind(f".//{{{_IPTC}}}{name}/{{{_RDF}}}Alt/{{{_RDF}}}li")
    return {item.get(f"{{{_XML}}}lang", _DEFAULT_LANGUAGE): item.text or "" for item in items}
