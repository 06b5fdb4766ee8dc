"""What a page says of its language, and what its texts say."""

from __future__ import annotations

import pytest

from .checked_mails import check, codes, image, page, placed, tag

GERMAN = (
    "Hallo Anna, die ersten Töpfe sind aus dem Ofen, und wir haben für dich ein paar zur Seite gestellt. Du bist die erste,"
    " die sie sieht: nicht die schönsten, aber die mit der besten Glasur. Komm und sieh sie dir an, wir sind für dich da."
)
ENGLISH = (
    "Hello Anna, the first pots of the year are out of the kiln, and this is what we have for you: the bowls and the cups"
    " with our new glaze. You will see what your shop has from Friday on, and you have the first choice."
)
ARABIC = (
    "مرحبًا آنا، خرجت أولى الأواني من الفرن، وقد خصصنا لك بعضًا منها. تعالي وشاهديها في متجرنا هذا الأسبوع."
)
DUTCH = (
    "Hallo Anna, de eerste potten van het jaar zijn uit de oven, en wij hebben voor jou een paar apart gezet. Kom en"
    " bekijk ze met je vrienden, want het zijn de mooiste van onze winkel en je hoeft niet te wachten."
)


def mail(lang: str, text: str, title: str = "<title>Spring</title>") -> str:
    links = '<a href="https://x.example/pots">Anna</a> <a href="https://x.example/unsubscribe">x</a>'
    return f"<html {lang}><head>{title}</head><body><p>{text}</p>{links}</body></html>"


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ('lang="en"', ENGLISH, []),
        ('lang="en-GB"', ENGLISH, []),
        ('lang="de"', GERMAN, []),
        ('lang="ar"', ARABIC, []),
        ('lang="nl"', DUTCH, []),
        ('lang="de"', ENGLISH, ["warning:language-differs"]),
        ('lang="en"', GERMAN, ["warning:language-differs"]),
        ('lang="en"', DUTCH, ["warning:language-differs"]),
        ('lang="en"', ARABIC, ["warning:language-differs"]),
        ('lang="ar"', GERMAN, ["warning:language-differs"]),
        ('lang="en"', GERMAN[:60] + ENGLISH, []),
        ('lang="en"', "Anna: 1,250", []),
        ('lang="cy"', GERMAN, []),
        ("", ENGLISH, ["warning:language-missing"]),
        ('lang=" "', ENGLISH, ["warning:language-missing"]),
        ('lang="english language"', ENGLISH, ["warning:language-invalid"]),
    ],
)
def test_the_language_is_said_and_is_that_of_the_text(lang: str, text: str, expected: list[str]) -> None:
    assert codes(mail(lang, text)) == expected


def test_a_language_around_all_text_counts_which_web_mailers_keep() -> None:
    assert codes(mail("", ENGLISH).replace("<body>", '<body lang="en">')) == []
    assert codes(mail("", ENGLISH).replace("<p>", '<div lang="en"><p>')) == []
    assert codes(mail("", f'<b><i lang="en">x</i></b>{ENGLISH}')) == ["warning:language-missing"]


def test_danish_is_not_told_from_norwegian() -> None:
    text = "Hei Anna, vi har laget noe for deg og det er ikke dyrt på nett: kom til oss med din venn, og se av det vi har."
    assert codes(mail('lang="nb"', text)) == []
    assert codes(mail('lang="da"', text)) == []


def test_the_alt_of_an_image_is_in_the_language_around_it() -> None:
    hero = placed(image(alt="Für dich und deine Freunde: die neuen Töpfe"))
    (found,) = check(page(tag(hero)), hero)
    assert (found.code, str(found.location)) == ("language-differs", "HTML:3 #hero")
    assert "'de'" in found.message
    assert codes(page(f'<div lang="de">{tag(hero)}</div>'), hero) == []
    english = placed(image(alt="For you and your friends: the new pots"))
    assert codes(page(tag(english)), english) == []


def test_a_page_has_a_title() -> None:
    assert codes(mail('lang="en"', ENGLISH, "")) == ["warning:title-missing"]
    assert codes(mail('lang="en"', ENGLISH, "<title> </title>")) == ["warning:title-missing"]
