"""Texts from outside become headers of their own, and nothing else."""

from __future__ import annotations

import pickle
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, Policy
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inkmerge.errors import CampaignError, InkmergeError, InvalidValue, MissingValue
from inkmerge.mailing.header_values import AddressValue, TextValue, is_international
from inkmerge.mailing.headers import address, addresses, header, subject

BREAKS = ("\r\n", "\n", "\r", "\u2028", "\u0085", "\x0b", "\x0c", "\x1c", "\0")
PIECES = [
    "\r\n",
    "\n",
    "\t",
    " ",
    '"',
    "\\",
    "<",
    ">",
    "(",
    ")",
    ",",
    ";",
    ":",
    "@",
    "=?",
    "?=",
    "=?utf-8?q?",
    "é",
    "\u202e",
]
texts = st.lists(st.one_of(st.characters(), st.sampled_from(PIECES)), max_size=60).map("".join)


def written(*headers: tuple[str, Any], policy: Policy[EmailMessage] = SMTP) -> bytes:
    message = EmailMessage(policy=policy)
    for name, value in headers:
        message[name] = value
    message.set_content("text")
    return message.as_bytes()


def parsed(data: bytes) -> Any:
    return message_from_bytes(data, policy=SMTP)


def header_lines(data: bytes) -> list[bytes]:
    """Return the headers of a message, each with its continuation."""
    head = data.partition(b"\r\n\r\n")[0]
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert b"\n" not in head.replace(b"\r\n", b"")
    return head.replace(b"\r\n ", b" ").split(b"\r\n")


@given(texts)
@example("Hello\r\nBcc: everybody@example.com")
@example("Hello\r\n\r\n<script>")
@example("=?utf-8?q?a=0d=0aBcc:_everybody@example.com?=")
@example("a =?utf-8?b?DQpCY2M6IGFAYi5j?= b")
@example("ä b ü  ö " * 20)
@example("x" * 900)
@example("\u00a0 a\u3000")
@example("Un \u00a0mot\u00a0!")
def test_no_subject_makes_a_second_header_and_each_comes_back_as_it_was(text: str) -> None:
    try:
        value, _ = subject(text)
    except MissingValue:
        assert not any(map(str.isalnum, text))
        return
    data = written(("Subject", value))
    assert [line.partition(b":")[0] for line in header_lines(data)] == [
        b"Subject",
        b"Content-Type",
        b"Content-Transfer-Encoding",
        b"MIME-Version",
    ]
    assert str(parsed(data)["Subject"]) == str(value)
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))


specs = st.one_of(texts, st.sampled_from(["anna@example.com", "jörg@bücher.example"]))


@given(texts, specs)
@example("Anna\r\nBcc: everybody@example.com", "anna@example.com")
@example("Evil <evil@example.com>, Anna", "anna@example.com")
@example('Anna "the \\" Marl', "anna@example.com")
@example("=?utf-8?q?a=0d=0aBcc:_everybody@example.com?=", "anna@example.com")
@example("ä" * 200, "anna@example.com")
@example("Anna", "anna@example.com\r\nBcc: everybody@example.com")
@example("", "anna@example.com, evil@example.com")
@example("يوسف ", "yusuf@example.com")
@example("Jean \u00a0Marl", "jean@example.com")
def test_no_name_and_no_address_makes_a_second_one_and_each_comes_back_as_it_was(
    name: str, spec: str
) -> None:
    try:
        one, _ = address(f"{name} <{spec}>")
    except InkmergeError:
        return
    data = written(("To", AddressValue("To", [one])), policy=SMTPUTF8)
    assert len(header_lines(data)) == 4
    again = message_from_string(data.decode(), policy=SMTP)["To"]
    assert len(again.addresses) == 1
    assert again.addresses[0].addr_spec == one.addr_spec
    if b"?= =?" in data.replace(b"\r\n", b""):
        # a name of several encoded words, between which the parser of Python 3.11 leaves a space
        name, _ = parseaddr(message_from_string(data.decode())["To"])
        assert str(make_header(decode_header(name))) == one.display_name
    else:
        assert again.addresses == (one,)


@given(texts)
@example("<https://marl.example/off/" + "a" * 300 + ">")
def test_no_text_of_another_header_makes_a_second_one(text: str) -> None:
    for name in ("X-Campaign", "List-Unsubscribe"):
        try:
            value, _ = header(name, text)
        except InkmergeError:
            continue
        data = written((name, value))
        assert len(header_lines(data)) == 4
        assert str(parsed(data)[name]) == str(value)


