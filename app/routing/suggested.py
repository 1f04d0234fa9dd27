"""Conditions that supervisors ask for, in their words: one press puts one in, another takes it out.

A suggestion goes by its key (``angry``, ``tier:gold``, ``language:es``), which says all there is to it, so that a form can be
changed without knowing the desk. Those of one field collect: gold and platinum become one test for either.
"""

from dataclasses import dataclass, replace
from typing import Final

from app.core.languages import LANGUAGE_NAMES
from app.routing.condition_form import Group, Row, joined, split

# Sentiment is scored in few languages and would leave most angry people out: so what the word lists call a complaint counts too.
_PLAIN: Final[dict[str, tuple[str, Row | Group]]] = {
    "angry": ("it sounds angry or complains", Group("any", (Row("sentiment", "at_most", "-0.4"), Row("intent", "is", "complaint")))),
    "followers": ("its author has 10,000 followers or more", Row("reach", "at_least", "10000")),
    "lawyer": ("it speaks of a lawyer or a court", Row("risk", "contains_any", "legal")),
    "press": ("the press asks, or it threatens to go public", Row("risk", "contains_any", "press")),
    "question": ("it asks something", Row("intent", "is", "question")),
    "waits": ("it wants an answer", Row("wants_answer", "is", "true")),
    "praise": ("it is praise", Row("intent", "is", "praise")),
    "customer": ("a known customer wrote it", Row("customer_known", "is", "true")),
    "again": ("its author wrote before in this case", Row("case_mentions", "at_least", "2")),
    "direct": ("only we can read it", Row("visibility", "is", "direct")),
    "many": ("five or more say the same", Row("cluster_size", "at_least", "5")),
    "closed": ("it is outside business hours", Row("business_hours", "is", "false")),
}
_SHORT: Final = {
    "followers": "with many followers", "lawyer": "speaking of a lawyer", "press": "with the press", "question": "with a question",
    "waits": "waiting for an answer", "praise": "with praise", "again": "writing again", "direct": "in private", "many": "said by many",
    "closed": "outside business hours",
}  # fmt: skip
_COLLECTED: Final = {"tier": "a {} customer wrote it", "language": "it is in {}"}
"""Fields of which several values may be chosen, with the sentence part of a choice."""
PLAIN_KEYS: Final = tuple(_PLAIN)


@dataclass(frozen=True, slots=True)
class Chip:
    """A suggestion as the form offers it; ``pressed`` says that the conditions have it."""

    key: str
    words: str
    pressed: bool


def chip(group: Group, key: str, words: str) -> Chip:
    """The suggestion with whether the conditions have it."""
    return Chip(key, words, has(group, key))


def has(group: Group, key: str) -> bool:
    """Whether the suggestion is among the conditions that must all hold."""
    field, _, value = key.partition(":")
    if field in _COLLECTED:
        return any(value in _values(item, field) for item in _top(group))
    return key in _PLAIN and _PLAIN[key][1] in _top(group)


def pressed(group: Group, key: str) -> Group:
    """The conditions with the suggestion put in, or taken out if they have it; an unknown one changes nothing."""
    field, _, value = key.partition(":")
    if field in _COLLECTED:
        return _collected(group, field, value) if value else group
    if key not in _PLAIN:
        return group
    item = _PLAIN[key][1]
    if item in _top(group):
        return replace(group, items=tuple(one for one in group.items if one != item))
    return _with(group, item)


def words_for(item: Row | Group) -> str:
    """A condition in the words of the suggestion that it is, "" if it is none."""
    for said, same in _PLAIN.values():
        if item == same:
            return said
    for field, form in _COLLECTED.items():
        if values := _values(item, field):
            return form.format(" or ".join(LANGUAGE_NAMES.get(value, value) for value in values))
    return ""


def name_for(group: Group) -> str:
    """A name for a rule with these conditions, "Angry gold customers in Spanish"; "" when no suggestion is among them."""
    tiers, languages = (_chosen(group, field) for field in ("tier", "language"))
    noun = f"{' or '.join(tiers)} customers" if tiers else "customers" if has(group, "customer") else "people"
    spoken = f"in {' or '.join(LANGUAGE_NAMES.get(code, code) for code in languages)}" if languages else ""
    more = [words for key, words in _SHORT.items() if has(group, key)]
    words = " ".join(part for part in ("angry" if has(group, "angry") else "", noun, spoken, *more) if part)
    return words[:1].upper() + words[1:] if words != "people" else ""


def _chosen(group: Group, field: str) -> list[str]:
    return next((values for item in _top(group) if (values := _values(item, field))), [])


def _top(group: Group) -> tuple[Row | Group, ...]:
    return group.items if group.join == "all" else ()


def _with(group: Group, item: Row | Group) -> Group:
    """What a suggestion narrows must stay narrowed: beside conditions of which one suffices it goes around them."""
    return replace(group, items=(*group.items, item)) if group.join == "all" or not group.items else Group("all", (group, item))


def _values(item: Row | Group, field: str) -> list[str]:
    if not isinstance(item, Row) or item.field != field or item.op not in ("is", "any_of"):
        return []
    return [item.value] if item.op == "is" else split(item.value)


def _collected(group: Group, field: str, value: str) -> Group:
    at = next((index for index, item in enumerate(_top(group)) if _values(item, field)), None)
    if at is None:
        return _with(group, Row(field, "is", value))
    values = _values(group.items[at], field)
    left = [one for one in values if one != value] if value in values else [*values, value]
    row = [Row(field, "is", left[0])] if len(left) == 1 else [Row(field, "any_of", joined(left))] if left else []
    return replace(group, items=(*group.items[:at], *row, *group.items[at + 1 :]))
