"""What the form offers: every field once, every operator that fits, every value there is."""

from app.queries.rule_choices import SUBJECTS, group_view, label_of, subjects
from app.routing.condition_form import Group, Row
from app.routing.fields import FIELDS


def test_every_field_stands_under_one_subject() -> None:
    offered = [name for _, names in SUBJECTS for name in names]
    assert sorted(offered) == sorted(FIELDS)
    assert [name for name, _ in subjects()[-1][1]] == ["custom."]


def test_words_of_fields_begin_a_row() -> None:
    assert (label_of(FIELDS["sentiment"]), label_of(FIELDS["hold"]), label_of(FIELDS["wants_answer"])) == (
        "Sentiment",
        "On hold",
        "Wants an answer",
    )


def test_the_value_is_asked_as_its_field_and_operator_need_it() -> None:
    rows = (
        Row("text", "contains_any", "refund*, a"),
        Row("risk", "contains_any", "legal"),
        Row("queue", "is", "gone"),
        Row("hold", "is", "true"),
        Row("reach", "at_least", "5"),
        Row("reach", "between", "1, 2"),
        Row("tier", "changed"),
        Row("text", "matches", "x"),
        Row("custom.plan", "is", "pro"),
    )
    view = group_view(Group("any", rows), {"queue": (("care", "Customer care"),)}, checked=True)
    kinds = [item.kind for item in view.items if not hasattr(item, "is_group")]
    assert kinds == ["words", "choices", "choice", "flag", "number", "pair", "none", "pattern", "text"]
    queue = view.items[2]
    assert getattr(queue, "options") == (("care", "Customer care", False), ("gone", "gone (not known here)", True))  # noqa: B009  # a row, not a group
