"""Replies after they were written: take back, approve, reject, try again, mark as sent by hand."""

from typing import Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.actions.cancel_reply import cancel_reply
from app.actions.decide_reply import Word, decide_reply
from app.actions.settle_reply import drop_reply, retry_reply, settle_reply
from app.api.answers import answer
from app.api.case_forms import Reason, Said
from app.api.reading import Form, Words, asker_of, body_of, id_of, in_thread, ports_of
from app.core.asker import Asker
from app.core.errors import Forbidden
from app.core.roles import Permission, may
from app.door.entry import Entry, needs
from app.queries.api_case import api_reply
from app.queries.api_case_records import CaseReply


class CancelForm(Form):
    """Why it is taken back."""

    reason: Reason = ""


class ApproveForm(Form):
    """Approve it as it is, or with another text."""

    text: Words | None = Field(None, min_length=1, max_length=100_000)
    reason: Reason = ""


class RejectForm(Form):
    """Why not."""

    reason: Said


class RetryForm(Form):
    """No fields."""


class SentForm(Form):
    """Where the answer stands now."""

    url: Words | None = Field(None, max_length=4_000, pattern=r"^https?://[!-~]+$")


async def cancel(request: Request) -> Response:
    """Take it back, until its undo window ends."""
    form = await body_of(request, CancelForm)
    await in_thread(cancel_reply, ports_of(request), asker_of(request), id_of(request), why=form.reason or "taken back")
    return await _reply(request)


async def approve(request: Request) -> Response:
    """Let it out, as it is or with another text."""
    form = await body_of(request, ApproveForm)
    _refuse_narrow(asker_of(request))
    await in_thread(decide_reply, ports_of(request), asker_of(request), id_of(request), Word("approve", form.reason, form.text))
    return await _reply(request)


async def reject(request: Request) -> Response:
    """Give it back to its writer."""
    form = await body_of(request, RejectForm)
    _refuse_narrow(asker_of(request))
    await in_thread(decide_reply, ports_of(request), asker_of(request), id_of(request), Word("reject", form.reason))
    return await _reply(request)


async def retry(request: Request) -> Response:
    """Send a failed answer, or one of unknown outcome, once more."""
    await body_of(request, RetryForm)
    await in_thread(retry_reply, ports_of(request), asker_of(request), id_of(request))
    return await _reply(request)


async def drop(request: Request) -> Response:
    """Do not send a failed answer, or one of unknown outcome, any more."""
    await body_of(request, RetryForm)
    await in_thread(drop_reply, ports_of(request), asker_of(request), id_of(request))
    return await _reply(request)


async def sent(request: Request) -> Response:
    """Mark an answer that a person posted, or found on the network, as sent."""
    form = await body_of(request, SentForm)
    await in_thread(settle_reply, ports_of(request), asker_of(request), id_of(request), url=form.url)
    return await _reply(request)


def _refuse_narrow(asker: Asker) -> None:
    """Raise Forbidden for a token narrower than its person: the action asks for the person's role, and a scope is a limit on it."""
    deciding: tuple[Permission, ...] = ("replies.approve", "matters.decide")
    if asker.role is not None and any(may(asker.role, p) and not asker.may(p) for p in deciding):
        raise Forbidden("This token's scope does not reach to deciding answers: make one with --scope admin.")


async def _reply(request: Request) -> Response:
    return answer(await in_thread(api_reply, ports_of(request), asker_of(request), id_of(request)))


ENTRIES: Final = (
    Entry("POST", "/api/v1/replies/{id}/cancel", cancel, needs("replies.draft"), body=CancelForm, answer=CaseReply, fails=(409,),
          summary="Take an answer back; 409 once it has left.", tag="Replies"),
    Entry("POST", "/api/v1/replies/{id}/approve", approve, needs("replies.draft"), body=ApproveForm, answer=CaseReply,
          fails=(409, 422, 423), summary="Approve another person's answer, as it is or with another text.", tag="Replies"),
    Entry("POST", "/api/v1/replies/{id}/reject", reject, needs("replies.draft"), body=RejectForm, answer=CaseReply, fails=(409,),
          summary="Give another person's answer back with the reason.", tag="Replies"),
    Entry("POST", "/api/v1/replies/{id}/retry", retry, needs("replies.send"), body=RetryForm, answer=CaseReply, fails=(409, 423),
          summary="Send a failed answer, or one of unknown outcome, once more.", tag="Replies"),
    Entry("POST", "/api/v1/replies/{id}/drop", drop, needs("replies.send"), body=RetryForm, answer=CaseReply, fails=(409,),
          summary="Do not send a failed answer, or one of unknown outcome; its text stays as a draft.", tag="Replies"),
    Entry("POST", "/api/v1/replies/{id}/sent", sent, needs("replies.send"), body=SentForm, answer=CaseReply, fails=(409,),
          summary="Mark an answer posted by hand, or of unknown outcome, as sent.", tag="Replies"),
)  # fmt: skip
