"""A few images drawn → the bytes and the time that all would take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from inkmerge.campaign import Campaign
from inkmerge.preflight.counting import Row
from inkmerge.preflight.tally import ElementTally, Forecast

_SAMPLE: Final = 6
"""Recipients for whom images are drawn."""


class Cost(NamedTuple):
    """What an image takes, the mean of a few: bytes of its file, and seconds on one core."""

    bytes: float
    seconds: float


def costs(campaign: Campaign, rows: Sequence[Row]) -> dict[str, Cost]:
    """Draw a few images of each element; return what one takes, by the elements' names."""
    found = {}
    for name, element in campaign.elements.items():
        sizes, seconds = [], []
        for template in element.templates:
            template.prepare()
        for _, attributes in rows[:_SAMPLE]:
            for choice in campaign.choose(element, attributes).drawn:
                start = time.thread_time()
                image = campaign.draw(choice, attributes, counts=False)
                if image.fallback is None:
                    seconds.append(time.thread_time() - start)
                    sizes.append(len(image.data))
        if sizes:
            found[name] = Cost(sum(sizes) / len(sizes), sum(seconds) / len(seconds))
    return found


def forecast(costs: Mapping[str, Cost], tallies: Mapping[str, ElementTally]) -> dict[str, Forecast]:
    """Tell what all distinct images take, by what one takes."""
    return {
        name: Forecast(round(one.bytes * tallies[name].distinct), one.seconds * tallies[name].distinct)
        for name, one in costs.items()
    }
