"""The command line as a person or a program meets it: exit codes, stdout, stderr, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><title>Hi {{ name }}</title>'
    '<text y="15" data-width="55">{{ name }}</text></svg>'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "t.svg").write_text(SVG)
    (tmp_path / "plain.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="6" height="2"/>')
    (tmp_path / "broken.svg").write_text("<svg")
    (tmp_path / "r.csv").write_text("\ufeffid;name\na;Anna\nb;\nc;Bo;more\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "inkmerge_cli", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("file", "options", "kind"),
    [("a.jpg", (), "JPEG"), ("a.gif", (), "GIF"), ("a.img", ("--format", "gif"), "GIF")],
)
def test_render_writes_a_picture_in_the_format_of_its_suffix_or_the_one_asked_for(
    folder: Path, file: str, options: tuple[str, ...], kind: str
) -> None:
    done = run(folder, "render", "t.svg", "-D", "name=Anna", "--width", "120", *options, "-o", file)
    assert (done.returncode, done.stdout) == (0, b"")
    with Image.open(folder / file) as image:
        assert (image.format, image.size) == (kind, (120, 40))


def test_render_writes_data_to_stdout_and_words_to_stderr(folder: Path) -> None:
    (folder / "p.json").write_text('{"name": "Anna"}')
    done = run(folder, "render", "t.svg", "--data", "p.json", "--format", "svg", "-o", "-")
    assert done.stdout.startswith(b"<svg")
    assert done.returncode == 0


def test_a_fallback_is_exit_code_3_and_strict_makes_it_1(folder: Path) -> None:
    done = run(folder, "render", "t.svg", "-o", "a.png")
    assert done.returncode == 3
    assert b"error[missing-value]" in done.stderr
    assert b"hint: " in done.stderr
    assert (folder / "a.png").exists()
    assert run(folder, "render", "t.svg", "--strict", "-o", "b.png").returncode == 1
    assert not (folder / "b.png").exists()


def test_a_plain_svg_is_a_template_and_may_be_decorative(folder: Path) -> None:
    assert run(folder, "render", "plain.svg", "-o", "a.png").returncode == 1
    assert run(folder, "render", "plain.svg", "--decorative", "-o", "a.png").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("render", "t.svg"),
        ("render", "t.svg", "-o", "a.png", "-D", "name"),
        ("render", "t.svg", "-o", "a.png", "--dpi", "96", "--width", "5"),
        ("nonsense",),
    ],
)
def test_wrong_usage_is_exit_code_2(folder: Path, arguments: tuple[str, ...]) -> None:
    assert run(folder, *arguments).returncode == 2


def test_errors_are_words_and_debug_gives_the_traceback(folder: Path) -> None:
    done = run(folder, "render", "broken.svg", "-o", "a.png")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error[template-syntax]: ")
    assert b"Traceback" not in done.stderr
    assert b"Traceback" in run(folder, "--debug", "render", "broken.svg", "-o", "a.png").stderr


def test_check_prints_findings_for_people_and_programs(folder: Path) -> None:
    done = run(folder, "check", "--json", "t.svg", "broken.svg")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert {row["code"] for row in found} == {"fallback-missing", "template-syntax"}
    assert set(found[0]) == {"file", "tool", "line", "element", "code", "severity", "message", "hint"}
    assert b"template-syntax" in run(folder, "check", "broken.svg").stdout.replace(b"\n", b"")
    assert run(folder, "check", "t.svg").returncode == 0
    assert run(folder, "check", "--strict", "t.svg").returncode == 1


def test_check_names_the_tool_that_wrote_a_file_and_how_to_export_better(folder: Path) -> None:
    (folder / "i.svg").write_text("<!-- Generator: Adobe Illustrator 27.3.1, SVG Export Plug-In -->" + SVG)
    rows = json.loads(run(folder, "check", "--json", "i.svg").stdout)
    assert {row["tool"] for row in rows} == {"Illustrator 27.3.1"}
    (written,) = [row for row in rows if row["code"] == "written-by"]
    assert "Presentation Attributes" in written["hint"]
    assert b"Illustrator 27.3.1" in run(folder, "check", "i.svg").stdout


def test_batch_writes_images_and_a_manifest_line_a_recipient(folder: Path) -> None:
    done = run(folder, "batch", "t.svg", "r.csv", "-o", "out", "--dpi", "96")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"done: 3 recipients, 2 images in out, 2 fallbacks, 0 skipped" in done.stderr
    assert "1 × missing-value" in done.stderr.decode()
    lines = [json.loads(line) for line in (folder / "out" / "manifest.jsonl").read_text().splitlines()]
    assert [(line["recipient"], (line["fallback"] or {}).get("code")) for line in lines] == [
        ("a", None),
        ("b", "missing-value"),
        ("c", "invalid-row"),
    ]
    assert all((folder / "out" / line["path"]).exists() for line in lines)
    page = (folder / "out" / "index.html").read_text()
    assert 'alt="Hi Anna"' in page
    assert all(line["path"] in page for line in lines)


def test_batch_tells_programs_what_it_does(folder: Path) -> None:
    (folder / "good.csv").write_text("id,name\na,Anna\nb,Bo\n")
    for resumed in (0, 2):
        done = run(folder, "batch", "t.svg", "good.csv", "-o", "out", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0
        assert events[0] == {"event": "start", "total": 2, "resumed": resumed}
        assert events[-1]["event"] == "finish"
        assert (events[-1]["done"], events[-1]["distinct"], events[-1]["fallbacks"]) == (2, 2, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("batch", "t.svg", "empty.csv", "-o", "out"), b"is empty"),
        (("batch", "t.svg", "latin.csv", "-o", "out"), b"latin.csv:3"),
        (("batch", "t.svg", "headless.csv", "-o", "out"), b"no column is a field"),
        (("batch", "t.svg", "nothing.csv", "-o", "out"), b"cannot be read"),
        (("batch", "t.svg", "r.csv", "-o", "t.svg/out"), b"cannot be written"),
        (("batch", "broken.svg", "r.csv", "-o", "out"), b"template-syntax"),
        (("batch", "t.svg", "case.csv", "-o", "out"), b"rename the column 'Name'"),
        (("batch", "t.svg", "latin.csv", "-o", "out", "--encoding", "rot13"), b"cp1252"),
    ],
)
def test_what_a_batch_cannot_use_is_an_error_with_a_cure(
    folder: Path, options: tuple[str, ...], message: bytes
) -> None:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "latin.csv").write_bytes("id,name\n1,Anna\n2,Zoé\n".encode("cp1252"))
    (folder / "headless.csv").write_bytes(b"1,Anna\n2,Bo\n")
    (folder / "case.csv").write_bytes(b"id,Name\n1,Anna\n")
    done = run(folder, *options)
    assert done.returncode == 1
    assert message in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (folder / "out").exists()


def test_the_encoding_of_recipients_can_be_declared(folder: Path) -> None:
    (folder / "latin.csv").write_bytes("id,name\n2,Zoé\n".encode("cp1252"))
    done = run(folder, "batch", "t.svg", "latin.csv", "-o", "out", "--encoding", "cp1252")
    assert done.returncode == 0
    assert json.loads((folder / "out" / "manifest.jsonl").read_text())["alt"] == "Hi Zoé"


def test_a_contact_sheet_that_cannot_be_written_decides_over_nothing(folder: Path) -> None:
    (folder / "good.csv").write_text("id,name\na,Anna\n")
    (folder / "out" / "index.html").mkdir(parents=True)
    (folder / "out" / "index.html" / "file").touch()
    (folder / "out" / ".inkmerge").mkdir()
    (folder / "out" / ".inkmerge" / "campaign.json").write_text("{}")
    done = run(folder, "batch", "t.svg", "good.csv", "-o", "out", "--restart")
    assert done.returncode == 0
    assert b"done: 1 recipients" in done.stderr


def test_a_batch_says_which_column_all_recipients_lack(folder: Path) -> None:
    (folder / "two.svg").write_text(SVG.replace("{{ name }}", "{{ name }} {{ town }}"))
    (folder / "good.csv").write_text("id,name\na,Anna\n")
    done = run(folder, "batch", "two.svg", "good.csv", "-o", "out")
    assert done.returncode == 3
    assert b"no column `town`" in done.stderr


def test_a_batch_says_once_why_its_template_has_no_plan(folder: Path) -> None:
    (folder / "blend.svg").write_text(SVG.replace("<text", '<text style="mix-blend-mode:screen"'))
    (folder / "good.csv").write_text("id,name\n" + "".join(f"{n},N{n}\n" for n in range(9)))
    done = run(folder, "batch", "blend.svg", "good.csv", "-o", "out", "--workers", "2")
    assert done.returncode == 0
    assert done.stderr.count(b"note[not-planned]") == 1
    assert b"blends with what lies below it" in done.stderr


def test_an_archive_is_a_store_and_no_folder(folder: Path) -> None:
    assert run(folder, "batch", "t.svg", "r.csv", "-o", "out.tar").returncode == 2
    assert run(folder, "batch", "t.svg", "r.csv", "-o", "out", "--store", "tar").returncode == 3
    assert (folder / "out" / "images.tar").exists()


def test_a_recipient_whose_field_says_skip_gets_no_file_and_fail_ends_the_run(folder: Path) -> None:
    (folder / "t.toml").write_text('[fields.name]\nmissing = "skip"\n')
    assert run(folder, "batch", "t.svg", "r.csv", "-o", "out", "--dpi", "96").returncode == 3
    lines = [json.loads(line) for line in (folder / "out" / "manifest.jsonl").read_text().splitlines()]
    assert (lines[1]["path"], lines[1]["fallback"]["code"]) == (None, "recipient-skipped")
    (folder / "t.toml").write_text('[fields.name]\nmissing = "fail"\n')
    done = run(folder, "batch", "t.svg", "r.csv", "-o", "out", "--dpi", "96")
    assert (done.returncode, b"belongs to another batch" in done.stderr) == (1, True)
    done = run(folder, "batch", "t.svg", "r.csv", "-o", "out", "--dpi", "96", "--restart")
    assert done.returncode == 1
    assert b"error[value-required]" in done.stderr


def test_fonts_lists_the_faces_and_what_a_template_uses(folder: Path) -> None:
    assert b"NotoSans.ttf" in run(folder, "fonts").stdout
    (folder / "u.svg").write_text(SVG.replace("{{ name }}", "A 田"))
    assert run(folder, "fonts", "--template", "u.svg").stdout.split() == [b"NotoSans.ttf", b"NotoSansCJK.otf"]


LAYERED = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><title>x</title>'
    '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter>'
    '<rect width="60" height="40" fill="#ffffff"/>\n<rect width="9" height="9" fill="red" filter="url(#f)"/>\n'
    '<text y="30" font-size="9">{{ name }}</text></svg>'
)


def test_explain_shows_who_draws_each_layer_and_why_it_changes(folder: Path) -> None:
    (folder / "layered.svg").write_text(LAYERED)
    done = run(folder, "explain", "layered.svg", "-D", "name=Anna", "--dpi", "96", "--json")
    found = json.loads(done.stdout)
    assert (found["width"], found["height"], found["finding"]) == (60, 40, None)
    still, text = found["layers"]
    assert [(part["rasterizer"], part["line"]) for part in still["parts"]] == [("cairo", 1), ("resvg", 2)]
    assert "filter" in still["parts"][1]["features"][0][0]
    assert (text["kind"], text["line"], text["causes"][0]["source"]) == ("dynamic", 3, "{{ name }}")
    assert text["causes"][0]["fields"] == ["recipient.name"]
    ((_, top, _, bottom),) = text["touched"]
    assert 16 <= top < bottom <= 40
    assert (found["rows"], found["share"]) == ([[16, 32]], 0.4)
    done = run(folder, "explain", "layered.svg", "-D", "name=Anna", "--dpi", "96")
    words = done.stdout.decode()
    assert "because   {{ name }} at <text>, line 3" in words
    assert "1 of 3 strips of 16 rows are encoded anew: 40 % of the rows" in words
    assert done.stderr == b""


def test_explain_says_why_there_is_no_plan(folder: Path) -> None:
    (folder / "layered.svg").write_text(LAYERED.replace('y="30"', 'y="30" style="mix-blend-mode:screen"'))
    done = run(folder, "explain", "layered.svg", "-D", "name=Anna")
    assert done.returncode == 0
    assert b"note[not-planned]: each image is drawn whole: <text> in line 3 blends" in done.stderr
    assert b"the whole image is encoded anew" in done.stdout


def test_explain_draws_a_picture_in_which_dynamic_layers_have_colours(folder: Path) -> None:
    (folder / "layered.svg").write_text(LAYERED)
    done = run(folder, "explain", "layered.svg", "-D", "name=Anna", "--picture", "layers.png")
    assert done.returncode == 0
    with Image.open(folder / "layers.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
    assert {(0x25, 0x63, 0xEB), (0x11, 0x18, 0x27)} <= colours
    run(folder, "explain", "layered.svg", "-D", "name=Anna", "--picture", "layers.svg")
    assert (folder / "layers.svg").read_bytes().startswith(b"<svg")


def test_explain_says_how_to_give_the_values_it_lacks(folder: Path) -> None:
    (folder / "layered.svg").write_text(LAYERED)
    done = run(folder, "explain", "layered.svg")
    assert done.returncode == 1
    assert b"missing-value" in done.stderr
    assert b"--data or -D" in done.stderr


def test_doctor_says_what_there_is(folder: Path) -> None:
    done = run(folder, "doctor")
    assert done.returncode == 0
    assert b"libcairo" in done.stdout


def test_colours_are_off_where_no_color_or_a_pipe_asks_for_it(folder: Path) -> None:
    assert b"\x1b[" not in run(folder, "check", "broken.svg").stdout
