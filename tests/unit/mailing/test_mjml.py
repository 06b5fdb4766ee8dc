"""A page written in MJML: what of it passes by mrml, and what is said where that cannot be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from inkmerge.errors import InkmergeError, Location, MissingValue, TemplateSyntax, UnsupportedFeature
from inkmerge.mailing import Mailing
from inkmerge.mailing.mjml import html_of_mjml

pytest.importorskip("mrml")
Make = Callable[..., Mailing]
MAILING = """
[mailing]
html = "mailing/page.mjml"
subject = "Spring"
from = "post@marlmoss.example"
"""
ANNA = {"name": "Anna", "email": "anna@example.org"}


def mjml(body: str, head: str = "") -> str:
    column = f"<mj-section><mj-column>{body}</mj-column></mj-section>"
    return f'<mjml lang="en"><mj-head>{head}</mj-head>\n<mj-body>\n{column}\n</mj-body></mjml>'


def refusal(source: str) -> TemplateSyntax:
    with pytest.raises(TemplateSyntax) as caught:
        html_of_mjml(source, "page.mjml")
    return caught.value


@pytest.mark.parametrize(
    "kept",
    [
        '{{ name|default("you") }}',
        "{% if points < 3 and name > 'a' %}few{% endif %}",
        "{% raw %}{{ of another tool }}{% endraw %}",
        "a{#- a comment -#}b",
        "&nbsp;&amp;&eacute;",
        "👩🏽\u200d🌾 \u200f\u00ad \\ é",
    ],
)
def test_placeholders_and_letters_pass_by(kept: str) -> None:
    assert kept in html_of_mjml(mjml(f"<mj-text>{kept}</mj-text>"), "page.mjml")
    if '"' not in kept and "<" not in kept:
        assert kept in html_of_mjml(mjml(f'<mj-image src="a.png" alt="{kept}" />'), "page.mjml")


def test_a_placeholder_in_an_attribute_may_hold_the_same_quotation_mark() -> None:
    source = mjml('<mj-button href="https://a.example/{{ id|default("x") }}">Go</mj-button>')
    assert 'href="https://a.example/{{ id|default("x") }}"' in html_of_mjml(source, "page.mjml")


def test_blocks_may_stand_between_sections_columns_and_texts() -> None:
    block = "{% if a %}<mj-text>x</mj-text>{% endif %}"
    html = html_of_mjml(mjml(block), "page.mjml")
    assert html.index("{% if a %}") < html.index(">x<") < html.index("{% endif %}")


def test_a_mark_that_the_page_holds_is_none_of_ours() -> None:
    html = html_of_mjml(mjml("<mj-text>inkmergemark0z {{ name }}</mj-text>"), "page.mjml")
    assert "inkmergemark0z {{ name }}" in html


def test_what_mjml_leaves_out_is_refused_with_its_line() -> None:
    head = '<mj-attributes><mj-class name="a"\ncolor="{{ colour }}"/></mj-attributes>'
    fault = refusal(mjml("<mj-text>x</mj-text>", head))
    assert fault.location == Location("page.mjml", 2)
    assert "leaves it out" in str(fault)


def test_a_placeholder_that_does_not_end_is_refused_with_its_line() -> None:
    assert refusal(mjml("<mj-text>\n\n{{ name</mj-text>")).location.line == 5


@pytest.mark.parametrize("attribute", ["alt='say \"hi\"'", 'alt="two\nlines"'])
def test_what_mjml_would_spoil_is_refused(attribute: str) -> None:
    assert "&quot;" in (refusal(mjml(f'<mj-image src="a.png" {attribute} />')).hint or "")


def test_what_is_no_mjml_says_so() -> None:
    assert "no MJML" in str(refusal("<mjml><mj-body><mj-text>"))


def test_without_mrml_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkmerge.mailing.mjml.mrml", None)
    with pytest.raises(UnsupportedFeature) as caught:
        html_of_mjml(mjml(""), "page.mjml")
    assert "inkmerge[mjml]" in (caught.value.hint or "")


def test_an_image_element_of_mjml_has_its_item_its_alt_and_its_height(mailing_of: Make) -> None:
    page = mjml('<mj-image src="inkmerge:hero?sku={{ favourite }}" alt="" padding="0" />')
    mailing = mailing_of(mailing=MAILING, **{"mailing/page.mjml": page})
    filled = mailing.fill({**ANNA, "favourite": "b"})
    (image,) = filled.images
    assert f'src="{image.source}"' in filled.html
    assert 'alt="Cup for Anna"' in filled.html
    assert 'height="auto"' not in filled.html
    assert 'width="600"' in filled.html
    assert 'height="300"' in filled.html


def test_a_fault_in_a_page_of_mjml_names_the_file_and_no_line_of_the_html(mailing_of: Make) -> None:
    files = {"mailing/page.mjml": mjml("<mj-text>{{ nobody }}</mj-text>")}
    with pytest.raises(MissingValue) as missing:
        mailing_of(mailing=MAILING, **files).fill(ANNA)
    assert missing.value.location == Location("mailing/page.mjml")
    files = {"mailing/page.mjml": mjml('<mj-image src="inkmerge:her" />')}
    with pytest.raises(InkmergeError) as unknown:
        mailing_of(mailing=MAILING, **files)
    assert unknown.value.location == Location("mailing/page.mjml")
    assert "did you mean 'hero'?" in str(unknown.value)
