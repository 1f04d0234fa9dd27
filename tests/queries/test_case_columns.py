"""A list of cases by a rule's condition: the table holds what the rules are told of a case, field for field."""

import pytest
from sqlalchemy import select

from app.cases import store as cases
from app.cases.tables import CASE
from app.core.errors import Invalid
from app.core.ids import CaseId
from app.customers import store as customers
from app.engine.ports import Ports
from app.judgement.desk import desk_of
from app.judgement.judging import facts_of
from app.queries.case_columns import COLUMNS, cases_where
from app.routing.conditions import Compare, Condition, Not, WordList
from app.routing.fields import FIELDS, value_of
from app.routing.operators import unknown_of
from app.routing.to_sql import where_of
from tests.support.desk import mention, take_in


def same(name: str, value: object) -> Condition:
    """What holds for exactly this value of a field."""
    field = FIELDS[name]
    if value in unknown_of(field):
        return Compare(name, "not_set", True)
    if field.type == "names":
        return Compare(name, "contains_all", value)
    if name in ("waiting_minutes", "since_reply_minutes", "minutes_to_due", "case_age_minutes"):
        return Compare(name, "between", (value, value))
    return Compare(name, "is", value)


def test_the_table_holds_what_the_rules_are_told(ports: Ports) -> None:
    take_in(
        ports,
        mention("1", "My lawyer will call you about order 4471, this is fraud!", handle="one"),
        mention("2", "Where is my parcel?", handle="two", network="mastodon"),
        mention("3", "You are the best, thank you", handle="three"),
    )
    with ports.db.read() as conn:
        now, desk = ports.clock.now(), desk_of(ports, conn)
        found = [cases.get(conn, CaseId(id)) for id in conn.scalars(select(CASE.c.id))]
        assert len(found) == 3
        for case in found:
            facts = facts_of(
                case, customers.get(conn, case.customer_id), desk, now,
                trigger="case.opened", actor="system", text="", kind="mention", has_media=False, thread_size=1,
            )  # fmt: skip
            for name in COLUMNS:
                condition = same(name, value_of(facts, name))
                for asked, there in ((condition, True), (Not(condition), False)):
                    where = where_of(asked, COLUMNS, now)
                    ids = set(conn.scalars(select(CASE.c.id).where(where.clause)))
                    assert where.exact, name
                    assert (case.id in ids) is there, (name, value_of(facts, name))


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("text: refund", "cannot be asked whether the text has any of refund"),
        ("tier: {changed: true}", "cannot be asked whether the customer's tier has changed"),
        ("colour: red", "There is no field 'colour'"),
        ("handle: {in_list: nobody}", "There is no list 'nobody'"),
        ("[1", "not valid YAML"),
    ],
)
def test_what_cannot_be_asked_is_named(ports: Ports, when: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        cases_where(when, (), ports.clock.now())
    assert words in refused.value.detail
    assert refused.value.errors[0]["loc"] == ["query", "when"]


def test_a_condition_may_name_the_lists_of_the_rules(ports: Ports) -> None:
    take_in(ports, mention("1", "Hello?", handle="ann"), mention("2", "Hello?", handle="bob"))
    with ports.db.read() as conn:
        clause = cases_where("handle: {in_list: vips}", (WordList("vips", ("Ann",)),), ports.clock.now())
        assert list(conn.scalars(select(CASE.c.author_handle).where(clause))) == ["ann"]
        assert len(list(conn.scalars(select(CASE.c.id).where(cases_where("", (), ports.clock.now()))))) == 2
