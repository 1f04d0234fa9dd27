"""What programs send about cases: the filters of the list, and a form for each move."""

from typing import Annotated, Final, get_args

from pydantic import AfterValidator, Field, field_validator

from app.actions.add_note import LONGEST_NOTE
from app.actions.send_reply import ReplyVisibility
from app.actions.set_score import LONGEST_HOURS
from app.actions.skip_case import LONGEST_REASON as LONGEST_SKIP
from app.actions.tag_case import MOST_TAGS
from app.api.reading import Form, Id, Moment, Query, Whole, Words
from app.cases.model import STATES, Disposition, State
from app.core.facts import Band
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.queries.api_cases import Sort
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
