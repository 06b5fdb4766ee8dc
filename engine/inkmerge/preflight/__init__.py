"""A campaign + an audience → what everybody would get, before anything is sent or drawn."""

from inkmerge.preflight.page import preflight_page
from inkmerge.preflight.run import run_preflight
from inkmerge.preflight.tally import ElementTally, Example, Forecast, MailingTally, Preflight

__all__ = [
    "ElementTally",
    "Example",
    "Forecast",
    "MailingTally",
    "Preflight",
    "preflight_page",
    "run_preflight",
]
