"""Add someone who can sign in. The second time the same e-mail is refused, whatever else is given."""

import re
from collections.abc import Sequence
from typing import Any, Final, cast

from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.core.roles import ROLES, Role
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people
from app.people.model import Person
from app.people.passwords import LONGEST, SHORTEST, hash_password

_EMAIL: Final = re.compile(r"[^\s@,;<>\"\x00-\x1f\x7f]{1,64}@[^\s@,;<>\"\x00-\x1f\x7f]{1,189}")
_LONGEST_NAME: Final = 120
_LONGEST_LIST: Final = 50
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MOST_CAPACITY: Final = 1_000


def add_person(
    ports: Ports, asker: Asker, *, email: str, name: str, role: str, password: str, languages: Sequence[str] = (),
    skills: Sequence[str] = (), queues: Sequence[str] | None = None, capacity: int = 8,
) -> Person:  # fmt: skip
    """The person as added. ``queues`` None means every queue of the desk; ``capacity`` is in open cases.

    Raises Invalid naming every wrong field, Conflict when the e-mail is taken.
    """
    asker.need("people.edit")
    known_queues = [q.id for q in queues_of(ports)]
    email, name = email.strip(), " ".join(name.split())
    wrong: list[dict[str, Any]] = []
    if not _EMAIL.fullmatch(email):
        wrong.append({"loc": ["email"], "msg": f"{email[:80]!r} is no e-mail address: write it like ana@shop.example"})
    if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        wrong.append({"loc": ["name"], "msg": f"a name has 1 to {_LONGEST_NAME} characters"})
    if role not in ROLES:
        wrong.append({"loc": ["role"], "msg": f"{role!r} is no role: use one of {', '.join(ROLES)}"})
    if not SHORTEST <= len(password) <= LONGEST:
        wrong.append({"loc": ["password"], "msg": f"a password has {SHORTEST} to {LONGEST} characters"})
    if not 1 <= capacity <= MOST_CAPACITY:
        wrong.append({"loc": ["capacity"], "msg": f"a capacity is a number of cases from 1 to {MOST_CAPACITY:,}"})
    wrong += [
        {"loc": [field], "msg": f"{word[:40]!r} is not understood: write short words in small letters, at most {_LONGEST_LIST}"}
        for field, words in (("languages", languages), ("skills", skills))
        for word in words
        if not _WORD.fullmatch(word) or len(words) > _LONGEST_LIST
    ]
    for queue in queues or ():
        if queue not in known_queues:
            wrong.append({"loc": ["queues"], "msg": f"there is no queue {queue[:40]!r}: use {', '.join(known_queues)}"})
    if wrong:
        raise Invalid(f"{wrong[0]['loc'][0]}: {wrong[0]['msg']}.", errors=wrong)
    asker.need_over(cast(Role, role))
    hashed = hash_password(password)  # before the transaction: it takes long on purpose
    with ports.db.write() as tx:
        id = people.add(
            tx, email=email, name=name, role=cast(Role, role), password_hash=hashed, languages=languages, skills=skills,
            queues=known_queues if queues is None else queues, capacity=capacity,
        )  # fmt: skip
        tx.append(NewEvent("person.updated", asker.actor, {"person": id, "role": role, "created": True}))
        return people.get(tx.conn, id)
