"""The page of the mailing: what test profiles get, as clients show it, and nothing loaded from anywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from inkmerge.errors import Finding, Location, Severity
from inkmerge.mailing import FilledMailing, Mailing
from inkmerge.mailing.preview import MailingPreview, mailing_preview
from inkmerge.mailing.preview_page import mailing_page

Make = Callable[..., Mailing]
PAGE = (
    '<html lang="en"><head><style>@media (prefers-color-scheme: dark) { p { color: #eee } }</style></head>'
    '<body><p>Hello {{ name }}</p><img data-inkmerge="hero"></body></html>'
)
ANNA = {"name": "Anna", "email": "anna@example.org", "id": "a-1"}


def nothing_found(_: FilledMailing, __: bytes) -> Iterable[Finding]:
    return ()


def shown(mailing: Mailing, recipient: dict[str, Any], name: str = "anna") -> MailingPreview:
    return mailing_preview(mailing, name, recipient, nothing_found)


def frames(page: str) -> dict[str, str]:
    found = re.findall(r'<iframe sandbox title="([^"]*)" loading="lazy" srcdoc="([^"]*)">', page)
    return {name: unescape(source) for name, source in found}


def test_a_profile_is_shown_on_desktop_and_phone_without_images_in_the_dark_and_as_text(
    mailing_of: Make,
) -> None:
    page = mailing_page("Spring", [shown(mailing_of(PAGE), ANNA)])
    views = frames(page)
    assert list(views) == [
        "desktop",
        "phone",
        "images off",
        "dark, by the page’s own styles",
        "dark, inverted by the client",
    ]
    assert all("Hello Anna" in one for one in views.values())
    assert [name for name, one in views.items() if "data:image/" not in one] == ["images off"]
    assert "Kettle for Anna" in views["images off"]
    assert "@media (min-width: 0)" in views["dark, by the page’s own styles"]
    assert "@media (max-width: 0)" in views["desktop"]
    assert re.search(r'<pre dir="auto">Hello Anna\n\nKettle for Anna\n</pre>', page)


def test_a_page_without_dark_styles_is_shown_inverted_alone_and_says_so(mailing_of: Make) -> None:
    page = mailing_page("Spring", [shown(mailing_of("<p>Hello</p>"), ANNA)])
    assert [name for name in frames(page) if "dark" in name] == ["dark, inverted by the client"]
    assert "no styles of its own for dark mode" in page


def test_the_head_the_weight_and_the_line_of_an_inbox_are_shown(mailing_of: Make) -> None:
    preview = shown(mailing_of(PAGE), ANNA)
    assert preview.filled is not None
    page = mailing_page("Spring", [preview])
    inbox = re.search(r'<div class="inbox">.*?</div>', page)
    assert inbox is not None
    assert [one for one in re.split(r"<[^>]*>", inbox[0]) if one.strip()] == [
        "Marl &amp; Moss",
        "Spring for Anna",
        "Hello Anna Kettle for Anna",
    ]
    assert '<dt>To</dt><dd dir="auto">Anna &lt;anna@example.org&gt;</dd>' in page
    assert '<dt>List-Unsubscribe</dt><dd dir="auto">&lt;https://marlmoss.example/off/a-1&gt;</dd>' in page
    assert f"{preview.weight / 1000:,.1f} kB as it is sent" in page
    assert "1 image of " in page


def test_html_that_a_client_cuts_off_is_marked(mailing_of: Make) -> None:
    page = mailing_page("Spring", [shown(mailing_of("<p>" + "x" * 102_000 + "</p>"), ANNA)])
    assert "<span class=over>102.0 kB of HTML, which Gmail cuts off at 102 kB</span>" in page


def test_findings_are_those_of_the_message_and_of_the_check(mailing_of: Make) -> None:
    asked: list[int] = []

    def check(filled: FilledMailing, data: bytes) -> Iterable[Finding]:
        asked.append(len(data))
        assert "Hello" in filled.html
        return [Finding("alt-missing", Severity.ERROR, "an <img> has no alt", Location(None), "write one")]

    mailing = mailing_of('<p>Hello{% if in_group("loyal") %}!{% endif %}</p>')
    preview = mailing_preview(mailing, "anna", ANNA, check)
    assert [one.code for one in preview.findings] == ["group-unknown", "alt-missing"]
    assert asked == [preview.weight]
    assert "an &lt;img&gt; has no alt<br><em>write one</em>" in mailing_page("Spring", [preview])


def test_who_gets_no_message_is_shown_with_the_reason(mailing_of: Make) -> None:
    preview = shown(mailing_of(PAGE), {"name": "Jo"})
    assert preview.has_fallback
    page = mailing_page("Spring", [preview])
    assert "no message" in page
    assert "missing-value" in page
    assert not frames(page)


def test_a_fallback_image_in_a_message_is_one(mailing_of: Make) -> None:
    mailing = mailing_of(PAGE)
    assert not shown(mailing, ANNA).has_fallback
    assert shown(mailing, {**ANNA, "favourite": "z"}).has_fallback


def test_nothing_that_people_wrote_becomes_part_of_the_page(mailing_of: Make) -> None:
    odd = {**ANNA, "name": '"><script>x</script>'}
    page = mailing_page("<b>&", [shown(mailing_of(PAGE), odd, '<i>"x')])
    assert "<script" not in page
    assert "<b>&" not in page
    assert '<i>"x' not in page


def test_the_page_loads_nothing(mailing_of: Make) -> None:
    source = '<img src="https://a.example/count.gif" alt=""><img data-inkmerge="hero"><a href="https://a.example/">x</a>'
    page = mailing_page("Spring", [shown(mailing_of(source), ANNA)])
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert page.count("<iframe sandbox ") == page.count("<iframe")
    assert "1 image from elsewhere is not shown: this page loads nothing." in page
    assert not re.search(r'<[^>]*\b(src|href)="(?!data:|#)', re.sub(r'srcdoc="[^"]*"', "", page))


@pytest.mark.parametrize("images", ["hosted", "file"])
def test_images_that_are_no_parts_are_shown_too(mailing_of: Make, images: str, tmp_path: Path) -> None:
    mailing = mailing_of(PAGE)
    settings = (tmp_path / "inkmerge.toml").read_text(encoding="utf-8")
    placed = f'[mailing]\nimages = "{images}"\nbase_url = "https://img.example/a"\n'
    mailing.close()
    (tmp_path / "inkmerge.toml").write_text(settings.replace("[mailing]\n", placed), encoding="utf-8")
    again = Mailing.open(tmp_path)
    page = mailing_page("Spring", [shown(again, ANNA)])
    again.close()
    assert "data:image/png;base64," in frames(page)["desktop"]
    assert "from elsewhere" not in page


LURES = (
    '<meta http-equiv="refresh" content="0;url=URL/refresh"><link rel="stylesheet" href="URL/css"><link rel="prefetch" href="URL/pre">'
    '<style>@import "URL/import"; body { background: url(URL/background) } @font-face { font-family: x; src: url(URL/font) }</style>'
    '<p style="font-family: x">{{ name }}<img src="URL/img"><img srcset="URL/set 1x"><iframe src="URL/frame"></iframe>'
    '<object data="URL/object"></object><video src="URL/video" poster="URL/poster" autoplay></video><svg><image href="URL/svg"/></svg>'
)


@pytest.mark.parametrize("policy", ["kept", "taken away"])
def test_a_browser_asks_for_nothing_that_a_message_names(
    mailing_of: Make, tmp_path: Path, policy: str
) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("Chromium is not installed")
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listening) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        lures = LURES.replace("URL", f"http://127.0.0.1:{server.server_port}")
        page = mailing_page("Spring", [shown(mailing_of(lures), ANNA)]).replace('loading="lazy" ', "")
        if policy == "taken away":
            page = page.replace("Content-Security-Policy", "x-nothing")
        (tmp_path / "page.html").write_text(page, encoding="utf-8")
        choices = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}")
        picture = (
            f"--screenshot={tmp_path / 'page.png'}",
            "--window-size=1400,3000",
            "--virtual-time-budget=3000",
        )
        subprocess.run(
            [browser, *choices, *picture, (tmp_path / "page.html").as_uri()],
            check=True,
            capture_output=True,
            timeout=120,
        )
        server.shutdown()
        thread.join()
    assert bool(asked) == (policy == "taken away")  # else the test would see nothing whatever the page does
