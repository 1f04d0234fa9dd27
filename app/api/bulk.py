"""Acts on many cases: one thing done to each, what became of each, and the whole of it taken back."""

from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.actions.bulk_change import LONGEST_REASON, bulk_change
from app.actions.bulk_steps import MOST_CASES
from app.actions.tag_case import MOST_TAGS
from app.actions.undo_bulk import undo_bulk
from app.api.answers import answer
from app.api.case_forms import NothingForm, Tag
from app.api.reading import Form, Id, Moment, Words, asker_of, body_of, id_of, in_thread, ports_of
from app.cases.model import BulkVerb, Change, Disposition
from app.core.ids import PersonId
from app.door.entry import Entry, needs
from app.door.idempotency import once
from app.queries.api_bulk import BulkRecord, api_bulk


class BulkForm(Form):
    """What to do and to which cases. ``person`` is for assign, ``queue`` for queue, ``tags`` for tag and untag, ``until`` for snooze,
    ``disposition`` for close (without one: answered, or no response needed). ``taken_too`` means also cases that somebody else is
    working on this moment, which stay otherwise."""

    verb: BulkVerb
    cases: list[Id] = Field(min_length=1, max_length=MOST_CASES)
    person: Id | None = None
    queue: Annotated[Words, Field(max_length=60)] = ""
    tags: list[Tag] = Field(default=[], max_length=MOST_TAGS)
    until: Moment | None = None
    disposition: Disposition | None = None
    reason: Annotated[Words, Field(max_length=LONGEST_REASON)] = ""
    taken_too: bool = False


@once
async def bulk(request: Request) -> Response:
    """Do it to the last case."""
    form, ports, asker = await body_of(request, BulkForm), ports_of(request), asker_of(request)
    change = Change(
        form.verb, PersonId(form.person) if form.person else None, form.queue, tuple(form.tags), form.until, form.disposition,
        form.reason, form.taken_too,
    )  # fmt: skip
    act = await in_thread(bulk_change, ports, asker, change, tuple(form.cases), whole=True)
    return answer(await in_thread(api_bulk, ports, asker, act.id), 201)


async def shown(request: Request) -> Response:
    """What became of each case."""
    return answer(await in_thread(api_bulk, ports_of(request), asker_of(request), id_of(request)))


async def undo(request: Request) -> Response:
    """Take it back."""
    await body_of(request, NothingForm)
    await in_thread(undo_bulk, ports_of(request), asker_of(request), id_of(request))
    return answer(await in_thread(api_bulk, ports_of(request), asker_of(request), id_of(request)))


ENTRIES: Final = (
    Entry("POST", "/api/v1/cases/bulk", bulk, needs("cases.work"), body=BulkForm, answer=BulkRecord, status=201, fails=(404, 409),
          summary="Do one thing to up to 500 cases; each is answered for by itself. Honours Idempotency-Key.", tag="Cases"),
    Entry("GET", "/api/v1/bulk/{id}", shown, needs("cases.read"), answer=BulkRecord, summary="What became of an act on many cases.",
          tag="Cases"),
    Entry("POST", "/api/v1/bulk/{id}/undo", undo, needs("cases.work"), body=NothingForm, answer=BulkRecord, fails=(409,),
          summary="Give back what the act moved and nobody touched since; half an hour long.", tag="Cases"),
)  # fmt: skip
