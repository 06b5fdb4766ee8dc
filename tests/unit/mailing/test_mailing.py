"""What a recipient's message is, and why there is none."""

from __future__ import annotations

import email
import re
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from inkmerge.errors import InkmergeError
from inkmerge.mailing import Composed, message_bytes
from inkmerge.mailing.streaming import Start, compose_all, composed

from .conftest import MAILING, SETTINGS, MakeMailing

ANNA = {"name": "Anna", "email": "anna@example.org", "id": "r-1"}


def parsed(message: EmailMessage) -> EmailMessage:
    found = email.message_from_bytes(message_bytes(message), policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def image_tag(mailing: Any, recipient: dict[str, Any] = ANNA) -> str:
    tags = re.findall(r"(?i)<img[^>]*>", mailing.fill(recipient).html)
    return re.sub(r"cid:[0-9a-f]+@inkmerge", "cid:X", "|".join(tags))


def refusal(make: MakeMailing, *arguments: str, **options: str) -> str:
    with pytest.raises(InkmergeError) as caught:
        make(*arguments, **options)
    return str(caught.value)


def test_a_message_has_text_html_and_the_images_of_the_html(mailing_of: MakeMailing) -> None:
    message = parsed(mailing_of().compose(ANNA))
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"),
    ]
    assert message["To"] == "Anna <anna@example.org>"
    assert message["From"] == "Marl & Moss <post@marlmoss.example>"
    assert message["Subject"] == "Spring for Anna"
    assert message["List-Unsubscribe"] == "<https://marlmoss.example/off/r-1>"
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content() == "Hello Anna\r\n\r\nKettle for Anna\r\n"


