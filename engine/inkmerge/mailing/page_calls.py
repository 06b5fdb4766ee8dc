"""What a page may ask of its recipient beside attributes: `in_group("loyal")`, and `content("teaser").title`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, nodes

from inkmerge.errors import Location, TemplateSyntax

_PARSER: Final = Environment(autoescape=False)  # noqa: S701  it parses, and fills nothing
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answers:
    """What a page is answered for a recipient.

    Attributes:
        is_member: Whether they are in a target group.
        content_of: What fills an image element or a container for them, with other keys where they are given; nothing
            where they get no image.
    """

    is_member: Callable[[str], bool] = lambda _: False
    content_of: Callable[[str, Mapping[str, str]], Mapping[str, object]] = lambda _, __: _NOTHING


UNANSWERED: Final = Answers()
"""For somebody in no target group, who gets no images."""


@dataclass(frozen=True, slots=True)
class PageCall:
    """A question in a page: the function, what it is asked about, and the line, where that of the file is known."""

    function: str
    name: str
    line: int | None


_answers: ContextVar[Answers] = ContextVar("answers")


@contextmanager
def answering(answers: Answers) -> Iterator[None]:
    """Answer for a recipient as long as it lasts."""
    token = _answers.set(answers)
    try:
        yield
    finally:
        _answers.reset(token)


def in_group(*names: str) -> bool:
    """Whether the recipient is in one of these target groups; who may or may not be in it is not."""
    is_member = _answers.get().is_member
    return any(is_member(name) for name in names)


def content(name: str, **selected: object) -> Mapping[str, object]:
    """Return what fills an image element, or a container with other keys, so that the text can say it too."""
    return _answers.get().content_of(name, {key: str(value) for key, value in selected.items()})


PAGE_CALLS: Final[Mapping[str, Callable[..., Any]]] = {"in_group": in_group, "content": content}
_ASKED: Final = {"in_group": "target group", "content": "image element or container"}


def page_calls(source: str, place: Location) -> tuple[PageCall, ...]:
    """Return what a page asks, so that a wrong name is known before anybody is.

    Args:
        source: What Jinja reads, which is known to parse.
        place: Where it begins.

    Raises:
        TemplateSyntax: A question does not say about what.
    """
    return tuple(one for call in _PARSER.parse(source).find_all(nodes.Call) for one in _asked(call, place))


def _asked(call: nodes.Call, place: Location) -> Iterator[PageCall]:
    function = call.node.name if isinstance(call.node, nodes.Name) else ""
    if function not in _ASKED:
        return
    line = None if place.line is None else place.line + call.lineno - 1
    names = [str(one.value) for one in call.args if isinstance(one, nodes.Const)]
    is_right = len(names) == len(call.args) and (names if function == "in_group" else len(names) == 1)
    if not is_right or call.dyn_args or call.dyn_kwargs or (function == "in_group" and call.kwargs):
        raise TemplateSyntax(
            f"{function}() does not say about which {_ASKED[function]}",
            location=Location(place.template, line),
            hint=f'write its name in quotation marks: {function}("…")',
        )
    yield from (PageCall(function, name, line) for name in names)
