"""``earshot rules …``: routing rules from files."""

from pathlib import Path
from typing import Final

import typer

from app.actions.apply_rules import POLICIES_FOLDER, RULES_FILE, apply_rules, read_rules
from app.cli.app import BAD_INPUT, say
from app.cli.desk import OPERATOR, opened, read_settings
from app.cli.progress import progress
from app.core.errors import Conflict, DeskError, Invalid
from app.judgement.examining import examine
from app.policy.parse import read_folder
from app.routing import store as routing
from app.routing.backtest import Report, backtest
from app.routing.check import check as check_text
from app.routing.kept_rules import compiled
from app.routing.lint import Known
from app.routing.model import Problem
from app.routing.queues import parse_queues

commands = typer.Typer(add_completion=False, help="Check, apply, export and try routing rules.", no_args_is_help=True)

_DIR: Final = typer.Argument(None, metavar="[DIR]", help="Folder with rules.yaml; EARSHOT_RULES_DIR when left out.")
_QUEUES_FILE: Final = "queues.yaml"
_SHOWN_CHANGES: Final = 20


@commands.command("check")
def check(folder: Path | None = _DIR) -> None:
    """Read, lint and run the examples of DIR/rules.yaml, with its queues and policies. Needs no database."""
    folder = folder or read_settings().earshot_rules_dir
    text = read_rules(folder)
    problems: list[str] = []
    verdict = check_text(text, _known_in(folder, problems))
    problems += [_line(RULES_FILE, problem) for problem in verdict.problems]
    for line in problems:
        print(line)
    others = len(problems) - len(verdict.problems)
    say(f"{folder / RULES_FILE}: {verdict.words}" + (f" {others} more in the files beside it." if others else ""))
    if not verdict.ok or others:
        raise typer.Exit(BAD_INPUT)


@commands.command("apply")
def apply(folder: Path | None = _DIR, reason: str = typer.Option("", help="Why, for the list of versions.")) -> None:
    """Publish the rules and policies of DIR where they differ from what is in force."""
    with opened(writes=True) as ports:
        try:
            done = apply_rules(ports, OPERATOR, folder, reason)
        except Invalid as error:
            more = f" (and {len(error.errors) - 1} more: `earshot rules check` lists them)" if len(error.errors) > 1 else ""
            raise Invalid(f"{error.detail}{more}") from None
    for warning in done.warnings:
        say(f"warning: {warning}")
    for policy, version in done.policies:
        print(f"The policy {policy} is now version {version}.")
    if done.rules_changed:
        print(f"The rules are now version {done.version}.")
    if not done.changed:
        print(f"Nothing changed: version {done.version} says the same.")


@commands.command("export")
def export(
    folder: Path = typer.Argument(metavar="DIR", help="Where rules.yaml is written."),
    force: bool = typer.Option(False, "--force", help="Overwrite a rules.yaml that says something else."),
) -> None:
    """Write the rules in force to DIR/rules.yaml, as they were published."""
    with opened() as ports, ports.db.read() as conn:
        version, text = routing.active(conn)
    path = folder / RULES_FILE
    if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text and not force:
        raise Conflict(f"{path} says something else: name another folder, or add --force to overwrite it.")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"Version {version} of the rules is in {path}.")


@commands.command("backtest")
def run_backtest(
    folder: Path | None = _DIR, last: int = typer.Option(1_000, min=1, max=100_000, help="How many stored mentions to decide again.")
) -> None:
    """Say what the rules of DIR would have decided otherwise about the last mentions. Changes nothing."""
    with opened() as ports, ports.db.read() as conn:
        text = read_rules(folder or ports.data.root)
        verdict = examine(ports, conn, text)
        if verdict.compiled is None:
            raise Invalid(f"{RULES_FILE}: {verdict.problems[0]}")
        before = routing.active_rules(conn)
        pasts = routing.last_pasts(conn, last)
        with progress() as bars:
            report = backtest(bars.track(pasts, description="Deciding"), before, compiled(text), _SHOWN_CHANGES)
    _print(report, before.version)


def _known_in(folder: Path, problems: list[str]) -> Known:
    """What the folder itself names; faults in those files are added to ``problems``."""
    queues = policies = None
    if (folder / _QUEUES_FILE).is_file():
        found = parse_queues((folder / _QUEUES_FILE).read_text(encoding="utf-8", errors="replace"))
        if isinstance(found, list):
            problems += [_line(_QUEUES_FILE, problem) for problem in found]
        else:
            queues = frozenset(queue.id for queue in found)
    if (folder / POLICIES_FOLDER).is_dir():
        try:
            policies = frozenset(policy.id for policy in read_folder(folder / POLICIES_FOLDER))
        except DeskError as error:
            problems.append(f"{POLICIES_FOLDER}: error: {error.detail}")
    return Known(queues=queues, policies=policies)


def _line(file: str, problem: Problem) -> str:
    return f"{file}:{problem.line}:{problem.column}: {problem.severity}: {problem.field}: {problem.msg}. {problem.mend}"


def _print(report: Report, version: int) -> None:
    print(f"Against version {version}: {report.words}")
    for name, count in report.by_field:
        print(f"  {name}: {count:,}")
    for before, after, count in report.moves:
        print(f"  {before or 'no queue'} -> {after or 'no queue'}: {count:,}")
    fires = [(rule, was, now) for rule, was, now in report.fires if was != now]
    for rule, was, now in fires:
        print(f"  rule {rule} fired {was:,} times, would fire {now:,} times")
    for change in report.changes:
        print(f"  {change.mention}  {change.words}  “{change.excerpt}”")
    if report.changed > len(report.changes):
        print(f"  and {report.changed - len(report.changes):,} more")
