"""POST /mentions: one mention, an array, or one a line. Each item is judged by itself; accepted means committed.

Deliveries that arrive together share a transaction, and one fsync. The bounds are 1,000 items and 5 MiB a call, and how many calls and
bytes may be inside together; above those and the intake's own bound a call gets 429 and nothing of it is taken.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from app.actions.accept_mentions import Delivery, ItemResult, Status, Undecodable, accept_mentions
from app.api.answers import answer
from app.api.errors import BadRequest, WrongMediaType
from app.api.reading import MAX_DEPTH, asker_of, decode, doubled, in_thread, media_type, ports_of, spelt, too_deep
from app.core.errors import Invalid, TooLarge, TooMany
from app.door.entry import Entry, needs
from app.engine.group_commit import GroupCommit
from app.engine.ports import Ports
from app.queries.api_mention import MENTION_FORM

MAX_ITEMS: Final = 1_000
MAX_BODY_BYTES: Final = 5 * 1_048_576
CALLS_AT_ONCE: Final = 64  # at 200 calls a second, a slow machine's, the last of them waits a third of a second
BYTES_AT_ONCE: Final = MAX_BODY_BYTES  # decoded and checked they take some twenty times as much memory
_READ_AT_ONCE_BYTES: Final = 8_192  # read in a fraction of the time that a way to another thread and back takes
_ITEMS_A_TRANSACTION: Final = 5_000  # keeps the statements under the databases' bounds on parameters
_SOURCE_LENGTH: Final = 80
_LINES: Final = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})

Intake = GroupCommit[Delivery, "tuple[ItemResult, ...] | TooMany"]


class ItemError(BaseModel):
    """Why an item was not taken, and where in it."""

    detail: str
    errors: list[dict[str, Any]] = Field(default=[])


class ItemAnswer(BaseModel):
    """What became of one item; ``error`` is there for rejected ones."""

    index: int
    external_id: str | None
    status: Status
    error: ItemError | None = None


class Accepted(BaseModel):
    """The answer to a delivery. What is accepted is committed."""

    accepted: int
    duplicates: int
    rejected: int
    results: list[ItemAnswer]


async def receive(request: Request) -> Response:
    """Take the delivery in and answer after its commit."""
    ports, asker = ports_of(request), asker_of(request)
    kind, raw = media_type(request), await request.body()
    items = _items(kind, raw) if len(raw) <= _READ_AT_ONCE_BYTES else await in_thread(_items, kind, raw)
    delivery = Delivery(f"api:{asker.actor.id}"[:_SOURCE_LENGTH], items)
    results = await _intake(request, ports).submit(delivery)
    if isinstance(results, TooMany):
        raise results
    counts = {status: sum(r.status == status for r in results) for status in ("accepted", "duplicate", "rejected")}
    body = {
        "accepted": counts["accepted"],
        "duplicates": counts["duplicate"],
        "rejected": counts["rejected"],
        "results": [_result(r) for r in results],
    }
    return answer(body, 202)


def _intake(request: Request, ports: Ports) -> Intake:
    """The one group commit of this application."""
    intake: Intake | None = getattr(request.app.state, "intake", None)
    if intake is None:
        intake = request.app.state.intake = GroupCommit(lambda deliveries: _write(ports, deliveries))
    return intake


def _write(ports: Ports, deliveries: Sequence[Delivery]) -> list[tuple[ItemResult, ...] | TooMany]:
    answers: list[tuple[ItemResult, ...] | TooMany] = []
    for some in _parted(deliveries):
        answers += accept_mentions(ports, some)
    return answers


def _parted(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    some: list[Delivery] = []
    count = 0
    for delivery in deliveries:
        if some and count + len(delivery.items) > _ITEMS_A_TRANSACTION:
            yield some
            some, count = [], 0
        some.append(delivery)
        count += len(delivery.items)
    if some:
        yield some


def _items(kind: str, raw: bytes) -> list[object]:
    if kind in _LINES:
        items = _of_lines(raw)
    elif kind == "application/json":
        items = _of_value(decode(raw))
    else:
        said = kind or "a body without a content type"
        raise WrongMediaType(f"Mentions are sent as application/json or application/x-ndjson, not as {said}.")
    if len(items) > MAX_ITEMS:
        raise TooLarge(f"{len(items):,} mentions in one call: send at most {MAX_ITEMS:,}.")
    return items


def _of_value(value: Any) -> list[object]:
    if isinstance(value, list):
        return [_checked(item, None) for item in value]
    if not isinstance(value, dict) and doubled(value) is None:
        raise Invalid(
            "Send a mention as an object, or an array of them.", errors=[{"loc": ["body"], "msg": "must be an object or an array"}]
        )
    return [_checked(value, None)]


def _of_lines(raw: bytes) -> list[object]:
    items: list[object] = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            items.append(_checked(decode(line), number))
        except BadRequest as error:
            detail = error.detail.replace("The body", f"Line {number}").replace(" at line 1, column", " at column")
            items.append(Undecodable(Invalid(detail, errors=[{"loc": ["line", number], "msg": detail}])))
    return items


def _checked(item: Any, line: int | None) -> object:
    """The item, or why it cannot be one: what the decoder saw and the intake's model could not."""
    place: list[Any] = [] if line is None else ["line", line]
    where = "This mention" if line is None else f"Line {line}"
    twice = doubled(item)
    if twice is not None:
        said = f"the key {twice.key!r} stands twice"
        return Undecodable(Invalid(f"{where}: {said}: keep one.", errors=[{"loc": [*place, spelt(twice.key)], "msg": said}]))
    if too_deep(item):
        return Undecodable(
            Invalid(f"{where} is nested deeper than {MAX_DEPTH} levels.", errors=[{"loc": place, "msg": "nested too deeply"}])
        )
    return item


def _result(result: ItemResult) -> dict[str, Any]:
    told: dict[str, Any] = {"index": result.index, "external_id": result.external_id, "status": result.status}
    return told if result.error is None else told | {"error": result.error}


ENTRIES: Final = (
    Entry(
        "POST",
        "/api/v1/mentions",
        receive,
        needs("ingest"),
        summary="Deliver mentions: one object, an array, or application/x-ndjson; up to 1,000 items and 5 MiB a call.",
        body=MENTION_FORM,
        answer=Accepted,
        status=202,
        fails=(400, 413, 415, 422, 429, 503),
        tag="Ingest",
        own_body=True,
        max_body_bytes=MAX_BODY_BYTES,
        at_once=CALLS_AT_ONCE,
        bytes_at_once=BYTES_AT_ONCE,
    ),
)
