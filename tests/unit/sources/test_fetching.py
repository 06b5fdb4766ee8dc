"""Redirects, retries, copies: what a fetcher makes of answers."""

from __future__ import annotations

import pickle
import subprocess
import sys
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from inkmerge.errors import SourceUnavailable
from inkmerge.sources import Fetcher, HttpSpec, Request, Unfetched

URL = "http://shop.example/feed"


def failure(shop: Any, request: Request, **http: Any) -> SourceUnavailable:
    with shop.fetcher(**http) as fetcher, pytest.raises(SourceUnavailable) as caught:
        fetcher.get(request)
    return caught.value


def redirect(to: str, status: str = "302 Found") -> Any:
    return lambda talk: talk.reply(status=status, location=to)


def status(text: str, **headers: str) -> Any:
    return lambda talk: talk.reply(status=text, **headers)


def body(data: bytes, **headers: str) -> Any:
    return lambda talk: talk.reply(data, **headers)


def test_a_host_that_is_not_allowed_is_named_with_the_cure_and_never_resolved(shop: Any) -> None:
    fault = failure(shop, Request("http://evil.test/a?token=1"))
    assert fault.code == "source-not-allowed"
    assert 'add "evil.test" to allow' in (fault.hint or "")
    assert str(fault.location) == "http://evil.test/a?…"
    assert shop.outside.connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example@evil.test/",
        "http://evil.test\\@shop.example/",
        "file:///etc/passwd",
        "ftp://shop.example/",
        "gopher://shop.example/",
        "//shop.example/",
        "http:///x",
        "http://",
        "http://shop.example:99999/",
        "http://[::1/",
        "nonsense",
        "",
    ],
)
def test_addresses_that_play_tricks_are_refused(shop: Any, url: str) -> None:
    assert failure(shop, Request(url)).code == "source-not-allowed"
    assert shop.outside.connected == []


def test_a_host_in_another_script_is_compared_as_the_network_has_it(shop: Any) -> None:
    shop.server.gives("/", b"x")
    with shop.fetcher(allow=("xn--bcher-kva.example",)) as fetcher:
        assert fetcher.get(Request("http://bücher.example/")).data == b"x"


