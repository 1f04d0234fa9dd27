"""The routing rules: read, examined, tried on what has come already, published, taken back."""

from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.actions.confirm_rules import LONGEST_REASON, confirm_rules, decline_rules
from app.actions.publish_rules import publish_rules
from app.actions.roll_back_rules import roll_back_rules
from app.api.answers import answer
from app.api.reading import Form, Query, Whole, Words, asker_of, body_of, in_thread, ports_of, query_of
from app.core.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.core.sheets import SHEET_BOUND_CHARACTERS
from app.door.entry import Entry, needs
from app.door.idempotency import once
from app.queries.api_rules import (
    MOST_PASTS,
    Backtest,
    Examination,
    RulesRecord,
    RulesStep,
    RulesWaiting,
    WhyAnswer,
    api_backtest,
    api_published,
    api_rule_versions,
    api_rules,
    api_rules_proposal,
    api_rules_waiting,
    api_why,
    check_rules,
    rules_schema,
    try_rules,
)

_BODY_BYTES: Final = 4 * SHEET_BOUND_CHARACTERS
_LAST: Final = 1_000
_LARGEST_VERSION: Final = 2**31 - 1
_TRIALS_AT_ONCE: Final = 1  # a trial uses one processor for seconds; two would leave none for mentions


class RulesQuery(Query):
    """Which version; without it the active one."""

    version: int | None = Field(None, ge=1, le=_LARGEST_VERSION)


class VersionsQuery(Query):
    """Which part of the history: versions below ``cursor``."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: int | None = Field(None, ge=1, le=_LARGEST_VERSION)


class CheckForm(Form):
    """A rule file as YAML text."""

    rules: str = Field(max_length=SHEET_BOUND_CHARACTERS)


class PublishForm(CheckForm):
    """A rule file and why; ``expected_version`` refuses it when another was published since."""

    reason: Words = Field("", max_length=2_000)
    expected_version: Annotated[Whole, Field(ge=0, le=_LARGEST_VERSION)] | None = None


class RulesSchema(BaseModel):
    """A JSON Schema, 2020-12."""

    model_config = ConfigDict(extra="allow")

    title: str
    properties: dict[str, Any]


class TryForm(CheckForm):
    """A rule file, and on how many of the newest mentions to try it."""

    last: Whole = Field(_LAST, ge=1, le=MOST_PASTS)


class RollBackForm(Form):
    """Which version to go back to, and why; ``expected_version`` refuses it when another was published since."""

    version: Whole = Field(ge=1, le=_LARGEST_VERSION)
    reason: Words = Field("", max_length=2_000)
    expected_version: Annotated[Whole, Field(ge=0, le=_LARGEST_VERSION)] | None = None


class DeclineForm(Form):
    """Why; whoever takes their own back needs none."""

    reason: Words = Field("", max_length=LONGEST_REASON)


class WhyQuery(Query):
    """Which case, and which rule of it; without one every rule is told."""

    case: Annotated[Words, Field(min_length=1, max_length=300)]
    rule: Annotated[Words, Field(max_length=300)] = ""


class RulesWaitingList(BaseModel):
    """What waits for a second person, the oldest first."""

    items: list[RulesWaiting]


class RulesSteps(BaseModel):
    """A page of the history; ``next`` is the cursor of the following one."""

    items: list[RulesStep]
    next: int | None


async def shown(request: Request) -> Response:
    """The active rules, or one version."""
    query = query_of(request, RulesQuery)
    return answer(await in_thread(api_rules, ports_of(request), asker_of(request), query.version))


async def versions(request: Request) -> Response:
    """The history, newest first."""
    query = query_of(request, VersionsQuery)
    found = await in_thread(api_rule_versions, ports_of(request), asker_of(request), limit=query.limit + 1, before=query.cursor)
    page = found[: query.limit]
    return answer({"items": page, "next": page[-1].version if len(found) > query.limit else None})


async def published(request: Request) -> Response:
    """Publish a new version, or ask for a second person where it touches legal."""
    form = await body_of(request, PublishForm)
    done = await in_thread(
        publish_rules, ports_of(request), asker_of(request), form.rules, reason=form.reason, expected=form.expected_version
    )
    return answer(await in_thread(api_published, ports_of(request), asker_of(request), done.version, done.waits))


async def checked(request: Request) -> Response:
    """Examine a text."""
    form = await body_of(request, CheckForm)
    return answer(await in_thread(check_rules, ports_of(request), asker_of(request), form.rules))


async def schema_shown(request: Request) -> Response:
    """What an editor needs to complete and underline a rule file."""
    return answer(await in_thread(rules_schema, ports_of(request), asker_of(request)))


async def tried(request: Request) -> Response:
    """Try a text on the newest mentions, piece by piece: a caller who hangs up ends it."""
    form = await body_of(request, TryForm)
    state = request.app.state
    if getattr(state, "trials", None) is None:
        state.trials = anyio.CapacityLimiter(_TRIALS_AT_ONCE)
    run = await in_thread(try_rules, ports_of(request), asker_of(request), form.rules, form.last)
    while await anyio.to_thread.run_sync(run.step, limiter=state.trials):
        if await request.is_disconnected():
            break
    return answer(api_backtest(run))


@once
async def rolled_back(request: Request) -> Response:
    """Publish a copy of an earlier version, or ask for a second person where it touches legal."""
    form = await body_of(request, RollBackForm)
    done = await in_thread(
        roll_back_rules, ports_of(request), asker_of(request), form.version, reason=form.reason, expected=form.expected_version
    )
    return answer(await in_thread(api_published, ports_of(request), asker_of(request), done.version, done.waits))


async def waiting(request: Request) -> Response:
    """What waits for a second person."""
    return answer({"items": await in_thread(api_rules_waiting, ports_of(request), asker_of(request))})


async def proposal(request: Request) -> Response:
    """One of them, decided or not."""
    return answer(await in_thread(api_rules_proposal, ports_of(request), asker_of(request), request.path_params["id"]))


async def confirmed(request: Request) -> Response:
    """Be the second person: the text comes into force."""
    version = await in_thread(confirm_rules, ports_of(request), asker_of(request), request.path_params["id"])
    return answer(await in_thread(api_rules, ports_of(request), asker_of(request), version))


async def declined(request: Request) -> Response:
    """Keep it from coming into force, or take one's own back."""
    form = await body_of(request, DeclineForm)
    await in_thread(decline_rules, ports_of(request), asker_of(request), request.path_params["id"], form.reason)
    return await proposal(request)


