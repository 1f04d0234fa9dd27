"""The people of the desk, and what each says of themselves: available, busy or away."""

from typing import Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from app.actions.set_presence import set_presence
from app.api.answers import Items, answer
from app.api.reading import Form, Words, asker_of, body_of, id_of, in_thread, ports_of
from app.door.entry import Entry, needs
from app.people.model import Presence
from app.queries.api_people import PersonRecord, api_people, person_of


class PresenceForm(Form):
    """What holds from now on, and why in a few words."""

    presence: Presence
    reason: Words = Field("", max_length=80)


async def listed(request: Request) -> Response:
    """Everyone, by name."""
    return answer({"items": await in_thread(api_people, ports_of(request), asker_of(request)), "next": None})


async def presence(request: Request) -> Response:
    """Set one's own presence, or with the right to change people that of another."""
    form, asker = await body_of(request, PresenceForm), asker_of(request)
    person = await in_thread(set_presence, ports_of(request), asker, form.presence, form.reason, id_of(request))
    return answer(person_of(person, asker))


ENTRIES: Final = (
    Entry("GET", "/api/v1/people", listed, needs("people.read"), summary="The people of the desk.", tag="People",
          answer=Items[PersonRecord]),
    # Everyone who takes part in answering may say whether they are there; a token that may only read may not.
    Entry("POST", "/api/v1/people/{id}/presence", presence, needs("replies.draft"), body=PresenceForm, answer=PersonRecord,
          summary="Say whether a person is available, busy or away.", tag="People"),
)  # fmt: skip
