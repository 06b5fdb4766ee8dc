"""A named condition over recipients' attributes → who is a member, who is not, and of whom it cannot be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Self

from inkmerge.campaign.group_conditions import ConditionCompiler
from inkmerge.campaign.group_operands import Cause, Run, Scope
from inkmerge.campaign.group_syntax import GroupSource
from inkmerge.errors import Finding, Location, Severity
from inkmerge.template.sidecar import FieldType

GROUP_UNKNOWN: Final = "group-unknown"
"""Code of a finding: an attribute is absent, so that nobody can say whether the recipient is a member."""
GROUP_VALUE_INVALID: Final = "group-value-invalid"
"""Code of a finding: a value is not of the type with which the group compares it."""
_CONFIGURATION: Final = Location("inkmerge.toml")
_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a recipient belongs to a target group.

    Attributes:
        value: True, False, or None where it is unknown.
        findings: Why it is unknown.
    """

    value: bool | None
    findings: tuple[Finding, ...] = ()

    @property
    def is_member(self) -> bool:
        """Whether the recipient gets what the group gets: nobody does of whom it is unknown."""
        return self.value is True


_DECIDED: Final = {value: Membership(value) for value in (True, False)}


@dataclass(frozen=True, slots=True)
class Group:
    """A compiled target group; `compile` makes one.

    Attributes:
        name: Its name.
        source: The expression.
        types: The declared types of attributes, by dotted name.
        place: Where it stands.
        attributes: The dotted names of the attributes that it reads.
        reads_today: Whether membership may change from one day to the next.
        others: The groups that it names, and those that they name, each behind those that it names itself.
    """

    name: str
    source: str
    types: Mapping[str, FieldType]
    place: Location
    attributes: tuple[str, ...]
    reads_today: bool
    others: Mapping[str, Group]
    _run: Run

    @classmethod
    def compile(
        cls,
        name: str,
        source: str,
        types: Mapping[str, FieldType] | None = None,
        place: Location = _CONFIGURATION,
        groups: Mapping[str, Group] = _NONE,
    ) -> Self:
        """Compile an expression.

        Args:
            name: The group's name.
            source: A condition, such as ``country == "DE" and points >= 1000``.
            types: The types of attributes, by dotted name, where they are declared. Each other attribute is read
                as what it is compared with.
            place: File, line and key; the key is ``groups.NAME`` where the place has no element.
            groups: The groups that it may name, as in ``in_group("german")``.

        Raises:
            TemplateSyntax: With the code `group-syntax`: it is no condition that a target group may have.
            LimitExceeded: It is too long or nested too deeply.
        """
        declared = dict(types or {})
        place = Location(place.template, place.line, place.element or f"groups.{name}")
        text = GroupSource(name, source, place)
        compiler = ConditionCompiler(text, declared, groups)
        run = compiler.condition(text.parse())
        others: dict[str, Group] = {}
        for one in compiler.named:
            others |= {**groups[one].others, one: groups[one]}
        read = (compiler.names, *(one.attributes for one in others.values()))
        names = tuple(dict.fromkeys(attribute for attributes in read for attribute in attributes))
        reads_today = compiler.reads_today or any(one.reads_today for one in others.values())
        return cls(name, source, declared, place, names, reads_today, others, run)

    def evaluate(self, recipient: Mapping[str, Any], today: date) -> Membership:
        """Tell whether a recipient is a member on a day; nothing in the recipient makes this raise."""
        return self.evaluate_in(Scope(recipient, today))

    def evaluate_in(self, scope: Scope) -> Membership:
        """Do the same in a scope for several groups: what they all name is settled once."""
        for name, other in self.others.items():
            if name not in scope.members:
                other.settle(scope)
        value = self._run(scope)
        if value is not None:
            return _DECIDED[value]
        findings = self._findings(scope.causes, scope.recipient)
        scope.causes.clear()
        return Membership(None, tuple(findings))

    def settle(self, scope: Scope) -> None:
        """Find out who is a member, for an expression that names this group."""
        scope.settle(self.name, self._run)

    def __reduce__(self) -> tuple[Any, ...]:
        """Compile anew on the other side: closures do not pickle."""
        return type(self).compile, (self.name, self.source, self.types, self.place, self.others)

    def _findings(self, causes: list[Cause], recipient: Mapping[str, Any]) -> list[Finding]:
        causes = list(dict.fromkeys(causes))
        findings = []
        if absent := sorted({cause.subject for cause in causes if cause.problem is None}):
            names = ", ".join(f"`{name}`" for name in absent)
            message = f"the target group `{self.name}` is unknown: the recipient has no {names}"
            hint = _cure(absent[0], tuple(key for key in recipient if isinstance(key, str)))
            findings.append(Finding(GROUP_UNKNOWN, Severity.WARNING, message, self.place, hint))
        for subject, problem in sorted((one.subject, one.problem) for one in causes if one.problem):
            message = f"the target group `{self.name}` is unknown: `{subject}` {problem}"
            hint = "correct the value at its source, or compare the attribute with what it holds"
            findings.append(Finding(GROUP_VALUE_INVALID, Severity.WARNING, message, self.place, hint))
        return findings


def compile_groups(
    sources: Mapping[str, str], types: Mapping[str, FieldType], place: Location = _CONFIGURATION
) -> dict[str, Group]:
    """Compile groups that may name each other.

    Args:
        sources: Expressions by the groups' names.
        types: As `Group.compile` takes them.
        place: The file.

    Raises:
        TemplateSyntax: An expression is no condition, names a group that is not there, or leads back to itself.
        LimitExceeded: One is too long, or too many name each other in a row.
    """
    done: dict[str, Group] = {}

    def require(name: str, met: tuple[str, ...]) -> None:
        where = Location(place.template, place.line, f"groups.{name}")
        text = GroupSource(name, sources[name], where)
        text.require_depth(len(met))
        way = (*met, name)
        for other, line in text.named_groups():
            if other not in sources:
                raise text.unknown("target group", other, list(sources), line)
            if other in way:
                ring = " → ".join((*way[way.index(other) :], other))
                raise text.fault(
                    f"it leads back to itself: {ring}", near=other, line=line, hint="write one of them out"
                )
            if other not in done:
                require(other, way)
        done[name] = Group.compile(name, sources[name], types, where, done)

    for name in sources:
        if name not in done:
            require(name, ())
    return {name: done[name] for name in sources}


@lru_cache(maxsize=1024)  # recipients of one file have the same attributes
def _cure(name: str, known: tuple[str, ...]) -> str:
    lowered = {one.lower(): one for one in known if one != name}
    if near := get_close_matches(name.lower(), lowered, 1, 0.75):
        return f"did you mean `{lowered[near[0]]}`? a text is written in quotation marks"
    return (
        f'fill `{name}`, or say what its absence means: `{name} is empty or …`, `{name}|default("…")`; '
        "a text is written in quotation marks"
    )
