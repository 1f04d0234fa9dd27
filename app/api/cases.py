"""Cases: the list, one case, and every move on it. Each move answers with the case as it stands after it."""

from typing import Annotated, Any, Final, get_args

from pydantic import AfterValidator, Field, field_validator
from starlette.requests import Request
from starlette.responses import Response

from app.actions.add_note import LONGEST_NOTE, add_note
from app.actions.claim_case import claim_case, next_case
from app.actions.close_case import close_case, reopen_case
from app.actions.escalate_case import escalate_case
from app.actions.release_case import assign_case, release_case
from app.actions.send_reply import ReplyForm, ReplyVisibility, send_reply
from app.actions.set_score import LONGEST_HOURS, set_score
from app.actions.skip_case import LONGEST_REASON as LONGEST_SKIP
from app.actions.skip_case import skip_case
from app.actions.snooze_case import snooze_case, wake_case
from app.actions.tag_case import MOST_TAGS, tag_case
from app.api.answers import Items, answer, nothing
from app.api.reading import Form, Id, Moment, Query, Whole, Words, asker_of, body_of, id_of, in_thread, ports_of, query_of
from app.cases.model import STATES, Disposition, State
from app.core.facts import Band
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.door.entry import Access, Entry, Handler, needs
from app.door.idempotency import key_of, once
from app.queries.api_case import api_case, api_reply
from app.queries.api_case_records import CaseRecord, CaseReply
from app.queries.api_cases import CaseFilter, CaseLine, Sort, api_cases
from app.routing.model import Desk

_LONGEST_TEXT: Final = 100_000
_LONGEST_REASON: Final = 2_000
_LARGEST_VERSION: Final = 2**31 - 1
Reason = Annotated[Words, Field(max_length=_LONGEST_REASON)]
Said = Annotated[Words, AfterValidator(str.strip), Field(min_length=1, max_length=_LONGEST_REASON)]


Tag = Annotated[Words, Field(min_length=1, max_length=40)]


class CasesQuery(Query):
    """Filters of the list; ``state`` takes several, parted by commas, and without it every state is listed."""

    state: str | None = Field(None, description=f"One or more of {', '.join(STATES)}, parted by commas.", pattern=r"^[a-z]+(,[a-z]+)*$")
    queue: Words | None = Field(None, max_length=40)
    assignee: Words | None = Field(None, max_length=20, description="A person's id, `me`, or `none`.")
    band: Band | None = None
    network: Words | None = Field(None, max_length=40)
    customer: Words | None = Field(None, max_length=20, description="A customer's id.")
    q: Words | None = Field(
        None, max_length=200, description="Beginning of a handle, or of any word of the customer's name, e-mail or ref."
    )
    when: Words | None = Field(
        None, max_length=2_000, description="A condition as in a rule, e.g. `{band: [urgent, high], waiting_minutes: {above: 30}}`."
    )
    sort: Sort = "next"
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: Words | None = Field(None, max_length=500)

    @field_validator("state")
    @classmethod
    def _known_states(cls, value: str | None) -> str | None:
        unknown = [s for s in (value or "").split(",") if s and s not in STATES]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no state: use {', '.join(STATES)}")
        return value

    def states(self) -> tuple[State, ...]:
        """The states asked for, each once."""
        wanted = (self.state or "").split(",")
        return tuple(s for s in get_args(State) if s in wanted)


class AssignForm(Form):
    """Whom to give the case to, null for nobody: back to its queue; and why."""

    person: Id | None
    reason: Reason = ""


class SnoozeForm(Form):
    """Until when, within 90 days."""

    until: Moment


class CloseForm(Form):
    """What became of it."""

    disposition: Disposition
    reason: Reason = ""


class ReleaseForm(Form):
    """Why it goes back."""

    reason: Reason = ""


class SkipForm(Form):
    """Why it is passed on."""

    reason: Annotated[Words, AfterValidator(str.strip), Field(min_length=1, max_length=LONGEST_SKIP)]


class NothingForm(Form):
    """No fields."""


class NoteForm(Form):
    """An internal note."""

    text: Words = Field(min_length=1, max_length=LONGEST_NOTE)


class NoteMade(Form):
    """The note's id and its case."""

    id: str
    case: str


class TagForm(Form):
    """Tags to add and to remove."""

    add: list[Tag] = Field(default=[], max_length=MOST_TAGS)
    remove: list[Tag] = Field(default=[], max_length=MOST_TAGS)


class EscalateForm(Form):
    """To which desk and why; legal and PR hold the case unless ``hold`` is false."""

    to: Desk
    reason: Said
    hold: bool = True


class ScoreForm(Form):
    """A score by hand for some hours; null gives it back to the desk."""

    score: Annotated[Whole, Field(ge=0, le=100)] | None
    hours: float = Field(4, gt=0, le=LONGEST_HOURS, strict=False)
    reason: Reason = ""


class ReplyBody(Form):
    """An answer. ``seen_version`` is the case's version its writer saw; ``propose`` puts it before legal while the case is held."""

    text: Words = Field(min_length=1, max_length=_LONGEST_TEXT)
    seen_version: Whole = Field(ge=0, le=_LARGEST_VERSION)
    checklist: dict[Words, bool] = Field(default={}, max_length=100)
    visibility: ReplyVisibility = "public"
    propose: bool = False


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
