"""Our rules about images beside SpamAssassin's own, where it is installed: equal hits, and equal values behind them."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from inkmerge.mailing import spam_rules
from inkmerge.mailing.spam_rules import SCORES, measure_spam

RULES = Path("/usr/share/spamassassin")
SCRIPT = Path(__file__).with_name("spamassassin.pl")
PLUGINS = ("Check", "HTMLEval", "BodyEval")
MESSAGES = 600

TEXTS = {
    "en": "Dear Anna, your 1,250 points are waiting for you – take “three” of them to the sea this spring.",
    "ar": "عزيزتي آنا، لديك 1250 نقطة في انتظارك هذا الربيع.",
    "th": "สวัสดีคุณแอนนา คะแนน 1,250 ของคุณรออยู่",
    "zh": "亲爱的安娜,您的积分正在等您。",
    "emoji": "👩‍💻 ❤️ 🎉 1️⃣ ② ½ Ⓐ — • …",
    "entities": "caf&eacute; &amp; bar&nbsp;&#8217;s &copy 2026 &euro;5 &hearts; &bogus; &#x1F600; a &lt; b &zwnj;&#160;",
}
SIZES = (
    'width="600" height="300"',
    'width="100%" height=50%',
    "width=600",
    "width=auto height=10",
    "",
    "width height",
)
BROKEN = (
    "<p>a < b <3 </>",
    "<!-- open",
    '<a href="open',
    "<![CDATA[ a <b> c ]]>",
    "<!doctype html><title>open <b>",
    "<textarea><img src=x width=9 height=9>",
    "<style>p > a {}",
    "<script>if (a < b) c()</script>",
    '<p style="background: ;color:red">',
    "</img>",
    "<IMG/>",
    "<img src='a'width=7 height=8>",
    "<a><img src=x></a",
    "<![IGNORE[ a",
)
PIECES = (
    "<!--[if mso]><table><tr><td><![endif]-->",
    "<!--[if !mso]><!--><p>Not in Outlook</p><!--<![endif]-->",
    "<![if !vml]><p>Vector</p><![endif]>",
    '<div style="display:none;max-height:0;overflow:hidden">Seen in the list only&nbsp;&zwnj;</div>',
    '<span style="color:#fff;background-color:#fff">white on white</span>',
    '<table width="600"><tr><td bgcolor="#eeeeee">Cell</td><td>Cell</td></tr></table>',
    "<ul><li>One<li>Two</ul>",
    "<style>@media screen { img { width: 100% } }</style>",
    "<br/>",
)


def html(rng: random.Random) -> str:
    pieces = [
        rng.choice(
            ("<html><body>", "<!DOCTYPE html>\n<html lang=en><head><title>Spring</title></head><body>", "")
        )
    ]
    for _ in range(rng.choice((1, 2, 3, 5, 9))):
        image = f'<img src="cid:{rng.randrange(9)}" {rng.choice(SIZES)} alt="Anna, your spring">'
        kind = rng.randrange(10)
        if kind < 3:
            pieces.append(f"<p>{TEXTS[rng.choice(tuple(TEXTS))]}</p>" * rng.choice((1, 1, 2, 6)))
        elif kind < 5:
            pieces.append(image)
        elif kind < 6:
            pieces.append(f'<a href="https://marlmoss.example/?a=1&amp;b={rng.randrange(99)}">{image}</a>')
        elif kind < 9:
            pieces.append(rng.choice(PIECES))
        elif rng.random() < 0.6:
            pieces.append(rng.choice(BROKEN))
        if rng.random() < 0.3:
            pieces.append("\n" * rng.choice((1, 2, 30)))
    text = "".join(pieces) + "x" * rng.randrange(rng.choice((1, 400, 3000)))
    return text + rng.choice(("</body></html>\n", ""))


def plain_text(rng: random.Random, page: str) -> str:
    own = TEXTS[rng.choice(tuple(TEXTS))]
    kind = rng.randrange(4)
    if kind == 0:
        return own
    words = re.sub(r"<[^>]*>", " ", page).split()
    if kind == 1:
        return " ".join(words)
    if kind == 2:
        return " ".join(words[: rng.randrange(len(words) + 1)])
    return " ".join(f"word{number}" for number in range(rng.choice((3, 40, 200))))


def composed(rng: random.Random, page: str) -> bytes:
    """Give the message that a pipeline composes: multipart/alternative of a text and multipart/related."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=rng.choice((78, 998))))
    message["From"], message["To"], message["Subject"] = (
        "Marl <m@marl.example>",
        "anna@x.example",
        "Spring – now",
    )
    message.set_content(plain_text(rng, page), cte=rng.choice(("quoted-printable", "base64", "8bit")))
    message.add_alternative(page, subtype="html", cte=rng.choice(("quoted-printable", "base64", "8bit")))
    part = message.get_payload()[1]  # type: ignore[index]
    assert isinstance(part, EmailMessage)
    for number in range(rng.choice((0, 1, 2))):
        part.add_related(b"\x89PNG\r\n" + bytes(200), "image", "png", cid=f"<{number}>", disposition="inline")
    return message.as_bytes()


