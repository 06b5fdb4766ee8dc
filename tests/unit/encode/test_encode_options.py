from __future__ import annotations

import dataclasses
from typing import Any

import pytest

import inkmerge.encode
from inkmerge.encode import EncodeOptions
from inkmerge.errors import InvalidValue


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "bmp"},
        {"subsampling": "4:1:1"},
        {"palette": "yes"},
        {"quality": 0},
        {"quality": 101},
        {"quality": 85.0},
        {"quality": True},
        {"background": "white"},
        {"background": "#ffff"},
        {"background": "#ffffff\n"},
        {"background": None},
        {"size_budget": 0},
        {"size_budget": 1.5},
    ],
    ids=str,
)
def test_a_wrong_option_is_refused_with_its_name_and_the_cure(wrong: dict[str, Any]):
    with pytest.raises(InvalidValue, match=next(iter(wrong))) as caught:
        EncodeOptions(**wrong)
    assert caught.value.hint


def test_options_are_checked_again_when_one_is_replaced():
    with pytest.raises(InvalidValue, match="quality"):
        dataclasses.replace(EncodeOptions(), quality=200)


@pytest.mark.parametrize(("background", "rgb"), [("#0AF", (0, 170, 255)), ("#102030", (16, 32, 48))])
def test_a_background_is_three_or_six_hexadecimal_digits(background: str, rgb: tuple[int, int, int]):
    assert EncodeOptions(background=background).background_rgb == rgb


def test_the_stage_exports_what_it_says():
    assert all(hasattr(inkmerge.encode, name) for name in inkmerge.encode.__all__)
