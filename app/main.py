"""The composition root: settings become ports, ports become the app and its jobs. Nothing else knows all the parts."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from app.actions.attempts import Publishers
from app.actions.open_workspace import open_workspace
from app.api.errors import api_problem, is_api
from app.api.table import API_ENTRIES, allowed_methods
from app.channels.by_hand import ByHandPublisher
from app.channels.echo import Echo
from app.channels.no_receiver import NoReceiver
from app.channels.port import Publisher
from app.core.clock import Clock, SystemClock
from app.core.errors import DeskError, NotFound, Unavailable
from app.core.settings import Settings
from app.demo import load, player
from app.door.guard import routes_of
from app.door.headers import SecurityHeaders, secure
from app.engine.keys import load_keys
from app.engine.loop_lag import watch_loop
from app.engine.memory import few_pools
from app.engine.ports import Ports, open_ports
from app.engine.schema import is_empty, migrate
from app.engine.telemetry import log, start_logs
from app.jobs.supervise import Jobs
from app.judgement.warming import warm_desk
from app.serving.server import run
from app.serving.stopper import Stopper
from app.web.errors import answer_error
from app.web.live.feed import Feed
from app.web.live.seen import tell_seen
from app.web.table import WEB_ENTRIES

_STATIC: Final = Path(__file__).resolve().parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts this process runs."""

    web: bool = True
    jobs: bool = True
    demo_start: datetime | None = None
    demo: bool = False


def open_desk(settings: Settings, clock: Clock | None = None) -> Ports:
    """Ports of the desk that the settings name; the schema is left as it is."""
    return open_ports(settings, clock or SystemClock(), load_keys(settings))


def publishers_of(ports: Ports) -> Publishers:
    """How answers leave, by the name a channel gives."""
    return {"echo": Echo(ports.db), "by_hand": ByHandPublisher(), "webhook": _webhook(ports)}


def _webhook(ports: Ports) -> Publisher:
    """The receiver's publisher; its HTTP client is read only where there is a receiver."""
    if not ports.settings.earshot_webhook_url:
        return NoReceiver()
    from app.channels.webhook import webhook_publisher

    return webhook_publisher(ports.settings, ports.clock)


@contextlib.contextmanager
def _beside_others(ports: Ports) -> Iterator[None]:
    """While a process serves: its server's pulse is felt, and it shares wake-ups with the others. SQLite needs neither, nor psycopg."""
    if ports.db.embedded:
        yield
        return
    from app.engine.pulse import felt
    from app.engine.wakeups import joined

    with felt(ports.db), joined(ports.db, ports.bus):
        yield


def build_app(ports: Ports, parts: Parts | None = None) -> Starlette:
    """The web application, with the jobs in its lifespan where this process runs them."""
    parts = parts or Parts()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        feed, jobs = Feed(ports), Jobs(ports, publishers_of(ports))
        app.state.feed = feed
        with _beside_others(ports):
            await feed.start()
            if parts.jobs:
                await jobs.start()
            beside = [asyncio.create_task(watch_loop(), name="loop lag"), *_play(ports, parts)]
            beside.append(asyncio.create_task(tell_seen(ports, feed), name="who is there"))
            if not parts.jobs:
                beside.append(asyncio.create_task(_warm(ports), name="warm up"))
            yield
            for task in beside:
                task.cancel()
            await feed.stop()
            if parts.jobs:
                await jobs.stop()
        ports.db.close()

    routes = [
        *routes_of(API_ENTRIES, ports, lambda _, error: api_problem(error)),
        *routes_of(WEB_ENTRIES, ports, answer_error),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    https = ports.settings.base_url.startswith("https:")
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, https=https)],
        exception_handlers={HTTPException: _not_routed, Exception: _unknown},
    )
    app.state.ports = ports
    return app


