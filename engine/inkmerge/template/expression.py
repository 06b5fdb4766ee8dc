"""Sources of placeholders → compiled templates and expressions, and the fields that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.environment import Template as JinjaTemplate
from jinja2.runtime import Context

from inkmerge.errors import InkmergeError, LimitExceeded, Location, TemplateSyntax
from inkmerge.limits import Limits
from inkmerge.memo import Memo
from inkmerge.template.interpolation import Fill, Filled, Segment, interpolate, isolated, segments_of
from inkmerge.template.reading import LONGEST, Paths
from inkmerge.template.sandbox import Sandbox, check_tree, finalized, guarded

NAMESPACES: Final = frozenset(("recipient", "content", "campaign"))
_shown: ContextVar[list[str] | None] = ContextVar("shown", default=None)
_isolates: ContextVar[bool] = ContextVar("isolates", default=False)
_writes: ContextVar[Callable[[object], str] | None] = ContextVar("writes", default=None)
_MOST_KNOWN: Final = 512
"""Fillings of a text that are kept: many recipients share what a source says."""


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One field that a template reads.

    Attributes:
        path: Namespace and names, such as ``("recipient", "first_name")``.
        has_default: Whether the template itself says what holds when it is absent.
    """

    path: tuple[str, ...]
    has_default: bool


