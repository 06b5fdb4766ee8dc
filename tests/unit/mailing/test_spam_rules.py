from __future__ import annotations

import pytest

from inkmerge.errors import Severity
from inkmerge.mailing.spam_rules import SCORES, SpamMeasure, ToNext, measure_spam, spam_findings

IMAGE = '<img src="cid:a">'
SIZED = '<img src="cid:a" width="100" height="100">'
LINKED = '<a href="https://x.example">' + IMAGE + "</a>"


def html_message(html: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\n\n" + html.encode()


def two_parts(text: str, html: str) -> bytes:
    return (
        b'Content-Type: multipart/alternative; boundary="b"\n\n'
        b"--b\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode() + b"\n"
        b"--b\nContent-Type: text/html; charset=utf-8\n\n" + html.encode() + b"\n--b--\n"
    )


def measure(message: bytes, family: str) -> SpamMeasure:
    (found,) = (one for one in measure_spam(message) if one.family == family)
    return found


def of_length(start: str, length: int) -> bytes:
    return html_message(start + "x" * (length - len(start)))


@pytest.mark.parametrize(
    ("length", "hit"),
    [
        (len(IMAGE), "HTML_IMAGE_ONLY_04"),
        (400, "HTML_IMAGE_ONLY_04"),
        (401, "HTML_IMAGE_ONLY_08"),
        (800, "HTML_IMAGE_ONLY_08"),
        (801, "HTML_IMAGE_ONLY_12"),
        (1200, "HTML_IMAGE_ONLY_12"),
        (1201, "HTML_IMAGE_ONLY_16"),
        (1600, "HTML_IMAGE_ONLY_16"),
        (1601, "HTML_IMAGE_ONLY_20"),
        (2000, "HTML_IMAGE_ONLY_20"),
        (2001, "HTML_IMAGE_ONLY_24"),
        (2400, "HTML_IMAGE_ONLY_24"),
        (2401, "HTML_IMAGE_ONLY_28"),
        (2800, "HTML_IMAGE_ONLY_28"),
        (2801, "HTML_IMAGE_ONLY_32"),
        (3200, "HTML_IMAGE_ONLY_32"),
        (3201, None),
    ],
)
def test_html_with_images_is_judged_by_its_length(length: int, hit: str | None) -> None:
    found = measure(of_length(IMAGE, length), "HTML_IMAGE_ONLY")
    assert (found.value, found.hit, found.unit) == (length, hit, "characters of HTML")
    assert found.score == (SCORES[hit] if hit else 0)


def test_the_length_is_one_of_characters_not_of_bytes() -> None:
    assert measure(of_length(IMAGE + "สวัสดี", 3200), "HTML_IMAGE_ONLY").hit == "HTML_IMAGE_ONLY_32"


@pytest.mark.parametrize("html", ["<p>Hello</p>", "&lt;img&gt;", "<!-- <img> -->", "<imgs>"])
def test_without_an_image_the_length_does_not_count(html: str) -> None:
    found = measure(html_message(html), "HTML_IMAGE_ONLY")
    assert (found.value, found.hit, found.to_next) == (None, None, None)
    assert found.sentence == "There is no image in the HTML."


@pytest.mark.parametrize(
    ("letters", "hit"),
    [
        (0, None),
        (1, "HTML_IMAGE_RATIO_02"),
        (20, "HTML_IMAGE_RATIO_02"),
        (21, "HTML_IMAGE_RATIO_04"),
        (40, "HTML_IMAGE_RATIO_04"),
        (41, "HTML_IMAGE_RATIO_06"),
        (60, "HTML_IMAGE_RATIO_06"),
        (61, "HTML_IMAGE_RATIO_08"),
        (80, "HTML_IMAGE_RATIO_08"),
        (81, None),
    ],
)
def test_text_without_spaces_is_divided_by_the_images_area(letters: int, hit: str | None) -> None:
    found = measure(html_message(SIZED + " \n x" * letters), "HTML_IMAGE_RATIO")
    assert (found.value, found.hit) == (letters / 10_000, hit)


@pytest.mark.parametrize(
    ("size", "area"),
    [
        ("width=30 height='40'", 1200),
        ("width=50% height=10%", 400 * 60),
        ("width=auto height=7", 200 * 7),
        ("width=0 height=10px", 200 * 200),
        ("width height", 200 * 200),
        ("width=30", None),
        ('style="width:30px;height:40px"', None),
    ],
)
def test_areas_are_those_of_the_attributes_on_a_screen_of_800_by_600(size: str, area: int | None) -> None:
    found = measure(html_message(f"<img {size}>{'x' * 30}"), "HTML_IMAGE_RATIO")
    assert found.value == (30 / area if area else None)


@pytest.mark.parametrize(
    ("length", "hit"),
    [
        (len(LINKED), "HTML_SHORT_LINK_IMG_1"),
        (1024, "HTML_SHORT_LINK_IMG_1"),
        (1025, "HTML_SHORT_LINK_IMG_2"),
        (1536, "HTML_SHORT_LINK_IMG_2"),
        (1537, "HTML_SHORT_LINK_IMG_3"),
        (2048, "HTML_SHORT_LINK_IMG_3"),
        (2049, None),
    ],
)
def test_short_html_with_a_linked_image_is_judged_by_its_length(length: int, hit: str | None) -> None:
    assert measure(of_length(LINKED, length), "HTML_SHORT_LINK_IMG").hit == hit


@pytest.mark.parametrize(
    ("html", "is_linked"),
    [
        (IMAGE, False),
        ("<a>Off</a>" + IMAGE, False),
        (LINKED, True),
        ("<a><p>" + IMAGE, True),
        ("<a>Off" + IMAGE + "</a>", True),
        ("<a>&lt;img&gt;</a>", True),
        ("<area href=x>" + IMAGE, False),
    ],
)
def test_a_linked_image_is_one_between_the_tags_of_a_link(html: str, is_linked: bool) -> None:
    assert (measure(html_message(html), "HTML_SHORT_LINK_IMG").hit is not None) == is_linked


@pytest.mark.parametrize(
    ("lacking", "hit"), [(0, None), (99, None), (198, None), (199, "MPART_ALT_DIFF"), (200, "MPART_ALT_DIFF")]
)
def test_more_than_99_percent_of_the_htmls_words_have_to_be_missing(lacking: int, hit: str | None) -> None:
    words = [f"w{number}" for number in range(200)]
    found = measure(two_parts(" ".join(words[lacking:]), " ".join(words)), "MPART_ALT_DIFF")
    assert (found.value, found.hit) == (lacking / 2, hit)


@pytest.mark.parametrize(
    ("text", "html", "lacking"),
    [
        ("Hello Anna", "<p>Hello <b>Anna</b></p>", 0),
        ("Hello Anna", "Hello<br>Anna<br/>Anna", 50),
        ("Hello Anna Anna", "Anna<p>Anna", 0),
        ("hello", "Hello", 100),
        ("Hello", "Hel<b>lo</b> –", 0),
        ("สวัสดี", "<p>&#3626;วัสดี", 0),
        ("", IMAGE, 100),
        ("Hello", "<style>p{}</style><script>x()</script>Hello", 0),
        ("Hello", '<div style="display:none">Seen</div>Hello', 50),
        ("Hello", "<title>Spring</title>Hello", 50),
        ("Hello", '<img alt="Hello">', 100),
    ],
)
def test_words_are_compared_as_often_as_they_stand_there(text: str, html: str, lacking: float) -> None:
    assert measure(two_parts(text, html), "MPART_ALT_DIFF").value == lacking


@pytest.mark.parametrize(
    ("text", "html", "hit"),
    [
        (6, 2, None),
        (7, 2, "MPART_ALT_DIFF_COUNT"),
        (9, 3, None),
        (10, 3, "MPART_ALT_DIFF_COUNT"),
        (9, 1, None),
    ],
)
def test_a_text_part_has_more_than_three_words_for_each_of_the_html(
    text: int, html: int, hit: str | None
) -> None:
    words = [f"w{number}" for number in range(20)]
    found = measure(two_parts(" ".join(words[:text]), " ".join(words[:html])), "MPART_ALT_DIFF_COUNT")
    assert (found.hit, found.value) == (hit, text / html if html > 1 else None)


@pytest.mark.parametrize(
    ("message", "family", "to_next"),
    [
        (of_length(IMAGE, 450), "HTML_IMAGE_ONLY", ToNext(50, 351, 2751, "characters of HTML")),
        (of_length(IMAGE, 3200), "HTML_IMAGE_ONLY", ToNext(400, 1, 1, "characters of HTML")),
        (of_length(IMAGE, 3300), "HTML_IMAGE_ONLY", ToNext(100, None, 0, "characters of HTML")),
        (of_length(LINKED, 1024), "HTML_SHORT_LINK_IMG", ToNext(1024, 1, 1025, "characters of HTML")),
        (html_message(SIZED), "HTML_IMAGE_RATIO", ToNext(None, 1, 0, "characters of text")),
        (html_message(SIZED + "x" * 30), "HTML_IMAGE_RATIO", ToNext(10, 11, 51, "characters of text")),
        (html_message(SIZED + "x" * 100), "HTML_IMAGE_RATIO", ToNext(20, None, 0, "characters of text")),
        (two_parts("x", "a b c d"), "MPART_ALT_DIFF", ToNext(1, None, 1, "different words")),
        (two_parts("a", "a b c d"), "MPART_ALT_DIFF", ToNext(None, 1, 0, "different words")),
        (two_parts("a b c d e f g h", "a b"), "MPART_ALT_DIFF_COUNT", ToNext(2, None, 2, "different words")),
        (two_parts("a b", "a b"), "MPART_ALT_DIFF_COUNT", ToNext(None, 5, 0, "different words")),
    ],
)
def test_a_measure_says_how_far_the_next_thresholds_are(message: bytes, family: str, to_next: ToNext) -> None:
    assert measure(message, family).to_next == to_next


@pytest.mark.parametrize("letters", range(1, 90, 7))
@pytest.mark.parametrize("side", [1, 3, 100, 317])
def test_the_distances_of_the_ratio_lead_to_where_another_rule_hits(letters: int, side: int) -> None:
    image = f"<img width={side} height={side}>"
    found = measure(html_message(image + "x" * letters), "HTML_IMAGE_RATIO")
    assert found.to_next is not None
    for distance in (found.to_next.more, -(found.to_next.fewer or 0)):
        if distance:
            before = measure(
                html_message(image + "x" * (letters + distance - (1 if distance > 0 else -1))), found.family
            )
            beyond = measure(html_message(image + "x" * (letters + distance)), found.family)
            assert (before.hit, beyond.hit == found.hit) == (found.hit, False)


def test_a_finding_says_what_was_measured_and_what_to_do() -> None:
    first, *_ = spam_findings(of_length(IMAGE, 1350))
    assert str(first) == (
        "warning[spam-image-only]: The HTML has images and 1,350 characters, markup included: "
        "HTML_IMAGE_ONLY_16 adds 1.969 points.\n"
        "hint: write 1,851 characters more, best what the images say as live text"
    )


def test_a_rule_of_next_to_no_score_is_a_note() -> None:
    (found,) = spam_findings(html_message(SIZED + "x" * 10 + " " * 3200))
    assert (found.code, found.severity) == ("spam-image-ratio", Severity.NOTE)


def test_each_family_has_a_code() -> None:
    linked = f'<a href="x">{SIZED}</a> Hello Anna'
    codes = {finding.code for finding in spam_findings(two_parts("a b c d e f g", linked))}
    assert codes == {
        "spam-image-only",
        "spam-image-ratio",
        "spam-linked-image",
        "spam-parts-differ",
        "spam-text-longer",
    }


def test_a_message_that_says_the_same_twice_beside_its_images_is_not_found() -> None:
    words = " ".join(f"word{number}" for number in range(500))
    assert spam_findings(two_parts(words, f"<p>{words}</p>{LINKED}")) == ()


def test_each_html_part_is_measured_and_a_rule_found_once() -> None:
    page = b"Content-Type: text/html\n\n" + IMAGE.encode() + b"\n"
    message = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + page + b"--b\n" + page + b"--b--\n"
    parts = [one.part for one in measure_spam(message) if one.family == "HTML_IMAGE_ONLY"]
    assert (parts, [finding.code for finding in spam_findings(message)]) == ([1, 2], ["spam-image-only"])


@pytest.mark.parametrize("message", [b"", b"\n", b"\xff\x00", b"Subject: x\n\nHello", b"From x", b":"])
def test_what_has_no_html_hits_nothing(message: bytes) -> None:
    assert [one.value for one in measure_spam(message)] == [None] * 5
    assert spam_findings(message) == ()


@pytest.mark.parametrize("start", ["", "<!-- >"])
def test_where_spamassassin_breaks_off_it_measures_no_image_and_that_is_found(start: str) -> None:
    message = html_message(f'{LINKED}{start}<p style="background: ;color:red">{SIZED}')
    assert [one.hit for one in measure_spam(message)] == [None] * 5
    (found,) = spam_findings(message)
    assert (found.code, found.severity) == ("spam-html-broken-off", Severity.NOTE)


def test_equal_messages_are_measured_equally() -> None:
    message = two_parts("Hello", LINKED)
    assert measure_spam(message) == measure_spam(message)
