"""What goes wrong between here and a server, that it is told, and that it ends in time."""

from __future__ import annotations

import gzip
import itertools
import ssl
import threading
import zlib
from typing import Any

import httpcore
import pytest

from inkmerge.errors import SourceUnavailable
from inkmerge.sources import Request

URL = "http://shop.example/feed"


def failure(shop: Any, url: str = URL, **http: Any) -> SourceUnavailable:
    with shop.fetcher(**http) as fetcher, pytest.raises(SourceUnavailable) as caught:
        fetcher.get(Request(url))
    return caught.value


def test_a_body_is_fetched_from_the_address_that_was_checked_under_the_hosts_own_name(shop: Any) -> None:
    shop.server.gives("/feed", b"{}", content_type="application/json; charset=utf-8")
    with shop.fetcher() as fetcher:
        found = fetcher.get(Request(URL))
    assert (found.data, found.media_type, found.charset) == (b"{}", "application/json", "utf-8")
    assert shop.outside.connected == [(shop.public, 80)]
    assert shop.server.seen[0].headers["host"] == "shop.example"


def test_a_certificate_is_asked_for_by_name_though_the_connection_goes_to_an_address(shop: Any) -> None:
    asked: list[str | None] = []

    class Trusting(httpcore.NetworkStream):
        def __init__(self, stream: httpcore.NetworkStream) -> None:
            self.stream = stream
            self.read, self.write, self.close = stream.read, stream.write, stream.close

        def start_tls(self, _context: Any, server_hostname: str | None = None, _timeout: Any = None) -> Any:
            asked.append(server_hostname)
            return self

        def get_extra_info(self, info: str) -> Any:
            return None if info == "ssl_object" else self.stream.get_extra_info(info)

    plain = shop.outside.connect_tcp
    shop.outside.connect_tcp = lambda *args, **kwargs: Trusting(plain(*args, **kwargs))
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        assert fetcher.get(Request("https://shop.example/feed")).data == b"x"
    assert asked == ["shop.example"]
    assert shop.outside.connected == [(shop.public, 443)]


def test_a_server_whose_certificate_is_not_trusted_is_not_asked_again(shop: Any) -> None:
    def connect(_host: str, _port: int, *_: Any) -> Any:
        problem = ssl.SSLCertVerificationError("bad")
        problem.verify_message = "self-signed certificate"
        try:
            raise problem
        except OSError as fault:
            raise httpcore.ConnectError("TLS") from fault

    shop.outside.connect_tcp = connect
    fault = failure(shop, "https://shop.example/feed", retries=2)
    assert "not trusted: self-signed certificate" in fault.message
    assert shop.outside.slept == []


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"]
)
def test_a_name_that_leads_into_a_private_network_is_refused_before_anything_is_sent(
    shop: Any, address: str
) -> None:
    shop.outside.names["shop.example"] = [[address]]
    fault = failure(shop)
    assert fault.code == "source-not-allowed"
    assert "allow_private" in (fault.hint or "")
    assert shop.outside.connected == []


def test_one_private_address_among_public_ones_is_refused(shop: Any) -> None:
    shop.outside.names["shop.example"] = [[shop.public, "10.0.0.1"]]
    assert failure(shop).code == "source-not-allowed"
    assert shop.outside.connected == []


def test_a_private_address_is_fine_where_it_is_allowed(shop: Any) -> None:
    shop.outside.names["shop.example"] = [["10.0.0.1"]]
    shop.server.gives("/feed", b"x")
    with shop.fetcher(allow_private=True) as fetcher:
        assert fetcher.get(Request(URL)).data == b"x"


def test_a_name_that_changes_its_address_between_check_and_connection_gains_nothing(shop: Any) -> None:
    shop.outside.names["shop.example"] = [[shop.public], ["127.0.0.1"]]
    shop.server.gives("/feed", b"x", connection="close")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
        assert shop.outside.connected == [(shop.public, 80)]  # resolved once, and connected to that
        with pytest.raises(SourceUnavailable) as caught:
            fetcher.get(Request("http://shop.example/other"))
    assert caught.value.code == "source-not-allowed"
    assert len(shop.outside.connected) == 1


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1"])
def test_addresses_in_disguise_are_those_that_the_resolver_makes_of_them(shop: Any, host: str) -> None:
    shop.outside.names[host] = [["127.0.0.1"]]
    assert failure(shop, f"http://{host}/feed").code == "source-not-allowed"
    assert failure(shop, f"http://{host}/feed", allow=(host,)).code == "source-not-allowed"
    assert shop.outside.connected == []


def test_the_next_address_is_tried_when_one_does_not_answer(shop: Any) -> None:
    shop.outside.names["shop.example"] = [["2606:4700::1111", shop.public]]
    shop.outside.refused.add("2606:4700::1111")
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        assert fetcher.get(Request(URL)).data == b"x"


