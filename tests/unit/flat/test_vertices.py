from __future__ import annotations

import math

import pytest

from inkmerge.flat.path_data import read_path
from inkmerge.flat.vertices import vertices


def degrees(data: str) -> list[tuple[float, float, int]]:
    found = vertices(read_path(data).text)
    return [(round(one.x, 3), round(one.y, 3), round(math.degrees(one.angle)) % 360) for one in found]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("M 0 0 L 10 0 L 10 10", [(0, 0, 0), (10, 0, 45), (10, 10, 90)]),
        ("m 0 0 10 0 0 10", [(0, 0, 0), (10, 0, 45), (10, 10, 90)]),
        ("M 0 0 H 10 V 10 Z", [(0, 0, 292), (10, 0, 45), (10, 10, 158), (0, 0, 292)]),
        ("M 0 0 C 0 10 10 10 10 0", [(0, 0, 90), (10, 0, 270)]),
        ("M 0 0 C 0 0 0 10 10 10 S 30 0 30 10", [(0, 0, 90), (10, 10, 0), (30, 10, 90)]),
        ("M 0 0 Q 5 5 10 0 T 20 0", [(0, 0, 45), (10, 0, 315), (20, 0, 45)]),
        ("M 0 0 A 5 5 0 0 1 10 0", [(0, 0, 270), (10, 0, 90)]),
        ("M 0 0 L 10 0 M 20 0 L 20 10", [(0, 0, 0), (10, 0, 0), (20, 0, 90), (20, 10, 90)]),
        ("M 5 5", [(5, 5, 0)]),
        ("M 0 0 L 0 0 L 10 0", [(0, 0, 0), (0, 0, 0), (10, 0, 0)]),
    ],
)
def test_markers_stand_on_vertices_along_the_path(
    data: str, expected: list[tuple[float, float, int]]
) -> None:
    assert degrees(data) == expected
