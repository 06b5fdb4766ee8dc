"""The syntax tree of a target group → one closure that says yes, no or unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from jinja2 import nodes

from inkmerge.campaign.group_calculating import NAMES_OF_KINDS, OperandCompiler
from inkmerge.campaign.group_closures import is_among, joined, member, negated, tested, tested_with
from inkmerge.campaign.group_operands import READINGS, UNSET, Kind, Operand, Run, is_blank, raw
from inkmerge.campaign.group_syntax import IN_GROUP, GroupSource, named_group
from inkmerge.campaign.like_pattern import LikePattern
from inkmerge.template.sidecar import FieldType

_LONGEST_PATTERN: Final = 200
_COMPARISONS: Final[dict[str, tuple[str, Callable[[Any, Any], bool]]]] = {
    "eq": ("==", operator.eq),
    "ne": ("!=", operator.ne),
    "lt": ("<", operator.lt),
    "lteq": ("<=", operator.le),
    "gt": (">", operator.gt),
    "gteq": (">=", operator.ge),
}
_ORDERED: Final = frozenset(("text", "number", "date"))
_EQUALS: Final = frozenset(("==", "!="))
_TEXT_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "starting_with": str.startswith,
    "ending_with": str.endswith,
    "containing": str.__contains__,
}
_TESTS: Final = ["empty", "defined", "matching", *_TEXT_TESTS]


class ConditionCompiler:
    """Compiles a whole expression.

    Args:
        source: The expression.
        types: The declared types of attributes, by dotted name.
        groups: The names of the groups that it may ask for.

    Attributes:
        named: The groups that it asks for, in its order.
    """

    def __init__(self, source: GroupSource, types: Mapping[str, FieldType], groups: Collection[str]) -> None:
        self._source = source
        self._groups = groups
        self._operands = OperandCompiler(source, types, self.condition)
        self.named: dict[str, None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes that the expression reads, in its order."""
        return tuple(self._operands.names)

    @property
    def reads_today(self) -> bool:
        """Whether the result may change from one day to the next."""
        return self._operands.reads_today

    def condition(self, node: nodes.Node, depth: int = 0) -> Run:
        """Compile something that is true, false or unknown.

        Raises:
            TemplateSyntax: It is no condition, or cannot be used in a target group.
            LimitExceeded: It is nested too deeply.
        """
        self._source.require_depth(depth)
        match node:
            case nodes.And() | nodes.Or():
                parts = tuple(self.condition(part, depth + 1) for part in _row(node, type(node)))
                return joined(parts, decides=isinstance(node, nodes.Or))
            case nodes.Not():
                return negated(self.condition(node.node, depth + 1))
            case nodes.Compare():
                return self._compare(node, depth)
            case nodes.Test():
                return self._test(node, depth)
            case nodes.Call(node=nodes.Name(name=called)) if called == IN_GROUP:
                return self._member(node)
        operand = self._operand(node, depth)
        if operand.kind not in {"boolean", "attribute"}:
            raise self._source.fault(
                f"`{operand.words}` is {NAMES_OF_KINDS[operand.kind]} and no condition",
                near=operand.words,
                line=node.lineno,
                hint="compare it with something: ==, !=, <, <=, >, >=, in, or `is not empty`",
            )
        return self._operands.read_as(operand, "boolean", node).run

    def _member(self, node: nodes.Node) -> Run:
        name = named_group(node)
        if name is None:
            raise self._source.fault(
                f"{IN_GROUP}() takes the name of a target group",
                near=IN_GROUP,
                line=node.lineno,
                hint=f'write it in quotation marks: {IN_GROUP}("german")',
            )
        if name not in self._groups:
            raise self._source.unknown("target group", name, list(self._groups), node.lineno)
        self.named[name] = None
        return member(name)

    def _operand(self, node: nodes.Node, depth: int) -> Operand:
        return self._operands.operand(node, depth + 1)

    def _compare(self, node: nodes.Compare, depth: int) -> Run:
        """Compile one comparison, or several in a row: each holds between neighbours."""
        parts: list[Run] = []
        left = self._operand(node.expr, depth)
        if len(node.ops) > 1 or node.ops[0].op in {"in", "notin"}:
            self._require_plain(left, node)
        for step in node.ops:
            if step.op in {"in", "notin"}:
                if len(node.ops) > 1:
                    raise self._source.fault(
                        "`in` stands in a row of comparisons",
                        near="in",
                        line=node.lineno,
                        hint="put it in parentheses, or join with `and`",
                    )
                is_in = self._in(left, step.expr, depth)
                return is_in if step.op == "in" else negated(is_in)
            right = self._operand(step.expr, depth)
            if len(node.ops) > 1:
                self._require_plain(right, node)
            parts.append(self._pair(left, step.op, right, node))
            left = right
        return parts[0] if len(parts) == 1 else joined(tuple(parts), decides=False)

    def _require_plain(self, operand: Operand, node: nodes.Node) -> None:
        """Refuse a condition where it would be asked several times over: nested, that is without bound."""
        if operand.kind == "boolean" and operand.path is None and operand.constant is UNSET:
            raise self._source.fault(
                "a condition stands in a row of comparisons or before `in`",
                line=node.lineno,
                hint="join the conditions with and, or, not",
            )

    def _pair(self, left: Operand, op: str, right: Operand, node: nodes.Node) -> Run:
        sign, compare = _COMPARISONS[op]
        left, right = self._matched(left, sign, right, node)
        if sign not in _EQUALS and left.kind not in _ORDERED:
            raise self._source.fault(
                f"`{left.words} {sign} {right.words}`: there is no order in {NAMES_OF_KINDS[left.kind]}",
                near=left.words,
                line=node.lineno,
                hint="compare with == or !=",
            )
        if right.constant is not UNSET:
            return tested_with(left.run, right.constant, compare)
        return tested(left.run, right.run, compare)

    def _matched(self, left: Operand, sign: str, right: Operand, node: nodes.Node) -> tuple[Operand, Operand]:
        """Bring both sides to one kind: the declared one, else that of the other side.

        Two attributes without a type are compared as texts; there is no telling in which order they stand.
        """
        for side, other in ((left, right), (right, left)):
            if side.kind == "list":
                raise self._source.fault(
                    f"`{side.words}` is a list",
                    near=side.words,
                    line=node.lineno,
                    hint=f'write: {side.words} is containing("x")',
                )
            if side.kind == "attribute" and other.kind == "days":
                raise self._source.fault(
                    f"`{other.words}` is a span",
                    near=other.words.split("(", maxsplit=1)[0],
                    line=node.lineno,
                    hint="compare dates, or days_between(…) with a number",
                )
        kind: Kind
        if left.kind == right.kind == "attribute":
            if sign not in _EQUALS:
                raise self._source.fault(
                    f"`{left.words} {sign} {right.words}`: it is not known whether these are numbers, dates or texts",
                    near=left.words,
                    line=node.lineno,
                    hint=f"declare their types, or write {left.words}|number, date({left.words}) or {left.words}|text",
                )
            kind = "text"
        elif left.kind == "attribute" or (
            right.kind != "attribute" and left.constant is not UNSET and right.constant is UNSET
        ):
            kind = right.kind
        else:
            kind = left.kind
        if kind == "text" and sign not in _EQUALS and "number" in {left.kind, right.kind}:
            kind = "number"  # the order of 9 and 10 as texts is no one's wish: an error that says so
        return self._operands.read_as(left, kind, node), self._operands.read_as(right, kind, node)

    def _in(self, left: Operand, among: nodes.Node, depth: int) -> Run:
        if not isinstance(among, nodes.List | nodes.Tuple):
            return self._in_attribute(left, self._operand(among, depth), among)
        pairs = [self._matched(left, "==", self._operand(item, depth), among) for item in among.items]
        kinds = {first.kind for first, _ in pairs}
        if pairs and len(kinds) == 1 and all(second.constant is not UNSET for _, second in pairs):
            values = frozenset(second.constant for _, second in pairs)
            return tested_with(pairs[0][0].run, values, _is_in)
        parts = tuple(tested(first.run, second.run, operator.eq) for first, second in pairs)
        return joined(parts, decides=True)

    def _in_attribute(self, left: Operand, right: Operand, node: nodes.Node) -> Run:
        if right.kind not in {"list", "attribute"}:
            raise self._source.fault(
                f"`{right.words}` is no list",
                near=right.words,
                line=node.lineno,
                hint=f"write in [...], or: {right.words} is containing({left.words})",
            )
        items = self._operands.read_as(right, "list", node)
        kind: Kind = "text" if left.kind == "attribute" else left.kind
        if kind not in READINGS or kind == "list":
            raise self._source.fault(f"`{left.words}` cannot be in a list", line=node.lineno)
        value = self._operands.read_as(left, kind, node)
        return tested(value.run, items.run, is_among(READINGS[kind]))

    def _test(self, node: nodes.Test, depth: int) -> Run:
        name, line = node.name, node.lineno
        if name == "in":
            raise self._source.fault(
                "`is in` is written without `is`", near="in", line=line, hint="write: country in [...]"
            )
        if name not in _TESTS:
            raise self._source.unknown("test", name, _TESTS, line)
        takes = int(name not in {"empty", "defined"})
        if len(node.args or ()) != takes or node.kwargs or node.dyn_args or node.dyn_kwargs:
            form = f'{name}("x")' if takes else name
            raise self._source.fault(
                f"`{name}` takes {'one text' if takes else 'nothing'}",
                near=name,
                line=line,
                hint=f"write: is {form}",
            )
        operand = self._operand(node.node, depth)
        if not takes:
            return self._absence(name, operand, line)
        argument = self._operand(node.args[0], depth)
        if name == "containing" and operand.kind == "list":
            return self._in_attribute(argument, operand, node)
        text = self._operands.read_as(operand, "text", node)
        wanted = self._operands.read_as(argument, "text", node)
        if name != "matching":
            return tested(text.run, wanted.run, _TEXT_TESTS[name])
        if not isinstance(wanted.constant, str) or len(wanted.constant) > _LONGEST_PATTERN:
            raise self._source.fault(
                f"`matching` takes a pattern in quotation marks, of at most {_LONGEST_PATTERN} characters",
                near=name,
                line=line,
                hint='write: is matching("A%")',
            )
        return tested_with(text.run, LikePattern.compile(wanted.constant), _matches)

    def _absence(self, name: str, operand: Operand, line: int) -> Run:
        """Compile the tests that see whether there is an attribute, whatever its type."""
        if operand.path is None:
            raise self._source.fault(
                f"`{operand.words}` is no attribute",
                near=name,
                line=line,
                hint=f"ask the attribute itself: tier is {name}",
            )
        value = raw(operand.path)
        if name == "empty":
            return lambda scope: is_blank(value(scope))
        return lambda scope: value(scope) is not None


def _row(node: nodes.Node, kind: type[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield what `a and b and c` joins, from left to right."""
    parts = []
    while isinstance(node, kind):
        assert isinstance(node, nodes.BinExpr)
        parts.append(node.right)
        node = node.left
    yield node
    yield from reversed(parts)


def _is_in(value: Any, values: frozenset[Any]) -> bool:
    return value in values


def _matches(text: str, pattern: LikePattern) -> bool:
    return pattern.matches(text)
