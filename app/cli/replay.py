"""``earshot replay``: a recorded stream sent to a running desk, at its own pace times a speed."""

import time
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx2
import typer

from app.actions.accept_mentions import Undecodable
from app.cli.app import say
from app.cli.mention_files import form_of, read_mentions
from app.cli.moments import moment_given
from app.cli.progress import progress
from app.cli.row_files import count_rows
from app.cli.stream import Pace, Recorded, Sender, due_batches, moment_of
from app.core.clock import SystemClock, rfc3339
from app.core.errors import Invalid

commands = typer.Typer(add_completion=False)

_TIMEOUT_SECONDS: Final = 30.0


@commands.command()
def replay(
    file: Path = typer.Argument(help="JSON lines or CSV in order of time, either with .gz."),
    to: str = typer.Option(..., "--to", help="The desk, such as http://127.0.0.1:8000."),
    token: str = typer.Option(
        ..., envvar="EARSHOT_TOKEN", help="A token with the scope ingest; EARSHOT_TOKEN keeps it out of the process list."
    ),
    speed: str = typer.Option("1x", help="How many times as fast as it was, such as 60x; max for no waiting."),
    from_time: str | None = typer.Option(None, help="Begin at this moment of the stream, such as 2026-02-24T19:35:52Z or 2026-02-24."),
    to_time: str | None = typer.Option(None, help="End before this moment of the stream."),
    form: str | None = typer.Option(None, "--format", help="contract | data; each row tells by itself when left out."),
    keep_times: bool = typer.Option(False, "--keep-times", help="Send the times as recorded instead of the moment of sending."),
) -> None:
    """Send a recorded stream to a running desk. Sent a second time, mentions of the same ids are duplicates."""
    pace = Pace(speed_of(speed), keep_times)
    first, last = moment_given("--from-time", from_time), moment_given("--to-time", to_time)
    chosen = form_of(form)
    total = count_rows(file)
    unreadable = 0

    with httpx2.Client(timeout=_TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {token}"}) as client, progress() as bars:
        sending = bars.add_task("Sending", total=total)
        sender = Sender(client, address_of(to), time.sleep)

        def stream() -> "list[Recorded]":
            nonlocal unreadable
            found = []
            for row in read_mentions(file, chosen):
                moment = None if isinstance(row.body, Undecodable) else moment_of(row.body)
                if moment is None or not isinstance(row.body, dict):
                    unreadable += 1
                elif (first is None or moment >= first) and (last is None or moment < last):
                    found.append(Recorded(moment, row.body))
            return sorted(found, key=lambda one: one.at)

        recorded = stream()
        bars.update(sending, total=len(recorded))
        reached: datetime | None = None
        try:
            for batch in due_batches(recorded, pace, SystemClock(), time.sleep):
                sender.send([one.body for one in batch])
                reached = batch[-1].at
                bars.advance(sending, len(batch))
        except BaseException:
            if reached is not None:
                say(f"Sent up to {rfc3339(reached)}: go on with --from-time {rfc3339(reached)}.")
            raise
    counts = sender.counts
    say(f"{counts['accepted']:,} accepted, {counts['duplicates']:,} duplicates, {counts['rejected']:,} rejected by the desk.")
    for example in sender.rejections:
        say(f"Rejected: {example}")
    if unreadable:
        say(f"{unreadable:,} rows could not be sent; `earshot import mentions` would name each with its reason.")


def speed_of(text: str) -> float | None:
    """``60x`` or ``60`` as a number, None for ``max``; Invalid for anything else."""
    if text.strip().lower() == "max":
        return None
    try:
        speed = float(text.strip().lower().removesuffix("x"))
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1_000_000:
        raise Invalid(f"--speed {text} is no speed: write it like 60x, 0.5x or max.")
    return speed


def address_of(to: str) -> str:
    """Where mentions are posted on the desk at ``to``."""
    try:
        url = httpx2.URL(to)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise Invalid(f"--to {to} is no address: write it like http://127.0.0.1:8000.")
    bare = to.rstrip("/").removesuffix("/mentions").removesuffix("/api/v1")
    return f"{bare}/api/v1/mentions"
