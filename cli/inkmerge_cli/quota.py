"""`inkmerge quota`: what of a campaign's quota is used, and beginning anew."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import typer

from inkmerge.campaign import Campaign
from inkmerge.campaign.quota import QuotaState, Use
from inkmerge_cli.console import data_console, write_data
from inkmerge_cli.options import AsJson, CampaignPath


def quota(
    campaign: CampaignPath,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew: nothing has been used.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how many images a campaign may still make, in all and in the present period."""
    with closing(Campaign.open(campaign)) as opened:
        counted = opened.quota
        if counted is None:
            data_console().print(
                f"{opened.spec.name} has no quota; add [quota] to inkmerge.toml", highlight=False
            )
            return
        if reset:
            counted.reset()
        state = counted.state()
    if as_json:
        write_data(json.dumps(_facts(state)).encode() + b"\n")
        return
    console = data_console()
    console.print(_words("campaign", state.campaign), highlight=False)
    if state.period is not None:
        anew = f", begins anew on {state.begins_anew:%Y-%m-%d %H:%M %Z}" if state.begins_anew else ""
        console.print(_words("period", state.period) + anew, highlight=False)


def _words(name: str, use: Use) -> str:
    allowed = "any number" if use.allowed is None else f"{use.allowed:,}"
    left = "" if use.left is None else f", {use.left:,} left"
    return f"{name}: {use.used:,} used of {allowed}{left}"


def _facts(state: QuotaState) -> dict[str, object]:
    def use(one: Use | None) -> dict[str, int | None] | None:
        return None if one is None else {"used": one.used, "allowed": one.allowed, "left": one.left}

    anew = state.begins_anew.isoformat() if state.begins_anew else None
    return {"campaign": use(state.campaign), "period": use(state.period), "begins_anew": anew}
