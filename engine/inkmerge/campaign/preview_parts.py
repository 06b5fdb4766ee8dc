"""What the pages share that show what test profiles get: their look, and lists of findings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from inkmerge.errors import Finding

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#5c6370, #a3abb8); --amber: light-dark(#9a4b00, #f5b056);
  --red: light-dark(#b3261e, #ff8a80); --card: light-dark(#fff, #1d2026); --page: light-dark(#f5f6f8, #121417); }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 2rem; max-width: 88rem; background: var(--page);
  overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 1rem; } h3 { font-size: 1.05rem; margin: 0; }
p { margin: .5rem 0; } .quiet, figcaption, dt, th { color: var(--quiet); }
.scroll { overflow-x: auto; margin: 1.5rem 0; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.matrix { border-collapse: collapse; width: 100%; }
.matrix th, .matrix td { padding: .75rem; text-align: start; vertical-align: top; border-bottom: 1px solid var(--line); min-width: 9rem; }
.matrix tbody th { min-width: 5.5rem; max-width: 12rem; } .matrix tr:last-child > * { border-bottom: 0; }
.matrix img { width: 100%; max-width: 240px; } .matrix a + a img { margin-top: .5rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem; margin: 0 0 1.5rem; }
.head { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
.tag { font-size: .82rem; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; }
.tag.unknown, .warning, .fallback { color: var(--amber); } .tag.unknown { border-style: dashed; }
.error { color: var(--red); } .nothing { font-style: italic; color: var(--quiet); }
.picture { display: grid; grid-template-columns: minmax(0, 600px) minmax(18rem, 1fr); gap: 1.5rem; margin-top: 1rem;
  padding-top: 1rem; border-top: 1px solid var(--line); }
figure { margin: 0; } figcaption { font-size: .85rem; margin-top: .4rem; }
img { display: block; max-width: 100%; height: auto; background: repeating-conic-gradient(#8882 0 25%, #0000 0 50%) 0 0/16px 16px; }
img.fallback { outline: 3px solid var(--amber); outline-offset: 2px; }
dl { margin: 0; } dt { font-size: .85rem; } dd { margin: 0 0 .6rem; }
ul { margin: .5rem 0; padding: 0; list-style: none; } li { border-inline-start: 3px solid; padding-inline-start: .7rem; margin: .4rem 0; }
li span { color: light-dark(#1f2328, #e6e8eb); } code { font: .85em ui-monospace, monospace; }
.values { width: 100%; border-collapse: collapse; font-size: .9rem; table-layout: fixed; }
.values th, .values td { text-align: start; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
.values col:nth-child(1) { width: 26%; } .values col:nth-child(3) { width: 30%; } .values .behind td:first-child { padding-inline-start: 1rem; }
details { grid-column: 1 / -1; } summary { cursor: pointer; font-weight: 600; } .missing { color: var(--red); } .default { color: var(--amber); }
@media (max-width: 60rem) { .picture { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) { body { padding: 1rem; } article { padding: 1rem; }
  .values thead { display: none; } .values, .values tbody, .values tr, .values td { display: block; width: auto; }
  .values tr { padding: .4rem 0; border-bottom: 1px solid var(--line); } .values td { border: 0; padding: 0 !important; }
  .values td:nth-child(3) { color: var(--quiet); } .values td.missing { color: var(--red); } .values td.default { color: var(--amber); } }
"""


def finding_list(findings: Sequence[Finding]) -> str:
    """Return findings as a list, each once; nothing where there are none."""
    lines = "".join(
        f'<li class="{one.severity.value}"><code>{escape(one.code)}</code> <span dir="auto">{escape(one.message)}'
        + (f"<br><em>{escape(one.hint)}</em>" if one.hint else "")
        + "</span></li>"
        for one in dict.fromkeys(findings)
    )
    return f"<ul>{lines}</ul>\n" if lines else ""


def count_of(number: int, word: str) -> str:
    """Return a number with its noun."""
    return f"{number} {word}{'' if number == 1 else 's'}"
