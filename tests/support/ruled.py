"""What rules do to a case by themselves, seen from the pages of those at work: timers, notes, an offered draft, and what a guard stops."""

from collections.abc import Iterator

from app.actions.add_note import add_note
from app.judgement.desk import macros_of
from tests.support.rule_text import obey_too
from tests.support.scene import Scene
from tests.support.stories import leaves

_STARTS = "id: starts\non: [note.added]\nwhen: {actor: agent}\ndo: {start_timers: [{name: chase, minutes: 5}, {name: late, minutes: 9}]}"
_DUE = "id: due\non: [timer.due]\ndo: {stop_timers: [late], note: nobody has called back, tags: [chased], term: 7}"
_ECHO = "id: echo\non: [note.added]\nwhen: {actor: rule, tags: chased}\ndo: {note: and once more}"


@leaves("timer.started", "timer.stopped", "timer.due", "rules.stopped", "note.added", prelude=1)
def rules_set_timers(s: Scene, case: str) -> Iterator[None]:
    obey_too(s.ports, _STARTS, _DUE, _ECHO)
    yield
    add_note(s.ports, s.ana, case, "they want to be called back")
    yield
    s.pass_time(minutes=5)
    yield


@leaves("reply.drafted", prelude=1)
def a_rule_offers_a_draft(s: Scene, case: str) -> Iterator[None]:
    macros = [m.id for m in macros_of(s.ports).values() if m.approved]
    obey_too(s.ports, f"id: offers\non: [note.added]\ndo: {{reply_with: {macros[0]}}}")
    yield
    add_note(s.ports, s.ana, case, "what do we say?")
    yield
