"""Cases: the list, one case, and every move on it. Each move answers with the case as it stands after it."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from app.actions.add_note import add_note
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case, release_case
from app.actions.send_reply import ReplyForm, send_reply
from app.actions.set_score import set_score
from app.actions.skip_case import skip_case
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import tag_case
from app.api.answers import Items, answer, nothing
from app.api.case_forms import (
    AssignForm,
    CasesQuery,
    CloseForm,
    EscalateForm,
    NoteForm,
    NoteMade,
    NothingForm,
    ReleaseForm,
    ReplyBody,
    ScoreForm,
    SkipForm,
    SnoozeForm,
    TagForm,
)
from app.api.reading import Form, asker_of, body_of, id_of, in_thread, ports_of, query_of
from app.door.entry import Access, Entry, Handler, needs
from app.door.idempotency import key_of, once
from app.queries.api_case import api_case, api_reply
from app.queries.api_case_records import CaseRecord, CaseReply
from app.queries.api_cases import CaseFilter, CaseLine, api_cases


async def listed(request: Request) -> Response:
    """A page of cases."""
    query = query_of(request, CasesQuery)
    plain = (query.queue, query.assignee, query.band, query.network, query.customer, query.q)
    wanted = CaseFilter(query.states(), *plain, sort=query.sort, when=query.when)
    page = await in_thread(api_cases, ports_of(request), asker_of(request), wanted, cursor=query.cursor, limit=query.limit)
    return answer({"items": page.items, "next": page.next})


async def shown(request: Request) -> Response:
    """One case."""
    return await _case(request, id_of(request))


async def taken_next(request: Request) -> Response:
    """The best case this person may take, claimed for them; 204 when nothing waits."""
    await body_of(request, NothingForm)
    case = await in_thread(next_case, ports_of(request), asker_of(request))
    return nothing() if case is None else await _case(request, case.id)


async def claim(request: Request) -> Response:
    """Take the case."""
    return await _moved(request, claim_case, NothingForm)


async def release(request: Request) -> Response:
    """Give it back to its queue."""
    form = await body_of(request, ReleaseForm)
    await in_thread(release_case, ports_of(request), asker_of(request), id_of(request), why=form.reason)
    return await _case(request, id_of(request))


async def skip(request: Request) -> Response:
    """Pass it on."""
    form = await body_of(request, SkipForm)
    await in_thread(skip_case, ports_of(request), asker_of(request), id_of(request), form.reason)
    return await _case(request, id_of(request))


async def assign(request: Request) -> Response:
    """Give it to a person."""
    form = await body_of(request, AssignForm)
    await in_thread(assign_case, ports_of(request), asker_of(request), id_of(request), form.person, form.reason)
    return await _case(request, id_of(request))


async def snooze(request: Request) -> Response:
    """Put it away until a time."""
    form = await body_of(request, SnoozeForm)
    await in_thread(snooze_case, ports_of(request), asker_of(request), id_of(request), form.until)
    return await _case(request, id_of(request))


async def wake(request: Request) -> Response:
    """Bring it back."""
    return await _moved(request, wake_case, NothingForm)


async def close(request: Request) -> Response:
    """Close it with what became of it."""
    form = await body_of(request, CloseForm)
    await in_thread(close_case, ports_of(request), asker_of(request), id_of(request), form.disposition, reason=form.reason)
    return await _case(request, id_of(request))


async def reopen(request: Request) -> Response:
    """Open it again."""
    return await _moved(request, reopen_case, NothingForm)


@once
async def note(request: Request) -> Response:
    """Keep an internal note."""
    form, id = await body_of(request, NoteForm), id_of(request)
    made = await in_thread(add_note, ports_of(request), asker_of(request), id, form.text)
    return answer({"id": made, "case": id}, 201)


async def tag(request: Request) -> Response:
    """Add and remove tags."""
    form = await body_of(request, TagForm)
    await in_thread(tag_case, ports_of(request), asker_of(request), id_of(request), add=tuple(form.add), remove=tuple(form.remove))
    return await _case(request, id_of(request))


async def escalate(request: Request) -> Response:
    """Hand it to legal, PR or a supervisor."""
    form = await body_of(request, EscalateForm)
    await in_thread(escalate_case, ports_of(request), asker_of(request), id_of(request), to=form.to, reason=form.reason, hold=form.hold)
    return await _case(request, id_of(request))


async def score(request: Request) -> Response:
    """Set its score by hand, or give it back to the desk."""
    form = await body_of(request, ScoreForm)
    await in_thread(set_score, ports_of(request), asker_of(request), id_of(request), form.score, hours=form.hours, reason=form.reason)
    return await _case(request, id_of(request))


async def reply(request: Request) -> Response:
    """Send an answer through the gate: 201 when it is queued, 202 when a second person must approve it.

    The key is kept in the reply's own row, so that even a crash between commit and answer makes no second reply.
    """
    form = await body_of(request, ReplyBody)
    ports, asker = ports_of(request), asker_of(request)
    sent = ReplyForm(form.text, form.seen_version, form.visibility, form.checklist, key_of(request), form.propose)
    made = await in_thread(send_reply, ports, asker, id_of(request), sent)
    status = 202 if made.state == "pending_approval" or made.approved_by is not None else 201
    return answer(await in_thread(api_reply, ports, asker, made.id), status)


async def _moved(request: Request, move: Any, form: type[NothingForm]) -> Response:
    await body_of(request, form)
    await in_thread(move, ports_of(request), asker_of(request), id_of(request))
    return await _case(request, id_of(request))


async def _case(request: Request, id: str) -> Response:
    return answer(await in_thread(api_case, ports_of(request), asker_of(request), id))


def _move(verb: str, handler: Handler, form: type[Form], summary: str, *fails: int, access: Access = needs("cases.work")) -> Entry:  # noqa: B008  # an Access is frozen
    return Entry(
        "POST", f"/api/v1/cases/{{id}}/{verb}", handler, access, summary=summary, body=form, answer=CaseRecord, fails=fails, tag="Cases"
    )


ENTRIES: Final = (
    Entry("GET", "/api/v1/cases", listed, needs("cases.read"), summary="List cases.", query=CasesQuery, tag="Cases",
          answer=Items[CaseLine]),
    Entry("POST", "/api/v1/cases/next", taken_next, needs("cases.work"), summary="Claim the best case I may take; 204 when none waits.",
          body=NothingForm, answer={200: CaseRecord, 204: None}, tag="Cases"),
    Entry("GET", "/api/v1/cases/{id}", shown, needs("cases.read"), summary="One case, whole.", answer=CaseRecord, tag="Cases"),
    _move("claim", claim, NothingForm, "Take the case; of two who take it at once one wins.", 409),
    _move("release", release, ReleaseForm, "Give the case back to its queue.", 409),
    _move("skip", skip, SkipForm, "Pass the case on: it stays in its place for others and is not offered to me for a while.", 409),
    _move("assign", assign, AssignForm, "Give the case to a person; to another one only with the right to assign.", 409),
    _move("snooze", snooze, SnoozeForm, "Put the case away until a time; its clocks pause.", 409),
    _move("wake", wake, NothingForm, "Bring a snoozed case back.", 409),
    _move("close", close, CloseForm, "Close the case with what became of it.", 409, 423),
    _move("reopen", reopen, NothingForm, "Open a closed case again.", 409),
    Entry("POST", "/api/v1/cases/{id}/note", note, needs("cases.work"), summary="Keep an internal note; honours Idempotency-Key.",
          body=NoteForm, answer=NoteMade, status=201, fails=(409,), tag="Cases"),
    _move("tag", tag, TagForm, "Add and remove tags.", 409),
    _move("escalate", escalate, EscalateForm, "Hand the case to legal, PR or a supervisor.", 409),
    _move("score", score, ScoreForm, "Set the score by hand for some hours; null gives it back to the desk.", 409),
    Entry("POST", "/api/v1/cases/{id}/replies", reply, needs("replies.draft"), body=ReplyBody, answer={201: CaseReply, 202: CaseReply},
          summary="Answer the customer; honours Idempotency-Key.", fails=(409, 423), tag="Replies"),
)  # fmt: skip
