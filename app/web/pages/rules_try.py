"""Trying the working copy on the mentions that came last: as a stream that says how far it is and ends with the result, or all at once.

The stream is lines of JSON: ``{"done": 250, "total": 10312}`` after each piece, ``{"html": "…"}`` at the end. Whoever hangs up ends the
trial. A browser without script asks for the page with ``run`` and gets it with the result in it.
"""

import json
from collections.abc import AsyncIterator
from typing import Final

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.door.entry import Entry, needs
from app.queries.rule_backtest import LASTS, Begun, begin_trial, trial_page
from app.queries.rule_trial import Run
from app.web.render import macro, page_response

_STEPS_AT_ONCE: Final = 1  # a step takes one processor for a tenth of a second; two would leave none for mentions
_DEFAULT: Final = 1_000


async def show(request: Request) -> Response:
    """The form, and with ``run`` what would have been decided otherwise."""
    last, ran = _last(request), bool(request.query_params.get("run"))
    begun = await _begun(request, last)
    if begun.run is not None and ran:
        async for _ in _steps(request, begun.run):
            if await request.is_disconnected():
                break
    page = trial_page(begun, last, ran=ran)
    return await page_response(request, "rules_try.html", page, active="rules", key="rules:elsewhere")


async def run(request: Request) -> Response:
    """The trial as a stream."""
    last = _last(request)
    begun = await _begun(request, last)
    return StreamingResponse(_lines(request, begun, last), media_type="application/x-ndjson", headers={"X-Accel-Buffering": "no"})


async def _lines(request: Request, begun: Begun, last: int) -> AsyncIterator[bytes]:
    if begun.run is not None:
        async for done in _steps(request, begun.run):
            yield _line({"done": done, "total": begun.run.total})
    page = await anyio.to_thread.run_sync(lambda: trial_page(begun, last, ran=True))
    result = macro("macros/rules_trust.html", "trial_result", page.result, page.errors) if page.result is not None else ""
    yield _line({"html": result, "refused": page.refused})


async def _steps(request: Request, run: Run) -> AsyncIterator[int]:
    """One after the other with whatever else is tried at the time."""
    state = request.app.state
    if getattr(state, "page_trials", None) is None:
        state.page_trials = anyio.CapacityLimiter(_STEPS_AT_ONCE)
    more = True
    while more:
        more = await anyio.to_thread.run_sync(run.step, limiter=state.page_trials)
        yield run.done


async def _begun(request: Request, last: int) -> Begun:
    return await anyio.to_thread.run_sync(begin_trial, request.state.ports, request.state.visitor.asker, last)


def _last(request: Request) -> int:
    wanted = request.query_params.get("last", "")
    return next((n for n in LASTS if str(n) == wanted), _DEFAULT)


def _line(values: dict[str, object]) -> bytes:
    return json.dumps(values).encode() + b"\n"


ENTRIES: Final = (
    Entry("GET", "/rules/try", show, needs("rules.edit")),
    Entry("GET", "/rules/try/run", run, needs("rules.edit")),
)