@dataclass(frozen=True, slots=True)
class TextTemplate:
    """A text with placeholders, compiled.

    Attributes:
        source: As the designer wrote it.
        fields: What it reads.
        location: Where it stands.
        names: The dotted paths of the fields, sorted.
        reads_locale: Whether it has filters, which write in the recipient's locale.
    """

    source: str
    fields: tuple[FieldUse, ...]
    location: Location
    _compiled: JinjaTemplate
    _globals: dict[str, object]
    _longest: int
    _segments: tuple[Segment, ...] | None
    names: tuple[str, ...] = field(init=False)
    reads_locale: bool = field(init=False)
    _paths: Paths = field(init=False)
    _known: Memo[tuple[object, ...], Filled] = field(init=False, default_factory=lambda: Memo(_MOST_KNOWN))

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(sorted({".".join(use.path) for use in self.fields})))
        object.__setattr__(self, "reads_locale", "|" in self.source)
        object.__setattr__(self, "_paths", Paths(self.fields, has_locale=self.reads_locale))

    def fill(self, scope: Mapping[str, object], *, is_drawn: bool = False) -> Filled:
        """Fill the text.

        Text that is drawn has right-to-left values in isolates, so that what stands around them keeps its order:
        https://www.w3.org/International/articles/inline-bidi-markup/#isolation

        Raises:
            DataError: A value is missing or does not fit.
            LimitExceeded: The text gets too long.
        """
        if self._segments is not None:
            filled = interpolate(self._segments, scope, is_drawn=is_drawn)
            if filled is not None and len(filled.text) <= self._longest:
                return filled
        return self._remembered(scope, is_drawn=is_drawn)

    def fill_alone(self, scope: Mapping[str, object], is_drawn: bool) -> Filled | None:  # noqa: FBT001  as `Fill`
        """Fill the text, a segment of another one; None where it fails, which the whole then says."""
        try:
            return self._remembered(scope, is_drawn=is_drawn)
        except InkmergeError:
            return None

    def _remembered(self, scope: Mapping[str, object], *, is_drawn: bool) -> Filled:
        values = self._paths.values_of(scope)
        if None in values:
            return self._fill(scope, is_drawn=is_drawn)
        key = (is_drawn, *values)
        filled = self._known.get(key)
        if filled is None:
            filled = self._fill(scope, is_drawn=is_drawn)
            if len(filled.text) <= LONGEST:
                self._known[key] = filled
        return filled

    def _fill(self, scope: Mapping[str, object], *, is_drawn: bool) -> Filled:
        printed: list[str] = []
        token, isolates = _shown.set(printed), _isolates.set(is_drawn)
        writes = _writes.set(None)  # a page that is written may ask for what a selector's text is filled to
        try:
            text: str = guarded(lambda: self._run(scope), self.source, self.location)
        finally:
            _shown.reset(token)
            _isolates.reset(isolates)
            _writes.reset(writes)
        return Filled(text, tuple(printed))

    def write(self, scope: Mapping[str, object], written: Callable[[object], str], pieces: list[str]) -> None:
        """Fill the text piece by piece, with what `written` makes of each value that a placeholder prints.

        Args:
            scope: The values.
            written: Called with each value, as it is; absent ones too.
            pieces: Gets the pieces; when something is raised, those before it.

        Raises:
            DataError: A value is missing or does not fit.
            LimitExceeded: The text gets too long.
        """
        token = _writes.set(written)
        try:
            guarded(lambda: self._run(scope, pieces), self.source, self.location)
        finally:
            _writes.reset(token)

    def _run(self, scope: Mapping[str, object], pieces: list[str] | None = None) -> str:
        pieces = [] if pieces is None else pieces
        length = 0
        compiled: Any = self._compiled
        context = Context(compiled.environment, {**self._globals, **scope}, None, {})
        for piece in compiled.root_render_func(context):
            length += len(piece)
            if length > self._longest:
                raise LimitExceeded(
                    f"a filled text is longer than {self._longest:,} characters", hint="shorten the value"
                )
            pieces.append(piece)
        return "".join(pieces)


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, compiled.

    Attributes:
        source: As the designer wrote it.
        fields: What it reads.
        location: Where it stands.
    """

    source: str
    fields: tuple[FieldUse, ...]
    location: Location
    _compiled: Any

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """Return the expression's value.

        Raises:
            DataError: A value is missing or does not fit.
        """
        return guarded(lambda: self._compiled(**scope), self.source, self.location)


class ExpressionCompiler:
    """Compiles the placeholders of one template, and counts what they amount to.

    Args:
        limits: How much there may be.
        language: The template's language, in which filters write when the recipient names no locale.
        functions: What expressions may call, beside `range`.
    """

    def __init__(
        self, limits: Limits, language: str, functions: Mapping[str, Callable[..., object]] | None = None
    ) -> None:
        self.language = language
        self._limits = limits
        self._sandbox = Sandbox(limits, functions or {})
        self._sandbox.globals["template_language"] = language
        self._sandbox.finalize = _printed
        self._bytes = 0
        self._nodes = 0

    def text(self, source: str, location: Location, longest: int | None = None) -> TextTemplate:
        """Compile a text with placeholders.

        Args:
            source: The text.
            location: Where it stands.
            longest: Characters that it may be filled to; None for `limits.text_total`.

        Raises:
            TemplateSyntax: It does not parse.
            UnsafeTemplate: It asks for something that could harm.
            LimitExceeded: The template's placeholders are too much in all.
        """
        tree = self._parse(source, location)
        compiled = guarded(lambda: self._sandbox.from_string(source), source, location)
        known = dict(compiled.globals)  # Jinja would make it anew for each text
        longest = self._limits.text_total if longest is None else longest

        def alone(node: nodes.Expr) -> Fill:
            only = nodes.Template([nodes.Output([node])], lineno=1)
            only.set_environment(self._sandbox)
            jinja = self._sandbox.from_string(only)
            segment = TextTemplate(source, tuple(field_uses(only)), location, jinja, known, longest, None)
            return segment.fill_alone

        uses = tuple(field_uses(tree))
        segments = segments_of(tree.body, frozenset(known), alone)
        return TextTemplate(source, uses, location, compiled, known, longest, segments)

    def expression(self, source: str, location: Location) -> Expression:
        """Compile one expression, as `data-show` has it; raises as `text` does."""
        tree = self._parse("{{ (" + source + ") }}", location)
        if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output) or len(tree.body[0].nodes) != 1:
            raise TemplateSyntax(f"{source[:80]!r} is not one expression", location=location)
        compiled = guarded(
            lambda: self._sandbox.compile_expression(f"({source})", undefined_to_none=False), source, location
        )
        return Expression(source, tuple(field_uses(tree)), location, compiled)

    def _parse(self, source: str, location: Location) -> nodes.Template:
        self._bytes += len(source.encode("utf-8", "replace"))
        self._limits.require("placeholder_bytes", self._bytes, location)
        try:
            tree = self._sandbox.parse(source)
        except jinja2.TemplateSyntaxError as fault:
            line = None if location.line is None else location.line + (fault.lineno or 1) - 1
            lines = source.splitlines() or [source]
            shown = lines[min(len(lines), fault.lineno or 1) - 1].strip()[:100]
            raise TemplateSyntax(
                f"{fault.message}: {shown!r}", location=Location(location.template, line, location.element)
            ) from None
        except (RecursionError, MemoryError):
            raise LimitExceeded("the expression is nested too deeply", location=location) from None
        self._nodes += check_tree(tree, source, location, self._sandbox)
        self._limits.require("placeholder_nodes", self._nodes, location)
        return tree


def _printed(value: object) -> object:
    """Note what a placeholder prints on its way into the text."""
    written = _writes.get()
    if written is not None:
        return written(value)
    final = finalized(value)
    printed = _shown.get()
    if printed is not None:
        printed.append(str(final))
    return isolated(final) if _isolates.get() and isinstance(final, str) else final


def field_uses(tree: nodes.Template) -> Iterator[FieldUse]:
    """Yield the fields that a syntax tree reads; its own loop and set variables, and what it calls, are none."""
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx in {"store", "param"}} | {"loop"}
    own |= {call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)}
    yield from dict.fromkeys(_uses(tree, own, is_guarded=False))


def _uses(node: nodes.Node, own: set[str], *, is_guarded: bool) -> Iterator[FieldUse]:
    path = _path(node)
    if path is not None:
        if path[0] not in own:
            yield FieldUse(path if path[0] in NAMESPACES else ("recipient", *path), is_guarded)
        return
    if isinstance(node, nodes.Call) and isinstance(
        node.node, nodes.Getattr
    ):  # a method reads all of its object
        for child in (node.node.node, *node.args, *node.kwargs):
            yield from _uses(child, own, is_guarded=is_guarded)
        return
    if isinstance(node, nodes.Filter) and node.name in {"default", "d"} and node.node is not None:
        yield from _uses(node.node, own, is_guarded=True)
        for child in (*node.args, *node.kwargs):
            yield from _uses(child, own, is_guarded=is_guarded)
        return
    if isinstance(node, nodes.Test) and node.name in {"defined", "undefined"}:
        yield from _uses(node.node, own, is_guarded=True)
        return
    if isinstance(node, nodes.If | nodes.CondExpr):
        tested = set(_tested(node.test))
        for child in node.iter_child_nodes():
            for use in _uses(child, own, is_guarded=is_guarded):
                yield FieldUse(use.path, use.has_default or use.path in tested)
        return
    for child in node.iter_child_nodes():
        yield from _uses(child, own, is_guarded=is_guarded)


def _tested(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    """Yield the fields that a condition asks to be defined."""
    for test in [node] if isinstance(node, nodes.Test) else node.find_all(nodes.Test):
        if test.name in {"defined", "undefined"} and (path := _path(test.node)) is not None:
            yield path if path[0] in NAMESPACES else ("recipient", *path)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    """Return the names of `a.b["c"]`, or None."""
    if isinstance(node, nodes.Name):
        return (node.name,) if node.ctx == "load" else None
    if isinstance(node, nodes.Getattr):
        around = _path(node.node)
        return None if around is None else (*around, node.attr)
    if (
        isinstance(node, nodes.Getitem)
        and isinstance(node.arg, nodes.Const)
        and isinstance(node.arg.value, str)
    ):
        around = _path(node.node)
        return None if around is None else (*around, node.arg.value)
    return None
