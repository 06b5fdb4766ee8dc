"""A small campaign with a mailing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inkmerge.mailing import Mailing

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>{{ content.title }} for {{ name }}</title>'
    '<rect width="60" height="30" fill="#fa0"/><text y="9" font-size="6">{{ content.title }} {{ name }}</text></svg>'
)
SETTINGS = """
name = "Spring"
[groups]
german = 'language == "de"'
loyal = "points >= 100"
[attributes]
points = "integer"
[sources.shop]
location = "sources/shop.json"
[sources.shop.keys]
sku = "sku"
[elements.hero]
container = "card"
[elements.gift]
template = "templates/gift.svg"
overlap = "all"
outside = "skip"
values = { title = "Gift" }
[[elements.gift.variants]]
group = "german"
values = { title = "Geschenk" }
[[elements.gift.variants]]
group = "loyal"
values = { title = "Thanks" }
[output]
format = "png"
dpi = 192
"""
MAILING = """
[mailing]
html = "mailing/page.html"
subject = "Spring for {{ name }}"
from = "Marl & Moss <post@marlmoss.example>"
to_name = "{{ name }}"
headers = { List-Unsubscribe = "<https://marlmoss.example/off/{{ id|default('') }}>" }
"""
CONTAINER = """
template = "templates/hero.svg"
source = "shop"
select = { sku = "{{ favourite|default('a') }}" }
"""
SHOP = '[{"sku": "a", "title": "Kettle"}, {"sku": "b", "title": "Cup"}]'
PAGE = '<html lang="en"><p>Hello {{ name }}</p><img data-inkmerge="hero" alt=""></html>'
SKIPPING = '[fields.name]\nmissing = "skip"\n'

MakeMailing = Callable[..., Mailing]


@pytest.fixture
def mailing_of(tmp_path: Path) -> Iterator[MakeMailing]:
    """Return a mailing of a page; `mailing` stands for its settings, `files` adds further files by path."""
    opened: list[Mailing] = []

    def make(page: str = PAGE, mailing: str = MAILING, settings: str = SETTINGS, **files: str) -> Mailing:
        written = {
            "inkmerge.toml": settings + mailing,
            "containers/card.toml": CONTAINER,
            "templates/hero.svg": SVG,
            "templates/gift.svg": SVG,
            "templates/gift.toml": SKIPPING,
            "sources/shop.json": SHOP,
            "mailing/page.html": page,
            **files,
        }
        for name, text in written.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        opened.append(Mailing.open(tmp_path))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
