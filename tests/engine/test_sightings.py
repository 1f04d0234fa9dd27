"""Signs of life: everybody once, from whichever tab or phone, and gone once told."""

from app.core.ids import PersonId
from app.engine.sightings import saw, taken

ANA, BEN = PersonId("ana"), PersonId("ben")


def test_many_tabs_and_phones_of_one_person_are_one_sign_of_life() -> None:
    taken()
    for _ in range(3):
        saw(BEN)
    assert taken([ANA, ANA, BEN]) == [ANA, BEN]
    assert taken() == [], "what was told is not told again"
