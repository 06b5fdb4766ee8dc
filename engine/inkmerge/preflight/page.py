"""`Preflight` → one HTML page with bars, for who decides whether to send."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from inkmerge.preflight.tally import ElementTally, Forecast, MailingTally, Preflight

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8883; --bar: #2563eb; --warn: #d97706; --bad: #dc2626; --quiet: #777; }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1.5rem; max-width: 70rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.25rem; margin: 3rem 0 .25rem; }
h3 { font-size: .8rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); margin: 1.75rem 0 .5rem; }
.sum { color: var(--quiet); margin: .25rem 0 1.25rem; }
.verdict { padding: .75rem 1rem; border-radius: 8px; border: 1px solid var(--line); border-left: 5px solid var(--ok, #16a34a); }
.verdict.over { --ok: var(--bad); } .verdict ul { margin: .25rem 0 0; padding-left: 1.2rem; }
.facts { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.facts div { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 8rem; }
.facts b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; } .facts span { color: var(--quiet); font-size: .85rem; }
.row { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr 8.5rem; gap: .25rem 1rem; align-items: center; padding: .35rem 0; border-top: 1px solid var(--line); }
.row .count { text-align: right; font-variant-numeric: tabular-nums; }
.track { height: .7rem; border-radius: 4px; background: var(--line); overflow: hidden; }
.track i { display: block; height: 100%; min-width: 2px; background: var(--bar); }
.warn i { background: var(--warn); } .bad i { background: var(--bad); }
.example { grid-column: 1 / -1; color: var(--quiet); font-size: .9rem; margin: 0; } .example b { font-weight: 600; }
@media (max-width: 40rem) { .row { grid-template-columns: 1fr auto; } .track { grid-column: 1 / -1; grid-row: 2; } }
"""


def preflight_page(found: Preflight) -> str:
    """Return the page: the verdict, then each image element with bars for what its recipients would get."""
    over = "".join(f"<li>{escape(one)}</li>" for one in found.over)
    verdict = (
        f'<div class="verdict over"><b>Do not send yet.</b><ul>{over}</ul></div>'
        if found.over
        else '<div class="verdict"><b>Ready:</b> all shares are within what the campaign allows.</div>'
    )
    title = f"Preflight: {found.campaign}"
    elements = "".join(_element(name, tally, found) for name, tally in found.elements.items())
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<p class="sum">{found.recipients:,} recipients, {found.duplicates:,} with an id that another one has, '
        f"{found.invalid_rows:,} rows that cannot be used</p>\n{verdict}\n{elements}{_mailing(found)}</body>\n</html>\n"
    )


def _element(name: str, tally: ElementTally, found: Preflight) -> str:
    forecast = found.forecasts.get(name, Forecast())
    fell_back = sum(tally.fallbacks.values())
    skipped = sum(tally.skipped.values())
    facts = (
        (f"{tally.images:,}", "images"),
        (f"{tally.distinct:,}", "distinct"),
        (f"{fell_back:,}", "fallback images"),
        (f"{skipped:,}", "skipped"),
        (_bytes(forecast.bytes), "to store"),
        (_seconds(forecast.seconds), "of one core"),
    )
    boxes = "".join(f"<div><b>{value}</b><span>{what}</span></div>" for value, what in facts)
    groups = [
        ("in no target group", tally.no_group, ""),
        ("in several", tally.several_groups, ""),
        *((f"unknown: {group}", count, "warn") for group, count in tally.unknown_groups.most_common()),
    ]
    fields = [
        (f"{field}: {what}", count, kind)
        for field, one in sorted(tally.fields.items(), key=lambda item: -item[1].missing - item[1].default)
        for what, count, kind in (("missing", one.missing, "bad"), ("default", one.default, ""))
    ]
    return (
        f'<h2>{escape(name)}</h2>\n<div class="facts">{boxes}</div>\n'
        + _bars(
            "Variants",
            ((one, count, "") for one, count in tally.variants.most_common()),
            tally,
            found.recipients,
        )
        + _bars("Target groups", groups, tally, found.recipients)
        + _bars("Values", fields, tally, found.recipients)
        + _bars(
            "Why the fallback image", _coded(tally.fallbacks.most_common(), "bad"), tally, found.recipients
        )
        + _bars("Who gets nothing", _coded(tally.skipped.most_common(), "warn"), tally, found.recipients)
        + _bars("Findings", _coded(tally.findings.most_common(), "warn"), tally, found.recipients)
    )


def _mailing(found: Preflight) -> str:
    tally = found.mailing
    if tally is None:
        return ""
    skipped = sum(tally.skipped.values())
    facts = (
        (f"{tally.messages:,}", "messages"),
        (f"{skipped:,}", "without one"),
        (f"{tally.checked:,}", "composed and checked"),
    )
    boxes = "".join(f"<div><b>{value}</b><span>{what}</span></div>" for value, what in facts)
    return (
        f'<h2>The mailing</h2>\n<div class="facts">{boxes}</div>\n'
        + _bars("Who gets no message", _coded(tally.skipped.most_common(), "bad"), tally, found.recipients)
        + _bars(
            "Found in checked messages", _coded(tally.findings.most_common(), "warn"), tally, tally.checked
        )
    )


def _coded(counts: Iterable[tuple[str, int]], kind: str) -> list[tuple[str, int, str]]:
    return [(code, count, kind) for code, count in counts]


def _bars(
    title: str, rows: Iterable[tuple[str, int, str]], tally: ElementTally | MailingTally, count_of_all: int
) -> str:
    """Return a list of bars, each as long as its share of all; nothing where all counts are zero."""
    total = max(count_of_all, 1)
    lines = []
    for label, count, kind in rows:
        if not count:
            continue
        share = min(1.0, count / total)
        example = tally.examples.get(label)
        said = ""
        if example is not None:
            hint = f" {escape(example.hint)}." if example.hint else ""
            said = f'<p class="example">Such as <b>{escape(example.recipient)}</b>: {escape(example.message)}.{hint}</p>'
        lines.append(
            f'<div class="row"><span>{escape(label)}</span>'
            f'<span class="track {kind}"><i style="width:{share:.2%}"></i></span>'
            f'<span class="count">{count:,} · {count / total:.1%}</span>{said}</div>\n'
        )
    return f"<h3>{title}</h3>\n{''.join(lines)}" if lines else ""


def _bytes(count: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000  # type: ignore[assignment]  # a float from here on
    return ""


def _seconds(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
