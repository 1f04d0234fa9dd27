"""A load generator as a process of its own, with its own ledger of what was acknowledged: ``python -m rig.sender PLAN``.

The ledger is a file of JSON lines ``{"at", "ms", "acked", "rejected"}``, appended and flushed before the next call of that connection,
so that it outlives the desk, the sender and the rig. The plan is a ``Load`` as JSON; the summary goes to stdout.
"""

import asyncio
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from app.core.clock import SystemClock, rfc3339
from rig.load import Load, Summary
from rig.wire import Answer, Wire

PATH: Final = "/api/v1/mentions"
_BACK_OFF_SECONDS: Final = 0.1  # after an error; a restarting desk is asked ten times a second by each connection
_LONGEST_WAIT_SECONDS: Final = 1.0  # a fault lasts seconds: what Retry-After asks beyond this is not waited for
_SHOWN: Final = 5
TEXTS: Final = (
    "@acme my parcel is late again and nobody answers, order 4411 was due on Monday",
    "@acme thank you, the new app is lovely",
    "@acme I was charged twice for one subscription, please refund me",
    "@acme how do I change the address of my delivery?",
    "@acme the charger got so hot it burnt my hand, my lawyer will be in touch",
    "@acme no signal in Leeds since this morning, is there an outage?",
    "@acme ok",
    "@acme Das Paket kam kaputt an. Wie bekomme ich mein Geld zurück?",
)


@dataclass(slots=True)
class _Call:
    """One delivery on its way: its body and when it was due."""

    body: bytes
    due: float


@dataclass
class Sender:
    """The state of one run."""

    load: Load
    ledger: TextIO
    bodies: Sequence[bytes] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    made: int = 0
    open: int = 0
    calls: int = 0
    acked: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    retry_after: int = 0
    details: list[str] = field(default_factory=list)

    async def run(self) -> Summary:
        """Send until the plan is done; then what came of it."""
        began = time.monotonic()
        due: asyncio.Queue[_Call | None] = asyncio.Queue(maxsize=0 if self.load.rate else self.load.connections)
        lines = [asyncio.create_task(self._line(i, due)) for i in range(self.load.connections)]
        async for call in self._calls():
            await due.put(call)
        for _ in lines:
            await due.put(None)
        _, late = await asyncio.wait(lines, timeout=self.load.patience_seconds)
        for line in late:
            line.cancel()
        failed = [r for r in await asyncio.gather(*lines, return_exceptions=True) if isinstance(r, Exception)]
        if failed:
            raise failed[0]
        ordered = sorted(self.latencies) or [0.0]
        return Summary(
            self.made, len(self.acked), len(self.rejected), self.open, self.calls, time.monotonic() - began, dict(self.statuses),
            dict(self.errors), self.retry_after, ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1], self.details,
        )  # fmt: skip

    async def _calls(self) -> AsyncIterator[_Call]:
        """Each new delivery, when it is due."""
        load, began = self.load, time.monotonic()
        if load.bodies is not None:
            for line in self.bodies:
                if self.stopping.is_set():
                    return
                yield _Call(line, time.monotonic())
            return
        while not self.stopping.is_set():
            now = time.monotonic()
            if (load.total is not None and self.made >= load.total) or (load.seconds is not None and now - began >= load.seconds):
                return
            due = began + self.made / load.rate if load.rate else now
            if due > now:
                await asyncio.sleep(due - now)
            size = load.batch if load.total is None else min(load.batch, load.total - self.made)
            mentions = [_mention(load, self.made + i) for i in range(size)]
            self.made += size
            yield _Call(json.dumps(mentions if load.batch > 1 else mentions[0]).encode(), due)
            if load.rate:
                await asyncio.sleep(0)  # a generator that is behind must still let its connections send

    async def _line(self, number: int, due: asyncio.Queue[_Call | None]) -> None:
        """One connection: takes what is due next and keeps at it until it is acknowledged."""
        chance = random.Random(self.load.seed * 10_000 + number)
        at = number
        wire = self._wire(at)
        try:
            while (call := await due.get()) is not None:
                self.open += 1
                while True:
                    began = call.due if self.load.rate else time.monotonic()
                    try:
                        answer = await wire.post(PATH, call.body)
                    except ConnectionError as error:
                        self.calls += 1
                        self.errors[str(error).partition(":")[0]] += 1
                        at += 1
                        wire.close()
                        wire = self._wire(at)
                        await asyncio.sleep(_BACK_OFF_SECONDS)
                        continue
                    if self._noted(answer, began):
                        self.open -= 1
                        if chance.random() >= self.load.redelivery:
                            break
                        self.open += 1
                    elif not self.load.retry:
                        self.open -= 1
                        break
                    else:
                        await asyncio.sleep(min(_LONGEST_WAIT_SECONDS, float(answer.headers.get("retry-after", _BACK_OFF_SECONDS))))
        finally:
            wire.close()

    def _wire(self, at: int) -> Wire:
        return Wire(self.load.urls[at % len(self.load.urls)], dict(self.load.headers), self.load.timeout_seconds)

    def _noted(self, answer: Answer, began: float) -> bool:
        """Whether the call is settled; an acknowledgement stands in the ledger before anything else is done."""
        self.calls += 1
        self.statuses[str(answer.status)] += 1
        if answer.status in (429, 503):
            self.retry_after += "retry-after" in answer.headers
            return False
        if answer.status != 202:
            if len(self.details) < _SHOWN:
                self.details.append(f"{answer.status} {answer.body[:300].decode(errors='replace')}")
            return answer.status in (400, 413, 415, 422)  # it will be refused however often it is sent
        taken = (time.monotonic() - began) * 1000
        results = json.loads(answer.body)["results"]
        acked = [r["external_id"] for r in results if r["status"] != "rejected"]
        rejected = [r["external_id"] for r in results if r["status"] == "rejected"]
        self.ledger.write(json.dumps({"at": time.time(), "ms": round(taken, 2), "acked": acked, "rejected": rejected}) + "\n")
        self.ledger.flush()
        self.acked.update(acked)
        self.rejected.update(str(id) for id in rejected)
        self.latencies.append(taken)
        return True


def _mention(load: Load, number: int) -> dict[str, Any]:
    handle, id = f"{load.prefix}_author_{number % load.authors}", f"{load.prefix}{number}"
    return {
        "network": "x", "account": "@acme", "external_id": id, "text": f"{load.text or TEXTS[number % len(TEXTS)]} {id}",
        "created_at": rfc3339(SystemClock().now()), "author": {"handle": handle, "name": handle.title(), "followers": number % 5_000},
    }  # fmt: skip


def _main(plan: Path) -> Summary:
    load = Load(**json.loads(plan.read_text(encoding="utf-8")))
    bodies = Path(load.bodies).read_bytes().splitlines() if load.bodies else ()
    with plan.with_suffix(".ledger").open("a", encoding="utf-8") as ledger:
        return asyncio.run(_run(Sender(load, ledger, bodies)))


async def _run(sender: Sender) -> Summary:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, sender.stopping.set)
    return await sender.run()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_main(Path(sys.argv[1])))) + "\n")