@pytest.mark.parametrize(
    "code", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_redirects_are_followed_to_allowed_hosts(shop: Any, code: str) -> None:
    shop.server.on("/feed", redirect("/moved?x=1#part", code))
    shop.server.gives("/moved?x=1", b"x")
    with shop.fetcher() as fetcher:
        found = fetcher.get(Request(URL))
    assert (found.data, found.url) == (b"x", "http://shop.example/moved?x=1")


def test_a_redirect_to_another_host_must_be_allowed_too(shop: Any) -> None:
    shop.server.on("/feed", redirect("http://evil.test/feed"))
    assert failure(shop, Request(URL)).code == "source-not-allowed"
    assert len(shop.server.seen) == 1


def test_a_redirect_into_a_private_network_is_refused_even_to_an_allowed_name(shop: Any) -> None:
    shop.outside.names["inner.shop.example"] = [["10.0.0.7"]]
    shop.server.on("/feed", redirect("http://inner.shop.example/"))
    fault = failure(shop, Request(URL), allow=("shop.example", "*.shop.example"))
    assert fault.code == "source-not-allowed"
    assert len(shop.server.seen) == 1


@pytest.mark.parametrize("to", ["http://shop.example/plain", "file:///etc/passwd", "javascript:1"])
def test_a_redirect_never_leads_from_https_to_less(to: str) -> None:
    import httpx

    from inkmerge.sources.download import _redirected

    with pytest.raises(SourceUnavailable) as caught:
        _redirected(httpx.URL("https://shop.example/a"), to)
    assert caught.value.code == "source-not-allowed"


def test_credentials_stay_with_their_host(shop: Any) -> None:
    shop.server.on("/feed", redirect("http://cdn.example/feed"))
    shop.server.on("/same", redirect("/feed"))
    headers = {"Authorization": "Bearer s3cret", "X-Custom": "1", "Accept-Language": "de"}
    with shop.fetcher(allow=("shop.example", "cdn.example")) as fetcher, pytest.raises(SourceUnavailable):
        fetcher.get(Request("http://shop.example/same", headers))
    first, second, third = shop.server.seen
    shop.server.gives("/feed", b"x")
    assert first.headers["authorization"] == second.headers["authorization"] == "Bearer s3cret"
    assert "authorization" not in third.headers
    assert "x-custom" not in third.headers
    assert third.headers["accept-language"] == "de"


def test_a_ring_of_redirects_is_told(shop: Any) -> None:
    shop.server.on("/feed", redirect("/b"))
    shop.server.on("/b", redirect("/feed"))
    assert "leads back to itself" in failure(shop, Request(URL), retries=3).message
    assert len(shop.server.seen) == 2


def test_a_chain_of_redirects_ends_after_five(shop: Any) -> None:
    for number in range(10):
        shop.server.on(f"/{number}", redirect(f"/{number + 1}"))
    assert "more than 5 times" in failure(shop, Request("http://shop.example/0")).message
    assert len(shop.server.seen) == 6


def test_a_redirect_to_nowhere_is_told(shop: Any) -> None:
    shop.server.on("/feed", status("302 Found"))
    assert "nowhere" in failure(shop, Request(URL)).message


def test_a_server_that_fails_once_is_asked_again_after_a_pause(shop: Any) -> None:
    shop.server.on("/feed", status("500 Internal Server Error"), status("503 Busy"), body(b"x"))
    with shop.fetcher(retries=3, backoff_seconds=0.5) as fetcher:
        assert fetcher.get(Request(URL)).data == b"x"
    assert shop.outside.slept == [0.5, 1.0]


def test_a_server_that_goes_on_failing_is_given_up_and_not_asked_for_each_recipient(shop: Any) -> None:
    shop.server.on("/feed", status("500 Internal Server Error"))
    with shop.fetcher(retries=2) as fetcher:
        for _ in range(3):
            with pytest.raises(SourceUnavailable) as caught:
                fetcher.get(Request(URL))
    assert caught.value.message == "the source answers 500 Internal Server Error, 3 times"
    assert len(shop.server.seen) == 3


@pytest.mark.parametrize(
    "code", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "410 Gone", "204 No Content"]
)
def test_an_answer_that_asking_again_cannot_change_is_told_at_once(shop: Any, code: str) -> None:
    shop.server.on("/feed", status(code))
    fault = failure(shop, Request(URL), retries=3)
    assert code in fault.message
    assert fault.hint
    assert len(shop.server.seen) == 1


@pytest.mark.parametrize(
    ("asked", "expected"), [("7", [7.0]), ("Thu, 26 Nov 2026 12:00:09 GMT", [9.0]), ("soon", [0.5])]
)
def test_the_pause_that_a_server_asks_for_is_kept(shop: Any, asked: str, expected: list[float]) -> None:
    shop.server.on("/feed", status("429 Too Many Requests", retry_after=asked), body(b"x"))
    with shop.fetcher(retries=1) as fetcher:
        assert fetcher.get(Request(URL)).data == b"x"
    assert shop.outside.slept == expected


@pytest.mark.parametrize("asked", ["3600", "9" * 12, "Fri, 27 Nov 2026 12:00:00 GMT"])
def test_a_pause_beyond_the_total_time_is_not_begun(shop: Any, asked: str) -> None:
    shop.server.on("/feed", status("503 Busy", retry_after=asked), status("503 Busy"))
    fault = failure(shop, Request(URL), retries=1, total_seconds=30)
    assert "503" in fault.message
    assert all(pause < 30 for pause in shop.outside.slept)


def test_a_copy_is_taken_without_asking_while_it_is_young_enough(shop: Any) -> None:
    shop.server.on("/feed", body(b"old"), body(b"new"))
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
        shop.clock.pass_(59)
        assert fetcher.get(Request(URL, max_age=60)).data == b"old"
        shop.clock.pass_(2)
        assert fetcher.get(Request(URL, max_age=60)).data == b"new"


