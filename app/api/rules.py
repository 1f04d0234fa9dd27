"""The routing rules: read, examined, tried on what has come already, published, taken back."""

from typing import Annotated, Final

import anyio
import anyio.to_thread
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

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
    api_rule_versions,
    api_rules,
    check_rules,
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


class TryForm(CheckForm):
    """A rule file, and on how many of the newest mentions to try it."""

    last: Whole = Field(_LAST, ge=1, le=MOST_PASTS)


class RollBackForm(Form):
    """Which version to go back to, and why."""

    version: Whole = Field(ge=1, le=_LARGEST_VERSION)
    reason: Words = Field("", max_length=2_000)


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
    """Publish a new version."""
    form = await body_of(request, PublishForm)
    version = await in_thread(
        publish_rules, ports_of(request), asker_of(request), form.rules, reason=form.reason, expected=form.expected_version
    )
    return answer(await in_thread(api_rules, ports_of(request), asker_of(request), version))


async def checked(request: Request) -> Response:
    """Examine a text."""
    form = await body_of(request, CheckForm)
    return answer(await in_thread(check_rules, ports_of(request), asker_of(request), form.rules))


async def tried(request: Request) -> Response:
    """Try a text on the newest mentions."""
    form = await body_of(request, TryForm)
    state = request.app.state
    if getattr(state, "trials", None) is None:
        state.trials = anyio.CapacityLimiter(_TRIALS_AT_ONCE)
    ports, asker = ports_of(request), asker_of(request)
    return answer(await anyio.to_thread.run_sync(lambda: try_rules(ports, asker, form.rules, form.last), limiter=state.trials))


@once
async def rolled_back(request: Request) -> Response:
    """Publish a copy of an earlier version."""
    form = await body_of(request, RollBackForm)
    version = await in_thread(roll_back_rules, ports_of(request), asker_of(request), form.version, reason=form.reason)
    return answer(await in_thread(api_rules, ports_of(request), asker_of(request), version))


ENTRIES: Final = (
    Entry("GET", "/api/v1/rules", shown, needs("rules.read"), summary="The active rules, or one version of them.", query=RulesQuery,
          answer=RulesRecord, fails=(404,), tag="Rules"),
    Entry("GET", "/api/v1/rules/versions", versions, needs("rules.read"), summary="The versions of the rules, newest first.",
          query=VersionsQuery, answer=RulesSteps, tag="Rules"),
    Entry("PUT", "/api/v1/rules", published, needs("rules.edit"), summary="Publish rules as a new version.", body=PublishForm,
          answer=RulesRecord, fails=(409,), tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("POST", "/api/v1/rules/check", checked, needs("rules.read"), summary="Examine rules: errors with line and field, examples run.",
          body=CheckForm, answer=Examination, tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("POST", "/api/v1/rules/backtest", tried, needs("rules.read"), summary="What these rules would have decided otherwise lately.",
          body=TryForm, answer=Backtest, tag="Rules", max_body_bytes=_BODY_BYTES),
    Entry("POST", "/api/v1/rules/rollback", rolled_back, needs("rules.edit"), body=RollBackForm, answer=RulesRecord, fails=(404, 409),
          summary="Go back to an earlier version; honours Idempotency-Key.", tag="Rules"),
)  # fmt: skip
