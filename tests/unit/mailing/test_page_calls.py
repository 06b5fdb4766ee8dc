"""What a page may ask: `in_group("loyal")` and `content("hero")`, and what is said of a question about nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inkmerge.errors import CampaignError, Location, TemplateSyntax, UnsafeTemplate
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.mailing import Mailing
from inkmerge.mailing.page_calls import Answers, PageCall
from inkmerge.mailing.page_compiling import compile_page

Make = Callable[..., Mailing]
MAILING = '[mailing]\nhtml = "mailing/page.html"\nfrom = "post@marlmoss.example"\nsubject = "Spring for {{ name }}"\n'


def filled(source: str, *groups: str) -> str:
    page = compile_page(source, "spring.html", "en", DEFAULT_LIMITS)
    return "".join(str(part) for part in page.fill({}, Answers(lambda name: name in groups)))


def test_a_page_says_something_to_a_target_group_alone() -> None:
    source = '<p>{% if in_group("loyal") %}Thank you{% else %}Hello{% endif %}</p>'
    assert filled(source, "loyal") == "<p>Thank you</p>"
    assert filled(source) == "<p>Hello</p>"


def test_one_of_several_groups_is_enough() -> None:
    source = '{% if in_group("loyal", "dubai") and not in_group("german") %}yes{% endif %}'
    assert filled(source, "dubai") == "yes"
    assert filled(source, "dubai", "german") == ""
    assert filled(source, "other") == ""


def test_a_page_says_what_it_asks_and_on_which_lines() -> None:
    source = '<p>\n{% if in_group("a", "b") %}x{% endif %}\n{{ content("hero").title if in_group("c") else "y" }}</p>'
    assert set(compile_page(source, "spring.html", "en", DEFAULT_LIMITS).calls) == {
        PageCall("in_group", "a", 2),
        PageCall("in_group", "b", 2),
        PageCall("in_group", "c", 3),
        PageCall("content", "hero", 3),
    }


@pytest.mark.parametrize(
    ("call", "word"),
    [
        ("in_group()", "target group"),
        ("in_group(tier)", "target group"),
        ('in_group("loyal", tier)', "target group"),
        ('in_group(name="x")', "target group"),
        ("content()", "image element or container"),
        ("content(name)", "image element or container"),
        ('content("hero", "gift")', "image element or container"),
    ],
)
def test_a_question_must_say_about_what(call: str, word: str) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        filled("<p>\n\n{% if " + call + " %}a{% endif %}</p>")
    assert f"does not say about which {word}" in str(caught.value)
    assert caught.value.location.line == 3


@pytest.mark.parametrize(
    ("question", "nearest"),
    [
        ('in_group("loyl")', "loyal"),
        ('content("her").title', "hero"),
        ('content("crd", sku="b").title', "card"),
    ],
)
def test_what_the_campaign_lacks_is_refused_when_it_is_opened(
    mailing_of: Make, question: str, nearest: str
) -> None:
    with pytest.raises(CampaignError) as caught:
        mailing_of("<p>\n{% if " + question + " %}a{% endif %}</p>")
    assert f"did you mean '{nearest}'?" in str(caught.value)
    assert caught.value.location == Location("mailing/page.html", 2)


def test_who_may_or_may_not_be_in_a_group_is_not_and_a_finding_says_why(mailing_of: Make) -> None:
    mailing = mailing_of('<p>{% if in_group("loyal") %}Thank you{% else %}Hello{% endif %}</p>')
    unknown = mailing.fill({"email": "a@example.org", "name": "Jo"})
    assert unknown.html == "<p>Hello</p>"
    assert [one.code for one in unknown.findings] == ["group-unknown"]
    assert mailing.fill({"email": "a@example.org", "name": "Jo", "points": "120"}).html == "<p>Thank you</p>"


def test_the_text_says_what_the_image_shows(mailing_of: Make) -> None:
    page = '<p>{{ content("hero").title }}</p><img data-inkmerge="hero"><b>{{ content("card", sku="a").title }}</b>'
    mailing = mailing_of(page)
    filled_mailing = mailing.fill({"email": "a@example.org", "name": "Jo", "favourite": "b"})
    assert filled_mailing.html.startswith("<p>Cup</p>")
    assert 'alt="Cup for Jo"' in filled_mailing.html
    assert filled_mailing.html.endswith("<b>Kettle</b>")


def test_who_gets_no_image_or_a_fallback_has_no_content(mailing_of: Make) -> None:
    page = "<p>{% if content(NAME).title is defined %}{{ content(NAME).title }}{% else %}none{% endif %}</p>"
    anna = {"email": "a@example.org", "name": "Anna"}
    assert mailing_of(page.replace("NAME", '"gift"')).fill({**anna, "language": "en"}).html == "<p>none</p>"
    assert (
        mailing_of(page.replace("NAME", '"gift"')).fill({**anna, "language": "de"}).html == "<p>Geschenk</p>"
    )
    assert mailing_of(page.replace("NAME", '"hero"')).fill({**anna, "favourite": "z"}).html == "<p>none</p>"


def test_an_element_and_a_container_of_one_name_are_two(mailing_of: Make) -> None:
    container = 'template = "templates/hero.svg"\nvalues = { title = "Spoon" }\n'
    mailing = mailing_of(
        '{{ content("gift").title }}{{ container("gift") }}', **{"containers/gift.toml": container}
    )
    filled_mailing = mailing.fill({"email": "a@example.org", "name": "Jo", "language": "de"})
    assert filled_mailing.html.startswith("Geschenk<img")
    assert 'alt="Spoon for Jo"' in filled_mailing.html


def test_a_header_asks_about_no_group(mailing_of: Make) -> None:
    asking = MAILING.replace("Spring for", '{% if in_group(\\"loyal\\") %}Spring{% endif %} for')
    with pytest.raises(UnsafeTemplate):
        mailing_of(mailing=asking)
