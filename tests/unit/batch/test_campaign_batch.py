"""Batches of a campaign: what is on the network is fetched by one process for all, and the quota holds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from inkmerge.batch import Delivery, Job, ManifestLine, RecipientFile, pool, read_manifest, run_batch, workers
from inkmerge.campaign import Campaign
from inkmerge.campaign.quota import Quota, QuotaSpec
from inkmerge.campaign.renderer import ElementRenderer
from inkmerge.errors import InkmergeError
from inkmerge.sources import Request, Unfetched
from loopback import Server, Talk
from remote_campaign import address, asked, gives_items, png, written

Run = Callable[..., list[ManifestLine]]
LOCAL = """
[elements.hero]
template = "templates/hero.svg"
values = { title = "Cup", photo = "cup.png" }
texts = { title = "Hello {{ name }}" }
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a batch of the campaign in the folder over values of one column."""

    def run(folder: Path, values: Sequence[str], column: str = "favourite", **delivery: Any) -> Any:
        rows = "".join(f"r-{number},{value}\n" for number, value in enumerate(values))
        (tmp_path / "r.csv").write_text(f"id,{column}\n{rows}", encoding="utf-8")
        where = Delivery(**{"folder": tmp_path / "out", "workers": 2, **delivery})
        recipients = RecipientFile.open(tmp_path / "r.csv")
        run_batch(Job(folder, element="hero", dpi=24), recipients, where)
        return list(read_manifest(where.folder / "manifest.jsonl"))

    return run


def codes(lines: Sequence[ManifestLine]) -> list[str | None]:
    return [line.fallback["code"] if line.fallback else None for line in lines]


def local(folder: Path, quota: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "inkmerge.toml").write_text(f'name = "Spring"\n{LOCAL}{quota}')
    (folder / "cup.png").write_bytes(png())
    (folder / "templates" / "hero.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><title>{{ content.title }}</title>'
        '<image href="{{ content.photo }}" width="30" height="30"/><text y="9">{{ content.title }}</text></svg>'
    )
    return folder


def test_one_document_is_asked_for_once_however_many_processes_draw(
    tmp_path: Path, server: Server, run: Run
) -> None:
    gives_items(server, keys="abcdef")
    folder = written(tmp_path / "campaign", server)
    lines = run(folder, list("abcdef" * 9))
    assert codes(lines) == [None] * 54
    assert len({line.digest for line in lines}) == 6
    assert asked(server) == [*(f"/{key}.png" for key in "abcdef"), "/shop.json"]


def test_items_with_addresses_of_their_own_are_fetched_at_the_same_time(
    tmp_path: Path, server: Server, run: Run
) -> None:
    keys = "abcdefgh"
    for key in keys:
        gives_items(server, f"/{key}.json", keys=key)
        body = server.scripts[f"/{key}.json"][0]
        server.on(f"/{key}.json", lambda talk, body=body: (together.wait(20), body(talk)))
    together = Barrier(4)
    folder = written(tmp_path / "campaign", server, "/{sku}.json", concurrency=4)
    assert codes(run(folder, list(keys * 3))) == [None] * 24
    assert not together.broken
    assert Counter(asked(server)) == Counter([f"/{key}.{kind}" for key in keys for kind in ("json", "png")])


def test_a_source_that_is_asked_anew_each_time_is_asked_once_a_run(
    tmp_path: Path, server: Server, run: Run
) -> None:
    gives_items(server, "/a.json", keys="a")
    folder = written(tmp_path / "campaign", server, "/{sku}.json", image_cache_seconds=0)
    settings = folder / "inkmerge.toml"
    settings.write_text(settings.read_text().replace('mode = "live"', 'mode = "live"\ncache_seconds = 0'))
    for run_number in (1, 2):
        assert codes(run(folder, list("a" * 20), is_restarted=run_number == 2)) == [None] * 20
        assert asked(server) == ["/a.json"] * run_number + ["/a.png"] * run_number


def hangs_up(_talk: Talk) -> None:
    raise OSError


def test_what_fails_is_asked_for_once_and_gives_the_fallback_with_its_reason(
    tmp_path: Path, server: Server, run: Run
) -> None:
    for key in "abc":
        gives_items(server, f"/{key}.json", keys=key)
    server.on("/b.json", lambda talk: talk.reply(status="500 Internal Server Error"))
    server.on("/c.png", hangs_up)
    folder = written(tmp_path / "campaign", server, "/{sku}.json")
    lines = run(folder, list("abcabcabc"))
    expected = {"a": None, "b": "source-unavailable", "c": "asset-not-found"}
    assert codes(lines) == [expected[key] for key in "abcabcabc"]
    assert "500" in str(lines[1].fallback)
    assert lines[1].findings
    assert Counter(asked(server)).most_common(1)[0][1] == 1


def test_a_picture_that_leads_elsewhere_costs_its_recipients_the_image_alone(
    tmp_path: Path, server: Server, run: Run
) -> None:
    gives_items(server, keys="ab")
    items = [
        {"sku": "a", "title": "A", "photo": "http://evil.test/a.png"},
        {"sku": "b", "title": "B", "photo": address(server, "/b.png")},
    ]
    server.gives("/shop.json", json.dumps(items).encode(), content_type="application/json")
    assert (
        codes(run(written(tmp_path / "campaign", server), list("abab")))
        == [
            "asset-not-allowed",
            None,
        ]
        * 2
    )


def test_copies_that_vanish_are_fetched_again(tmp_path: Path, server: Server, run: Run) -> None:
    for key in "abcd":
        gives_items(server, f"/{key}.json", keys=key)
    copies = tmp_path / "campaign" / ".inkmerge" / "http"

    def forgets(talk: Talk) -> None:
        for path in copies.glob("[!.]*"):
            path.unlink(missing_ok=True)
        talk.reply(png(), content_type="image/png")

    server.on("/a.png", forgets)
    folder = written(tmp_path / "campaign", server, "/{sku}.json")
    assert codes(run(folder, list("abcd"))) == [None] * 4


LOST = Request("http://127.0.0.1:9/lost")


def lose(*_: Any) -> Any:
    return workers.Drawn([Unfetched((LOST,))], 0.0)


def test_a_slot_for_which_something_always_has_to_be_fetched_is_given_up(
    tmp_path: Path, server: Server, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives_items(server, keys="a")
    monkeypatch.setattr(pool.workers, "draw", lose)
    folder = written(tmp_path / "campaign", server)
    (line,) = run(folder, ["a"])
    assert codes([line]) == ["source-unavailable"]
    assert "removed before it is used" in str(line.fallback)


def test_an_image_of_a_batch_is_chosen_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    choose = Campaign.choose
    monkeypatch.setattr(Campaign, "choose", lambda *found: chosen.append(found) or choose(*found))
    job = Job(local(tmp_path / "campaign"), element="hero", dpi=24)
    with_all = held_for(job, tmp_path)
    monkeypatch.setattr(workers, "_held", [with_all])
    drawn = workers.draw([{"name": name} for name in ("Ann", "Bo", "Ann")], {})
    assert [type(outcome) for outcome in drawn.outcomes] == [tuple] * 3
    assert len(chosen) == 3
    with_all.template.close()


def held_for(job: Job, folder: Path) -> Any:
    (folder / "aside").mkdir()
    workers._load(workers.Start(job, workers.Images(folder / "images", folder / "aside"), digest_of(job)))
    return workers._held.pop()


def digest_of(job: Job) -> str:
    renderer = job.load()
    assert isinstance(renderer, ElementRenderer)
    renderer.close()
    return renderer.digest(None, **job.output)


NAMES = [f"N{number % 30}" for number in range(80)]


@pytest.mark.parametrize(
    ("counts", "allowed"), [("images", 7), ("images", 30), ("images", 0), ("recipients", 40)]
)
def test_blocks_give_what_one_by_one_gives_at_the_edge_of_the_quota(
    tmp_path: Path, run: Run, counts: str, allowed: int
) -> None:
    quota = f'[quota]\nimages = {allowed}\ncounts = "{counts}"\n'
    lines = run(local(tmp_path / "campaign", quota), NAMES, "name", workers=1)
    campaign = Campaign.open(local(tmp_path / "another", quota))
    one_by_one = [
        campaign.render("hero", {"id": f"r-{number}", "name": name}, 24)[0].fallback
        for number, name in enumerate(NAMES)
    ]
    campaign.close()
    assert codes(lines) == [found and found.code for found in one_by_one]
    assert ("quota-exceeded" in codes(lines)) == (allowed != 30)


SCRIPT = """
import sys
from pathlib import Path
from inkmerge.batch import Delivery, Job, RecipientFile, run_batch

