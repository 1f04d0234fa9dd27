"""Ids stand in the order in which they were made, and say when."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from app.core import ids
from app.core.ids import ID_LENGTH, IdMaker, first_id, made_ms, make_id

AT = datetime(2026, 3, 2, 12, 0, 0, 123_000, tzinfo=UTC)


def test_ids_of_one_maker_grow_and_differ() -> None:
    maker = IdMaker(AT)
    made = [maker.make() for _ in range(20_000)]  # past the point where the characters before the last six change
    assert made == sorted(set(made))
    assert {len(id) for id in made} == {ID_LENGTH}
    assert all(set(id) <= set(ids._ALPHABET) for id in made[::500])


def test_an_id_tells_its_moment_and_stands_after_the_first_of_it() -> None:
    id = make_id(AT)
    assert made_ms(id) == int(AT.timestamp() * 1000)
    assert first_id(AT) <= id < first_id(AT + timedelta(milliseconds=1))


def test_the_next_id_cannot_be_counted_to() -> None:
    maker = IdMaker(AT)
    places = [sum(ids._ALPHABET.index(char) << 5 * at for at, char in enumerate(reversed(maker.make()))) for _ in range(200)]
    steps = [later - earlier for earlier, later in pairwise(places)]
    assert len(set(steps)) > 190
    assert min(steps) >= 1
