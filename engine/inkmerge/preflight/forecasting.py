"""A few images drawn → the bytes and the time that all would take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from inkmerge.campaign import Campaign
from inkmerge.preflight.counting import Row
from inkmerge.preflight.tally import ElementTally, Forecast

_SAMPLE: Final = 6
"""Recipients for whom images are drawn."""


def forecast(
    campaign: Campaign, rows: Sequence[Row], tallies: Mapping[str, ElementTally]
) -> dict[str, Forecast]:
    """Draw a few images of each element, and tell from them what all would take."""
    found = {}
    for name, element in campaign.elements.items():
        sizes, seconds = [], []
        for template in element.templates:
            template.prepare()
        for _, attributes in rows[:_SAMPLE]:
            for choice in campaign.choose(element, attributes).drawn:
                start = time.process_time()
                image = campaign.draw(choice, attributes, counts=False)
                if image.fallback is None:
                    seconds.append(time.process_time() - start)
                    sizes.append(len(image.data))
        distinct = tallies[name].distinct if name in tallies else 0
        if sizes:
            mean = sum(sizes) / len(sizes), sum(seconds) / len(seconds)
            found[name] = Forecast(round(mean[0] * distinct), mean[1] * distinct)
    return found