def foreign(rng: random.Random, page: str) -> bytes:
    """Give a message that nobody composed so: charsets that are wrong or missing, cut lines, borders that are lost."""
    charset = rng.choice(("utf-8", "iso-8859-1", "windows-1252", "us-ascii", "koi8-r", "x-unknown"))
    data = page.encode(rng.choice(("utf-8", "cp1252", "koi8-r")), "replace").replace(
        b"\n", rng.choice((b"\n", b"\r\n"))
    )
    headers = b"From: a@x.example\nSubject: x\nMIME-Version: 1.0\n"
    part = f"Content-Type: text/html; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n".encode() + data
    kind = rng.randrange(4)
    if kind == 0:
        return headers + part
    border = rng.choice(("b", "=_a+(1)", "b b"))
    text = b"\n\n" + plain_text(rng, page).encode()
    mixed = rng.choice(("alternative", "mixed", "related"))
    end = rng.choice((f"\n--{border}--\n", f"\n--{border}\n", "\n", "")).encode()
    body = b"".join(
        f"--{border}\n".encode() + piece + b"\n" for piece in rng.sample([text, part, part], 3)[: kind + 1]
    )
    return headers + f'Content-Type: multipart/{mixed}; boundary="{border}"\n\n'.encode() + body + end


def messages() -> Iterator[bytes]:
    rng = random.Random(6)  # noqa: S311, the same messages each time
    for number in range(MESSAGES):
        yield (foreign if number % 3 == 0 else composed)(rng, html(rng))


def ours(message: bytes) -> dict[str, object]:
    html_facts, alternatives = spam_rules._read(message)
    if any(facts.is_fatal for facts in html_facts):
        html_facts = []
    return {
        "hits": sorted({measure.hit for measure in measure_spam(message) if measure.hit}),
        "parts": [
            [None, None, facts.text.letters()]
            if facts.is_broken_off
            else [facts.length, facts.image_area, facts.text.letters()]
            for facts in html_facts
        ],
        "alternatives": [
            pytest.approx(alternatives.missing_percent),
            alternatives.html_words,
            alternatives.text_words,
        ],
    }


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with SpamAssassin's own rules about HTML and about parts that differ, and no others."""
    version = ["perl", "-MMail::SpamAssassin", "-e", "print Mail::SpamAssassin->VERSION"]
    if not shutil.which("perl") or not (RULES / "20_html_tests.cf").exists():
        pytest.skip("SpamAssassin is not installed (Debian, Ubuntu: apt-get install spamassassin)")
    found = subprocess.run(version, capture_output=True, text=True, check=False).stdout
    if found != "4.000001":
        pytest.skip(f"SpamAssassin {found or 'of some version'} is installed; these are the rules of 4.0.1")
    folder = tmp_path_factory.mktemp("rules")
    for name in ("20_html_tests.cf", "50_scores.cf"):
        shutil.copy(RULES / name, folder)
    lines = (RULES / "20_body_tests.cf").read_text().splitlines()
    (folder / "20_body_tests.cf").write_text(
        "\n".join(line for line in lines if "MPART_ALT_DIFF" in line) + "\n"
    )
    plugins = "".join(f"loadplugin Mail::SpamAssassin::Plugin::{name}\n" for name in PLUGINS)
    (folder / "00_plugins.pre").write_text(plugins)
    return folder


def test_spamassassin_itself_measures_the_same_and_hits_the_same_rules(rules: Path, tmp_path: Path) -> None:
    everyone = list(messages())
    files = [tmp_path / f"{number:04}.eml" for number in range(len(everyone))]
    for file, message in zip(files, everyone, strict=True):
        file.write_bytes(message)
    done = subprocess.run(["perl", SCRIPT, rules, *files], capture_output=True, text=True, check=True)
    seen: Counter[str] = Counter()
    for file, line in zip(files, done.stdout.splitlines(), strict=True):
        theirs = json.loads(line)
        theirs["hits"] = [rule for rule in theirs["hits"] if rule in SCORES]
        seen.update(theirs["hits"])
        assert ours(file.read_bytes()) == theirs, file
    assert set(seen) == set(SCORES), "a rule that never hits is not compared"


def test_the_scores_are_those_of_spamassassins_own_file(rules: Path) -> None:
    lines = (rules / "50_scores.cf").read_text().splitlines()
    scores = {words[1]: float(words[2]) for line in lines if (words := line.split())[:1] == ["score"]}
    assert {rule: scores[rule] for rule in SCORES} == SCORES
