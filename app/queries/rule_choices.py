"""What the form of a rule offers: fields by subject with their words, the operators that fit, the values there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from app.routing.condition_form import JOINS, Group, Row, fault_of, split
from app.routing.fields import CUSTOM_PREFIX, FIELDS, Field, field_of
from app.routing.operators import OPERATORS, operators_for

Kind = Literal["none", "flag", "choice", "choices", "number", "pair", "words", "pattern", "text"]
Option = tuple[str, str]

SUBJECTS: Final = (
    ("What was written", ("text", "language", "intent", "wants_answer", "sentiment", "sentiment_change", "problem", "complaint",
                          "praise", "urgency", "risk", "has_media")),
    ("Where", ("network", "instance", "account", "visibility", "kind")),
    ("Who wrote it", ("handle", "reach", "verified", "author_class")),
    ("The customer", ("customer_known", "tier", "value", "currency", "tenure_days", "segments", "consent")),
    ("How many", ("cluster_size", "thread_size", "case_mentions", "case_replies")),
    ("The case now", ("queue", "assignee", "last_agent", "tags", "state", "disposition", "hold", "score", "band", "initiator")),
    ("Time", ("waiting_minutes", "waiting_business_minutes", "since_reply_minutes", "case_age_minutes", "minutes_to_due", "clock",
              "timer", "business_hours")),
    ("What happened", ("trigger", "actor", "matter", "person", "presence")),
)  # fmt: skip
LISTS: Final = "lists:"
"""Among the known values, by field, the key of the named word lists."""
OFFERED_DEPTH: Final = 2
"""Groups inside groups that the form offers to add; deeper ones that are written are shown all the same."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row. ``path`` names its inputs, ``options`` are (value, words, chosen), ``hint`` says what the value means."""

    path: str
    field: str
    custom: str
    op: str
    ops: tuple[Option, ...]
    kind: Kind
    value: str
    options: tuple[tuple[str, str, bool], ...]
    hint: str
    fault: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of rows. ``may_nest`` says whether a group may be added in it."""

    path: str
    join: str
    joins: tuple[Option, ...]
    items: tuple["RowView | GroupView", ...]
    may_nest: bool
    is_group: bool = True


def subjects() -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """The fields by subject, each with its words."""
    found = [(title, tuple((name, label_of(FIELDS[name])) for name in names)) for title, names in SUBJECTS]
    return (*found, ("From the CRM", ((CUSTOM_PREFIX, "A field of your own"),)))


def label_of(field: Field) -> str:
    """A field's words as the beginning of a row."""
    words = field.words.partition(" (")[0]
    for start in ("the ", "it is ", "it "):
        words = words.removeprefix(start)
    return words[:1].upper() + words[1:]


def group_view(group: Group, known: Mapping[str, tuple[Option, ...]], checked: bool, path: str = "w") -> GroupView:
    """The group as the form shows it. ``known`` gives the values of fields whose list is the desk's own; ``checked`` says faults."""
    items: list[RowView | GroupView] = []
    for index, item in enumerate(group.items):
        here = f"{path}.{index}"
        items.append(group_view(item, known, checked, here) if isinstance(item, Group) else _test_view(item, known, checked, here))
    return GroupView(path, group.join, tuple(JOINS.items()), tuple(items), path.count(".") < OFFERED_DEPTH)


def _test_view(test: Row, known: Mapping[str, tuple[Option, ...]], checked: bool, path: str) -> RowView:
    own = test.field.startswith(CUSTOM_PREFIX)
    field = field_of(test.field) or FIELDS["text"]
    names_lists = test.op in OPERATORS and OPERATORS[test.op].takes == "lists"
    kind = _kind(test, field, bool(known.get(LISTS) if names_lists else field.values or field.name in known))
    listed = known.get(LISTS if names_lists else field.name) or tuple((one, one.replace("_", " ")) for one in field.values)
    return RowView(
        path=path,
        field=CUSTOM_PREFIX if own else test.field,
        custom=test.field.removeprefix(CUSTOM_PREFIX) if own else "",
        op=test.op,
        ops=tuple((operator.name, operator.words) for operator in operators_for(field)),
        kind=kind,
        value=test.value,
        options=_options(test, listed, kind),
        hint=_LISTS_HINT[kind] if names_lists and kind in _LISTS_HINT else _hint(field, kind),
        fault=(fault_of(test) or "") if checked else "",
    )


def _kind(test: Row, field: Field, listed: bool) -> Kind:
    takes = OPERATORS[test.op].takes if test.op in OPERATORS else "one"
    if takes == "yes":
        return "none"
    if field.type == "flag":
        return "flag"
    if takes == "pattern":
        return "pattern"
    if takes == "pair":
        return "pair"
    if takes in ("many", "words", "lists"):
        return "choices" if listed and test.op not in ("starts_with", "ends_with") else "words"
    if field.type == "number":
        return "number"
    return "choice" if listed else "text"


def _options(test: Row, values: Iterable[Option], kind: Kind) -> tuple[tuple[str, str, bool], ...]:
    """The values with the chosen ones marked; a chosen value that is not known any more stays visible."""
    if kind == "flag":
        return (("true", "yes", test.value == "true"), ("false", "no", test.value == "false"))
    if kind not in ("choice", "choices"):
        return ()
    chosen = [test.value] if kind == "choice" else split(test.value)
    listed = dict(values)
    extra = [(one, f"{one} (not known here)") for one in chosen if one and one not in listed]
    return tuple((value, words, value in chosen) for value, words in (*listed.items(), *extra))


_LISTS_HINT: Final[dict[Kind, str]] = {
    "choices": "Word lists stand below the list on the page Rules.",
    "words": "There is no word list yet: make one on the page Rules.",
}


def _hint(field: Field, kind: Kind) -> str:
    if kind == "words":
        if field.words_search:
            return "Words or phrases, parted by commas. refund* finds every word that begins so."
        return "One or more, parted by commas."
    if kind == "pair":
        return "The lowest and the highest, parted by a comma."
    if kind == "pattern":
        return "A regular expression (RE2)."
    note = field.words.partition(" (")[2].removesuffix(")")
    return note or field.unit
