"""Pictures on the network take the way of content, under the limits of pictures."""

from __future__ import annotations

import gzip
import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from inkmerge.errors import AssetNotAllowed, AssetNotFound, AssetTooLarge, Location, NotAnImage
from inkmerge.limits import Limits
from inkmerge.sources import image_request, open_remote_image

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
