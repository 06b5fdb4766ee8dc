"""A recipient → `Values`, cleaned and checked."""

from inkmerge.content.used import plain, used_digest
from inkmerge.content.values import Values, resolve

__all__ = ["Values", "plain", "resolve", "used_digest"]
