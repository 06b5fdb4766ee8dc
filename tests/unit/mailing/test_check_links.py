"""Links that lead nowhere, say nothing or mislead, and the way out of a list."""

from __future__ import annotations

import pytest

from inkmerge.errors import Severity

from .checked_mails import HEADERS, check, codes, page

IMAGE = '<img src="https://x.example/a.png" width="20" height="20" alt="{}">'


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ('<a href="https://x.example/a">Pots</a>', []),
        ('<a href="mailto:a@x.example">Write</a>', []),
        ('<a href="tel:+4930">Call</a>', []),
        ('<a href="*|LINK|*">Pots</a>', []),
        ('<a href="[[link]]">Pots</a>', []),
        ('<a name="top">x</a>', []),
        ('<h2 id="pots">Pots</h2><a href="#pots">To the pots</a>', []),
        ('<a href="#pots">To the pots</a>', ["error:link-without-scheme"]),
        ('<a href="#">Pots</a>', ["error:link-without-scheme"]),
        ('<a href="">Pots</a>', ["error:link-without-scheme"]),
        ('<a href="www.x.example">Pots</a>', ["error:link-without-scheme"]),
        ('<a href="//x.example/a">Pots</a>', ["error:link-without-scheme"]),
        ('<a href="/pots">Pots</a>', ["error:link-without-scheme"]),
        ('<a href=" JavaScript:x()">Pots</a>', ["error:link-unsafe"]),
        ('<a href="http://x.example/a">Pots</a>', ["note:address-insecure"]),
        ('<a href="https://[::1/a">Pots</a>', []),
    ],
)
def test_a_link_leads_somewhere_from_a_mail(link: str, expected: list[str]) -> None:
    assert codes(page(link)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ["warning:link-empty"]),
        ("&nbsp;&zwnj;", ["warning:link-empty"]),
        (IMAGE.format(""), ["error:link-name-missing"]),
        (IMAGE.format("").replace("<img", '<img role="presentation"'), ["error:link-name-missing"]),
        (IMAGE.format("") + "Pots", []),
        (IMAGE.format("Pots"), []),
        (IMAGE.format("").replace('alt=""', ""), ["error:image-alt-missing"]),
    ],
)
def test_a_link_has_a_name(content: str, expected: list[str]) -> None:
    assert codes(page(f'<a href="https://marlmoss.example/pots">{content}</a>')) == expected


def test_a_label_is_a_name_and_a_hidden_link_needs_none() -> None:
    assert (
        codes(page(f'<a href="https://marlmoss.example/pots" aria-label="Pots">{IMAGE.format("")}</a>')) == []
    )
    assert codes(page('<a href="https://marlmoss.example/pots" title="Pots"></a>')) == []
    assert codes(page('<div style="display:none"><a href="https://marlmoss.example/pots"></a></div>')) == []


@pytest.mark.parametrize(
    ("text", "address", "is_found"),
    [
        ("marlmoss.example", "https://marlmoss.example/a", False),
        ("https://www.marlmoss.example/a", "https://click.marlmoss.example/x?y", False),
        ("shop.marlmoss.example.", "https://marlmoss.example", False),
        ("See the pots", "https://click.tracker.example/x", False),
        ("Node.js", "https://click.tracker.example/x", False),
        ("marlmoss.example", "https://click.tracker.example/x", True),
        ("https://bank.example/login", "https://bank.example.evil.com/login", True),
        ("post@marlmoss.example", "mailto:post@marlmoss.example?subject=x", False),
        ("post@marlmoss.example", "mailto:Post%40marlmoss.example", False),
        ("post@marlmoss.example", "mailto:other@evil.example", True),
    ],
)
def test_an_address_that_is_shown_is_the_one_that_is_opened(
    text: str, address: str, is_found: object
) -> None:
    found = codes(page(f'<a href="{address}">{text}</a>'))
    assert ("warning:link-misleading" in found) is is_found


def test_both_addresses_are_in_the_message() -> None:
    (found,) = check(page('<a href="https://click.tracker.example/x">marlmoss.example</a>'))
    assert "'marlmoss.example'" in found.message
    assert "'click.tracker.example'" in found.message


PAGE = page("").replace('<a href="https://marlmoss.example/off/17">Unsubscribe</a>', "LINK")


@pytest.mark.parametrize(
    ("changed", "link", "expected"),
    [
        ({}, "", ["note:unsubscribe-link-missing"]),
        ({"List-Unsubscribe": ""}, "", ["warning:unsubscribe-missing"]),
        ({"List-Unsubscribe-Post": ""}, "Unsubscribe", ["warning:one-click-missing"]),
        ({"List-Unsubscribe": "<mailto:off@x.example>"}, "Unsubscribe", ["warning:one-click-missing"]),
        ({"List-Unsubscribe": ""}, "Unsubscribe", ["warning:one-click-missing"]),
        ({}, "Hier abbestellen", []),
        ({}, "Se désabonner", []),
        ({}, "Si desea, puede darse de baja", []),
        ({}, "Cancella l'iscrizione", []),
        ({}, "Uitschrijven", []),
        ({}, "Avmeld deg", []),
        ({}, "Wypisz mnie", []),
        ({}, "Отписаться", []),
        ({}, "إلغاء الاشتراك", []),
        ({}, "配信停止はこちら", []),
        ({}, "Bajar los precios", ["note:unsubscribe-link-missing"]),
    ],
)
def test_the_way_out_is_found_in_headers_and_links_of_many_languages(
    changed: dict[str, str], link: str, expected: list[str]
) -> None:
    html = PAGE.replace("LINK", f'<a href="https://marlmoss.example/x">{link}</a>' if link else "")
    headers = {name: value for name, value in (HEADERS | changed).items() if value}
    assert codes(html, headers=headers) == expected


def test_the_way_out_is_found_by_its_address_or_the_alt_of_an_image() -> None:
    for link in (
        '<a href="https://x.example/unsubscribe?id=1">Click here</a>',
        '<a href="*|UNSUB|*">here</a>',
        f'<a href="https://marlmoss.example/pots">{IMAGE.format("Unsubscribe")}</a>',
    ):
        assert codes(PAGE.replace("LINK", link)) == []


def test_headers_are_found_in_any_case() -> None:
    headers = {name.lower(): value for name, value in HEADERS.items()}
    assert codes(page(""), headers=headers | {"list-unsubscribe-post": "list-unsubscribe=one-click"}) == []


def test_what_weighs_most_is_a_dead_link() -> None:
    (found,) = check(page('<p>x</p>\n<a href="www.x.example">Pots</a>'))
    assert (found.severity, found.location.line) == (Severity.ERROR, 4)
