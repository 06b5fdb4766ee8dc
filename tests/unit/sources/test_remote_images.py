"""Pictures on the network take the way of content, under the limits of pictures."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge.errors import AssetNotAllowed, AssetNotFound, AssetTooLarge, Location, NotAnImage
from inkmerge.images import ImageFolders, PictureFiles, Pictures
from inkmerge.limits import Limits
from inkmerge.sources import (
    Fetcher,
    HttpSpec,
    RemoteImages,
    Unfetched,
    image_request,
    open_remote_image,
)

URL = "http://shop.example/cup.png"
PLACE = Location("card.svg", 3, "photo")


def png(width: int = 4, height: int = 3) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "PNG")
    return file.getvalue()


def test_a_picture_is_fetched_and_checked_and_its_copy_taken_next(shop: Any) -> None:
    shop.server.gives("/cup.png", png(), content_type="image/png")
    with shop.fetcher() as fetcher:
        fetcher.prefetch([image_request(URL, Limits(), 3600)])
        found = open_remote_image(URL, fetcher, Limits(), PLACE)
    assert (found.media_type, found.width, found.height) == ("image/png", 4, 3)
    assert len(shop.server.seen) == 1


@pytest.mark.parametrize(
    ("body", "media_type", "kind"),
    [
        (b"<html>", "text/html", NotAnImage),
        (b"%PDF-1.4", "image/png", NotAnImage),
        (png()[:40], "image/png", NotAnImage),
        (png(2000, 2000), "image/png", AssetTooLarge),
        (b"x" * 20_000, "image/png", AssetTooLarge),
        (gzip.compress(b"<svg>" + b" " * 1_000_000), "image/svg+xml", AssetTooLarge),
    ],
    ids=["page", "pdf", "cut", "pixels", "bytes", "svgz"],
)
def test_what_is_no_picture_or_too_large_is_told_with_the_place(
    shop: Any, body: bytes, media_type: str, kind: type[Exception]
) -> None:
    shop.server.gives("/cup.png", body, content_type=media_type)
    limits = replace(Limits(), image_bytes=15_000, image_px=1_000_000)
    with shop.fetcher() as fetcher, pytest.raises(kind) as caught:
        open_remote_image(URL, fetcher, limits, PLACE)
    assert "card.svg:3 #photo" in str(caught.value)


def test_a_picture_elsewhere_or_gone_is_told(shop: Any) -> None:
    with shop.fetcher() as fetcher:
        with pytest.raises(AssetNotAllowed, match=r"'evil\.test' is not allowed"):
            open_remote_image("http://evil.test/a.png", fetcher, Limits(), PLACE)
        with pytest.raises(AssetNotAllowed):
            open_remote_image("file:///etc/passwd", fetcher, Limits(), PLACE)
        with pytest.raises(AssetNotFound, match="404"):
            open_remote_image(URL, fetcher, Limits(), PLACE)


def beside(fetcher: Fetcher, folder: Path) -> Pictures:
    files = PictureFiles(ImageFolders(folder), Limits())
    return RemoteImages(fetcher, Limits()).beside(files)


def test_pictures_of_the_network_and_of_folders_are_opened_and_named_by_their_bytes(
    shop: Any, tmp_path: Path
) -> None:
    (tmp_path / "here.png").write_bytes(png(2, 2))
    shop.server.gives("/cup.png", png(), content_type="image/png")
    hrefs = [
        URL,
        "here.png",
        "http://shop.example/gone.png",
        "gone.png",
        "//shop.example/cup.png",
        "file:///x",
    ]
    with shop.fetcher() as fetcher:
        pictures = beside(fetcher, tmp_path)
        digests = pictures.digests(hrefs)
        assert [pictures.open(href, PLACE).digest for href in hrefs[:2]] == list(digests[:2])
        assert digests[2:] == ("asset-not-found", "asset-not-found", "asset-not-allowed", "asset-not-allowed")
        with pytest.raises(AssetNotAllowed):
            pictures.nested.open(URL, PLACE)
    assert len(shop.server.seen) == 2


def test_a_picture_does_not_change_while_it_is_held(shop: Any, tmp_path: Path) -> None:
    bodies = [png(), png(5, 5)]
    shop.server.on("/cup.png", *(lambda talk, body=body: talk.reply(body) for body in bodies))
    with shop.fetcher(image_cache_seconds=60) as fetcher:
        pictures = beside(fetcher, tmp_path)
        first = pictures.digests([URL])
        shop.clock.pass_(61)
        assert pictures.digests([URL]) == first
        assert beside(fetcher, tmp_path).digests([URL]) != first


def test_where_nobody_may_be_asked_all_pictures_that_are_lacking_are_named(shop: Any, tmp_path: Path) -> None:
    fetcher = Fetcher(HttpSpec(), shop.cache, clock=shop.clock, is_online=False)
    with pytest.raises(Unfetched) as caught:
        beside(fetcher, tmp_path).digests([URL, "here.png", "http://shop.example/b.png", URL])
    assert [one.url for one in caught.value.requests] == [URL, "http://shop.example/b.png"]