if __name__ == "__main__":
    folder, name = Path(sys.argv[1]), sys.argv[2]
    recipients = RecipientFile.open(folder / f"{name}.csv")
    run_batch(Job(folder, element="hero", dpi=24), recipients, Delivery(folder / name, workers=2))
"""


def test_two_batches_at_the_edge_of_the_quota_make_exactly_what_is_allowed(tmp_path: Path) -> None:
    folder = local(tmp_path / "campaign", "[quota]\nimages = 60\n")
    (tmp_path / "send.py").write_text(SCRIPT)
    for name in ("left", "right"):
        own = "".join(f"{name}-{number},{name} {number}\n" for number in range(40))
        shared = "".join(f"s-{number},Both {number}\n" for number in range(10))
        (folder / f"{name}.csv").write_text(f"id,name\n{own}{shared}")
    processes = [
        subprocess.Popen([sys.executable, tmp_path / "send.py", folder, name]) for name in ("left", "right")
    ]
    assert [process.wait() for process in processes] == [0, 0]
    lines = [line for name in ("left", "right") for line in read_manifest(folder / name / "manifest.jsonl")]
    made = {line.digest for line in lines if not line.fallback}
    assert len(made) == 60
    assert {line.fallback["code"] for line in lines if line.fallback} == {"quota-exceeded"}
    assert "the quota of 60 images in this campaign is used up" in {
        line.fallback["message"] for line in lines if line.fallback
    }
    with Quota.open(
        folder / ".inkmerge" / "quota.sqlite", QuotaSpec(images=60), lambda: datetime.now(UTC)
    ) as quota:
        assert quota.state().campaign.used == 60


def test_a_quota_of_which_nobody_knows_what_is_left_ends_the_batch(tmp_path: Path, run: Run) -> None:
    folder = local(tmp_path / "campaign", "[quota]\nimages = 9\n")
    Campaign.open(folder).close()
    database = folder / ".inkmerge" / "quota.sqlite"
    database.write_bytes(b"no database" * 99)
    with pytest.raises(InkmergeError) as caught:
        run(folder, ["Ann"], "name")
    assert caught.value.code == "quota-unusable"
