"""``earshot audit …``: the ledger, verified and exported."""

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final

import typer
from sqlalchemy import Connection

from app.actions.seal_log import seal_log
from app.cli.app import FAILURE, say
from app.cli.desk import opened
from app.cli.moments import moment_given
from app.cli.progress import progress
from app.engine import ledger
from app.engine.ledger import Verdict, canonical, sealed_events, verify
from app.engine.ledger_anchor import anchor_path, parse_anchor, read_anchor

commands = typer.Typer(add_completion=False, help="Verify and export the ledger.", no_args_is_help=True)

_SINCE: Final = typer.Option(None, help="From this moment on, such as 2026-02-24T19:35:52Z or 2026-02-24.")
_UNTIL: Final = typer.Option(None, help="Up to this moment, itself left out.")


@commands.command("verify")
def verify_ledger(
    head: str | None = typer.Option(None, "--head", help="A head noted earlier, SEQ:HASH, to hold the chain against."),
) -> None:
    """Walk the chain of seals and name the first broken link. Prints the head to note down; exit 1 when a link is broken."""
    anchors = [parse_anchor(head, "--head")] if head is not None else []
    with opened() as ports:
        path = anchor_path(ports.settings)
        noted = read_anchor(path) if path is not None else None
        if noted is not None:
            anchors.append(noted)
        with ports.db.read() as conn:
            verdict = verify(conn, ports.keys, anchors)
    if path is not None and noted is None and verdict.sealed:
        say(f"{path} is gone: had the end of the ledger been cut off, only a head noted elsewhere could tell (--head).")
    if verdict.broken_at is not None:
        print(f"broken at {verdict.broken_at}: {verdict.why}")
        say(f"The ledger is broken at event {verdict.broken_at} ({verdict.why}): compare it with a backup before anything else is done.")
        raise typer.Exit(FAILURE)
    print(_words(verdict))


@commands.command("export")
def export(
    file: Path = typer.Argument(help="Where to; .gz is packed, - is stdout."),
    since: str | None = _SINCE,
    until: str | None = _UNTIL,
) -> None:
    """Write sealed events as JSON lines, each in the form that is sealed, with its personal words and its seal."""
    first, last = moment_given("--since", since), moment_given("--until", until)
    with opened() as ports:
        seal_log(ports)
        with ports.db.read() as conn, progress() as bars, _output(file) as out:
            count = 0
            total = ledger.head(conn)
            writing = bars.add_task("Writing", total=total.seq if total is not None else 0)
            for line in _lines(conn, first, last):
                out.write(line + "\n")
                count += 1
                if count % 1_000 == 0:
                    bars.update(writing, completed=count)
            bars.update(writing, completed=count, total=count)
    say(f"{count:,} events are in {file}.")


def _lines(conn: Connection, first: datetime | None, last: datetime | None) -> Iterator[str]:
    for event, seal in sealed_events(conn):
        if event is None or (first is not None and event.at < first) or (last is not None and event.at >= last):
            continue
        personal = {k: event.data[k] for k in seal.hidden if k in event.data}
        if event.actor.kind == "customer" and event.actor.name:
            personal["actor"] = event.actor.name
        line = {"event": canonical(event, seal.hidden, seal.personal), "personal": personal, "seal": seal.hash}
        yield json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@contextmanager
def _output(file: Path) -> Iterator[IO[str]]:
    if str(file) == "-":
        yield sys.stdout
    elif file.name.endswith(".gz"):
        with gzip.open(file, "wt", encoding="utf-8") as packed:
            yield packed
    else:
        with file.open("w", encoding="utf-8") as plain:
            yield plain


def _words(verdict: Verdict) -> str:
    parts = [f"ok: {verdict.sealed:,} events sealed"]
    if verdict.erased:
        parts.append(f"{verdict.erased:,} with words erased")
    if verdict.unsealed:
        parts.append(f"{verdict.unsealed:,} not sealed yet")
    if verdict.head is not None:
        parts.append(f"head {verdict.head}")
    return ", ".join(parts)
