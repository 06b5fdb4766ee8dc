"""Jinja, fenced in: a syntax tree of allowed nodes only, and operators that cannot explode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from inkmerge.errors import (
    InvalidValue,
    LimitExceeded,
    Location,
    MissingValue,
    TemplateSyntax,
    UnsafeTemplate,
)
from inkmerge.limits import Limits
from inkmerge.template.filters import FILTERS

_ALLOWED: Final = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name, nodes.Const),
    *(
        nodes.Tuple,
        nodes.List,
        nodes.Dict,
        nodes.Pair,
        nodes.Getattr,
        nodes.Getitem,
        nodes.Slice,
        nodes.Filter,
    ),
    *(
        nodes.Test,
        nodes.CondExpr,
        nodes.Compare,
        nodes.Operand,
        nodes.Not,
        nodes.And,
        nodes.Or,
        nodes.Neg,
        nodes.Pos,
    ),
    *(
        nodes.Add,
        nodes.Sub,
        nodes.Mul,
        nodes.Div,
        nodes.FloorDiv,
        nodes.Mod,
        nodes.Concat,
        nodes.Call,
        nodes.Keyword,
    ),
)
_METHODS: Final = frozenset(
    ("lower", "upper", "title", "capitalize", "strip", "lstrip", "rstrip", "startswith", "endswith", "split")
    + ("items", "keys", "values", "get")
)
_TESTS: Final = frozenset(
    (
        "defined",
        "undefined",
        "none",
        "number",
        "string",
        "integer",
        "float",
        "boolean",
        "odd",
        "even",
        "divisibleby",
    )
    + (
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "equalto",
        "greaterthan",
        "lessthan",
        "in",
        "true",
        "false",
        "sequence",
    )
    + ("mapping", "iterable", "lower", "upper")
)
_DEPTH: Final = 60
_NESTED_LOOPS: Final = 2
_LARGEST: Final = 10**15
"""Numbers beyond are no amounts, points or pixels; powers and products of them would eat memory."""


class Unfilled(Undefined):
    """A name that the recipient lacks: it may be tested and given a default, and anything else is `MissingValue`."""

    __slots__ = ()

    def _fail(self, *_: Any, **__: Any) -> Any:
        name = self._undefined_name or "value"
        raise MissingValue(
            f"the template needs `{name}`, which the recipient lacks",
            hint=f"add the attribute, or a default in the sidecar: [fields.{name}] default = …",
        )

    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _fail
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __pos__ = __call__ = __getitem__ = _fail
    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __float__ = __contains__ = _fail

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._fail()


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of all placeholders: no loader, no globals but `range` and given functions, bounded arithmetic."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%"))

    def __init__(self, limits: Limits, functions: Mapping[str, Callable[..., object]] | None = None) -> None:
        super().__init__(undefined=Unfilled, autoescape=False, finalize=finalized, cache_size=0)
        self._limits = limits
        self.globals.clear()
        self.functions = {"range": self._range, **(functions or {})}
        self.globals.update(self.functions)
        kept = {name: self.filters[name] for name in _PLAIN_FILTERS}
        self.filters = kept | FILTERS
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS}

    def _range(self, *bounds: int) -> range:
        found = range(*bounds)
        try:
            length = len(found)
        except OverflowError:
            length = _LARGEST
        self._limits.require("repeat", length)
        return found

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Let no name with an underscore through, and only methods that are harmless."""
        if attr.startswith("_"):
            return False
        if callable(value) and not isinstance(value, Undefined):
            return attr in _METHODS
        return bool(super().is_safe_attribute(obj, attr, value))

    def is_safe_callable(self, obj: Any) -> bool:
        """Let only the given functions and the allowed methods be called."""
        is_given = any(obj is function for function in self.functions.values())
        return is_given or getattr(obj, "__name__", "") in _METHODS

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would grow without bound: products of texts and lists, formatting, huge numbers."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return super().call_binop(context, operator, left, right)
        plain = (int, float)
        is_number = isinstance(left, plain) and isinstance(right, plain)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            self._limits.require("text_total", len(left) + len(right))
            return left + right
        if operator == "+" and isinstance(left, list) and isinstance(right, list):
            self._limits.require("repeat", len(left) + len(right))
            return left + right
        if not is_number:
            kinds = f"{type(left).__name__} {operator} {type(right).__name__}"
            raise InvalidValue(f"{kinds} does not work", hint='declare number fields with type = "number"')
        found = super().call_binop(context, operator, left, right)
        if abs(found) > _LARGEST:
            raise LimitExceeded(f"a number beyond {_LARGEST:,}")
        return found


_PLAIN_FILTERS: Final = (
    "abs",
    "capitalize",
    "count",
    "default",
    "d",
    "first",
    "float",
    "int",
    "last",
    "length",
    "list",
    "lower",
) + ("max", "min", "reverse", "round", "sort", "string", "sum", "title", "trim", "unique", "upper")


