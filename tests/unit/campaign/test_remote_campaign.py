"""Content and pictures of the network, as a campaign takes them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge import InkmergeError, Template
from inkmerge.campaign import Campaign
from inkmerge.limits import Limits
from inkmerge.sources import Unfetched
from loopback import Server, Talk
from remote_campaign import ELEMENT, SVG, address, asked, gives_items, png, written

Opened = Callable[..., Campaign]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Open campaigns, and close them when the test is over."""
    with ExitStack() as stack:

        def open_(folder: Path, **options: Any) -> Campaign:
            found = Campaign.open(folder, **options)
            stack.callback(found.close)
            return found

        yield open_


def test_a_picture_that_content_names_on_the_network_is_drawn(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    campaign = opened(written(tmp_path, server))
    (image,) = campaign.render("hero", {}, 96)
    assert (image.fallback, image.findings, image.alt) == (None, (), "Cup a")
    with Image.open(io.BytesIO(image.data)) as drawn:
        assert drawn.convert("RGBA").getpixel((20, 20)) == (255, 0, 0, 255)
    campaign.render("hero", {"favourite": "b"}, 96)
    campaign.render("hero", {"favourite": "a"}, 96)
    assert asked(server) == ["/a.png", "/b.png", "/shop.json"]


def test_the_bytes_of_a_picture_on_the_network_name_the_image(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    digests = []
    for colour in ("red", "red", "blue"):
        server.gives("/a.png", png(colour), content_type="image/png")
        campaign = opened(written(tmp_path, server, image_cache_seconds=0))
        (choice,) = campaign.choose("hero", {}).drawn
        digests.append(choice.template.digest(choice.attributes))
    assert digests[0] == digests[1] != digests[2]


def hangs_up(_talk: Talk) -> None:
    raise OSError


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (lambda talk: talk.reply(status="404 Not Found"), "asset-not-found"),
        (hangs_up, "asset-not-found"),
        (lambda talk: talk.reply(b"<html>", content_type="text/html"), "not-an-image"),
        (lambda talk: talk.reply(b"<html>", content_type="image/png"), "not-an-image"),
        (lambda talk: talk.reply(b"x" * 20_000, content_type="image/png"), "asset-too-large"),
        (lambda talk: talk.reply(status="302 Found", location="http://evil.test/"), "asset-not-allowed"),
    ],
    ids=["gone", "hangs up", "page", "no picture", "large", "elsewhere"],
)
def test_a_picture_that_cannot_be_had_gives_the_fallback_image_with_the_reason(
    tmp_path: Path, server: Server, opened: Opened, script: Any, code: str
) -> None:
    gives_items(server)
    server.on("/a.png", script)
    limits = replace(Limits(), image_bytes=15_000)
    (image,) = opened(written(tmp_path, server), limits=limits).render("hero", {})
    assert image.fallback is not None
    assert image.fallback.code == code
    assert image.findings[0].hint


