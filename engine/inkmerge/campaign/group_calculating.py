"""Attributes, constants, arithmetic, functions and filters of a target group's expression → operands."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import nodes

from inkmerge.campaign.group_closures import bounded, computed, or_default
from inkmerge.campaign.group_dates import FUNCTIONS
from inkmerge.campaign.group_operands import (
    UNSET,
    Kind,
    Operand,
    Run,
    attribute,
    constant,
)
from inkmerge.campaign.group_syntax import IN_GROUP, GroupSource
from inkmerge.content.readings import LARGEST_NUMBER
from inkmerge.template.sidecar import FieldType

NAMES_OF_KINDS: Final[dict[Kind, str]] = {
    "text": "a text",
    "number": "a number",
    "date": "a date",
    "boolean": "yes or no",
    "list": "a list",
    "days": "a number of days",
    "attribute": "an attribute",
}
_ARITHMETIC: Final[dict[type[nodes.Expr], Callable[[Any, Any], Any]]] = {
    nodes.Add: operator.add,
    nodes.Sub: operator.sub,
    nodes.Mul: operator.mul,
    nodes.Div: operator.truediv,
    nodes.FloorDiv: operator.floordiv,
    nodes.Mod: operator.mod,
}
_LONGEST_WORDS: Final = 80
_TEXT_FILTERS: Final[dict[str, Callable[[str], str]]] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
}
_CASTS: Final[dict[str, Kind]] = {"number": "number", "text": "text"}
_FILTERS: Final = [*_TEXT_FILTERS, *_CASTS, "default", "length"]
_CURES: Final[dict[type[nodes.Node], tuple[str, str]]] = {
    nodes.CondExpr: ("if … else", "write the cases with and, or, not"),
    nodes.Concat: ("~", 'compare each text on its own: a == "x" and b == "y"'),
    nodes.Pow: ("**", "multiply instead"),
    nodes.Dict: ("{…}", "compare with texts, numbers and dates"),
    nodes.List: ("[…]", "write it behind `in`: country in [...]"),
    nodes.Tuple: ("(…, …)", "write it behind `in`: country in [...]"),
    nodes.Slice: ("[…:…]", 'write: is starting_with("x")'),
}


class OperandCompiler:
    """Compiles what stands on the sides of operators.

    Args:
        source: The expression.
        types: The declared types of attributes, by dotted name.
        condition: Compiles a condition, which is an operand too: yes or no.

    Attributes:
        names: The attributes met so far, in their order.
        reads_today: Whether the day of the evaluation was met.
    """

    def __init__(
        self,
        source: GroupSource,
        types: Mapping[str, FieldType],
        condition: Callable[[nodes.Node, int], Run],
    ) -> None:
        self._source = source
        self._types = types
        self._condition = condition
        self.names: dict[str, None] = {}
        self.reads_today = False

    def operand(self, node: nodes.Node, depth: int) -> Operand:
        """Compile one side of an operator.

        Raises:
            TemplateSyntax: It is nothing that can be compared.
        """
        self._source.require_depth(depth)
        match node:
            case nodes.Const():
                return self._constant(node)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                return self._attribute(node)
            case nodes.And() | nodes.Or() | nodes.Not() | nodes.Compare() | nodes.Test():
                return Operand("boolean", self._condition(node, depth), "a condition")
            case nodes.Call(node=nodes.Name(name=called)) if called == IN_GROUP:
                return Operand("boolean", self._condition(node, depth), "a condition")
            case nodes.Neg() | nodes.Pos():
                return self._signed(node, depth)
            case nodes.Call():
                return self._call(node, depth)
            case nodes.Filter():
                return self._filter(node, depth)
            case nodes.BinExpr() if type(node) in _ARITHMETIC:
                return self._arithmetic(node, depth)
        what, cure = _CURES.get(type(node), (type(node).__name__.lower(), "see docs/campaigns.md"))
        raise self._source.fault(f"{what} cannot be used in a target group", line=node.lineno, hint=cure)

    def read_as(self, operand: Operand, kind: Kind, node: nodes.Node) -> Operand:
        """Return an operand as values of a kind.

        Raises:
            TemplateSyntax: It cannot be one.
        """
        found = operand.read_as(kind)
        if found is None:
            raise self._source.fault(
                f"`{operand.words}` is {NAMES_OF_KINDS[operand.kind]}, where {NAMES_OF_KINDS[kind]} is wanted",
                near=operand.words,
                line=node.lineno,
                hint=_cure_of_kinds(operand, kind),
            )
        return found

    def _constant(self, node: nodes.Const) -> Operand:
        value = node.value
        if value is None:
            raise self._source.fault(
                "nothing compares with none", near="none", line=node.lineno, hint="write: is empty"
            )
        if isinstance(value, str):
            return constant(value, "text", json.dumps(value, ensure_ascii=False)[:40])
        if isinstance(value, bool):
            return constant(value, "boolean", str(value).lower())
        if not abs(value) <= LARGEST_NUMBER:
            raise self._source.fault(
                f"a number beyond {LARGEST_NUMBER:,.0f}", line=node.lineno, hint="write an amount"
            )
        return constant(value, "number", str(value))

    def attribute_path(self, node: nodes.Node) -> tuple[str, ...] | None:
        """Return the names of `a.b["c"]`, without the `recipient` before them; None where it is no attribute."""
        names: list[str] = []
        while not isinstance(node, nodes.Name):
            if isinstance(node, nodes.Getattr):
                names.append(node.attr)
            elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
                names.append(str(node.arg.value))
            else:
                return None
            node = node.node
        names.append(node.name)
        path = tuple(reversed(names))
        return path[1:] if path[0] == "recipient" else path

    def _attribute(self, node: nodes.Expr) -> Operand:
        path = self.attribute_path(node)
        if path is None:
            name = node.attr if isinstance(node, nodes.Getattr) else ""
            raise self._source.fault(
                "only attributes have names behind a dot",
                near=f".{name}",
                line=node.lineno,
                hint=f"write {name}(…)" if name in FUNCTIONS else "write the name of an attribute",
            )
        if not path:
            raise self._source.fault(
                "`recipient` is nobody's attribute",
                near="recipient",
                line=node.lineno,
                hint="write recipient.NAME, or the name alone",
            )
        name = ".".join(path)
        self.names[name] = None
        return attribute(path, self._types.get(name))

    def _signed(self, node: nodes.Neg | nodes.Pos, depth: int) -> Operand:
        side = self.read_as(self.operand(node.node, depth + 1), "number", node)
        if isinstance(node, nodes.Pos):
            return side
        return self._computed((side,), "number", operator.neg, f"-{side.words}", node)

    def _arithmetic(self, node: nodes.BinExpr, depth: int) -> Operand:
        left, right = self.operand(node.left, depth + 1), self.operand(node.right, depth + 1)
        words = f"{left.words} {node.operator} {right.words}"
        kinds = {left.kind, right.kind}
        if "days" in kinds and node.operator in "+-":
            if left.kind == "days" and (node.operator == "-" or right.kind == "days"):
                return self._refused_sum(words, node, "write a date first: today() - days(30)")
            day, span = (right, left) if left.kind == "days" else (left, right)
            parts = (self.read_as(day, "date", node), span)
            return self._computed(parts, "date", _ARITHMETIC[type(node)], words, node)
        if "date" in kinds:
            cure = "write days_between(start, end)" if kinds == {"date"} else "write days(30) for a span"
            return self._refused_sum(words, node, cure)
        sides = (self.read_as(left, "number", node), self.read_as(right, "number", node))
        return self._computed(sides, "number", bounded(_ARITHMETIC[type(node)]), words, node)

    def _refused_sum(self, words: str, node: nodes.Node, cure: str) -> Operand:
        raise self._source.fault(f"`{words}` cannot be calculated", line=node.lineno, hint=cure)

    def _call(self, node: nodes.Call, depth: int) -> Operand:
        target = node.node
        if not isinstance(target, nodes.Name):
            method = target.attr if isinstance(target, nodes.Getattr) else "…"
            cure = (
                f"write: …|{method}" if method in _FILTERS else "see docs/campaigns.md for tests and filters"
            )
            raise self._source.fault(
                f"`.{method}()` cannot be called", near=method, line=node.lineno, hint=cure
            )
        name, line = target.name, node.lineno
        if name not in FUNCTIONS and name not in {"date", "today"}:
            raise self._source.unknown("function", name, [*FUNCTIONS, "date", "today", IN_GROUP], line)
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise self._source.fault(
                f"{name}() takes values without names", near=name, line=line, hint="see docs/campaigns.md"
            )
        operands = [self.operand(one, depth + 1) for one in node.args]
        if name == "today":
            return self._today(operands, line)
        if name == "date":
            return self._date(operands, line)
        function = FUNCTIONS[name]
        if name == "anniversary" and len(operands) == 1:
            operands.append(self._today([], line))
        if len(operands) != len(function.parameters):
            raise self._source.fault(
                f"{name}() takes {len(function.parameters)} values",
                near=name,
                line=line,
                hint=f"write {function.form}",
            )
        parts = [
            self.read_as(one, kind, node) for one, kind in zip(operands, function.parameters, strict=True)
        ]
        words = f"{name}({', '.join(one.words for one in operands)})"
        return self._computed(parts, function.kind, function.compute, words, node)

    def _today(self, operands: list[Operand], line: int) -> Operand:
        if operands:
            raise self._source.fault("today() takes no value", near="today", line=line, hint="write today()")
        self.reads_today = True
        return Operand("date", lambda scope: scope.today, "today()")

    def _date(self, operands: list[Operand], line: int) -> Operand:
        """Compile `date("2026-01-31")`, and an attribute that is to be read as a date whatever it is declared as."""
        if len(operands) == 1:
            found = (
                self._cast(operands[0], "date")
                if operands[0].path is not None
                else operands[0].read_as("date")
            )
            if found is not None:
                return found
        words = ", ".join(one.words for one in operands)
        raise self._source.fault(
            f"date({words}) is no day", near="date", line=line, hint='write date("2026-01-31")'
        )

    def _cast(self, operand: Operand, kind: Kind) -> Operand:
        assert operand.path is not None
        typed = attribute(operand.path, None).read_as(kind)
        assert typed is not None
        return typed

    def _filter(self, node: nodes.Filter, depth: int) -> Operand:
        name, line = node.name, node.lineno
        if name not in _FILTERS and name != "d":
            raise self._source.unknown("filter", name, _FILTERS, line)
        assert node.node is not None
        operand = self.operand(node.node, depth + 1)
        is_default = name in {"default", "d"}
        if len(node.args) != is_default or node.kwargs or node.dyn_args or node.dyn_kwargs:
            form = 'default("none")' if is_default else name
            raise self._source.fault(
                f"`{name}` takes {'one value' if is_default else 'no value'}",
                near=name,
                line=line,
                hint=f"write: …|{form}",
            )
        if is_default:
            return self._default(operand, self.operand(node.args[0], depth + 1), node)
        if name in _CASTS:
            if operand.path is None:
                return self.read_as(operand, _CASTS[name], node)
            return self._cast(operand, _CASTS[name])
        if name == "length" and operand.kind == "list":
            return self._computed((operand,), "number", len, f"{operand.words}|length", node)
        text = self.read_as(operand, "text", node)
        words = f"{operand.words}|{name}"
        if name == "length":
            return self._computed((text,), "number", len, words, node)
        return self._computed((text,), "text", _TEXT_FILTERS[name], words, node)

    def _default(self, operand: Operand, default: Operand, node: nodes.Node) -> Operand:
        words = f"{operand.words}|default({default.words})"
        if operand.kind == default.kind == "attribute":

            def typed(kind: Kind) -> Run:
                first, second = operand.typed, default.typed
                assert first is not None
                assert second is not None
                return or_default(first(kind), second(kind))

            return Operand("attribute", typed("text"), words, typed=typed)
        kind = default.kind if operand.kind == "attribute" else operand.kind
        first, second = self.read_as(operand, kind, node), self.read_as(default, kind, node)
        return Operand(kind, or_default(first.run, second.run), words)

    def _computed(
        self,
        parts: Sequence[Operand],
        kind: Kind,
        compute: Callable[..., Any],
        words: str,
        node: nodes.Node,
    ) -> Operand:
        """Return what computes a value; of constants, the value."""
        words = words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS] + "…"
        if all(part.constant is not UNSET for part in parts):
            try:
                return constant(compute(*(part.constant for part in parts)), kind, words)
            except (ArithmeticError, ValueError):
                return self._refused_sum(words, node, "write the result instead")
        return Operand(kind, computed(tuple(part.run for part in parts), compute, words), words)


def _cure_of_kinds(operand: Operand, wanted: Kind) -> str:
    if {operand.kind, wanted} <= {"date", "number", "days"}:
        return "add days(30) to a date; days_between(start, end) gives a number"
    if operand.constant is not UNSET:
        return f"write {NAMES_OF_KINDS[wanted]} in its place"
    declared = f", or declare `{operand.words}` otherwise" if operand.path is not None else ""
    return f"compare it with {NAMES_OF_KINDS[operand.kind]}{declared}"
