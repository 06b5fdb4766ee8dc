"""What the documents say is run: commands and code of the README, names and codes of the engine's own page."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest

import inkmerge
from inkmerge.campaign.group_syntax import GROUP_SYNTAX
from inkmerge.campaign.groups import GROUP_UNKNOWN, GROUP_VALUE_INVALID, Group
from inkmerge.campaign.quota import QuotaSpec
from inkmerge.campaign.settings import CampaignSpec
from inkmerge.errors import error_classes
from inkmerge.limits import Limits
from inkmerge.sources import HttpSpec
from inkmerge.svg.parsing import parse_svg
from inkmerge.template.sidecar import read_sidecar

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEMPLATES = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
BATCH = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
CAMPAIGNS = (ROOT / "docs" / "campaigns.md").read_text(encoding="utf-8")
ENGINE = (ROOT / "engine" / "README.md").read_text(encoding="utf-8")


def block(text: str, language: str, number: int = 0) -> str:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)[number]


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    (tmp_path / "welcome.svg").write_text(block(README, "svg"), encoding="utf-8")
    (tmp_path / "welcome.toml").write_text(block(README, "toml"), encoding="utf-8")
    return tmp_path


def test_the_readmes_template_is_checked_and_rendered_as_it_says(campaign: Path) -> None:
    for line in block(README, "sh", 1).splitlines():
        words = shlex.split(line)
        assert words[0] == "inkmerge"
        done = subprocess.run(
            [sys.executable, "-m", "inkmerge_cli", *words[1:]], cwd=campaign, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
    assert (campaign / "anna.png").exists()


def test_the_readmes_ten_lines_run_and_print_what_it_says(campaign: Path) -> None:
    (campaign / "send.py").write_text(
        'if __name__ == "__main__":\n'
        + "".join(f"    {line}\n" for line in block(README, "python").splitlines())
    )
    done = subprocess.run(
        [sys.executable, "send.py"], cwd=campaign, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "600 Welcome, Anna! 1,250 points are waiting for you. True None"
    assert second.endswith("missing-value")


def test_the_batch_of_the_guide_runs_from_the_shell_and_from_python(campaign: Path) -> None:
    (campaign / "recipients.csv").write_text("id,first_name,points\na,Anna,5\nb,Bo,7\nc,Anna,5\n")
    words = shlex.split(block(BATCH, "sh"))
    shell = [sys.executable, "-m", "inkmerge_cli", *words[1:]]
    assert subprocess.run(shell, cwd=campaign, capture_output=True, check=False).returncode == 0
    (campaign / "send.py").write_text(block(BATCH, "python").replace("out", "from-python"))
    python = [sys.executable, "send.py"]
    done = subprocess.run(python, cwd=campaign, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[:1]) == (0, ["3 2 0"]), done.stderr


def test_the_sidecar_of_the_guide_is_valid(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(block(TEMPLATES, "toml"), encoding="utf-8")
    assert read_sidecar(tmp_path / "t.toml").fields["tier"].one_of == ("silver", "gold")


def test_every_condition_of_the_guide_compiles() -> None:
    tables = re.findall(r"^\| you write .*?\n\n", CAMPAIGNS, re.DOTALL | re.MULTILINE)
    cells = [
        row.replace("\\|", "\0").split("|")[1] for table in tables for row in table.splitlines()[2:] if row
    ]
    conditions = [one.replace("\0", "|") for cell in cells for one in re.findall(r"`([^`]{6,})`", cell)]
    groups = tomllib.loads(block(CAMPAIGNS, "toml", 2))["groups"]
    assert len(conditions) > 30
    others = {"german": Group.compile("german", 'language == "de"')}
    for source in (*conditions, *groups.values()):
        assert Group.compile("guide", source, groups=others).attributes or "today()" in source


def test_the_guides_table_of_absent_attributes_is_true() -> None:
    rows = re.findall(r"^\| `(.+)` \| (\w+) \| (\w+) \| (\w+) \|$", CAMPAIGNS, re.MULTILINE)
    words = {True: "member", False: "no", None: "unknown"}
    assert len(rows) == 7
    for source, *expected in rows:
        group = Group.compile("guide", source.replace("\\|", "|"))
        people: list[dict[str, str]] = [{"country": "DE"}, {"country": "FR"}, {}]
        assert [words[group.evaluate(one, date(2026, 11, 26)).value] for one in people] == expected, source


def test_the_settings_of_the_guide_are_valid() -> None:
    assert CampaignSpec.model_validate(tomllib.loads(block(CAMPAIGNS, "toml"))).elements.keys() == {"hero"}


def test_the_network_of_the_guide_is_valid_and_its_keys_are_all() -> None:
    spec = CampaignSpec.model_validate({"name": "guide", **tomllib.loads(block(CAMPAIGNS, "toml", 1))})
    assert spec.sources["shop"].location_selectors == ("sku",)
    table = CAMPAIGNS.partition("| key of `[http]` |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(HttpSpec.model_fields)


def test_the_quota_of_the_guide_is_valid() -> None:
    assert QuotaSpec.model_validate(tomllib.loads(block(CAMPAIGNS, "toml", 3))["quota"]).period == "month"


def test_every_command_is_in_the_readme() -> None:
    from inkmerge_cli.app import app

    for command in app.registered_commands:
        assert command.callback is not None
        assert f"inkmerge {command.callback.__name__}" in README
    for group in app.registered_groups:
        assert group.typer_instance is not None
        assert f"`inkmerge {group.typer_instance.info.name} " in README


def test_every_package_and_error_code_is_on_the_engines_page() -> None:
    package = ROOT / "engine" / "inkmerge"
    names = [path.parent.name for path in package.glob("*/__init__.py")] + [
        path.name for path in package.glob("*.py")
    ]
    missing = [name for name in names if f"`{name}" not in ENGINE and not name.startswith("__")]
    codes = [kind.code for kind in error_classes()] + [GROUP_SYNTAX, GROUP_UNKNOWN, GROUP_VALUE_INVALID]
    missing += [code for code in codes if f"`{code}`" not in ENGINE]
    assert missing == []


def test_every_code_of_the_mailings_check_is_in_its_guide_and_on_the_engines_page() -> None:
    folder = ROOT / "engine" / "inkmerge" / "mailing"
    guide = (ROOT / "docs" / "mailing.md").read_text(encoding="utf-8")
    names = {"aria-hidden", "aria-label", "color-scheme", "list-unsubscribe", "list-unsubscribe-post"}
    codes = {
        found
        for path in (*folder.glob("check_*.py"), folder / "spam_rules.py")
        for found in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text(encoding="utf-8"))
    } - names
    assert len(codes) > 30
    assert [code for code in sorted(codes) if f"`{code}`" not in guide or f"`{code}`" not in ENGINE] == []


def test_the_guide_prints_what_spamassassins_rules_measure() -> None:
    guide = (ROOT / "docs" / "mailing.md").read_text(encoding="utf-8")
    source = next(
        one for one in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "measure_spam" in one
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(
        "HTML_IMAGE_ONLY 61 HTML_IMAGE_ONLY_04 ToNext(fewer=61, more=340, clear=3140"
    )


def test_at_most_a_dozen_public_names_all_of_them_documented() -> None:
    assert len(inkmerge.__all__) <= 12
    for name in inkmerge.__all__:
        value = getattr(inkmerge, name)
        assert value.__doc__, name
        for attribute, member in vars(value).items():
            if callable(member) and not attribute.startswith("_"):
                assert member.__doc__, f"{name}.{attribute}"


def test_the_drawing_of_the_readme_is_safe_svg() -> None:
    root, findings = parse_svg(block(README, "svg").encode(), Limits(), "welcome.svg")
    assert findings == ()
    assert root.get("width") == "600"


def test_the_demo_finds_what_it_needs() -> None:
    found = runpy.run_path(str(ROOT / "fixtures" / "demo" / "render.py"), run_name="demo")
    assert found["DEMO"].is_dir()
    assert found["TEASERS"].is_dir()
