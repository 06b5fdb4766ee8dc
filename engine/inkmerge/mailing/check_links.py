"""The links of a message → those that lead nowhere, say nothing, or say something else than they do; the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote, urlsplit

from inkmerge.errors import Finding, Severity
from inkmerge.mailing.check_page import PageLink, ReadPage, place

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_RUNS: Final = frozenset(("javascript", "vbscript", "data", "file"))
_MERGE_TAG: Final = re.compile(r"\*\||%%|\[[\[\w%#]|\$?\{|<%|%[A-Za-z_]{2,}%|\|\*")
"""How the placeholders of other senders' systems begin: `*|UNSUB|*`, `%%link%%`, `[[link]]`, `${link}`."""
_ENDINGS: Final = (
    "com|net|org|info|biz|io|co|app|dev|shop|store|eu|de|at|ch|fr|it|es|pt|nl|be|lu|uk|ie|dk|se|no|fi|pl|cz|sk|hu|ro|gr"
    "|tr|ru|ua|us|ca|mx|br|ar|au|nz|jp|cn|kr|in|za|ae|il|test|example"
)
_SHOWN: Final = re.compile(
    rf"(https?://)?(?P<host>(?:[\w-]+\.)+(?:{_ENDINGS}))(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE
)
_MAIL: Final = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[\w-]+")
_LEAVES: Final = re.compile(
    r"unsub|opt.?out|\bsign.?off|abmeld|abbestell|austrag|d[ée]s.?(?:abonn|inscri)|\bbaja\b|cancelar (?:la |a )?(?:su[bs]|insc)"
    r"|disiscri|(?:cancell|annull)\w* (?:la )?(?:l.)?(?:iscri|sottoscri)|afmeld|uitschrij|avregist|avsluta pren|avprenum|meld deg av"
    r"|avmeld|wypis|rezygn|odhl[aá]s|odjav|peru\w* (?:uutiskirje|tilau)|leiratkoz|dezabon|abonelikten|listeden|üyelikten|отпис"
    r"|відпис|отказ|διαγρα|הסר|ביטול|إلغاء|الغاء|لغو|配信停止|配信解除|退订|退訂|取消订阅|取消訂閱|수신거부|수신 거부|구독 ?취소|ยกเลิก|hủy đăng|सदस्यता",
    re.IGNORECASE,
)
"""How the way out of a list is called in some thirty languages, in text and addresses."""
_ONE_CLICK: Final = "list-unsubscribe=one-click"


def is_merge_tag(address: str) -> bool:
    """Whether an address is a placeholder of another system, which fills it after us."""
    return _MERGE_TAG.match(address) is not None


def leaves_list(link: PageLink) -> bool:
    """Whether a link leads out of the list, by its text or address."""
    if _LEAVES.search(link.text) or _LEAVES.search(unquote(link.address)):
        return True
    return any(_LEAVES.search(one.alt or "") for one in link.images)


def check_links(page: ReadPage) -> Iterator[Finding]:
    """Yield what is wrong with the links of a page."""
    anchors = {one.attributes.get("id") or one.attributes.get("name") for one in page.elements}
    for link in page.links:
        yield from _check_name(link)
        yield from _check_address(link, anchors)


