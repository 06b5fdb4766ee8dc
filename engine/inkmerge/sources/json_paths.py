"""A JMESPath expression → a compiled one whose evaluation is bounded.

JMESPath knows no regular expressions and no way back to the document, so that one evaluation is about linear; what
multiplies data (several flattenings, lists made of lists) is counted.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import jmespath
from jmespath.exceptions import JMESPathError

LONGEST: Final = 500
"""Characters of an expression of any kind."""
_MOST_NODES: Final = 100
_MOST_MULTIPLIERS: Final = 3
_MULTIPLIERS: Final = frozenset(("flatten", "multi_select_list", "multi_select_dict"))


@lru_cache(maxsize=1024)
def compiled(expression: str, *, is_items: bool) -> Any:
    """Compile an expression.

    Args:
        expression: The JMESPath.
        is_items: Whether it is to yield the items, rather than one value of an item.

    Raises:
        ValueError: It does not compile, or may take too long; the message continues a sentence.
    """
    if len(expression) > LONGEST:
        raise ValueError(f"has more than {LONGEST} characters")
    try:
        found = jmespath.compile(expression)
        found.search({} if is_items else None)
    except JMESPathError as fault:
        first = str(fault).splitlines()[0].rstrip(":")
        if not _is_of_the_data(fault):
            raise ValueError(f"is no JMESPath: {first}") from None
    nodes = [found.parsed]
    for node in nodes:
        nodes.extend(child for child in node.get("children", ()) if isinstance(child, dict))
        if len(nodes) > _MOST_NODES:
            raise ValueError("has too many parts")
    if sum(node["type"] in _MULTIPLIERS for node in nodes) > _MOST_MULTIPLIERS:
        raise ValueError(
            f"flattens or makes lists more than {_MOST_MULTIPLIERS} times, which may take for ever"
        )
    return found


def _is_of_the_data(fault: JMESPathError) -> bool:
    """Tell a function's complaint about its argument, of which there is none yet, from one about the expression."""
    return isinstance(fault, jmespath.exceptions.JMESPathTypeError)