def test_a_name_that_does_not_exist_and_a_server_that_refuses_are_told(shop: Any) -> None:
    shop.outside.names["gone.example"] = [[]]
    assert "is not resolved" in failure(shop, "http://gone.example/", allow=("gone.example",)).message
    shop.outside.refused.add(shop.public)
    fault = failure(shop)
    assert "cannot be reached" in fault.message
    assert str(fault.location) == "http://shop.example/feed"


def test_a_resolver_that_hangs_is_not_waited_for(shop: Any) -> None:
    hanging = threading.Event()
    network = shop.outside.network(resolve=lambda _host, _port: [str(hanging.wait(5))])
    with (
        shop.fetcher(network=network, connect_seconds=0.05) as fetcher,
        pytest.raises(SourceUnavailable) as caught,
    ):
        fetcher.get(Request(URL))
    hanging.set()
    assert "too long" in caught.value.message


def test_a_server_that_says_nothing_is_given_up(shop: Any) -> None:
    shop.server.on("/feed", lambda talk: talk.ended.wait(5))
    assert "too long" in failure(shop, read_seconds=0.05).message


def endless_headers(talk: Any) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n")
    talk.drip((b"x-%d: y\r\n" % number for number in itertools.count()), 0.01)


def slow_body(talk: Any) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
    talk.drip(itertools.repeat(b"x"), 0.01)


@pytest.mark.parametrize("script", [endless_headers, slow_body])
def test_a_server_that_sends_byte_by_byte_ends_with_the_total_time(shop: Any, script: Any) -> None:
    shop.server.on("/feed", script)
    fault = failure(shop, read_seconds=5, total_seconds=0.15, retries=3, backoff_seconds=0)
    assert "too long" in fault.message


def test_a_body_without_end_stops_at_the_limit(shop: Any) -> None:
    def endless(talk: Any) -> None:
        talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
        talk.drip(itertools.repeat(b"x" * 4096), 0)

    shop.server.on("/feed", endless)
    fault = failure(shop, max_bytes=10_000)
    assert fault.code == "source-too-large"
    assert "10,000 bytes" in fault.message


def test_a_body_that_says_it_is_too_large_is_not_even_begun(shop: Any) -> None:
    shop.server.on("/feed", lambda talk: talk.reply(b"", content_length="9" * 15))
    assert failure(shop).code == "source-too-large"


@pytest.mark.parametrize("length", [9, 11])
def test_a_body_shorter_than_it_says_is_no_body_and_a_longer_one_is_cut(shop: Any, length: int) -> None:
    def wrong(talk: Any) -> None:
        talk.reply(b"x" * length, content_length="10", connection="close")
        talk.socket.shutdown(2)

    shop.server.on("/feed", wrong)
    if length < 10:
        assert "breaks off" in failure(shop).message
    else:
        with shop.fetcher() as fetcher:
            assert fetcher.get(Request(URL)).data == b"x" * 10


def squeezed(body: bytes, window: int) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, window)
    return squeezer.compress(body) + squeezer.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0) + b"\0\0"),
        ("deflate", squeezed(b"hello", 15)),
        ("deflate", squeezed(b"hello", -15)),
        ("identity", b"hello"),
    ],
)
def test_compressed_bodies_are_unpacked(shop: Any, coding: str, body: bytes) -> None:
    shop.server.gives("/feed", body, content_encoding=coding)
    with shop.fetcher() as fetcher:
        assert fetcher.get(Request(URL)).data == b"hello"
    assert shop.server.seen[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize("nested", [1, 1000])
def test_a_body_that_unpacks_to_gigabytes_stops_at_the_limit(shop: Any, nested: int) -> None:
    bomb = gzip.compress(b"\0" * 3_000_000) * nested
    shop.server.gives("/feed", bomb, content_encoding="gzip")
    assert failure(shop, max_bytes=5_000_000 if nested > 1 else 100_000).code == "source-too-large"


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"hello" * 100, mtime=0)[:-20]])
def test_a_compressed_body_that_is_damaged_or_cut_is_no_body(shop: Any, body: bytes) -> None:
    shop.server.gives("/feed", body, content_encoding="gzip")
    assert "does not unpack" in failure(shop).message


def test_a_coding_that_was_not_asked_for_is_refused(shop: Any) -> None:
    shop.server.gives("/feed", b"x", content_encoding="br")
    assert failure(shop).code == "source-malformed"


@pytest.mark.parametrize("answer", [b"\x16\x03\x01nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b""])
def test_what_is_no_http_is_told(shop: Any, answer: bytes) -> None:
    def nonsense(talk: Any) -> None:
        talk.send(answer)
        talk.socket.shutdown(2)

    shop.server.on("/feed", nonsense)
    assert "breaks off" in failure(shop).message