@pytest.mark.parametrize("break_", BREAKS)
def test_a_line_break_in_a_subject_is_a_space_and_a_finding(break_: str) -> None:
    value, findings = subject(f"Spring{break_}Bcc: everybody@example.com")
    assert str(value).replace(" Bcc", "Bcc") == "SpringBcc: everybody@example.com"
    assert [finding.code for finding in findings] == ["value-cleaned"]


def test_spaces_and_line_breaks_around_a_text_are_nothing_to_report() -> None:
    assert subject("\n  Your   spring\t,\u00a0Anna \r\n") == ("Your spring ,\u00a0Anna", ())


def test_a_subject_of_which_nothing_is_left_is_missing() -> None:
    for text in ("", " \r\n", "\u202e"):
        with pytest.raises(MissingValue, match="the subject is empty"):
            subject(text)


def test_an_endless_subject_ends_in_three_dots() -> None:
    value, _ = subject("word " * 500)
    assert (len(value), value[-5:]) == (900, "word…")


def test_right_to_left_letters_and_emoji_stay_and_text_direction_overrides_go() -> None:
    value, findings = subject("שלום 👩‍👩‍👧 \u202eevil\u202c")
    assert (value, len(findings)) == ("שלום 👩‍👩‍👧 evil", 1)
    assert str(parsed(written(("Subject", value)))["Subject"]) == value


