"""A recipient → `Values`, cleaned and checked."""

from inkmerge.content.values import Values, resolve

__all__ = ["Values", "resolve"]
