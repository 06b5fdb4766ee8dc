"""What draws has one interface: `Template`, the same in a child process, and an image element of a campaign."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pytest

from inkmerge import IsolatedTemplate, Template
from inkmerge.campaign.renderer import ElementRenderer

OF_A_TEMPLATE = {name for name in dir(Template) if not name.startswith("_")}
FOR_BATCHES = {"name", "fields", "reads_pictures", "prepare", "render", "fallback", "digest"}
"""What a batch asks of an image element, which a campaign checks, explains and examines by its templates."""
LEFT_OUT = {"render": {"on_error"}}


def parameters(kind: type, name: str) -> Mapping[str, Any] | None:
    """Return the parameters of a method by name: how they are passed, and their default and type; None for a property."""
    found = getattr(kind, name)
    if isinstance(found, property):
        return None
    signature = inspect.signature(found)
    return {one.name: (one.kind, one.default, one.annotation) for one in signature.parameters.values()}


@pytest.mark.parametrize("name", sorted(OF_A_TEMPLATE))
def test_a_template_in_a_child_process_is_called_as_any_other(name: str) -> None:
    assert parameters(IsolatedTemplate, name) == parameters(Template, name)


@pytest.mark.parametrize("name", sorted(FOR_BATCHES))
def test_an_image_element_is_called_as_a_template_is(name: str) -> None:
    wanted = parameters(Template, name)
    if wanted is not None:
        wanted = {key: one for key, one in wanted.items() if key not in LEFT_OUT.get(name, set())}
    assert parameters(ElementRenderer, name) == wanted


def test_an_image_element_has_no_method_of_a_template_that_is_called_in_another_way() -> None:
    shared = {name for name in dir(ElementRenderer) if name in OF_A_TEMPLATE}
    assert shared == FOR_BATCHES
