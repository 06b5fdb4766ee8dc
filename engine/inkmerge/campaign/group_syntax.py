"""The text of a target group → Jinja's syntax tree, and errors that show the place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

import jinja2
from jinja2 import nodes
from jinja2.parser import Parser

from inkmerge.errors import LimitExceeded, Location, TemplateSyntax
from inkmerge.limits import DEFAULT_LIMITS
from inkmerge.template.sandbox import Sandbox

GROUP_SYNTAX: Final = "group-syntax"
"""Code of a `TemplateSyntax` about a target group's expression."""
IN_GROUP: Final = "in_group"
"""The function that asks for the membership in another group."""

_SANDBOX: Final = Sandbox(DEFAULT_LIMITS)
_TEXTS: Final = re.compile(r'"(?:[^"\\]|\\.)*"' + "|" + r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_LIKE_ESCAPE: Final = re.compile(r"\\(?:\\|([%_]))")
_WRONG_ESCAPE: Final = re.compile(r"\\(?:\\|([^\\\"'nrtxuUN%_]))", re.DOTALL)
_DEPTH: Final = 60
"""What `and` or `or` joins in a row counts once."""
_NEAR: Final = 32
_BEFORE: Final = 10
_HABITS: Final = (
    (re.compile(r"[“”„‟«»‘’‚]"), 'write straight quotation marks: "…"'),
    (re.compile(r"<>"), "write != for unequal"),
    (re.compile(r"===|(?<![=!<>])=(?!=)"), "write == to compare"),
    (re.compile(r"=[<>]"), "write <= or >="),
    (re.compile(r"&&?"), "write and"),
    (re.compile(r"\|\|"), "write or"),
    (re.compile(r"!(?!=)"), "write not"),
    (re.compile(r"\b(?:AND|OR|NOT|IN|IS)\b"), "write and, or, not, in and is in small letters"),
    (re.compile(r"\b(?:not\s+)?(?:like|matche?s?)\b", re.IGNORECASE), 'write: is matching("A%")'),
    (re.compile(r"\bcontains?\b", re.IGNORECASE), 'write: is containing("x")'),
    (re.compile(r"\bstarts?[ _]?with\b", re.IGNORECASE), 'write: is starting_with("x")'),
    (re.compile(r"\bends?[ _]?with\b", re.IGNORECASE), 'write: is ending_with("x")'),
    (re.compile(r"\bis[ _]?empty\b(?<!is empty)", re.IGNORECASE), "write: is empty"),
    (re.compile(r"\bbetween\b", re.IGNORECASE), "write: 10 <= points < 20"),
    (re.compile(r"[{}%#]"), "write only the condition, without braces around it"),
)
"""How other languages write what is meant, in the order in which they are looked for."""


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The text of a target group and where it stands.

    Attributes:
        name: The group's name.
        source: The expression.
        place: File, line and key.
    """

    name: str
    source: str
    place: Location

    def parse(self) -> nodes.Expr:
        """Return the syntax tree.

        Raises:
            TemplateSyntax: It does not parse.
            LimitExceeded: It is too long or too deep.
        """
        DEFAULT_LIMITS.require("placeholder_bytes", len(self.source.encode("utf-8", "replace")), self.place)
        if not self.source.strip():
            raise self.fault("there is no condition", hint='write one, such as country == "DE", or true')
        for match in _WRONG_ESCAPE.finditer(self.source):
            if match[1] is not None:
                raise self._at(
                    match.start(), f"`{match[0]}` is no escape", r"write \\ for a backslash in a text"
                )
        # Jinja warns of the escapes that LIKE has beyond those of texts
        source = _LIKE_ESCAPE.sub(lambda match: rf"\\{match[1]}" if match[1] else match[0], self.source)
        try:
            parser = Parser(_SANDBOX, source, state="variable")
            tree = parser.parse_expression()
            rest = parser.stream.current
        except jinja2.TemplateSyntaxError as fault:
            raise self._unreadable(fault.message or "", fault.lineno) from None
        except (RecursionError, MemoryError):
            raise self._too_deep() from None
        except ValueError:
            raise self.fault("a number of more than 4,000 digits", hint="write an amount") from None
        if not parser.stream.eos:
            raise self._unreadable(f"{rest.value!r} is not expected here", rest.lineno, str(rest.value))
        DEFAULT_LIMITS.require("placeholder_nodes", sum(1 for _ in _nodes_of(tree)), self.place)
        return tree

    def named_groups(self) -> list[tuple[str, int]]:
        """Return the groups that the expression names, each with its line; raises as `parse`."""
        found = ((named_group(node), node.lineno) for node in _nodes_of(self.parse()))
        return [(name, line) for name, line in found if name is not None]

    def fault(
        self, problem: str, *, near: str | None = None, line: int = 1, hint: str | None = None
    ) -> TemplateSyntax:
        """Return an error about a place in the expression.

        Args:
            problem: What is wrong.
            near: A word at the place.
            line: The line of the expression, from 1.
            hint: The cure.
        """
        at = self._find(near, line) if near else None
        if at is None:
            lines = self.source.splitlines() or [""]
            at = sum(len(one) + 1 for one in lines[: min(line, len(lines)) - 1])
        return self._at(at, problem, hint)

    def unknown(self, kind: str, name: str, known: list[str], line: int) -> TemplateSyntax:
        """Return an error about a name that is none, with the nearest that is."""
        near = get_close_matches(name, known, 1, 0.5)
        listed = "known are " + ", ".join(sorted(known)) if known else None
        hint = f"did you mean `{near[0]}`?" if near else listed
        return self.fault(f"there is no {kind} `{name}`", near=name, line=line, hint=hint)

    def require_depth(self, depth: int) -> None:
        """Raise `LimitExceeded` where parentheses and operators lie too deep inside each other."""
        if depth > _DEPTH:
            raise self._too_deep()

    def _too_deep(self) -> LimitExceeded:
        return LimitExceeded(
            f"the target group `{self.name}` is nested too deeply",
            location=self.place,
            hint="split it into several groups",
        )

    def _unreadable(self, message: str, line: int, near: str | None = None) -> TemplateSyntax:
        plain = _TEXTS.sub(lambda match: '"' + " " * (len(match[0]) - 2) + '"', self.source)
        for habit, cure in _HABITS:
            if match := habit.search(plain):
                return self._at(match.start(), f"`{match[0]}` cannot be read", cure)
        if plain.count('"') % 2 or plain.count("'") % 2:
            at = max(plain.rfind('"'), plain.rfind("'"))
            return self._at(at, "a text has no end", "close the quotation marks")
        return self.fault(message.rstrip("."), near=near, line=line, hint="see docs/campaigns.md")

    def _find(self, word: str, line: int) -> int | None:
        start = 0
        for _ in range(line - 1):
            start = self.source.find("\n", start) + 1
        edge = r"(?<!\w){}(?!\w)" if word.isidentifier() else "{}"
        match = re.compile(edge.format(re.escape(word))).search(self.source, start)
        return match.start() if match else None

    def _at(self, at: int, problem: str, hint: str | None) -> TemplateSyntax:
        start = self.source.rfind("\n", 0, at) + 1
        line = self.source.count("\n", 0, at)
        if at - start > _BEFORE:
            space = self.source.find(" ", at - _BEFORE, at)
            start = at if space < 0 else space
        shown = self.source[start : at + _NEAR].split("\n")[0].strip()
        place = self.place if self.place.line is None else _below(self.place, line)
        return TemplateSyntax(
            f"the target group `{self.name}` does not work: {problem}"
            + (f", near `{shown}`" if shown else ""),
            code=GROUP_SYNTAX,
            location=place,
            hint=hint,
        )


def named_group(node: nodes.Node) -> str | None:
    """Return the name in `in_group("name")`; None for any other node."""
    match node:
        case nodes.Call(
            node=nodes.Name(name=called),
            args=[nodes.Const(value=str(name))],
            kwargs=[],
            dyn_args=None,
            dyn_kwargs=None,
        ):
            return name if called == IN_GROUP else None
    return None


def _nodes_of(tree: nodes.Node) -> Iterator[nodes.Node]:
    """Yield all nodes, without recursion: a long row of `and` is a deep tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.iter_child_nodes())


def _below(place: Location, lines: int) -> Location:
    return Location(place.template, (place.line or 1) + lines, place.element)
