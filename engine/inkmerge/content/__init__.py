"""A recipient → `Values`, cleaned and checked."""

from inkmerge.content.used import plain, used_digest
from inkmerge.content.values import Inputs, Values, is_absent, resolve

__all__ = ["Inputs", "Values", "is_absent", "plain", "resolve", "used_digest"]
