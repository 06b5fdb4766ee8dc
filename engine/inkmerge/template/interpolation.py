"""A text with placeholders → segments that are filled one by one, most of them without Jinja.

Most placeholders only name a value, and are filled in a tenth of the time so; of the others, such as prices, what they
were filled with is remembered by what each reads, and not by what the whole text does. What is not as simple, in the text
or in a value, is left to Jinja; the outcome is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from jinja2 import nodes

from inkmerge.text.bidi import has_rtl


class Filled(NamedTuple):
    """A filled text.

    Attributes:
        text: The whole.
        shown: What each placeholder printed.
    """

    text: str
    shown: tuple[str, ...]


Fill = Callable[[Mapping[str, object], bool], Filled | None]
"""What a scope makes of a placeholder, on its own, and whether it is drawn."""
_ABSENT: Final = object()
_NOT_SIMPLE: Final = object()


@dataclass(slots=True)
class _Text:
    """A text while it is filled."""

    scope: Mapping[str, object]
    is_drawn: bool
    segments: list[str]
    shown: list[str]


Segment = str | Callable[[_Text], bool]
"""What is written, or what adds to a text, and tells that it could."""


def interpolate(segments: Sequence[Segment], scope: Mapping[str, object], *, is_drawn: bool) -> Filled | None:
    """Fill a text; None where a value is absent or not simple, and Jinja has to."""
    if len(segments) == 1 and isinstance(segments[0], str):
        return Filled(segments[0], ())
    text = _Text(scope, is_drawn, [], [])
    return Filled("".join(text.segments), tuple(text.shown)) if _add(segments, text) else None


def segments_of(
    body: Sequence[nodes.Node], given: frozenset[str], alone: Callable[[nodes.Expr], Fill]
) -> tuple[Segment, ...] | None:
    """Return the segments of a text.

    Args:
        body: Its syntax tree.
        given: Names that stand for something whether or not the recipient brings them.
        alone: Compiles a placeholder by itself.

    Returns:
        The segments; None where there is no gain in them, or the text has statements of other kinds.
    """
    reader = _Reader(given, alone)
    segments = reader.read(body)
    return segments if reader.has_simple or not reader.has_others else None


class _Reader:
    """Makes segments of a syntax tree.

    Attributes:
        has_simple: Whether a placeholder was met that does without Jinja.
        has_others: Whether one was met that does not.
    """

    def __init__(self, given: frozenset[str], alone: Callable[[nodes.Expr], Fill]) -> None:
        self._given = given
        self._alone = alone
        self.has_simple = self.has_others = False

    def read(self, body: Sequence[nodes.Node]) -> tuple[Segment, ...] | None:
        """Return the segments of some statements; None where one is of another kind."""
        segments: list[Segment] = []
        for statement in body:
            if isinstance(statement, nodes.Output):
                segments += map(self._printed, statement.nodes)
                continue
            choice = self._choice(statement) if isinstance(statement, nodes.If) else None
            if choice is None:
                return None
            segments.append(choice)
        return tuple(segments)

    def _printed(self, node: nodes.Expr) -> Segment:
        if isinstance(node, nodes.TemplateData):
            return node.data
        path, default = self._path(node), None
        if isinstance(node, nodes.Filter) and node.name in {"default", "d"} and node.node is not None:
            path, default = self._path(node.node), _constant(node)
            path = None if default is None else path
        if path is None:
            self.has_others = True
            return _by_itself(node, self._alone)
        self.has_simple = True
        return _value(path, default)

    def _choice(self, node: nodes.If) -> Segment | None:
        """Return the segment of a condition that only asks whether the recipient brings something."""
        test = node.test
        if not isinstance(test, nodes.Test) or test.name not in {"defined", "undefined"} or node.elif_:
            return None
        path, within, without = self._path(test.node), self.read(node.body), self.read(node.else_)
        if path is None or within is None or without is None:
            return None
        self.has_simple = True
        return _chosen(path, within, without) if test.name == "defined" else _chosen(path, without, within)

    def _path(self, node: nodes.Node) -> tuple[str, ...] | None:
        """Return the names of `a.b`; None where one could be a method, or is always there."""
        if isinstance(node, nodes.Name):
            return None if node.name in self._given else (node.name,)
        if not isinstance(node, nodes.Getattr) or hasattr(dict, node.attr):
            return None
        around = self._path(node.node)
        return None if around is None else (*around, node.attr)


def _constant(node: nodes.Filter) -> str | None:
    """Return the text that a filter has as its only argument, empty for none."""
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > 1:
        return None
    if not node.args:
        return ""
    value = node.args[0].value if isinstance(node.args[0], nodes.Const) else None
    return value if isinstance(value, str) else None


def _add(segments: Sequence[Segment], text: _Text) -> bool:
    for segment in segments:
        if isinstance(segment, str):
            text.segments.append(segment)
        elif not segment(text):
            return False
    return True


def _value(path: tuple[str, ...], default: str | None) -> Segment:
    def add(text: _Text) -> bool:
        value = _found(path, text.scope)
        if value is _ABSENT and default is not None:
            value = default
        if type(value) is not str:
            return False
        text.shown.append(value)
        text.segments.append(isolated(value) if text.is_drawn else value)
        return True

    return add


def _chosen(path: tuple[str, ...], within: Sequence[Segment], without: Sequence[Segment]) -> Segment:
    def add(text: _Text) -> bool:
        value = _found(path, text.scope)
        return value is not _NOT_SIMPLE and _add(without if value is _ABSENT else within, text)

    return add


def _by_itself(node: nodes.Expr, alone: Callable[[nodes.Expr], Fill]) -> Segment:
    compiled: list[Fill] = []  # when it is needed

    def add(text: _Text) -> bool:
        if not compiled:
            compiled.append(alone(node))
        filled = compiled[0](text.scope, text.is_drawn)
        if filled is None:
            return False
        text.segments.append(filled.text)
        text.shown.extend(filled.shown)
        return True

    return add


def _found(path: tuple[str, ...], scope: Mapping[str, object]) -> object:
    """Return the value at a path, `_ABSENT` where there is none, `_NOT_SIMPLE` where Jinja has to look."""
    value: object = scope
    for name in path:
        if type(value) is not dict:
            return _NOT_SIMPLE
        value = value.get(name, _ABSENT)
    return value


def isolated(text: str) -> str:
    """Put a right-to-left text into an isolate, so that what stands around it keeps its order."""
    return f"\u2068{text}\u2069" if has_rtl(text) else text
