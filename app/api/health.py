"""For those who watch over the process: up, ready, and its figures for Prometheus."""

from ipaddress import ip_address
from typing import Final

import anyio
import anyio.to_thread
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.reading import in_thread, ports_of
from app.door.entry import PUBLIC, Entry
from app.door.identity import identify
from app.engine.telemetry import INTAKE_WAITING, REGISTRY
from app.queries.api_readiness import AWAY, Readiness, api_readiness, intake_depth

READY_SECONDS: Final = 2.0
"""A database that does not answer for so long counts as away: whoever asks has a time limit too, and needs an answer within it."""
_ASKED_AT_ONCE: Final = 2  # threads that may hang on such a database; further questions are answered without asking it
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")


class Alive(BaseModel):
    """The process answers."""

    status: str


async def alive(_: Request) -> Response:
    """200 as long as the process answers at all; it asks nothing of the database."""
    return answer({"status": "ok"})


async def ready(request: Request) -> Response:
    """200 when it can do its work, 503 with what is amiss when it cannot."""
    app = request.app.state
    limiter: anyio.CapacityLimiter | None = getattr(app, "readiness", None)
    if limiter is None:
        limiter = app.readiness = anyio.CapacityLimiter(_ASKED_AT_ONCE)
    found = AWAY
    with anyio.move_on_after(READY_SECONDS):
        found = await anyio.to_thread.run_sync(api_readiness, ports_of(request), limiter=limiter, abandon_on_cancel=True)
    return answer(found, 200 if found.ready else 503)


async def metrics(request: Request) -> Response:
    """The figures: for this machine itself openly, for others with a token that may read the measures."""
    ports = ports_of(request)
    if not _from_here(request):
        visitor = await anyio.to_thread.run_sync(identify, ports, request)
        visitor.asker.need("measures.read")
    INTAKE_WAITING.set(await in_thread(intake_depth, ports))
    return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _from_here(request: Request) -> bool:
    """Whether the request was made on this machine, and not brought by a proxy on it."""
    if request.client is None or any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


ENTRIES: Final = (
    Entry("GET", "/healthz", alive, PUBLIC, summary="The process is up.", answer=Alive, tag="Health"),
    Entry("GET", "/readyz", ready, PUBLIC, answer={200: Readiness, 503: Readiness}, tag="Health",
          summary="The process can do its work: database, migrations, intake, scheduler."),
    Entry("GET", "/metrics", metrics, PUBLIC, summary="Figures in Prometheus' text form; from elsewhere with a token that may read.",
          answer={200: "text/plain"}, fails=(401, 403), tag="Health"),
)  # fmt: skip