def test_an_image_part_is_what_the_html_refers_to(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    filled = mailing.fill(ANNA)
    message = parsed(filled.message())
    (image,) = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert image["Content-ID"] == f"<{filled.images[0].content_id}>"
    assert f'src="cid:{filled.images[0].content_id}"' in filled.html
    assert image.get_content_disposition() == "inline"
    assert image.get_filename() == "hero.png"
    assert image.get_content() == filled.images[0].named.image.data
    related = message.get_payload()[1]  # type: ignore[index]
    assert related.get_param("type") == "text/html"  # type: ignore[union-attr]


def test_the_same_recipient_gets_the_same_bytes(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    assert message_bytes(mailing.compose(ANNA)) == message_bytes(mailing.compose(dict(ANNA)))


def test_bytes_are_those_of_the_standard_library(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    for name in ("Anna", "Zoë, Dr. <x>", "สมชาย 😀", "ليلى " * 30, "a" * 200):
        message = mailing.compose({**ANNA, "name": name})
        assert message_bytes(message) == message.as_bytes()


def test_lines_are_short_and_of_seven_bits(mailing_of: MakeMailing) -> None:
    data = message_bytes(mailing_of("<p>{{ name }}" + "é" * 3000).compose({**ANNA, "name": "n" * 300}))
    assert data.isascii()
    head, _, body = data.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("tag", "sent"),
    [
        ('<img data-inkmerge="hero">', '<img src="cid:X" alt="Kettle for Anna" width="60" height="30">'),
        (
            '<img class=a data-inkmerge="hero" src="design.png" alt="" style="border:0" />',
            '<img class=a src="cid:X" alt="Kettle for Anna" style="border:0" width="60" height="30" />',
        ),
        ('<IMG DATA-INKMERGE=hero ALT="Mine" width="100%">', '<IMG ALT="Mine" width="100%" src="cid:X">'),
        (
            "<img data-inkmerge='hero' width=\"30\">",
            '<img width="30" src="cid:X" alt="Kettle for Anna" height="15">',
        ),
        (
            '<img height="60" data-inkmerge="hero" srcset="d.png 2x">',
            '<img height="60" src="cid:X" alt="Kettle for Anna" width="120">',
        ),
        (
            '<img data-inkmerge="hero" data-select-sku="b">',
            '<img src="cid:X" alt="Cup for Anna" width="60" height="30">',
        ),
        (
            '<img src="inkmerge:hero?sku=b" width="60" height="30">',
            '<img src="cid:X" width="60" height="30" alt="Cup for Anna">',
        ),
        (
            '<img data-inkmerge="hero" width="30" height="auto">',
            '<img width="30" height="15" src="cid:X" alt="Kettle for Anna">',
        ),
        (
            '{{ container("card", sku="b") }}',
            (
                '<img src="cid:X" alt="Cup for Anna" width="60" height="30" '
                'style="display:block;border:0;width:100%;max-width:60px;height:auto">'
            ),
        ),
    ],
)
def test_what_is_set_of_a_tag_and_what_stays(mailing_of: MakeMailing, tag: str, sent: str) -> None:
    assert image_tag(mailing_of(f"<p>{tag}</p>")) == sent


def test_sizes_are_css_pixels_whatever_the_dpi(mailing_of: MakeMailing) -> None:
    mailing = mailing_of(settings=SETTINGS.replace("dpi = 192", "dpi = 288"))
    assert mailing.fill(ANNA).images[0].named.image.width == 180
    assert 'width="60" height="30"' in mailing.fill(ANNA).html


def test_densities_are_written_where_they_are_asked_for(mailing_of: MakeMailing) -> None:
    mailing = mailing_of(
        '<img data-inkmerge="hero" data-srcset="1x, 2x">',
        MAILING + 'images = "hosted"\nbase_url = "https://img.example/s/"\n',
    )
    filled = mailing.fill(ANNA)
    found = re.search(r'srcset="(\S+) 1x, (\S+) 2x"', filled.html)
    assert found is not None
    sizes = {one.source: one.named.image.width for one in filled.images}
    assert (sizes[found[1]], sizes[found[2]]) == (60, 120)


def test_an_alt_text_is_escaped(mailing_of: MakeMailing) -> None:
    sent = image_tag(mailing_of(), {**ANNA, "name": '"><b>'})
    assert 'alt="Kettle for &#34;&gt;&lt;b&gt;"' in sent


def test_who_is_in_several_groups_gets_images_below_each_other(mailing_of: MakeMailing) -> None:
    mailing = mailing_of('<td><img data-inkmerge="gift"></td>')
    both = mailing.fill({**ANNA, "language": "de", "points": 200})
    assert len(both.images) == 2
    assert re.search(r"<td><img [^>]*><br><img [^>]*></td>", both.html)
    assert mailing.fill(ANNA).html == "<td></td>"
    assert both.images[0].named.folder == "gift/german"


def test_images_that_are_blocks_need_no_line_break(mailing_of: MakeMailing) -> None:
    mailing = mailing_of('<img data-inkmerge="gift" style="display: block">')
    assert "<br>" not in mailing.fill({**ANNA, "language": "de", "points": 200}).html


def test_the_same_image_twice_is_one_part(mailing_of: MakeMailing) -> None:
    filled = mailing_of('<img data-inkmerge="hero">{{ container("card") }}').fill(ANNA)
    assert len({one.content_id for one in filled.images}) == len(filled.images) == 1
    assert filled.html.count(filled.images[0].source) == 2


def test_different_images_of_one_element_have_names_of_their_own(mailing_of: MakeMailing) -> None:
    message = parsed(mailing_of('<img data-inkmerge="hero">{{ container("card", sku="b") }}').compose(ANNA))
    names = [part.get_filename() for part in message.walk() if part.get_content_maintype() == "image"]
    assert names == ["hero.png", "card.png"]


def test_images_stand_where_the_element_or_the_mailing_says(mailing_of: MakeMailing) -> None:
    hosted = MAILING + 'images = "hosted"\nbase_url = "https://img.example/s/"\n'
    settings = SETTINGS.replace("[elements.hero]", '[elements.hero]\nimages = "file"')
    mailing = mailing_of('<img data-inkmerge="hero"><img data-inkmerge="gift">', hosted, settings)
    filled = mailing.fill({**ANNA, "language": "de"})
    hero, gift = filled.images
    assert re.fullmatch(r"hero/images/([0-9a-f]{2})/\1[0-9a-f]{62}\.png", hero.source)
    assert re.fullmatch(
        r"https://img\.example/s/gift/german/images/([0-9a-f]{2})/\1[0-9a-f]{62}\.png", gift.source
    )
    assert [part.get_content_type() for part in filled.message().walk()] == [
        *("multipart/alternative", "text/plain", "text/html"),
    ]


def test_a_group_has_an_edition_of_its_own(mailing_of: MakeMailing) -> None:
    variant = '[[mailing.variants]]\ngroup = "german"\nhtml = "mailing/de.html"\nsubject = "Frühling"\nlanguage = "de"\n'
    mailing = mailing_of(
        mailing=MAILING + variant, **{"mailing/de.html": "<p>Hallo {{ name }}, {{ 1234.5|number }}</p>"}
    )
    filled = mailing.fill({**ANNA, "language": "de"})
    assert filled.text == "Hallo Anna, 1.234,5\n"
    assert filled.headers["Subject"] == "Frühling"
    assert filled.headers["From"] == "Marl & Moss <post@marlmoss.example>"
    assert mailing.fill(ANNA).headers["Subject"] == "Spring for Anna"


def test_an_image_that_cannot_be_made_is_no_reason_for_no_message(mailing_of: MakeMailing) -> None:
    found = composed(mailing_of(), ("r-1", {**ANNA, "favourite": "gone"}))
    assert found.data is not None
    assert [one.code for one in found.fallbacks] == ["selector-matched-nothing"]


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        ({"name": "Anna"}, "missing-value"),
        ({"email": "a@example.org"}, "missing-value"),
        ({**ANNA, "language": "de", "name": None, "recipient_name": "x"}, "missing-value"),
    ],
)
def test_who_lacks_what_the_message_needs_gets_none_and_the_reason(
    mailing_of: MakeMailing, recipient: dict[str, Any], code: str
) -> None:
    found = composed(mailing_of(), ("r-1", recipient))
    assert found.data is None
    assert found.skipped is not None
    assert found.skipped.code == code


