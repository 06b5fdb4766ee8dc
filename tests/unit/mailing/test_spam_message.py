from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from inkmerge.mailing.spam_message import Part, read_message
from inkmerge.mailing.spam_transfer import from_base64, from_quoted_printable


def tree(message: bytes) -> str:
    return shown(read_message(message))


def shown(part: Part) -> str:
    if part.parts is None:
        return f"{part.shown_kind}:{part.body.decode('latin-1')!r}"
    return f"{part.kind}[{', '.join(shown(child) for child in part.parts)}]"


def part(kind: str, body: str, *headers: str) -> str:
    return "\n".join((f"Content-Type: {kind}", *headers, "", body))


def multipart(kind: str, *parts: str, border: str = "b", end: str = "--b--\n") -> bytes:
    pieces = "".join(f"--{border}\n{one}\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{border}"\n\n{pieces}{end}'.encode("latin-1")


def test_a_composed_message_is_taken_apart() -> None:
    message = EmailMessage(policy=SMTP)
    message.set_content("Hello\n")
    message.add_alternative("<p>Hello</p>\n", subtype="html", cte="base64")
    html = message.get_payload()[1]  # type: ignore[index]
    html.add_related(b"PNG", "image", "png", cid="<a>")  # type: ignore[union-attr]
    assert tree(message.as_bytes()) == (
        "multipart/alternative[text/plain:'Hello\\n', multipart/related[text/html:'<p>Hello</p>\\n', image/png:'']]"
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"", "text/plain:''"),
        (b"Subject: x\n\nHello", "text/plain:'Hello'"),
        (b"From x\nContent-Type: TEXT/HTML\n\na", "text/html:'a'"),
        (b"Content-Type:\n text/html\n\na", "text/html:'a'"),
        (b"Content-Type: text/html\r\n\r\na\r\nb\n", "text/html:'a\\nb\\n'"),
        (b"Content-Type: text/x-amp-html\n\na", "text/plain:'a'"),
        (b"Content-Type: text/html charset=utf-8\n\na", "text/html:'a'"),
        (b'Content-Type: application/x; name="a.HTM"\n\na', "text/html:'a'"),
        (b'Content-Type: application/x; name*0="a."; name*1="html"\n\na', "text/html:'a'"),
        (
            b"Content-Type: a/b\nContent-Disposition: inline; filename==?utf-8?Q?a=2Ehtml?=\n\na",
            "text/html:'a'",
        ),
        (b"Content-Type: multipart/mixed\n\na", "text/plain:'a'"),
        (b"one\ntwo\nthree\nContent-Type: text/html\n\na", "text/html:'a'"),
        (
            b"one\ntwo\nthree\nfour\nContent-Type: text/html\n\na",
            "text/plain:'four\\nContent-Type: text/html\\n\\na'",
        ),
    ],
)
def test_a_message_of_one_part(message: bytes, expected: str) -> None:
    assert tree(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            multipart("mixed", part("text/html", "a\n"), "\nb"),
            "multipart/mixed[text/html:'a\\n', text/plain:'b']",
        ),
        (multipart("mixed", part("text/html", "a"), end=""), "multipart/mixed[text/html:'a\\n']"),
        (multipart("mixed", part("text/html", "a"), end="--b--\nepilogue"), "multipart/mixed[text/html:'a']"),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\npreamble\n--b \n\na\n--b--",
            "multipart/mixed[text/plain:'a']",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\nno border\nat all",
            "multipart/mixed[text/plain:'no border\\nat all']",
        ),
        (b"Content-Type: multipart/mixed; boundary=b\n--b\n\na\n--b--\n", "multipart/mixed[text/plain:'a']"),
        (
            b"Content-Type: multipart/mixed; boundary=b\nX: y\n--b\n\na\n--b--\n",
            "multipart/mixed[text/plain:'a']",
        ),
        (multipart("digest", "\nSubject: x\n\na"), "multipart/digest[message/rfc822[text/plain:'a']]"),
        (
            multipart("mixed", part("message/rfc822", "Subject: x\n\na")),
            "multipart/mixed[message/rfc822[text/plain:'a']]",
        ),
        (multipart("mixed", "Content-Type: text/html"), "multipart/mixed[text/plain:'']"),
        (multipart("mixed", "no header\n"), "multipart/mixed[text/plain:'no header\\n']"),
    ],
)
def test_parts_end_where_their_borders_are(message: bytes, expected: str) -> None:
    assert tree(message) == expected


def test_an_inner_multipart_may_have_the_border_of_the_outer() -> None:
    inner = "Content-Type: multipart/alternative; boundary=b\n\n--b\n\na\n--b--\n"
    assert (
        tree(multipart("mixed", inner, "\nc"))
        == "multipart/mixed[multipart/alternative[text/plain:'a'], text/plain:'c']"
    )


def test_long_lines_of_parts_are_cut_which_makes_them_longer() -> None:
    whole = read_message(multipart("mixed", part("text/html", "x" * 5000)))
    assert whole.parts is not None
    assert [len(line) for line in whole.parts[0].body.split(b"\n")] == [2048, 2048, 904]
    assert len(read_message(b"Content-Type: text/html\n\n" + b"x" * 5000).body) == 5000


@pytest.mark.parametrize(
    ("before", "blank", "kept"), [("", 50, 21), ("", 20, 20), ("a\n", 50, 20), ("a\n", 20, 20)]
)
def test_runs_of_blank_lines_are_shortened(before: str, blank: int, kept: int) -> None:
    message = f"A: b\n\n{before}" + "\n" * blank + "x"
    assert read_message(message.encode()).body.decode() == before + "\n" * kept + "x"


def test_at_most_a_thousand_parts_and_twenty_levels_are_read() -> None:
    many = read_message(multipart("mixed", *["\na"] * 1200))
    assert len(many.parts or ()) == 1000
    deep = b"Subject: x\n\na"
    for _ in range(30):
        deep = b"Content-Type: message/rfc822\n\n" + deep
    assert len(list(read_message(deep).walk())) == 21


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"a=3D=C3=A9=\nb", b"a=\xc3\xa9b"),
        (b"a \t\nb=20\r\nc", b"a\nb \r\nc"),
        (b"a=\r\nb=3dc=zz=", b"ab=c=zz="),
    ],
)
def test_quoted_printable(text: bytes, expected: bytes) -> None:
    assert from_quoted_printable(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (base64.encodebytes(b"Hello Anna" * 20), b"Hello Anna" * 20),
        (b"SGVsbG8", b"Hello"),
        (b"SG!Vs*bG8=", b"Hello"),
        (b"SGVsbG8=SGVs", b"Hello\x00"),
        (b"SGVsbG8=SGV", b"Hello\x3f"),
        (b"SGVsb", b"Hel"),
        (b"=", b""),
    ],
)
def test_base64(text: bytes, expected: bytes) -> None:
    assert from_base64(text)[: len(expected)] == expected
