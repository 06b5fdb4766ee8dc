"""Texts filled segment by segment say what Jinja says."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inkmerge.errors import InkmergeError, Location
from inkmerge.limits import Limits
from inkmerge.template.expression import ExpressionCompiler

PLACE = Location("t.svg", 7, "greeting")
BY_JINJA = "{% if true %}{% endif %}"
"""Adds nothing to a text but what no segment is made of."""
PATHS = ("a", "b", "c.d", "c.e", "c.items", "x.y", "range", "recipient.a", "content.t")
SIMPLE = st.one_of(
    st.sampled_from(["Hi ", ", ", "\u2068", "سلام ", "{# note #}"]),
    st.sampled_from(PATHS).map(lambda path: f"{{{{ {path} }}}}"),
    st.tuples(st.sampled_from(PATHS), st.sampled_from(["", "()", "('x')", "('ليلى')", "(b)", "(1)"])).map(
        lambda one: f"{{{{ {one[0]}|default{one[1]} }}}}"
    ),
    st.sampled_from(PATHS).map(lambda path: f"{{{{ {path}|upper }}}}"),
    st.sampled_from(
        ["{{ a ~ b }}", "{{ 1 / 0 }}", "{{ a }}" * 40, "{{ c }}", "{% for a in b %}{{ a }}{% endfor %}"]
    ),
)
TEXTS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(
            st.sampled_from(PATHS),
            st.sampled_from(["is defined", "is undefined", "", "== 'x'"]),
            inner,
            inner,
        ).map(lambda one: f"{{% if {one[0]} {one[1]} %}}{one[2]}{{% else %}}{one[3]}{{% endif %}}"),
        inner.map(lambda text: f"{{% if a is defined %}}{text}{{% elif b is defined %}}!{{% endif %}}"),
    ),
    max_leaves=6,
)
VALUES = st.one_of(
    st.sampled_from(["", "Anna", "ليلى", "<b>", "x"]),
    st.sampled_from([None, True, 3, 2.0, ["l"], {"d": "D"}]),
)
SCOPES = st.dictionaries(st.sampled_from(["a", "b", "c", "x", "range"]), VALUES).map(
    lambda values: {**values, "recipient": values, "content": {"t": "Title"}, "campaign": {}}
)


def filled(compiler: ExpressionCompiler, source: str, scope: dict[str, object], *, is_drawn: bool) -> object:
    text = compiler.text(source, PLACE)
    try:
        return tuple(text.fill(scope, is_drawn=is_drawn))
    except InkmergeError as fault:
        return type(fault), fault.code, fault.location


@settings(max_examples=300, deadline=None)
@given(source=TEXTS, scope=SCOPES, is_drawn=st.booleans())
@example(source="{{ c.d }} {{ a }}", scope={"a": "x", "c": {"d": "D"}, "recipient": {}}, is_drawn=True)
@example(
    source="{% if c.d is defined %}{{ a }}{% endif %}",
    scope={"a": "x", "c": "D", "recipient": {}},
    is_drawn=False,
)
@example(source="{{ a }}{{ b|upper }}", scope={"a": "x", "b": "ليلى", "recipient": {}}, is_drawn=True)
def test_it_prints_and_fails_as_jinja_does(source: str, scope: dict[str, object], is_drawn: bool) -> None:
    compiler = ExpressionCompiler(Limits(text_total=120), "en")
    by_jinja = filled(compiler, source + BY_JINJA, scope, is_drawn=is_drawn)
    assert filled(compiler, source, scope, is_drawn=is_drawn) == by_jinja
