"""``earshot import …``: mentions and customers from files."""

import time
from itertools import groupby
from pathlib import Path
from typing import Final

import typer
from rich.progress import Progress

from app.actions.import_customers import import_customers
from app.actions.import_mentions import RejectedRow, import_mentions
from app.cli.app import say
from app.cli.desk import OPERATOR, opened
from app.cli.mention_files import form_of, read_mentions
from app.cli.progress import progress
from app.cli.rejected import RejectedReport
from app.cli.row_files import count_rows, is_csv
from app.core.errors import Invalid, TooMany
from app.customers.file_form import read_file
from app.engine import intake_queue, leases
from app.engine.ports import Ports
from app.jobs.intake import one_batch

commands = typer.Typer(add_completion=False, help="Take mentions and customers in from files.", no_args_is_help=True)

_MAX_WAITS: Final = 120  # ten minutes of a full intake that does not get emptier: the worker has a trouble of its own
_FILE: Final = typer.Argument(help="JSON lines or CSV, either with .gz.")
_FORMAT: Final = typer.Option(None, "--format", help="contract | data; each row tells by itself when left out.")
_REJECTED: Final = typer.Option(None, help="Where rejected rows go; FILE.rejected.jsonl when left out.")


@commands.command("mentions")
def mentions(file: Path = _FILE, form: str | None = _FORMAT, rejected: Path | None = _REJECTED) -> None:
    """Take recorded mentions in. Those that were taken before are duplicates and change nothing."""
    chosen = form_of(form)
    total = count_rows(file)
    with opened(writes=True) as ports, RejectedReport(file, rejected) as report:
        started = time.perf_counter()
        with progress() as bars:
            reading = bars.add_task("Reading", total=total)

            def on_rejected(row: RejectedRow) -> None:
                report.add(row.row, list(row.errors) or [{"loc": [], "msg": row.detail}], row.record)

            done = import_mentions(
                ports, OPERATOR, read_mentions(file, chosen), make_room=_Room(ports, bars).make, on_rejected=on_rejected,
                on_progress=lambda rows: bars.update(reading, completed=rows),
            )  # fmt: skip
            rows = done.accepted + done.duplicates + done.rejected
            bars.update(reading, completed=rows, total=rows)
            here = not _is_worker_running(ports)
            if here:
                _work_all(ports, bars)
        seconds = time.perf_counter() - started
        with ports.db.read() as conn:
            left = intake_queue.depth(conn, ports.settings.earshot_intake_bound)
    say(f"{done.accepted:,} mentions taken, {done.duplicates:,} duplicates, {done.rejected:,} rejected, in {seconds:.1f} s.")
    if left:
        say(f"{left:,} wait in the intake: the {'next worker' if here else 'running desk'} works them off.")
    _tell_rejected(report)


@commands.command("customers")
def customers(
    file: Path = _FILE,
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would happen and change nothing."),
    form: str | None = _FORMAT,
    rejected: Path | None = _REJECTED,
) -> None:
    """Take customers in from the CRM. A row whose ref is known changes that customer; the same rows again change nothing."""
    if form_of(form) == "data" and is_csv(file):
        raise Invalid(f"{file.name} is CSV, but --format data is JSON lines: leave --format out.")
    total = count_rows(file)
    with opened(writes=True) as ports, RejectedReport(file, rejected) as report:
        with progress() as bars:
            reading = bars.add_task("Reading", total=total)
            rows = read_file(file, today=ports.clock.now().date())
            done = import_customers(ports, OPERATOR, rows, dry_run=dry_run, on_progress=lambda rows: bars.update(reading, completed=rows))
            bars.update(reading, completed=total)
        for number, problems in groupby(done.rejected, key=lambda p: p.row):
            report.add(number, [{"loc": [p.column], "msg": f"{p.problem}; {p.mend}"} for p in problems])
    would = " (nothing was changed: --dry-run)" if dry_run else ""
    say(f"{done.created:,} new, {done.updated:,} changed, {done.unchanged:,} the same, {done.rejected_rows:,} rejected{would}.")
    _tell_rejected(report)


class _Room:
    """Makes room in a full intake: works it off here, or waits for the worker that runs; at its bound it gives up."""

    def __init__(self, ports: Ports, bars: Progress) -> None:
        self._ports, self._bars = ports, bars
        self._waits = 0

    def make(self, full: TooMany) -> None:
        """Called while a chunk does not fit; raises what it was given to give up."""
        if not _is_worker_running(self._ports):
            if _work_all(self._ports, self._bars) == 0:
                raise full
            return
        self._waits += 1
        if self._waits > _MAX_WAITS:
            raise full
        time.sleep(full.retry_after_seconds)


def _is_worker_running(ports: Ports) -> bool:
    with ports.db.read() as conn:
        return leases.any_held(conn, ports.clock.now())


def _work_all(ports: Ports, bars: Progress) -> int:
    """Work the whole intake off; how many rows were worked."""
    with ports.db.read() as conn:
        waiting = intake_queue.depth(conn, ports.settings.earshot_intake_bound)
    if waiting == 0:
        return 0
    working = bars.add_task("Working", total=waiting)
    worked = 0
    while (batch := one_batch(ports)) > 0:
        worked += batch
        bars.update(working, completed=worked, total=max(waiting, worked))
    return worked


def _tell_rejected(report: RejectedReport) -> None:
    if report.rows:
        say(f"The rejected rows, each with its reasons, are in {report.path}.")