def test_a_field_that_says_skip_leaves_the_recipient_out(mailing_of: MakeMailing) -> None:
    mailing = mailing_of('<img data-inkmerge="gift">', MAILING.replace("{{ name }}", "you"))
    found = composed(mailing, ("r-1", {"email": "a@example.org", "language": "de"}))
    assert found.data is None
    assert found.skipped is not None
    assert found.skipped.code == "recipient-skipped"


def test_messages_come_in_the_order_of_the_recipients(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    rows = [(f"r-{n}", {**ANNA, "name": f"N{n}"} if n % 5 else {"name": "x"}) for n in range(40)]
    found = list(compose_all(Start(mailing.campaign.folder), iter(rows), 2))
    assert [one.recipient for one in found] == [one for one, _ in rows]
    assert found == [composed(mailing, row) for row in rows]
    assert sum(isinstance(one, Composed) and one.data is None for one in found) == 8


@pytest.mark.parametrize(
    ("page", "mailing", "said"),
    [
        ("<p>", "", "the campaign has no mailing"),
        ("<p>", "[mailing]\n", "the mailing has no from"),
        ("<p>", MAILING.replace("page.html", "gone.html"), "cannot be read"),
        ("<p>", MAILING.replace("mailing/page.html", "../x.html"), "outside of the campaign"),
        ("<p>", MAILING + 'images = "hosted"\n', "no base_url"),
        ("<p>", MAILING + 'images = "hosted"\nbase_url = "img"\n', "is no base URL"),
        ("<p>", MAILING + 'base_uri = "x"\n', "did you mean 'base_url'?"),
        ("<p>", MAILING + '[[mailing.variants]]\ngroup = "germans"\n', "did you mean 'german'?"),
        ('<p>\n<img data-inkmerge="heros">', MAILING, "mailing/page.html:2"),
        ("<p>{{ name", MAILING, "mailing/page.html:1"),
        ("<p>", MAILING.replace("{{ name }}", "{{ name"), "inkmerge.toml"),
    ],
)
def test_what_is_wrong_is_said_when_the_mailing_is_opened(
    mailing_of: MakeMailing, page: str, mailing: str, said: str
) -> None:
    assert said in refusal(mailing_of, page, mailing)


def test_a_container_that_is_not_there_is_named_with_its_line(mailing_of: MakeMailing) -> None:
    mailing = mailing_of('<p>\n{{ container("cart") }}')
    with pytest.raises(InkmergeError, match=r"page\.html:2") as caught:
        mailing.fill(ANNA)
    assert "did you mean 'card'?" in str(caught.value)


def test_a_page_that_is_not_utf_8_is_refused(mailing_of: MakeMailing) -> None:
    mailing = mailing_of()
    path = mailing.campaign.folder / "mailing" / "page.html"
    path.write_bytes("<p>ü".encode("latin-1"))
    with pytest.raises(InkmergeError, match="not UTF-8"):
        type(mailing).open(mailing.campaign.folder)


def test_mjml_becomes_html_with_its_placeholders(mailing_of: MakeMailing) -> None:
    source = (
        "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ name }}</mj-text>"
        '<mj-image src="inkmerge:hero" width="60px" alt="" /></mj-column></mj-section></mj-body></mjml>'
    )
    mailing = mailing_of(mailing=MAILING.replace("page.html", "page.mjml"), **{"mailing/page.mjml": source})
    filled = mailing.fill(ANNA)
    assert "Hello Anna" in filled.html
    assert 'alt="Kettle for Anna"' in filled.html
    assert len(filled.images) == 1


def test_what_is_no_mjml_is_refused(mailing_of: MakeMailing) -> None:
    options = {"mailing/page.mjml": "<mjml><mj-body></mjml>"}
    said = refusal(mailing_of, "", MAILING.replace("page.html", "page.mjml"), **options)
    assert "no MJML" in said


@pytest.mark.parametrize("name", ["Anna\r\nBcc: all@example.org", "Anna\n\n<p>", "a <b@c.example>", 'x", y'])
def test_a_name_makes_no_header_and_no_address(mailing_of: MakeMailing, name: str) -> None:
    message = parsed(mailing_of().compose({**ANNA, "name": name}))
    assert message["Bcc"] is None
    assert [one.addr_spec for one in message["To"].addresses] == ["anna@example.org"]
    assert set(message.keys()) == {
        *("From", "To", "Subject", "List-Unsubscribe", "MIME-Version", "Content-Type"),
    }


def test_an_address_of_other_letters_is_written_as_utf_8(mailing_of: MakeMailing) -> None:
    message = mailing_of().compose({**ANNA, "email": "zoë@exämple.org"})
    data = message_bytes(message)
    assert data == message.as_bytes()
    assert "To: Anna <zoë@xn--exmple-cua.org>\r\n".encode() in data


def test_broken_html_is_sent_as_it_is(mailing_of: MakeMailing) -> None:
    page = '<td>{{ name }}</p></td><b <i>"<!-- <p><img data-inkmerge="hero">'
    filled = mailing_of(page).fill(ANNA)
    assert filled.html == page.replace("{{ name }}", "Anna")
    assert filled.images == ()


@pytest.mark.parametrize(
    ("language", "recipient", "written"),
    [
        ("de", {"locale": "th-TH"}, "48 € 2. Juni 2027"),
        ("de", {"locale": "de-AT"}, "€ 48 2. Juni 2027"),
        ("de", {"language": "fr"}, "48 € 2. Juni 2027"),
        (None, {"locale": "en-IE"}, "€48 2 June 2027"),
        (None, {}, "€48 June 2, 2027"),
    ],
)
def test_the_language_of_the_words_goes_before_the_recipients(
    mailing_of: MakeMailing, language: str | None, recipient: dict[str, str], written: str
) -> None:
    settings = '[mailing]\nhtml = "mailing/page.html"\nsubject = "Spring"\nfrom = "post@marlmoss.example"\n'
    if language is not None:
        settings += f'language = "{language}"\n'
    page = '{{ 48|money("EUR", 0) }} {{ "2027-06-02"|date("long") }}'
    filled = mailing_of(page, mailing=settings).fill({**ANNA, **recipient})
    assert filled.html.replace("\u00a0", " ") == written
