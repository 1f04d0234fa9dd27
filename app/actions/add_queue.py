"""Make a queue: a line in the desk's ``queues.yaml``, and the people who work in it. The same title a second time is refused."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.core.asker import Asker
from app.core.errors import Conflict, Invalid, Unavailable
from app.core.events import NewEvent
from app.engine.database import Transaction
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.desk import queues_of
from app.people import store as people
from app.routing.model import Queue
from app.routing.queue_text import with_queue
from app.routing.rule_form import slug_of

LONGEST_TITLE: Final = 80
_FILE: Final = "queues.yaml"


def add_queue(ports: Ports, asker: Asker, *, title: str, lead: str = "", members: Sequence[str] = ()) -> Queue:
    """The queue as it is now, the last in their order. ``lead`` is an e-mail, "" for none; ``members`` are people's e-mails.

    Raises Invalid naming what is wrong, Conflict for a title that is taken, Unavailable where the file cannot be written.
    """
    asker.need("rules.edit")
    title = " ".join(title.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise Invalid(f"A queue's name has 1 to {LONGEST_TITLE} characters.", errors=[{"loc": ["new_queue"], "msg": "needs a name"}])
    wanted = tuple(dict.fromkeys([*([lead] if lead else []), *members]))
    if wanted:
        asker.need("people.edit")
    with ports.db.write() as tx:
        hold_names(tx, ["people", "queues"])
        queues = queues_of(ports)
        if any(queue.title.casefold() == title.casefold() for queue in queues):
            raise Conflict(f"There is a queue {title} already: choose it from the list.")
        id = slug_of(title, [queue.id for queue in queues])
        path = ports.data.root / _FILE
        text = with_queue(path.read_text(encoding="utf-8"), id, title, lead or None)
        for email in wanted:
            _join(tx, asker, email, id)
        tx.append(NewEvent("queue.added", asker.actor, {"queue": id, "title": title}))
        _write(path, text)  # last: what raises above leaves the file alone
    return next(queue for queue in queues_of(ports) if queue.id == id)


def _join(tx: Transaction, asker: Asker, email: str, queue: str) -> None:
    found = people.by_email(tx.conn, email)
    if found is None or found[0].disabled:
        raise Invalid(f"There is nobody with the address {email[:80]} here.", errors=[{"loc": ["members"], "msg": "not known here"}])
    person = found[0]
    asker.need_over(person.role)
    given: dict[str, Any] = {"queues": [*person.queues, queue]}
    people.change(tx, person.id, **given)
    tx.append(NewEvent("person.updated", asker.actor, {"person": person.id, **given}))


def _write(path: Path, text: str) -> None:
    """Put the text in the file's place whole: who reads it meanwhile sees the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise Unavailable("This desk cannot write its queues.yaml: add the queue there by hand, or choose one that is there.") from error