def finalized(value: object) -> object:
    """Turn what a placeholder prints into text: no `None`, no lists, no trailing `.0`.

    Raises:
        MissingValue: It is None.
        InvalidValue: It is no plain value.
    """
    if value is None:
        raise MissingValue("a placeholder prints nothing: the value is null", hint="give it a default")
    if isinstance(value, bool | str | int | Undefined):
        return value
    if isinstance(value, float):
        if value != value or abs(value) == float("inf"):  # noqa: PLR0124  only NaN differs from itself
            raise InvalidValue("a placeholder prints a number that is none")
        return int(value) if value.is_integer() and abs(value) < _LARGEST else value
    if isinstance(value, list | tuple | dict | set | range) or callable(value):
        raise InvalidValue(
            f"a placeholder prints a {type(value).__name__}",
            hint="join a list with |join(', '), or name one of its items",
        )
    return str(value)


def check_tree(tree: nodes.Template, source: str, place: Location, sandbox: Sandbox) -> int:
    """Refuse every node that is not allowed, and return how many there are.

    Raises:
        UnsafeTemplate: Something that could harm.
        TemplateSyntax: An unknown filter or test.
    """
    count = 0
    for node, depth in _walk(tree):
        count += 1
        location = Location(place.template, _line(node, place), place.element)
        if depth > _DEPTH:
            raise LimitExceeded(
                "the expression is nested too deeply", location=location, hint="write a simpler one"
            )
        if not isinstance(node, _ALLOWED):
            raise UnsafeTemplate(
                f"{type(node).__name__.lower()} is not allowed in a placeholder: {source.strip()[:80]!r}",
                location=location,
                hint="expressions, filters, if and for are",
            )
        _check_node(node, location, sandbox)
    if _loop_depth(tree) > _NESTED_LOOPS:
        raise UnsafeTemplate(
            f"more than {_NESTED_LOOPS} loops inside each other",
            location=place,
            hint="prepare the list before",
        )
    return count


def _loop_depth(node: nodes.Node) -> int:
    deepest = max((_loop_depth(child) for child in node.iter_child_nodes()), default=0)
    return deepest + isinstance(node, nodes.For)


def _check_node(node: nodes.Node, location: Location, sandbox: Sandbox) -> None:
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise UnsafeTemplate(f"the name {node.attr!r} is not allowed", location=location)
    if isinstance(node, nodes.Name) and node.name.startswith("__"):
        raise UnsafeTemplate(f"the name {node.name!r} is not allowed", location=location)
    if (
        isinstance(node, nodes.Getitem)
        and isinstance(node.arg, nodes.Const)
        and str(node.arg.value).startswith("__")
    ):
        raise UnsafeTemplate(f"the name {node.arg.value!r} is not allowed", location=location)
    if isinstance(node, nodes.Filter) and node.name not in sandbox.filters:
        raise _unknown("filter", node.name, list(sandbox.filters), location)
    if isinstance(node, nodes.Test) and node.name not in sandbox.tests:
        raise _unknown("test", node.name, list(sandbox.tests), location)
    if isinstance(node, nodes.Mul | nodes.Mod) and any(
        isinstance(side, nodes.Const) and isinstance(side.value, str) for side in (node.left, node.right)
    ):
        raise UnsafeTemplate("texts cannot be multiplied or formatted", location=location)
    if isinstance(node, nodes.Call) and not _is_known_call(node, sandbox):
        names = ", ".join(f"{name}()" for name in sandbox.functions)
        raise UnsafeTemplate(
            f"only {names} and methods of text and mappings can be called", location=location
        )


def _is_known_call(node: nodes.Call, sandbox: Sandbox) -> bool:
    target = node.node
    if isinstance(target, nodes.Name):
        return target.name in sandbox.functions
    return isinstance(target, nodes.Getattr) and target.attr in _METHODS


def _unknown(kind: str, name: str, known: list[str], location: Location) -> TemplateSyntax | UnsafeTemplate:
    if kind == "filter" and name in JINJA_FILTERS:
        return UnsafeTemplate(
            f"the filter {name!r} is not allowed", location=location, hint="see docs/templates.md"
        )
    near = get_close_matches(name, known, 1)
    return TemplateSyntax(
        f"there is no {kind} {name!r}", location=location, hint=f"did you mean {near[0]!r}?" if near else None
    )


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    stack: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        yield node, depth
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())


def _line(node: nodes.Node, place: Location) -> int | None:
    return None if place.line is None else place.line + (node.lineno or 1) - 1


def guarded(run: Callable[[], Any], source: str, place: Location) -> Any:
    """Run a compiled placeholder; whatever it raises leaves as an `InkmergeError` with the place.

    Raises:
        InkmergeError: The expression's own, or what its failure amounts to.
    """
    try:
        return run()
    except (MissingValue, InvalidValue, LimitExceeded, TemplateSyntax) as fault:
        raise fault.at(place) from None
    except SecurityError as fault:
        raise UnsafeTemplate(f"{fault}", location=place) from None
    except (MemoryError, RecursionError, OverflowError):
        raise LimitExceeded(f"{source.strip()[:80]!r} takes too much", location=place) from None
    except Exception as fault:  # noqa: BLE001  whatever a value's own operators raise
        raise InvalidValue(
            f"{source.strip()[:80]!r} fails: {type(fault).__name__}: {str(fault)[:120]}", location=place
        ) from None