def test_copies_serve_the_next_run_which_asks_only_whether_they_are_the_newest(shop: Any) -> None:
    def answer(talk: Any) -> None:
        if talk.seen.headers.get("if-none-match") == '"v1"':
            talk.send(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        else:
            talk.reply(
                b"x", etag='"v1"', last_modified="Wed, 25 Nov 2026 00:00:00 GMT", content_type="text/csv"
            )

    shop.server.on("/feed", answer)
    for _ in range(2):
        with shop.fetcher() as fetcher:
            found = fetcher.get(Request(URL))
        assert (found.data, found.media_type, found.fetched_at) == (b"x", "text/csv", shop.clock())
        shop.clock.pass_(3600)
    assert shop.server.seen[1].headers["if-modified-since"] == "Wed, 25 Nov 2026 00:00:00 GMT"


def test_a_server_that_answers_not_modified_to_a_first_request_is_told(shop: Any) -> None:
    shop.server.on("/feed", status("304 Not Modified"))
    assert "304" in failure(shop, Request(URL)).message


@pytest.mark.parametrize(
    "script", [status("404 Not Found"), status("500 Oops"), body(b"<html>", content_type="text/html")]
)
def test_when_a_source_fails_its_old_copy_is_taken_and_says_why(shop: Any, script: Any) -> None:
    shop.server.on("/feed", body(b"{}", content_type="application/json"), script)
    request = Request(URL, media_types=("application/json",))
    with shop.fetcher() as fetcher:
        first = fetcher.get(request)
        assert first.stale_because is None
        shop.clock.pass_(3600)
        second = fetcher.get(request)
    assert (second.data, second.fetched_at) == (b"{}", first.fetched_at)
    assert second.stale_because is not None
    with shop.fetcher() as fetcher:  # the good copy was not replaced by the bad answer
        assert fetcher.get(request).data == b"{}"


def test_an_old_copy_never_stands_in_for_what_is_no_longer_allowed(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
    assert failure(shop, Request(URL), allow=()).code == "source-not-allowed"


def test_credentials_are_part_of_a_copys_name_and_stand_nowhere(shop: Any) -> None:
    shop.server.on("/feed", body(b"hers"), body(b"his"))
    with shop.fetcher() as fetcher:
        hers = Request(URL, {"Authorization": "Bearer s3cret"}, 60)
        his = Request(URL, {"Authorization": "Bearer other"}, 60)
        assert [fetcher.get(one).data for one in (hers, his, hers)] == [b"hers", b"his", b"hers"]
    files = list(shop.cache.iterdir())
    assert len(files) == 2
    assert not any(b"s3cret" in file.read_bytes() or "s3cret" in file.name for file in files)
    assert "s3cret" not in repr(hers)


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff\xfe", b'{"version": 1}\nx', b"[]\nx"])
def test_a_damaged_copy_is_no_copy(shop: Any, damage: bytes) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
        next(shop.cache.iterdir()).write_bytes(damage)
        assert fetcher.get(Request(URL, max_age=60)).data == b"x"
    assert len(shop.server.seen) == 2


def test_a_copy_whose_body_was_changed_is_no_copy(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
        file = next(shop.cache.iterdir())
        file.write_bytes(file.read_bytes() + b"y")
        assert fetcher.get(Request(URL, max_age=60)).data == b"x"


def test_without_a_folder_copies_are_kept_in_memory(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    http = HttpSpec(allow=("shop.example",))
    with Fetcher(http, None, clock=shop.clock, network=shop.outside.network()) as fetcher:
        fetcher.get(Request(URL))
        fetcher.get(Request(URL, max_age=60))
    assert len(shop.server.seen) == 1


def test_a_clock_that_went_back_makes_no_copy_young(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
        shop.clock.time -= timedelta(days=1)
        fetcher.get(Request(URL, max_age=60))
    assert len(shop.server.seen) == 2


def test_an_answer_of_a_wrong_type_is_refused_and_a_missing_type_is_taken(shop: Any) -> None:
    shop.server.gives("/feed", b"<html>login</html>", content_type="text/html; charset=utf-8")
    fault = failure(shop, Request(URL, media_types=("application/json", "+json")))
    assert (fault.code, "text/html" in fault.message) == ("source-malformed", True)
    shop.server.gives("/none", b"{}")
    shop.server.gives("/ld", b"{}", content_type="application/ld+json")
    with shop.fetcher() as fetcher:
        for path in ("none", "ld"):
            request = Request(f"http://shop.example/{path}", media_types=("application/json", "+json"))
            assert fetcher.get(request).data == b"{}"


def test_what_a_batch_will_need_is_fetched_at_once_each_one_time_failures_among_it(shop: Any) -> None:
    for number in range(20):
        shop.server.gives(f"/{number}", b"%d" % number)
    requests = [Request(f"http://shop.example/{number % 21}", max_age=60) for number in range(42)]
    with shop.fetcher(concurrency=4) as fetcher:
        found = fetcher.prefetch(requests)
        assert fetcher.get(requests[3]).data == b"3"
        assert fetcher.prefetch([]) == ()
    assert [getattr(one, "data", one) for one in found[:20]] == [b"%d" % number for number in range(20)]
    assert isinstance(found[20], SourceUnavailable)
    assert found[:21] == found[21:]
    assert len(shop.server.seen) == 21


def test_a_server_that_failed_is_asked_again_after_a_minute_however_often_it_is_needed(shop: Any) -> None:
    shop.server.on("/feed", status("404 Not Found"), body(b"x"))
    network = shop.outside.network(now=lambda: shop.outside.seconds)
    with shop.fetcher(network=network) as fetcher:
        for _ in range(6):
            with pytest.raises(SourceUnavailable):
                fetcher.get(Request(URL))
            shop.outside.seconds += 10
        assert fetcher.get(Request(URL)).data == b"x"
    assert len(shop.server.seen) == 2


def offline(shop: Any) -> Fetcher:
    return Fetcher(HttpSpec(), shop.cache, clock=shop.clock, network=shop.outside.network(), is_online=False)


def test_who_may_ask_nobody_says_what_is_lacking_and_takes_what_another_has_fetched(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    asking, waiting = shop.fetcher(), offline(shop)
    request = Request(URL, {"Authorization": "s3cret"})
    with pytest.raises(Unfetched) as caught:
        waiting.get(request)
    (lacking,) = pickle.loads(pickle.dumps(caught.value)).requests  # noqa: S301  our own bytes
    assert lacking == request
    outcome = asking.begin(lacking).result()
    waiting.settle({lacking.key: outcome})
    shop.clock.pass_(10_000)
    assert waiting.get(request).data == b"x"
    assert waiting.get(request).stale_because is None
    assert len(shop.server.seen) == 1
    asking.close()


def test_who_may_ask_nobody_is_told_why_there_is_nothing_until_told_otherwise(shop: Any) -> None:
    shop.server.on("/feed", body(b"x"), status("404 Not Found"))
    gone = Request("http://shop.example/gone")
    waiting = offline(shop)
    with shop.fetcher() as asking:
        asking.get(Request(URL))
    with shop.fetcher() as asking:
        waiting.settle({one.key: asking.begin(one).result() for one in (Request(URL), gone)})
    assert waiting.get(Request(URL)).stale_because is not None
    with pytest.raises(SourceUnavailable, match="404"):
        waiting.get(gone)
    waiting.settle({})
    with pytest.raises(Unfetched):
        waiting.get(gone)


def test_a_young_copy_is_taken_by_who_may_ask_nobody(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(Request(URL))
    assert offline(shop).get(Request(URL, max_age=60)).data == b"x"


def test_in_the_background_a_run_asks_once_and_again_only_for_what_is_lost(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    with shop.fetcher() as fetcher:
        assert [fetcher.begin(Request(URL)).result() for _ in range(3)] == [None] * 3
        assert len(shop.server.seen) == 1
        for path in shop.cache.iterdir():
            path.unlink()
        assert fetcher.begin(Request(URL), is_lost=True).result() is None
        assert fetcher.get(Request(URL, max_age=60)).data == b"x"
    assert len(shop.server.seen) == 2


def test_several_that_are_required_are_fetched_at_once_or_named_together(shop: Any) -> None:
    requests = [Request(f"http://shop.example/{name}", max_age=60) for name in "abc"]
    for name in "ab":
        shop.server.gives(f"/{name}", b"x")
    with shop.fetcher() as fetcher:
        fetcher.get(requests[0])
        with pytest.raises(Unfetched) as caught:
            offline(shop).require(requests)
        assert caught.value.requests == tuple(requests[1:])
        with fetcher.held_back(), pytest.raises(Unfetched):
            fetcher.require(requests)
        fetcher.require(requests)
        assert fetcher.get(requests[1]).data == b"x"
    assert len(shop.server.seen) == 3


def test_a_copy_that_cannot_be_kept_is_a_reason_and_no_crash(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    shop.cache.write_text("no folder")
    with shop.fetcher() as fetcher:
        outcome = fetcher.begin(Request(URL)).result()
    assert isinstance(outcome, SourceUnavailable)
    assert "cannot be written" in outcome.message


def test_a_fetcher_that_is_closed_waits_for_no_server(shop: Any) -> None:
    asked = Event()
    shop.server.on("/feed", lambda talk: (asked.set(), talk.ended.wait()))
    fetcher = shop.fetcher(read_seconds=300, total_seconds=600, retries=9)
    future = fetcher.begin(Request(URL))
    assert asked.wait(60)
    fetcher.close()
    assert isinstance(future.result(60), SourceUnavailable)


def test_a_fetcher_that_is_closed_gives_up_what_is_under_way(shop: Any) -> None:
    fetcher = shop.fetcher(retries=9, total_seconds=30)
    shop.server.on("/feed", lambda talk: (fetcher.close(), talk.reply(status="503 Busy")))
    assert isinstance(fetcher.begin(Request(URL)).result(), SourceUnavailable)
    assert len(shop.server.seen) == 1


def test_a_fetcher_that_was_closed_opens_again(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    fetcher = shop.fetcher()
    fetcher.get(Request(URL))
    fetcher.close()
    assert fetcher.get(Request(URL)).data == b"x"
    fetcher.close()


def test_failures_cross_processes(shop: Any) -> None:
    fault = failure(shop, Request("http://evil.test/"))
    assert str(pickle.loads(pickle.dumps(fault))) == str(fault)  # noqa: S301  our own bytes


def test_neither_the_engine_nor_sources_that_are_files_load_the_network() -> None:
    program = (
        "import sys, inkmerge, inkmerge.sources as s\n"
        "from inkmerge.sources import Source, Fetcher, SourceSpec, HttpSpec, open_remote_image, read_content\n"
        "Fetcher(HttpSpec())\n"
        "assert not {'httpx', 'httpcore'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_public_name_is_there_and_another_is_not() -> None:
    import inkmerge.sources

    for name in inkmerge.sources.__all__:
        assert getattr(inkmerge.sources, name) is not None
    with pytest.raises(AttributeError):
        _ = inkmerge.sources.Nothing


@pytest.mark.parametrize("to", ["http://[::1/", "http://shop.example:99999/", "http://anna@shop.example/"])
def test_a_redirect_to_a_malformed_address_is_told(shop: Any, to: str) -> None:
    shop.server.on("/feed", redirect(to))
    assert failure(shop, Request(URL)).message
    assert len(shop.server.seen) == 1


def test_the_machines_own_network_is_used_where_no_other_is_given(shop: Any) -> None:
    shop.server.gives("/feed", b"x")
    url = f"http://127.0.0.1:{shop.server.port}/feed"
    with Fetcher(HttpSpec(allow=("127.0.0.1",), allow_private=True)) as fetcher:
        assert fetcher.get(Request(url)).data == b"x"
    with Fetcher(HttpSpec(allow=("127.0.0.1",))) as fetcher, pytest.raises(SourceUnavailable) as caught:
        fetcher.get(Request(url))
    assert caught.value.code == "source-not-allowed"
    assert len(shop.server.seen) == 1
