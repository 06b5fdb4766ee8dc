from __future__ import annotations

import pytest
from lxml import etree

from inkmerge.flat.bounds import Box, bounds_of


def _element(body: str) -> etree._Element:
    return etree.fromstring(f'<g xmlns="http://www.w3.org/2000/svg">{body}</g>')


@pytest.mark.parametrize(
    ("body", "box"),
    [
        ('<path d="M 1 2 H 11 V 7 Z" stroke-width="9"/>', Box(1, 2, 11, 7)),
        ('<path d="M 0 0 C 0 10 10 10 10 0"/>', Box(0, 0, 10, 7.5)),
        ('<image x="1" y="2" width="3" height="4"/>', Box(1, 2, 4, 6)),
        ('<path d="M 0 0 H 1 V 1 Z" transform="translate(5 0)"/><path d="M 0 9 H 1"/>', Box(0, 0, 6, 9)),
        (
            '<g transform="rotate(90)"><path d="M 1 0 H 3 V 1 Z" transform="scale(2)"/></g>',
            Box(-2, 2, 0, 6),
        ),
        ('<defs><path d="M 0 0 H 9"/></defs>', None),
        ("", None),
    ],
)
def test_a_bounding_box_is_that_of_the_geometry(body: str, box: Box | None) -> None:
    found = bounds_of(_element(body))
    if box is None:
        assert found is None
    else:
        assert found is not None
        assert (found.left, found.top, found.right, found.bottom) == pytest.approx(
            (box.left, box.top, box.right, box.bottom)
        )


def test_boxes_meet_and_join() -> None:
    one, other = Box(0, 0, 4, 4), Box(2, 1, 6, 3)
    assert one.meet(other) == Box(2, 1, 4, 3)
    assert one.join(other) == Box(0, 0, 6, 4)
    assert one.meet(Box(5, 5, 6, 6)).is_empty
    assert one.expand(1, 2) == Box(-1, -2, 5, 6)