async def why(request: Request) -> Response:
    """Why a rule fired on a case, or did not."""
    query = query_of(request, WhyQuery)
    return answer(await in_thread(api_why, ports_of(request), asker_of(request), query.rule, query.case))


ENTRIES: Final = (
    Entry("GET", "/api/v1/rules", shown, needs("rules.read"), summary="The active rules, or one version of them.", query=RulesQuery,
          answer=RulesRecord, fails=(404,), tag="Rules"),
    Entry("GET", "/api/v1/rules/versions", versions, needs("rules.read"), summary="The versions of the rules, newest first.",
          query=VersionsQuery, answer=RulesSteps, tag="Rules"),
    Entry("PUT", "/api/v1/rules", published, needs("rules.edit"), body=PublishForm,
          summary="Publish rules as a new version; what touches legal waits for a second person.",
          answer=RulesRecord, fails=(409,), tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("POST", "/api/v1/rules/check", checked, needs("rules.read"), summary="Examine rules: errors with line and field, examples run.",
          body=CheckForm, answer=Examination, tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("GET", "/api/v1/rules/schema", schema_shown, needs("rules.read"), answer=RulesSchema, tag="Rules",
          summary="The JSON Schema of a rule file, with the desk's own queues and policies, for editors."),
    Entry("POST", "/api/v1/rules/backtest", tried, needs("rules.read"), summary="What these rules would have decided otherwise lately.",
          body=TryForm, answer=Backtest, tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("POST", "/api/v1/rules/rollback", rolled_back, needs("rules.edit"), body=RollBackForm, answer=RulesRecord, fails=(404, 409),
          summary="Go back to an earlier version; honours Idempotency-Key.", tag="Rules"),
    Entry("GET", "/api/v1/rules/why", why, needs("rules.read"), query=WhyQuery, answer=WhyAnswer, fails=(404,), tag="Rules",
          summary="Why a rule fired on a case or did not, at each moment the rules were asked; without a rule, every rule."),
    Entry("GET", "/api/v1/rules/waiting", waiting, needs("rules.read"), answer=RulesWaitingList, tag="Rules",
          summary="Rules that touch legal and wait for a second person."),
    Entry("GET", "/api/v1/rules/waiting/{id}", proposal, needs("rules.read"), answer=RulesWaiting, fails=(404,), tag="Rules",
          summary="One of them with its text, decided or not."),
    Entry("POST", "/api/v1/rules/waiting/{id}/confirm", confirmed, needs("rules.confirm"), answer=RulesRecord, fails=(404, 409),
          tag="Rules", summary="Be the second person: it comes into force. Never for whoever asked for it."),
    Entry("POST", "/api/v1/rules/waiting/{id}/decline", declined, needs("rules.confirm"), body=DeclineForm, answer=RulesWaiting,
          fails=(404, 409), summary="Decline it with a reason, or take one's own back.", tag="Rules"),
)  # fmt: skip