def test_a_picture_of_a_host_that_is_not_allowed_is_never_asked_for(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    other = Server()
    try:
        items = [{"sku": "a", "title": "Cup", "photo": address(other, "/a.png")}]
        server.gives("/shop.json", json.dumps(items).encode(), content_type="application/json")
        (image,) = opened(written(tmp_path, server)).render("hero", {})
        assert image.fallback is not None
        assert image.fallback.code == "asset-not-allowed"
        assert "add" in (image.findings[0].hint or "")
        assert other.seen == []
    finally:
        other.close()


def test_an_svg_on_the_network_is_drawn_and_what_it_refers_to_is_not_fetched(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    inner = f'<image href="{address(server, "/b.png")}" width="9" height="9"/>'
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/>{}</svg>'
    )
    server.gives("/a.png", drawing.format("").encode(), content_type="image/svg+xml")
    server.gives("/b.png", drawing.format(inner).encode(), content_type="image/svg+xml")
    campaign = opened(written(tmp_path, server))
    assert campaign.render("hero", {"favourite": "a"})[0].fallback is None
    fallback = campaign.render("hero", {"favourite": "b"})[0].fallback
    assert fallback is not None
    assert fallback.code == "asset-not-allowed"
    assert asked(server) == ["/a.png", "/b.png", "/shop.json"]


def test_a_template_without_a_campaign_and_what_it_says_itself_ask_nobody(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    written(tmp_path, server)
    content = {"title": "Cup", "photo": address(server, "/a.png")}
    image = Template.load(tmp_path / "templates" / "hero.svg").render({"content": content})
    assert image.fallback is not None
    assert image.fallback.code == "asset-not-allowed"
    template = tmp_path / "templates" / "hero.svg"
    template.write_text(SVG.replace("{{ content.photo }}", address(server, "/a.png")))
    with pytest.raises(InkmergeError, match="is not a file beside the template"):
        opened(tmp_path)
    assert asked(server) == ["/shop.json"]


def test_a_link_is_no_picture_and_is_not_fetched(tmp_path: Path, server: Server, opened: Opened) -> None:
    gives_items(server)
    written(tmp_path, server)
    link = f'<a href="{address(server, "/page")}"><text x="{{{{ content.x|default(1) }}}}"'
    (tmp_path / "templates" / "hero.svg").write_text(
        SVG.replace("<text", link).replace("</text>", "</text></a>")
    )
    assert opened(tmp_path).render("hero", {})[0].fallback is None
    assert asked(server) == ["/a.png", "/shop.json"]


def test_where_imported_content_covers_what_is_asked_nobody_is_asked(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    folder = written(tmp_path, server)
    settings = (folder / "inkmerge.toml").read_text().replace('mode = "live"\n', "")
    settings = settings.replace(
        "[sources.shop.keys]", '[sources.shop.headers]\nX = "${NEVER_SET}"\n[sources.shop.keys]'
    )
    (folder / "inkmerge.toml").write_text(settings)
    (folder / "content").mkdir()
    (folder / "content" / "hero.toml").write_text(
        f'origin = "{address(server, "/shop.json")}"\nfetched_at = 2026-11-26T00:00:00Z\n'
        '[selectors]\nsku = "a"\n[fields]\ntitle = "Edited"\nphoto = "cup.png"\n'
    )
    (folder / "cup.png").write_bytes(png())
    campaign = opened(folder)
    (image,) = campaign.render("hero", {})
    assert (image.fallback, image.alt) == (None, "Edited")
    (image,) = campaign.render("hero", {"favourite": "b"})
    assert image.fallback is not None
    assert image.fallback.code == "source-syntax"
    assert server.seen == []


def test_a_live_source_that_cannot_be_had_is_told_when_the_campaign_is_opened(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    with pytest.raises(InkmergeError, match="404"):
        opened(written(tmp_path, server))


def test_what_several_recipients_need_is_fetched_at_once_and_not_again(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    for key in "abc":
        gives_items(server, f"/{key}.json", keys=key)
    campaign = opened(written(tmp_path, server, "/{sku}.json", ELEMENT))
    recipients = [{"favourite": key} for key in "abcdab"]
    campaign.prefetch(recipients)
    expected = ["/a.json", "/a.png", "/b.json", "/b.png", "/c.json", "/c.png", "/d.json"]
    assert asked(server) == expected
    codes = [
        image.fallback and image.fallback.code
        for recipient in recipients
        for image in campaign.render("hero", recipient)
    ]
    assert codes == [None, None, None, "source-unavailable", None, None]
    assert asked(server) == expected


def test_a_campaign_that_may_ask_nobody_says_what_is_lacking(
    tmp_path: Path, server: Server, opened: Opened
) -> None:
    gives_items(server)
    campaign = opened(written(tmp_path, server), is_online=False)
    with pytest.raises(Unfetched) as caught:
        campaign.render("hero", {})
    assert [one.url for one in caught.value.requests] == [address(server, "/shop.json")]
    assert server.seen == []