def check_unsubscribing(page: ReadPage, headers: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what keeps a recipient from leaving the list."""
    found = {name.lower(): value.strip() for name, value in headers.items()}
    header = found.get("list-unsubscribe", "")
    has_link = any(leaves_list(one) for one in reversed(page.links) if not one.is_hidden)
    if not header and not has_link:
        yield Finding(
            "unsubscribe-missing",
            Severity.WARNING,
            "the message says nowhere how to leave the list: no List-Unsubscribe, and no such link",
            place(),
            'add a link, and headers = { List-Unsubscribe = "<https://…>" }; leave it only where nobody has subscribed',
        )
        return
    if not has_link:
        yield Finding(
            "unsubscribe-link-missing",
            Severity.NOTE,
            "the page has no link out of the list, which Gmail and Yahoo ask for beside the header",
            place(),
            "add a link, such as “Unsubscribe”",
        )
    is_one_click = found.get("list-unsubscribe-post", "").replace(" ", "").lower() == _ONE_CLICK
    if not (is_one_click and "<https://" in header.lower()):
        lacks = (
            "List-Unsubscribe-Post"
            if "<https://" in header.lower()
            else "List-Unsubscribe with an https address"
        )
        yield Finding(
            "one-click-missing",
            Severity.WARNING,
            f"the message has no {lacks}: Gmail and Yahoo want senders of many to let go in one click (RFC 8058)",
            place(),
            'headers = { List-Unsubscribe = "<https://…>", List-Unsubscribe-Post = "List-Unsubscribe=One-Click" }',
        )


def _check_name(link: PageLink) -> Iterator[Finding]:
    if link.is_hidden or link.has_name:
        return
    if not link.images:
        yield Finding(
            "link-empty",
            Severity.WARNING,
            f"the link to {link.address[:60]!r} holds nothing",
            place(link.line),
            "write what it leads to, or remove it",
        )
    elif all(one.alt is not None for one in link.images):  # one without alt is reported on its own
        yield Finding(
            "link-name-missing",
            Severity.ERROR,
            f"the link to {link.address[:60]!r} holds nothing but an image with an empty alt: it has no name",
            place(link.line),
            "say in alt where the link leads",
        )


def _check_address(link: PageLink, anchors: set[str | None]) -> Iterator[Finding]:
    address = link.address
    scheme = _SCHEME.match(address)
    shown = repr(link.text[:40]) if link.text else "an image"
    if is_merge_tag(address):
        return
    if scheme is not None and scheme[1].lower() in _RUNS:
        yield Finding(
            "link-unsafe",
            Severity.ERROR,
            f"the link of {shown} is {scheme[1].lower()}:, which clients remove",
            place(link.line),
            "write https://…",
        )
    elif address.startswith("#") and len(address) > 1 and unquote(address[1:]) in anchors:
        return
    elif scheme is None:
        yield Finding(
            "link-without-scheme",
            Severity.ERROR,
            f"the link of {shown} leads to {address[:60]!r}, which is no whole address: in a mail it leads nowhere",
            place(link.line),
            "write https://…",
        )
    elif scheme[1].lower() == "http":
        yield Finding(
            "address-insecure",
            Severity.NOTE,
            f"the link of {shown} leads to {address[:60]!r}, without encryption",
            place(link.line),
            "write https://",
        )
    if scheme is not None and not link.is_hidden:
        yield from _check_shown(link, scheme[1].lower())


def _check_shown(link: PageLink, scheme: str) -> Iterator[Finding]:
    """Yield that a text looks like an address, and the link leads elsewhere."""
    if scheme == "mailto":
        mail = _MAIL.fullmatch(link.text)
        shown, real = (mail[0] if mail else ""), unquote(link.address[7:].partition("?")[0])
        is_other = bool(shown) and shown.lower() != real.strip().lower()
    else:
        found = _SHOWN.fullmatch(link.text.rstrip(".,;:!"))
        shown, real = (found["host"] if found else ""), _host(link.address)
        is_other = bool(shown) and not _are_kin(shown.lower(), real)
    if is_other:
        yield Finding(
            "link-misleading",
            Severity.WARNING,
            f"the link shows {shown!r} and leads to {real!r}, as phishing does",
            place(link.line),
            "show words, or the address to which it leads",
        )


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # brackets that are no IPv6 address
        return ""


def _are_kin(shown: str, real: str) -> bool:
    """Whether two hosts are the same, or one is within the other."""
    shown, real = shown.removeprefix("www."), real.removeprefix("www.")
    return shown == real or shown.endswith(f".{real}") or real.endswith(f".{shown}")
