"""A page as clients show it that load no images."""

from __future__ import annotations

from turbohtml import parse

from inkmerge.mailing.images_off import images_off

from .checked_mails import NEWSLETTER


def box(tag: str) -> str:
    return images_off(f"<p>{tag}</p>").removeprefix("<p>").removesuffix("</p>")


def test_an_image_is_a_box_of_its_size_with_its_alt_in_its_authors_style() -> None:
    found = box(
        '<img src="a.png" alt="Fish &amp; &quot;chips&quot;" width=60 height="30" class="hero" style="color:#fa0;display:block">'
    )
    element = parse(found).select_one("span")
    assert element is not None
    style = str(element.attrs["style"])
    assert "width:60px;height:30px" in style
    assert style.endswith("color:#fa0;display:block")
    assert "outline" in style
    assert element.text == 'Fish & "chips"'
    assert element.has_class("hero")
    assert "a.png" not in found


def test_an_image_without_a_size_has_that_of_its_text() -> None:
    assert "width" not in box('<img src="a.png" alt="Fish">')


def test_percentages_and_floats_are_kept() -> None:
    assert "width:50%;float:left" in box('<img src="a.png" width="50%" align="left">')


def test_a_pixel_that_counts_readers_has_no_outline() -> None:
    assert "outline" not in box('<img src="a.png" width="1" height="1">')


def test_pictures_behind_text_are_left_out_and_colours_stay() -> None:
    html = (
        "<style>td { background: url(a.png) no-repeat #fff; } @font-face { src: url(b.woff) }</style>"
        '<td background="c.png" bgcolor="#eee" style="color:red;background-image:url(data:image/png;base64,AA==)">x</td>'
    )
    assert images_off(html) == (
        "<style>td { background: none no-repeat #fff; } @font-face { src: url(b.woff) }</style>"
        '<td  bgcolor="#eee" style="color:red;background-image:none">x</td>'
    )


def test_all_else_stays_as_it_is() -> None:
    html = NEWSLETTER.replace("HERO", "x")
    parts = html.split("<img")
    found = images_off(html)
    for part in (parts[0], *(one.partition(">")[2] for one in parts[1:])):
        assert part in found
    assert "<img" not in found


def test_what_an_alt_holds_becomes_no_markup() -> None:
    assert "<script" not in box('<img alt="<script>x</script>" style="color:&quot;><script>">')
