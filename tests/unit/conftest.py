"""What tests of several parts ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loopback import Server


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on loopback that misbehaves as told."""
    found = Server()
    yield found
    found.close()
