"""A small campaign, and the command line run in the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from inkmerge_cli.app import app

SETTINGS = """# what the shop sends
name = "Shop <&>"

[groups]
abroad = 'not (country == "DE")'

[sources.catalogue]
location = "catalogue.json"
items = "products"
keys = { product = "sku" }
fields = { title = "name", color = "color" }

# the product of the week
[elements.week]
template = "card.svg"
source = "catalogue"
select = { product = "{{ favourite|default('1') }}" }  # a key
texts = { head = "{{ first_name|default('You') }}" }

[[elements.week.variants]]
group = "abroad"
texts = { head = "Hello" }

[elements.plain]
template = "plain.svg"
outside = "skip"

[[elements.plain.variants]]
group = "abroad"
"""
CARD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30">'
    "<title>{{ content.head }}: {{ content.title }}</title>"
    '<rect width="9" height="9" fill="{{ content.color|default(\'red\') }}"/>'
    '<text y="15">{{ content.head }}</text><text y="28">{{ content.title }}</text></svg>'
)
PLAIN = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="30"><title>Hi {{ first_name }}</title><text y="15">{{ first_name }}</text></svg>'
PRODUCTS = '{"products": [{"sku": "1", "name": "Mug", "color": "#ff0000"}, {"sku": "2", "name": "Teapot", "color": "blue"}, {"sku": "3", "name": "وعاء"}]}'


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A campaign with a source, a target group, a container and three test profiles."""
    folder = tmp_path / "shop"
    (folder / "profiles").mkdir(parents=True)
    (folder / "containers").mkdir()
    (folder / "inkmerge.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "card.svg").write_text(CARD, encoding="utf-8")
    (folder / "plain.svg").write_text(PLAIN, encoding="utf-8")
    (folder / "catalogue.json").write_text(PRODUCTS, encoding="utf-8")
    (folder / "profiles" / "anna.toml").write_text('first_name = "Anna"\ncountry = "DE"\nfavourite = "3"\n')
    (folder / "profiles" / "jo.toml").write_text('first_name = "Jo"\ncountry = "FR"\nfavourite = "2"\n')
    (folder / "profiles" / "neutral.toml").write_text("")
    (folder / "containers" / "card.toml").write_text(
        'template = "card.svg"\nsource = "catalogue"\nselect = { product = "1" }\n'
        "texts = { head = \"{{ first_name|default('You') }}\" }\n"
    )
    return folder


@pytest.fixture
def inkmerge() -> Callable[..., Result]:
    """Run a command; an error of ours is the result's exception."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments])

    return run


@pytest.fixture
def size_of() -> Callable[[Path], tuple[int, int]]:
    """Tell the pixels across and down of a picture."""

    def size(path: Path) -> tuple[int, int]:
        with Image.open(path) as image:
            return image.size

    return size
