"""`inkmerge content import`: what is stored, and that it stands in for the source."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from click.testing import Result

from inkmerge.campaign import Campaign, origin_of

Run = Callable[..., Result]


def import_and_edit(folder: Path, inkmerge: Run, key: str = "1") -> None:
    done = inkmerge("content", "import", folder, "card", "--select", f"product={key}")
    assert done.exit_code == 0, done.exception
    path = folder / "content" / "card.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("Mug", "Big mug"), encoding="utf-8")


def title_of(folder: Path, **selectors: str) -> tuple[str, str]:
    with closing(Campaign.open(folder)) as campaign:
        (choice,) = campaign.choose(campaign.container("card", **selectors), {}).drawn
    return choice.attributes["content"]["title"], origin_of("content.title", choice)


def test_an_item_is_stored_with_its_origin_and_keys(shop: Path, inkmerge: Run) -> None:
    done = inkmerge("content", "import", shop, "card", "--select", "product=2")
    assert done.exit_code == 0, done.exception
    stored = tomllib.loads((shop / "content" / "card.toml").read_text(encoding="utf-8"))
    assert stored["origin"] == "catalogue.json"
    assert stored["selectors"] == {"product": "2"}
    assert stored["fields"]["title"] == "Teapot"


def test_without_selectors_the_containers_own_count(shop: Path, inkmerge: Run) -> None:
    assert inkmerge("content", "import", shop, "card").exit_code == 0
    stored = tomllib.loads((shop / "content" / "card.toml").read_text(encoding="utf-8"))
    assert stored["selectors"] == {"product": "1"}


def test_imported_content_stands_in_where_the_same_keys_are_selected(shop: Path, inkmerge: Run) -> None:
    import_and_edit(shop, inkmerge)
    assert title_of(shop) == ("Big mug", "catalogue: product = 1, imported")
    assert title_of(shop, product="2") == ("Teapot", "catalogue: product = 2")


def test_an_element_shows_what_was_imported_for_its_container(shop: Path, inkmerge: Run) -> None:
    settings = shop / "inkmerge.toml"
    settings.write_text(settings.read_text() + '\n[elements.again]\ncontainer = "card"\n')
    import_and_edit(shop, inkmerge)
    with closing(Campaign.open(shop)) as campaign:
        (choice,) = campaign.choose("again", {}).drawn
    assert choice.attributes["content"]["title"] == "Big mug"


def test_a_live_source_counts_alone(shop: Path, inkmerge: Run) -> None:
    import_and_edit(shop, inkmerge)
    settings = shop / "inkmerge.toml"
    settings.write_text(
        settings.read_text().replace('items = "products"', 'items = "products"\nmode = "live"')
    )
    assert title_of(shop) == ("Mug", "catalogue: product = 1")


def test_imported_content_is_part_of_the_campaigns_identity(shop: Path, inkmerge: Run) -> None:
    with closing(Campaign.open(shop)) as campaign:
        before = campaign.identity
    import_and_edit(shop, inkmerge)
    with closing(Campaign.open(shop)) as campaign:
        assert campaign.identity != before


def test_wrong_names_and_keys_are_errors_with_the_cure(shop: Path, inkmerge: Run) -> None:
    assert "did you mean 'card'?" in str(inkmerge("content", "import", shop, "cart").exception)
    fault = inkmerge("content", "import", shop, "card", "--select", "product=99").exception
    assert "selector-matched-nothing" in str(fault)
    fault = inkmerge("content", "import", shop, "card", "--select", "prodct=1").exception
    assert "prodct" in str(fault)
    assert not (shop / "content").exists()
