"""A campaign whose content is on the server on loopback."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from loopback import Server

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>{{ content.title }}</title>'
    '<image href="{{ content.photo }}" width="30" height="30"/><text y="9">{{ content.title }}</text></svg>'
)
ELEMENT = """
[elements.hero]
template = "templates/hero.svg"
source = "shop"
select = { sku = "{{ favourite|default('a') }}" }
"""


def png(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (9, 9), colour).save(file, "PNG")
    return file.getvalue()


def gives_items(
    server: Server, path: str = "/shop.json", *, keys: str = "ab", photo: str = "/{}.png"
) -> None:
    items = [{"sku": key, "title": f"Cup {key}", "photo": address(server, photo.format(key))} for key in keys]
    server.gives(path, json.dumps(items).encode(), content_type="application/json")
    for key in keys:
        server.gives(photo.format(key), png(), content_type="image/png")


def address(server: Server, path: str) -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def written(
    folder: Path, server: Server, location: str = "/shop.json", element: str = ELEMENT, **http: Any
) -> Path:
    """Write a campaign whose source is the server on loopback."""
    allowed = {"allow": [f"127.0.0.1:{server.port}"], "allow_private": True, "retries": 0, **http}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in allowed.items())
    settings = (
        f'name = "Spring"\n[http]\n{lines}[sources.shop]\nlocation = "{address(server, location)}"\n'
        'mode = "live"\n[sources.shop.keys]\nsku = "sku"\n'
    )
    for name, text in {"inkmerge.toml": settings + element, "templates/hero.svg": SVG}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def asked(server: Server) -> list[str]:
    return sorted(seen.path for seen in server.seen)
