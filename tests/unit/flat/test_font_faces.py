"""`@font-face` rules from the file to the face that a text is set with."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont, woff2
from fontTools.ttLib.tables._n_a_m_e import table__n_a_m_e

from inkmerge import Template
from inkmerge.errors import FontNotFound, LimitExceeded
from inkmerge.fonts.web_fonts import unpacked

FONTS = Path(__file__).parents[2] / "fonts"
REGULAR = FONTS / "Boxes-Regular.ttf"
BOLD = FONTS / "Boxes-Bold.ttf"
needs_brotli = pytest.mark.skipif(not woff2.haveBrotli, reason="brotli is not installed")


def packed(path: Path, flavor: str | None) -> bytes:
    font = TTFont(path, recalcTimestamp=False)
    font.flavor = flavor
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()


def data_uri(data: bytes, kind: str = "font/woff2") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def rule(source: str, more: str = "", family: str = "'Our Boxes'") -> str:
    return f"@font-face {{ font-family: {family}; src: {source}; {more} }}"


def load(tmp_path: Path, css: str, text: str = "AB", attributes: str = "") -> Template:
    (tmp_path / "t.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="30"><title>AB</title>'
        f"<style>{css}</style>"
        f'<text y="20" font-size="10" font-family="\'Our Boxes\'" {attributes}>{text}</text></svg>',
        encoding="utf-8",
    )
    return Template.load(tmp_path / "t.svg")


def codes(template: Template) -> list[str]:
    return [finding.code for finding in template.check() if finding.code != "fallback-missing"]


@pytest.mark.parametrize("flavor", [None, "woff", pytest.param("woff2", marks=needs_brotli)])
def test_an_embedded_font_of_any_packing_sets_the_text(tmp_path: Path, flavor: str | None) -> None:
    template = load(tmp_path, rule(f'url("{data_uri(packed(REGULAR, flavor))}")'))
    assert codes(template) == []
    assert [face.startswith("Our-Boxes-") for face in template.faces({})] == [True]
    assert "M 10 20 L 10 12 L 20 12" in template.flat_svg({}).decode()


def test_unpacking_gives_the_same_tables() -> None:
    original = TTFont(REGULAR)
    found = TTFont(io.BytesIO(unpacked(packed(REGULAR, "woff"), 10**6)))
    assert found.reader.keys() == original.reader.keys()
    assert found.getBestCmap() == original.getBestCmap()


def test_a_font_file_beside_the_template_is_used_and_one_outside_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    (folder / "fonts").mkdir(parents=True)
    (folder / "fonts" / "b.ttf").write_bytes(REGULAR.read_bytes())
    (tmp_path / "out.ttf").write_bytes(REGULAR.read_bytes())
    assert codes(load(folder, rule("url(fonts/b.ttf)"))) == []
    assert codes(load(folder, rule("url(../out.ttf)"))) == ["font-broken", "font-family-missing"]


@pytest.mark.parametrize("url", ["https://fonts.example/x.woff2", "//fonts.example/x.woff2"])
def test_a_font_on_the_network_is_a_finding_and_the_default_stands_in(tmp_path: Path, url: str) -> None:
    template = load(tmp_path, rule(f"url({url}) format('woff2')"))
    found = {finding.code: finding for finding in template.check()}
    assert "embed the font" in (found["font-remote"].hint or "")
    assert template.faces({}) == ("NotoSans.ttf",)


@pytest.mark.parametrize(
    "data", [b"", b"no font", b"wOFF", b"wOF2" + b"\0" * 60, b"wOFF\0\1\0\0" + b"\xff" * 80]
)
def test_a_broken_font_is_a_warning_and_the_default_stands_in(tmp_path: Path, data: bytes) -> None:
    template = load(tmp_path, rule(f"url({data_uri(data)})"))
    assert "font-broken" in codes(template)
    assert template.faces({}) == ("NotoSans.ttf",)


def test_the_first_source_that_can_be_used_counts(tmp_path: Path) -> None:
    sources = (
        "local('Nobody Has This'), url(https://x.example/a.eot) format('embedded-opentype'), "
        f"url({data_uri(b'damaged')}) format('woff'), url({data_uri(REGULAR.read_bytes())}) format('truetype')"
    )
    assert codes(load(tmp_path, rule(sources))) == []


def test_local_names_a_face_at_hand(tmp_path: Path) -> None:
    template = load(tmp_path, rule("local('Noto Serif')"))
    assert template.faces({}) == ("NotoSerif.ttf",)


def test_weight_and_style_descriptors_choose_among_the_rules(tmp_path: Path) -> None:
    css = rule(f"url({data_uri(REGULAR.read_bytes())})", "font-weight: 700") + rule(
        f"url({data_uri(BOLD.read_bytes())})", "font-weight: 100 400; font-style: italic"
    )
    heavy = load(tmp_path, css, attributes='font-weight="bold"').faces({})
    light = load(tmp_path, css, attributes='font-weight="300" font-style="italic"').faces({})
    assert heavy != light


def test_a_unicode_range_shares_a_family_between_files(tmp_path: Path) -> None:
    regular, bold = (f"url({data_uri(path.read_bytes())})" for path in (REGULAR, BOLD))
    css = rule(regular, "unicode-range: U+20, U+41") + rule(bold, "unicode-range: U+42-4?, U+42-5A")
    assert len(load(tmp_path, css, "AB").faces({})) == 2
    assert len(load(tmp_path, css, "AA").faces({})) == 1


def test_of_two_rules_alike_the_later_counts(tmp_path: Path) -> None:
    first, second = (
        rule(f"url({data_uri(path.read_bytes())})", "font-weight: 400") for path in (REGULAR, BOLD)
    )
    assert load(tmp_path, first + second).faces({}) == load(tmp_path, second).faces({})


def test_rules_in_comments_are_none_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    css = (
        "/* @font-face { font-family: X; src: url(x.ttf) } */\n@font-face {\n src: url(x.ttf)\n}\n@nonsense;"
    )
    found = load(tmp_path, css).check()
    assert [(one.code, one.location.line) for one in found if one.code in {"font-broken", "css-ignored"}] == [
        ("font-broken", 2),
        ("css-ignored", 5),
    ]


def test_another_font_gives_the_template_another_digest(tmp_path: Path) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    digests = set()
    for path in (REGULAR, BOLD):
        (folder / "b.ttf").write_bytes(path.read_bytes())
        digests.add(load(tmp_path, rule("url(fonts/b.ttf)"))._compiled.digest)
    assert len(digests) == 2


def test_too_many_rules_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="font faces"):
        load(tmp_path, rule("local(x)") * 33)


@pytest.mark.parametrize("flavor", ["woff", pytest.param("woff2", marks=needs_brotli)])
def test_a_font_that_grows_beyond_the_limit_is_refused(flavor: str) -> None:
    font = TTFont(REGULAR)
    names: table__n_a_m_e = font["name"]
    names.setName("A" * 30_000, 10, 3, 1, 0x409)
    font.flavor = flavor
    written = io.BytesIO()
    font.save(written)
    assert len(written.getvalue()) < 10_000
    with pytest.raises(FontNotFound, match="once unpacked"):
        unpacked(written.getvalue(), 20_000)


@needs_brotli
def test_a_woff2_whose_stream_grows_beyond_its_directory_is_refused() -> None:
    data = bytearray(packed(REGULAR, "woff2"))
    stream = woff2.brotli.compress(b"\0" * 5_000_000)
    offset = 48 + 4  # one table of a known tag, three bytes long as it says
    data[12:14] = (1).to_bytes(2, "big")
    data[20:24] = len(stream).to_bytes(4, "big")
    bomb = bytes(data[:48]) + bytes((0, 3)) + stream
    assert offset > 48
    with pytest.raises(FontNotFound, match="once unpacked"):
        unpacked(bomb, 1_000_000)


def test_rules_that_never_close_are_left_to_the_style_sheet(tmp_path: Path) -> None:
    with pytest.raises(LimitExceeded, match="css bytes"):
        load(tmp_path, "@font-face{" * 20_000)