def serve(settings: Settings, host: str, port: int, demo: bool) -> None:
    """Everything in one process, on the embedded or any database, migrated first."""
    few_pools()
    start_logs(settings.earshot_log)
    if demo and "earshot_default_publisher" not in settings.model_fields_set:
        settings = settings.model_copy(update={"earshot_default_publisher": "echo"})
    ports = open_desk(settings)
    migrate(ports.db)
    open_workspace(ports)
    start = load.load_demo(ports) if demo else None
    _greet(ports, host, port)
    run(build_app(ports, Parts(demo_start=start, demo=bool(load.sign_ins(ports)))), ports, host, port)


def web(settings: Settings, host: str, port: int) -> None:
    """The Procfile's web process: pages and API, no jobs."""
    few_pools()
    start_logs(settings.earshot_log)
    ports = _on_tables(open_desk(settings))
    run(build_app(ports, Parts(jobs=False)), ports, host, port)


def worker(settings: Settings) -> None:
    """The Procfile's worker: the jobs alone, until told to stop."""
    few_pools()
    start_logs(settings.earshot_log)
    ports = _on_tables(open_desk(settings))
    open_workspace(ports)
    asyncio.run(_work(ports))


def _on_tables(ports: Ports) -> Ports:
    """The same ports, when there is a desk in their database; Unavailable where it is empty.

    A newer schema is no reason to refuse: during an upgrade the old code runs on it. What is missing in an older one, ``/readyz`` tells.
    """
    if is_empty(ports.db):
        raise Unavailable("The database has no tables yet: run `earshot migrate` first.")
    return ports


async def _work(ports: Ports) -> None:
    jobs = Jobs(ports, publishers_of(ports))
    stopper = Stopper(ports.stopping, drain_seconds=0)  # nobody sends anything here that would have to be sent elsewhere first
    with stopper.hearing(), _beside_others(ports):
        await jobs.start()
        await stopper.until_told()
        ports.stopping.close()
        await jobs.stop()
    ports.db.close()


async def _warm(ports: Ports) -> None:
    """Read the rules before an answer waits for them inside its transaction; where it fails they are read when they are needed."""
    try:
        await asyncio.to_thread(warm_desk, ports)
    except Exception:
        log.exception("the warm-up failed")


def _play(ports: Ports, parts: Parts) -> list[asyncio.Task[None]]:
    tasks = [asyncio.create_task(player.answer_back(ports), name="demo customers")] if parts.demo else []
    if parts.demo_start is not None:
        tasks.append(asyncio.create_task(player.play(ports, parts.demo_start), name="demo stream"))
    return tasks


def _greet(ports: Ports, host: str, port: int) -> None:
    """Where the desk is and who can sign in: for the person at the terminal, on stdout."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  # only compared, never bound here
    lines = [f"Earshot is at http://{shown}:{port}"]
    first: dict[str, str] = {}
    for one in load.sign_ins(ports):
        first.setdefault(one.role, f"  {one.role:<11} {one.email:<24} {one.password}")
    if first:
        lines += ["Demo sign-ins:", *first.values()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


async def _not_routed(request: Request, error: Exception) -> Response:
    """No such path, or not with this method: problem+json under /api, a page elsewhere."""
    if is_api(request.url.path):
        return api_problem(error, allow=allowed_methods(request.url.path))
    request.state.visitor = None
    found = NotFound("There is no page at this address.")
    if isinstance(error, HTTPException) and error.status_code == 405:
        found = NotFound("This address takes no such request.")
    return answer_error(request, found)


async def _unknown(request: Request, error: Exception) -> Response:
    """A fault of ours: loud in the log, generic outside, and under the same headers as every other answer."""
    log.error("a request failed", path=request.url.path, method=request.method, exc_info=error)
    if is_api(request.url.path):
        answer = api_problem(error)
    else:
        answer = answer_error(request, DeskError("Earshot failed on this, and wrote down why. Nothing was changed by it."))
    ports: Ports = request.app.state.ports
    secure(answer.headers, request.url.path, https=ports.settings.base_url.startswith("https:"))
    return answer
