"""What a mail says without its images."""

from __future__ import annotations

import pytest

from inkmerge.errors import Severity

from .checked_mails import check, codes, image, page, placed, tag

SHORT = '<html lang="en"><head><title>Spring</title></head><body>{}</body></html>'
PICTURE = '<img src="https://x.example/a.png" alt="All pots 20 % off" width="600" height="300">'
OUT = '<a href="https://x.example/off">Unsubscribe</a>'


def off(html: str) -> list[str]:
    mine = ("images-off-empty", "images-off-little", "text-link-missing", "call-to-action-in-image")
    return [one for one in codes(html) if one.partition(":")[2] in mine]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PICTURE, ["error:images-off-empty"]),
        (PICTURE + "&nbsp;&zwnj; * ", ["error:images-off-empty"]),
        (
            PICTURE + '<p style="display:none">All pots are 20 % off until Friday</p>',
            ["error:images-off-empty"],
        ),
        (PICTURE + "<p>All pots are cheap</p>", ["warning:images-off-little"]),
        (PICTURE + "<p>All pots are 20 % off until Friday, in shops and online</p>", []),
        (
            PICTURE
            + "<p>春の新しい急須と茶碗がそろいました。金曜日まで全品二割引です。ぜひご覧ください。お待ちしております。</p>",
            [],
        ),
        ("<p>Hi</p>", []),
        (PICTURE.replace("<img", '<img role="none"'), []),
    ],
)
def test_without_images_a_mail_still_says_what_it_is_about(body: str, expected: list[str]) -> None:
    assert off(SHORT.format(body)) == expected


def linked(*parts: str) -> str:
    return SHORT.format(
        "<p>All pots are 20 % off until Friday, in our shops and online, for you.</p>" + "".join(parts)
    )


HERO = f'<a href="https://x.example/pots?r=1">{PICTURE}</a>'
LOGO = (
    '<a href="https://x.example/"><img src="https://x.example/l.png" alt="Marl" width="120" height="40"></a>'
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((HERO,), ["warning:text-link-missing"]),
        ((HERO, OUT), ["warning:call-to-action-in-image"]),
        (
            (HERO, OUT, '<a href="https://x.example/w">View in your browser</a>'),
            ["warning:call-to-action-in-image"],
        ),
        ((HERO, '<a href="mailto:a@x.example">Write to us</a>'), ["warning:text-link-missing"]),
        ((HERO, '<a href="https://x.example/pots#top">See the pots</a>'), []),
        ((HERO, '<a href="https://x.example/blog">Read the journal</a>'), ["note:call-to-action-in-image"]),
        ((LOGO, '<a href="https://x.example/blog">Read our online magazine</a>'), []),
        (
            (LOGO, '<a href="https://x.example/blog">Read this mail online</a>'),
            ["warning:call-to-action-in-image"],
        ),
        ((LOGO, '<a href="https://x.example/blog">Read the journal</a>'), []),
        ((OUT,), []),
    ],
)
def test_where_images_lead_a_link_with_text_leads_too(parts: tuple[str, ...], expected: list[str]) -> None:
    assert off(linked(*parts)) == expected


@pytest.mark.parametrize(
    ("shown", "live", "is_said"),
    [
        ("Anna", "Dear Anna,", True),
        ("Anna", "Dear Annabel,", False),
        ("ANNA", "Dear anna,", True),
        ("Anna Maria Berg", "Berg, Anna (Maria)", True),
        ("1,250", "1.250 points", True),
        ("1,250", "1 250 points", True),
        ("1,250", "1250 points", True),
        ("1,250", "250 points", False),
        ("20 % off everything", "everything: now 20% cheaper", True),
        ("20 % off everything", "everything: now cheaper", False),
        ("31 May 2027", "until 31.05.2027", True),
        ("MOSS-15", "15 % with the code MOSS-15.", True),
        ("MOSS-15", "15 % off", False),
        ("\u0661\u0665٪", "15 %", True),
        ("王秀英", "您好王秀英欢迎", True),
        ("Hel lo", "<b>Hel</b><i>lo</i>", False),
        ("Hello", "<b>Hel</b><i>lo</i>", True),
        ("Anna", '<span style="display:none">Anna</span>', False),
    ],
)
def test_a_text_is_said_when_its_words_or_its_numbers_and_codes_are(
    shown: str, live: str, is_said: object
) -> None:
    hero = placed(image(shown=[shown]))
    html = SHORT.format(
        f"<p>{live}</p><p>Words about the many new pots and bowls that we have</p>{tag(hero)}"
    )
    assert ("text-in-image" not in [one.code for one in check(html, hero)]) is is_said


def test_facts_in_a_picture_weigh_more_than_words() -> None:
    hero = placed(image(shown=["Read the story", "20 %", "Anna"]))
    (found,) = check(page(tag(hero)), hero)
    assert (found.code, found.severity) == ("text-in-image", Severity.WARNING)
    assert "'20 %'" in found.message
    assert "story" not in found.message
    hero = placed(image(shown=["Read the story", "Anna"]))
    (found,) = check(page(tag(hero)), hero)
    assert found.severity is Severity.NOTE
    assert "'Read the story'" in found.message


def test_an_image_that_stands_twice_is_reported_once() -> None:
    hero = placed(image(shown=["20 %"]))
    assert codes(page(tag(hero) + "\n" + tag(hero)), hero) == ["warning:text-in-image"]
