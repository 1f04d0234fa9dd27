"""Trying the working copy on the mentions that came last."""

from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.door.entry import Entry, needs
from app.queries.rule_backtest import LASTS, backtest_page
from app.web.render import page_response

_TRIALS_AT_ONCE: Final = 1  # a trial uses one processor for up to seconds; two would leave none for mentions


async def show(request: Request) -> Response:
    """What would have been decided otherwise."""
    wanted = request.query_params.get("last", "")
    last = next((n for n in LASTS if str(n) == wanted), LASTS[1])
    state = request.app.state
    if getattr(state, "page_trials", None) is None:
        state.page_trials = anyio.CapacityLimiter(_TRIALS_AT_ONCE)
    ports, asker = request.state.ports, request.state.visitor.asker
    page = await anyio.to_thread.run_sync(backtest_page, ports, asker, last, limiter=state.page_trials)
    return await page_response(request, "rules_try.html", page, active="rules", key="rules:elsewhere")


ENTRIES: Final = (Entry("GET", "/rules/try", show, needs("rules.edit")),)
