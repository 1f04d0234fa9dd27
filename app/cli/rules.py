"""``earshot rules …``: routing rules from files."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Final

import typer

from app.actions.apply_rules import POLICIES_FOLDER, RULES_FILE, apply_rules, read_rules
from app.actions.confirm_rules import decline_rules
from app.channels.endpoints import FILE_NAME as PLACES_FILE
from app.channels.endpoints import load as load_places
from app.cli.app import BAD_INPUT, say
from app.cli.desk import OPERATOR, opened, read_settings
from app.cli.progress import progress
from app.core.errors import Conflict, DeskError, Invalid, NotFound
from app.judgement.examining import examine
from app.policy.macros import load_macros
from app.policy.parse import read_folder
from app.queries.rule_trial import trial_of
from app.queries.rule_why import why_page
from app.routing import store as routing
from app.routing import store_proposals as proposals
from app.routing.backtest import Report
from app.routing.check import check as check_text
from app.routing.lint import Known
from app.routing.model import Problem
from app.routing.queues import parse_queues
from app.routing.schema import schema

commands = typer.Typer(add_completion=False, help="Check, apply, export and try routing rules.", no_args_is_help=True)

_DIR: Final = typer.Argument(None, metavar="[DIR]", help="Folder with rules.yaml; EARSHOT_RULES_DIR when left out.")
_QUEUES_FILE: Final = "queues.yaml"
_MACROS_FOLDER: Final = "macros"
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


@commands.command("schema")
def print_schema(folder: Path | None = _DIR) -> None:
    """Print the JSON Schema of rules.yaml for editors, with the queues and policies of DIR. Needs no database."""
    known = _known_in(folder or read_settings().earshot_rules_dir, [])
    made = schema(tuple(sorted(known.queues or ())), tuple(sorted(known.policies or ())))
    print(json.dumps(made, ensure_ascii=False, indent=1))


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
    if done.waits is not None:
        print(f"The rules are not in force: they touch legal, and wait for a second person (proposal {done.waits.id}).")
        for touched in done.waits.touches:
            print(f"  {touched.rule} {touched.why}")
        print("Legal, or another supervisor or admin, confirms them on the page Approvals or over the API.")
    elif not done.changed:
        print(f"Nothing changed: version {done.version} says the same.")


@commands.command("waiting")
def waiting() -> None:
    """List the rules that touch legal and wait for a second person."""
    with opened() as ports, ports.db.read() as conn:
        active, found = routing.active_version(conn), proposals.waiting(conn)
    for one in found:
        late = f", out of date: version {active} is in force" if one.base != active else ""
        print(f"{one.id}  {one.at:%Y-%m-%d %H:%M} UTC  {one.by_name}, against version {one.base}{late}: {one.reason}")
        for touched in one.touches:
            print(f"  {touched.rule} {touched.why}")
    if not found:
        print("Nothing waits.")


@commands.command("decline")
def decline(
    proposal: str = typer.Argument(metavar="PROPOSAL", help="Its id, as `rules waiting` lists it."),
    reason: str = typer.Option(..., help="Why: whoever asked for it reads it."),
) -> None:
    """Decline rules that wait, or take back what was applied here."""
    with opened(writes=True) as ports:
        done = decline_rules(ports, OPERATOR, proposal, reason)
    print(f"The proposal of {done.by_name} is {done.state}. Version {done.base} stays as it was.")


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


@commands.command("why")
def why(
    case: str = typer.Argument(metavar="CASE", help="Its number, or the address of its page."),
    rule: str = typer.Argument("", metavar="[RULE]", help="A rule's id; every rule when left out."),
) -> None:
    """Say why a rule fired on a case or did not, at each moment the rules were asked about it."""
    with opened() as ports:
        found = why_page(ports, OPERATOR, rule, case)
    if found.unknown:
        raise NotFound(found.unknown)
    for moment in found.moments:
        print(f"{moment.at:%Y-%m-%d %H:%M:%S} UTC, when {moment.when}, version {moment.version}: “{moment.excerpt}”")
        for line in (moment.line,) if moment.line else moment.lines:
            print(f"  {line.rule} {'fired' if line.fired else 'did not fire'}: {line.because}" + "".join(f"; {did}" for did in line.did))
        if moment.now is not None:
            print(f"  by the rules in force it would {'fire' if moment.now.fired else 'not fire'}: {moment.now.because}")
        for sentence in moment.beside:
            print(f"  {sentence}")


@commands.command("backtest")
def run_backtest(
    folder: Path | None = _DIR, last: int = typer.Option(1_000, min=1, max=1_000_000, help="How many stored mentions to decide again.")
) -> None:
    """Say what the rules of DIR would have decided otherwise about the last mentions. Changes nothing; Ctrl+C ends it with what it has."""
    with opened() as ports:
        with ports.db.read() as conn:
            verdict = examine(ports, conn, read_rules(folder or ports.data.root))
            if verdict.compiled is None:
                raise Invalid(f"{RULES_FILE}: {verdict.problems[0]}")
            run = trial_of(ports, conn, verdict.compiled, last, _SHOWN_CHANGES)
        with progress() as bars, suppress(KeyboardInterrupt):
            bar = bars.add_task("Deciding", total=run.total)
            while run.step():
                bars.update(bar, completed=run.done)
            bars.update(bar, completed=run.done)
    if run.done < run.total:
        print(f"Stopped after {run.done:,} of {run.total:,} moments, the oldest first.")
    _print(run.report(), run.against)


def _known_in(folder: Path, problems: list[str]) -> Known:
    """What the folder itself names; faults in those files are added to ``problems``."""
    queues = policies = macros = webhooks = None
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
    if (folder / PLACES_FILE).is_file():
        try:
            webhooks = frozenset(place.id for place in load_places(folder / PLACES_FILE))
        except DeskError as error:
            problems.append(f"{PLACES_FILE}: error: {error.detail}")
    if (folder / _MACROS_FOLDER).is_dir():
        try:
            macros = frozenset(macro.id for macro in load_macros(folder / _MACROS_FOLDER).values() if macro.approved)
        except DeskError as error:
            problems.append(f"{_MACROS_FOLDER}: error: {error.detail}")
    return Known(queues=queues, policies=policies, webhooks=webhooks, macros=macros)


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
    if report.cases:
        print(f"  cases: {report.cases:,}; the newest {len(report.changes):,} changes:")
    for change in report.changes:
        print(f"  {change.case or change.mention}  {change.words}  “{change.excerpt}”")
    for sentence in report.left_out:
        print(sentence)
