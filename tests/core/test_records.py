"""A changed copy is what dataclasses.replace makes, for every record of the hot path."""

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from app.cases.model import Case
from app.core.facts import Facts
from app.core.records import quick, with_values


def test_it_is_the_copy_that_replace_makes() -> None:
    facts = Facts(text="Where is my bag?", score=10, custom={"seat": "12A"})
    copy = with_values(facts, score=80, band="urgent")
    assert copy == replace(facts, score=80, band="urgent")
    assert facts.score == 10
    assert hash(Case.__slots__)  # a case has slots, so it can be copied so


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="no field 'scores'"):
        with_values(Facts(), scores=1)


def test_a_record_that_checks_itself_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Share:
        of_one: float

        def __post_init__(self) -> None:
            if self.of_one > 1:
                raise ValueError("more than all")

    with pytest.raises(TypeError, match=r"dataclasses\.replace"):
        with_values(Share(0.5), of_one=2.0)


def test_a_quick_record_is_as_frozen_as_any_and_made_as_any() -> None:
    facts = Facts("mention.received", "Where is my bag?", score=10)
    assert facts == Facts(trigger="mention.received", text="Where is my bag?", score=10)
    assert type(facts) is Facts
    assert Facts().custom is not Facts().custom
    for record in (facts, with_values(facts, score=80)):
        with pytest.raises(FrozenInstanceError):
            record.score = 1  # type: ignore[misc]  # that it is refused is the point
    with pytest.raises(TypeError):
        Facts(scores=1)  # type: ignore[call-arg]  # no such field


def test_a_quick_record_needs_what_has_no_default() -> None:
    @quick
    @dataclass(frozen=True, slots=True)
    class Place:
        row: int
        seats: list[str] = field(default_factory=list)

    assert repr(Place(3)).endswith("Place(row=3, seats=[])")
    assert Place(3, ["A"]) == Place(row=3, seats=["A"])
    with pytest.raises(TypeError, match="row"):
        Place()  # type: ignore[call-arg]  # what is missing is named


def test_facts_come_back_from_what_is_stored_of_them() -> None:
    facts = Facts(
        text="Where is my bag?", risk=("legal",), custom={"seat": "12A"}, sentiment=0.0, reach=0, tags=("vip",), business_hours=False
    )
    assert Facts.from_json(facts.as_stored()) == facts
    assert facts.as_stored().keys() == {"text", "risk", "custom", "sentiment", "reach", "tags", "business_hours"}
    assert Facts().as_stored() == {}
