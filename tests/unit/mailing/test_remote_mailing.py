"""What messages need of the network is fetched once, for all processes."""

from __future__ import annotations

from pathlib import Path

from inkmerge.batch import RecipientFile
from inkmerge.campaign import Campaign
from inkmerge.mailing import Composed, Start, compose_all
from inkmerge.preflight import run_preflight
from loopback import Server
from remote_campaign import ELEMENT, asked, gives_items, written

MAILING = """
[quota]
images = 100
[mailing]
html = "mailing/page.html"
subject = "Spring"
from = "post@marlmoss.example"
"""
PAGE = (
    '<html lang="en"><p>{{ content("hero").title|default("") }}</p><img data-inkmerge="hero"><img data-inkmerge="hero" '
    'data-select-sku="b"></html>'
)


def campaign(folder: Path, server: Server, location: str = "/shop.json") -> Path:
    written(folder, server, location, ELEMENT + MAILING)
    (folder / "mailing").mkdir(exist_ok=True)
    (folder / "mailing" / "page.html").write_text(PAGE)
    return folder


def messages(folder: Path, favourites: str) -> list[Composed]:
    rows = [
        (f"r-{number}", {"email": f"r{number}@example.org", "favourite": key})
        for number, key in enumerate(favourites)
    ]
    return list(compose_all(Start(folder), iter(rows), 2))


def test_each_thing_is_asked_for_once_and_each_image_counted_once(tmp_path: Path, server: Server) -> None:
    gives_items(server, keys="abc")
    folder = campaign(tmp_path, server)
    found = messages(folder, "abc" * 30)
    assert [one.skipped for one in found] == [None] * 90
    assert not any(one.fallbacks for one in found)
    assert b"Cup c" in (found[2].data or b"")
    assert asked(server) == ["/a.png", "/b.png", "/c.png", "/shop.json"]
    opened = Campaign.open(folder, is_online=False)
    assert opened.quota is not None
    assert opened.quota.state().campaign.used == 3
    opened.close()


def test_what_fails_is_asked_for_once_and_gives_the_fallback_with_its_reason(
    tmp_path: Path, server: Server
) -> None:
    for key in "abc":
        gives_items(server, f"/{key}.json", keys=key)
    server.on("/c.json", lambda talk: talk.reply(status="500 Internal Server Error"))
    found = messages(campaign(tmp_path, server, "/{sku}.json"), "acac" * 10)
    codes = [[reason.code for reason in one.fallbacks] for one in found]
    assert codes == [[], ["source-unavailable"]] * 20
    assert asked(server).count("/c.json") == 1


def test_a_preflight_asks_once_and_tells_the_reason(tmp_path: Path, server: Server) -> None:
    for key in "abc":
        gives_items(server, f"/{key}.json", keys=key)
    server.on("/c.json", lambda talk: talk.reply(status="500 Internal Server Error"))
    folder = campaign(tmp_path, server, "/{sku}.json")
    recipients = folder / "r.csv"
    rows = [f"r-{number},r{number}@example.org,{key}" for number, key in enumerate("abc" * 200)]
    recipients.write_text("\n".join(["id,email,favourite", *rows]))
    found = run_preflight(folder, RecipientFile.open(recipients), workers=2)
    assert dict(found.elements["hero"].fallbacks) == {"source-unavailable": 200}
    assert found.mailing is not None
    assert (found.mailing.messages, dict(found.mailing.skipped)) == (600, {})
    assert {path: asked(server).count(path) for path in asked(server)} == dict.fromkeys(
        ("/a.json", "/a.png", "/b.json", "/b.png", "/c.json"), 1
    )
