"""Change what a person is and does here: role, languages, skills, queues, capacity, shifts. The same values again change nothing."""

from dataclasses import dataclass
from typing import Any, Final, cast

from app.actions.add_person import MOST_CAPACITY
from app.actions.sign_out_person import end_all
from app.core.asker import Asker
from app.core.errors import Conflict, Invalid
from app.core.events import NewEvent
from app.core.roles import ROLES, Role
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people
from app.people import store_shifts
from app.people.model import Person
from app.people.shifts import ShiftPlan, is_zone, parse_week

_MOST_WORDS: Final = 50
_LONGEST_WORD: Final = 40


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What is to hold from now on. ``capacity`` is in open cases, ``hard_capacity`` the most at all, None for no such bound.

    ``shifts`` is a week as ``parse_week`` reads it, on the wall clock of ``zone``: "" for always, None to leave them as they are.
    """

    role: str
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    queues: tuple[str, ...]
    capacity: int
    hard_capacity: int | None = None
    shifts: str | None = None
    zone: str = ""


def change_person(ports: Ports, asker: Asker, id: str, form: PersonForm) -> Person:
    """The person as they are now. A new role ends their sessions, so that no open page keeps the old one's rights.

    Raises Invalid naming every wrong field, Forbidden for a role above the asker, Conflict for one's own role.
    """
    asker.need("people.edit")
    _check(ports, form)
    role = cast(Role, form.role)
    asker.need_over(role)
    with ports.db.write() as tx:
        hold_names(tx, ["people"])
        before = people.get(tx.conn, id)
        asker.need_over(before.role)
        if before.id == asker.person_id and role != before.role:
            raise Conflict("Nobody changes their own role: ask another admin or supervisor.")
        given: dict[str, Any] = {
            "role": role, "languages": list(form.languages), "skills": list(form.skills), "queues": list(form.queues),
            "capacity": form.capacity, "hard_capacity": form.hard_capacity,
        }  # fmt: skip
        was: dict[str, Any] = {
            "role": before.role, "languages": list(before.languages), "skills": list(before.skills), "queues": list(before.queues),
            "capacity": before.capacity, "hard_capacity": before.hard_capacity,
        }  # fmt: skip
        changed = {name: value for name, value in given.items() if value != was[name]}
        if changed:
            people.change(tx, before.id, **changed)
        if form.shifts is not None and store_shifts.set_plan(tx, before.id, _plan(form)):
            changed["shifts"] = form.shifts
        if changed:
            tx.append(NewEvent("person.updated", asker.actor, {"person": before.id, **changed}))
        if "role" in changed:
            end_all(tx, ports, asker, before)
        return people.get(tx.conn, id)


def _plan(form: PersonForm) -> ShiftPlan | None:
    week = parse_week(form.shifts or "")
    return None if isinstance(week, str) or not any(week) else ShiftPlan(form.zone, week)


def _check(ports: Ports, form: PersonForm) -> None:
    wrong: list[dict[str, Any]] = []
    if form.role not in ROLES:
        wrong.append({"loc": ["role"], "msg": f"use one of {', '.join(ROLES)}"})
    for name, words in (("languages", form.languages), ("skills", form.skills)):
        if len(words) > _MOST_WORDS or any(not w or len(w) > _LONGEST_WORD or not w.isprintable() for w in words):
            wrong.append({"loc": [name], "msg": f"write at most {_MOST_WORDS} short words, with commas between them"})
    known = {q.id for q in queues_of(ports)}
    if gone := sorted(set(form.queues) - known):
        wrong.append({"loc": ["queues"], "msg": f"there is no queue {gone[0][:40]!r}: use {', '.join(sorted(known))}"})
    if not 1 <= form.capacity <= MOST_CAPACITY:
        wrong.append({"loc": ["capacity"], "msg": f"must be 1 to {MOST_CAPACITY:,} cases"})
    if form.hard_capacity is not None and not form.capacity <= form.hard_capacity <= MOST_CAPACITY:
        wrong.append({"loc": ["hard_capacity"], "msg": f"must be {form.capacity} (the capacity) to {MOST_CAPACITY:,} cases, or empty"})
    week = parse_week(form.shifts or "")
    if isinstance(week, str):
        wrong.append({"loc": ["shifts"], "msg": week})
    elif any(week) and not is_zone(form.zone):
        wrong.append({"loc": ["zone"], "msg": f"there is no zone {form.zone[:40]!r}: write it like Europe/Berlin"})
    if wrong:
        raise Invalid(f"{wrong[0]['loc'][0]}: {wrong[0]['msg']}.", errors=wrong)