@pytest.mark.parametrize(
    ("text", "name", "spec"),
    [
        ("anna@marl.example", "", "anna@marl.example"),
        (" <anna@marl.example> ", "", "anna@marl.example"),
        ("Marl & Moss <post@marl.example>", "Marl & Moss", "post@marl.example"),
        ("Marl, Anna <anna@marl.example>", "Marl, Anna", "anna@marl.example"),
        ('"Marl, Anna" <anna@marl.example>', "Marl, Anna", "anna@marl.example"),
        (r'"Anna \"Ann\" Marl" <anna@marl.example>', 'Anna "Ann" Marl', "anna@marl.example"),
        ('Anna "Ann" Marl <anna@marl.example>', 'Anna "Ann" Marl', "anna@marl.example"),
        ("Anna (work) <anna@marl.example>", "Anna (work)", "anna@marl.example"),
        ("anna@marl.example <anna@marl.example>", "anna@marl.example", "anna@marl.example"),
        ("Evil <evil@x.example>, <anna@marl.example>", "Evil <evil@x.example>,", "anna@marl.example"),
        ("Anna\r\nBcc: x@y.example <anna@marl.example>", "Anna Bcc: x@y.example", "anna@marl.example"),
        ("يوسف <yusuf@marl.example>", "يوسف", "yusuf@marl.example"),
        ("Jörg <jörg@marl.example>", "Jörg", "jörg@marl.example"),
        ("anna+tag@STRASSE.example", "", "anna+tag@STRASSE.example"),
        ("anna@straße.example", "", "anna@xn--strae-oqa.example"),
        ("anna@bücher。example", "", "anna@xn--bcher-kva.example"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_an_address_is_read_with_whatever_stands_before_it_as_its_name(
    text: str, name: str, spec: str
) -> None:
    one, _ = address(text)
    assert (one.display_name, one.addr_spec) == (name, spec)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Anna", "no @"),
        ("anna@", "is no domain"),
        ("@marl.example", "in front of the @"),
        ("anna@marl@example.com", "several @"),
        ("a@x.example, b@y.example", "several @"),
        ("an na@marl.example", "in front of the @"),
        ("anna@marl.example (Anna)", "is no domain"),
        ("anna..b@marl.example", "in front of the @"),
        (".anna@marl.example", "in front of the @"),
        ('"an na"@marl.example', "in front of the @"),
        ("anna\u200b@marl.example", "U\\+200B"),
        ("anna@marl..example", "is no domain"),
        ("anna@-marl.example", "is no domain"),
        ("anna@marl_moss.example", "is no domain"),
        ("anna@ma\u00a0rl.example", "U\\+00A0|is no domain"),
        ("anna@[192.0.2.1]", "is no domain"),
        ("a" * 65 + "@marl.example", "64 bytes"),
        ("anna@" + "a" * 64 + ".example", "is no domain"),
        ("anna@" + "ü" * 64 + ".example", "is no domain"),
        ("anna@" + "abc." * 70 + "example", "is no domain"),
        ("Anna <anna@marl.example> x", "several @|in front|is no domain"),
        ("anna@marl.example\r\nBcc: b@x.example", "several @"),
    ],
)
def test_what_is_no_address_is_an_error_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        address(text)


@pytest.mark.parametrize("text", ["", " ", "Anna <>", "<>"])
def test_no_address_is_missing(text: str) -> None:
    with pytest.raises(MissingValue, match="there is no address"):
        address(text)


def test_a_long_name_is_cut() -> None:
    one, _ = address(f"{'x' * 5000} <a@x.example>")
    assert (len(one.display_name), one.display_name[-1]) == (200, "…")


def test_a_list_has_an_address_between_commas_that_no_name_holds() -> None:
    found, _ = addresses('"Marl, Anna" <a@x.example>, b@x.example,\n Moss <c@x.example>,')
    assert found == (
        Address("Marl, Anna", addr_spec="a@x.example"),
        Address(addr_spec="b@x.example"),
        Address("Moss", addr_spec="c@x.example"),
    )
    with pytest.raises(MissingValue):
        addresses(" , ")
    with pytest.raises(InvalidValue):
        addresses("a@x.example, b")


def test_reply_to_is_a_list_of_addresses() -> None:
    value, _ = header("reply-to", "Müller <a@x.example>, b@x.example")
    assert parsed(written(("Reply-To", value)))["reply-to"].addresses == (
        Address("Müller", addr_spec="a@x.example"),
        Address(addr_spec="b@x.example"),
    )


def test_many_addresses_are_folded_between_them() -> None:
    found = [Address(f"Name, {number}", f"n{number}", "marl.example") for number in range(9)]
    data = written(("Reply-To", AddressValue("Reply-To", found)))
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert parsed(data)["Reply-To"].addresses == tuple(found)


def test_the_address_in_a_list_header_stays_one_word_however_long_it_is() -> None:
    url = "https://marl.example/off/" + "0123456789" * 20
    value, findings = header("List-Unsubscribe", f"<{url}>, <mailto:off@marl.example>")
    assert findings == ()
    assert f"<{url}>,".encode() in written(("List-Unsubscribe", value))


def test_what_an_address_in_a_list_header_may_not_hold_is_percent_encoded() -> None:
    value, _ = header("List-Unsubscribe", "<https://marl.example/off?id=ü 1%20x>")
    assert value == "<https://marl.example/off?id=%C3%BC%201%20x>"
    with pytest.raises(InvalidValue, match="only ASCII"):
        header("List-Unsubscribe", "https://marl.example/ü")


@pytest.mark.parametrize(
    "name",
    ["Bcc", "bcc", "CC", "To", "From", "Subject", "Content-Type", "content-x", "MIME-Version", "Resent-To"],
)
def test_headers_that_are_given_otherwise_are_refused(name: str) -> None:
    with pytest.raises(CampaignError, match="cannot be set"):
        header(name, "x")


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X-\r\nBcc", "Ü", "-x", "x" * 80])
def test_what_is_no_name_of_a_header_is_refused(name: str) -> None:
    with pytest.raises(CampaignError, match="is no name of a header"):
        header(name, "x")


def test_a_header_that_is_empty_or_endless_is_refused() -> None:
    with pytest.raises(MissingValue):
        header("X-Campaign", "\r\n")
    with pytest.raises(InvalidValue, match="1,000 characters"):
        header("X-Campaign", "x" * 1000)


def test_letters_in_front_of_the_at_need_a_policy_for_them() -> None:
    value = AddressValue("To", [address("Jörg <jörg@marl.example>")[0]])
    message = EmailMessage(policy=SMTP)
    message["To"] = value
    message["Subject"] = subject("Grüße")[0]
    assert is_international(message)
    with pytest.raises(InvalidValue, match="older mail servers"):
        message.as_bytes()
    data = message.as_bytes(policy=SMTPUTF8)
    assert "<jörg@marl.example>".encode() in data
    assert b"Subject: =?utf-8?" in data
    assert not is_international(EmailMessage())


def test_values_survive_pickling() -> None:
    for value in (subject("Grüße")[0], AddressValue("To", [address("Jörg <j@x.example>")[0]])):
        again = pickle.loads(pickle.dumps(value))  # noqa: S301  our own bytes
        assert (type(again), again, again.name) == (type(value), value, value.name)
    assert written(("X-A", TextValue("X-A", ""))).startswith(b"X-A: \r\n")
