"""The mailings of the demo campaigns: composed for everybody, and read by others."""

from __future__ import annotations

import email
import email.policy
import html.parser
import runpy
import shutil
import subprocess
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkmerge.batch import RecipientFile
from inkmerge.mailing import Mailing, message_bytes
from inkmerge.mailing.check import check_mailing
from inkmerge.mailing.streaming import Composed, composed

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
DEMOS = ("teasers", "demo")
NO_MESSAGE = {"teasers": {"r-37": "missing-value"}, "demo": {}}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


@pytest.fixture(scope="module", params=DEMOS)
def everybody(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a demo's name, and what became of its recipients."""
    folder = tmp_path_factory.mktemp("demo") / request.param
    shutil.copytree(FIXTURES / request.param, folder)
    with closing(Mailing.open(folder, counts=False)) as mailing:
        audience = RecipientFile.open(folder / "recipients.csv").recipients()
        rows = [(one.id, dict(one.attributes)) for one in audience]
        return request.param, [composed(mailing, row, checks=False) for row in rows]


def messages(everybody: Any) -> list[tuple[Composed, EmailMessage]]:
    parsed = []
    for one in everybody[1]:
        if one.data is not None:
            message = email.message_from_bytes(one.data, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            parsed.append((one, message))
    return parsed


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_everybody_gets_a_message_or_the_reason_is_known(everybody: Any) -> None:
    name, found = everybody
    assert {one.recipient: one.skipped.code for one in found if one.data is None} == NO_MESSAGE[name]


def test_pythons_parser_finds_no_defect_and_every_image_that_the_page_shows(everybody: Any) -> None:
    for one, message in messages(everybody):
        assert [part.defects for part in message.walk() if part.defects] == [], one.recipient
        ids = {
            part["Content-ID"].strip("<>")
            for part in message.walk()
            if part.get_content_maintype() == "image"
        }
        page = text_of(message, "html")
        assert {f"cid:{name}" for name in ids} == set(_Page.read(page).images), one.recipient
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert f"id={one.recipient}>" in message["List-Unsubscribe"]
        assert "{{" not in page
        assert "{%" not in page


def test_every_element_of_a_page_is_closed_and_every_image_has_its_alt_and_its_size(everybody: Any) -> None:
    for one, message in messages(everybody):
        page = _Page.read(text_of(message, "html"))
        assert page.faults == [], one.recipient
        assert 4 <= len(page.attributes) <= 7
        for image in page.attributes:
            assert image["alt"], one.recipient
            assert image["width"] == "600"
            assert image["height"].isdecimal()


def test_the_text_part_says_what_the_images_say(everybody: Any) -> None:
    for one, message in messages(everybody):
        text = " ".join(text_of(message, "plain").split())
        for image in _Page.read(text_of(message, "html")).attributes:
            assert " ".join(image["alt"].split()) in text, one.recipient


def test_a_second_reader_takes_the_same_parts_out(everybody: Any, tmp_path: Path) -> None:
    if shutil.which("ripmime") is None:
        pytest.skip("ripmime, a second reader of MIME, is not installed")
    for one, message in messages(everybody)[::6]:
        folder = tmp_path / one.recipient
        folder.mkdir()
        (folder / "message.eml").write_bytes(one.data or b"")
        subprocess.run(
            ["ripmime", "-i", folder / "message.eml", "-d", folder / "parts"], check=True, capture_output=True
        )
        ours = {part.get_filename(): part.get_content() for part in message.walk() if part.get_filename()}
        theirs = {path.name: path.read_bytes() for path in (folder / "parts").iterdir()}
        assert {name: theirs.pop(name) for name in ours} == ours
        texts = [theirs[name].decode().rstrip().splitlines() for name in sorted(theirs) if theirs[name]]
        assert texts == [text_of(message, kind).rstrip().splitlines() for kind in ("plain", "html")]


def test_the_profiles_of_the_teasers_get_nothing_that_the_check_calls_an_error(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "teasers", tmp_path / "teasers")
    with closing(Mailing.open(tmp_path / "teasers", counts=False)) as mailing:
        for profile in mailing.campaign.profiles.values():
            filled = mailing.fill(profile)
            found = check_mailing(filled, message_bytes(filled.message()))
            assert {one.severity.value for one in found} <= {"note"}


def test_a_message_is_photographed_in_all_its_views(tmp_path: Path) -> None:
    demo = runpy.run_path(str(FIXTURES / "demo" / "mailings.py"), run_name="demo")
    browser = next(filter(None, map(shutil.which, demo["BROWSERS"])), None)
    if browser is None:
        pytest.skip("Chromium is not installed")
    shutil.copytree(FIXTURES / "demo", tmp_path / "demo")
    with closing(Mailing.open(tmp_path / "demo", counts=False)) as mailing:
        (first, *_) = RecipientFile.open(tmp_path / "demo" / "recipients.csv").recipients()
        shown = demo["views"](mailing.fill(first.attributes))
    paths = list(demo["photograph"](shown, browser, tmp_path / first.id))
    sizes = {}
    for path in paths:
        with Image.open(path) as opened:
            sizes[path.stem.removeprefix(f"{first.id}-")] = opened.size
    assert list(sizes) == list(shown)
    assert {name: width for name, (width, _) in sizes.items()} == {
        name: width for name, (width, _) in shown.items()
    }
    assert all(1000 < height < demo["TALLEST_PX"] for _, height in sizes.values())
    assert sizes["phone-images-off"][1] < sizes["phone"][1]


class _Page(html.parser.HTMLParser):
    """The images of a page, and what of it is not closed, conditional comments for Outlook apart."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: list[dict[str, str]] = []
        self.faults: list[str] = []
        self._open: list[str] = []

    @classmethod
    def read(cls, source: str) -> _Page:
        page = cls()
        page.feed(source)
        page.close()
        page.faults += page._open
        return page

    @property
    def images(self) -> list[str]:
        return [one["src"] for one in self.attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.attributes.append({name: value or "" for name, value in attrs})
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # the slash closes nothing in HTML

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}>")
