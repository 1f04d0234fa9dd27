"""Publish the rules and policies of a folder where they differ from what is in force. A second time nothing happens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.actions.publish_rules import put_in_force
from app.core.asker import Asker
from app.core.errors import Invalid
from app.core.events import NewEvent
from app.engine.locks import hold_names
from app.engine.ports import Ports
from app.judgement.examining import examine
from app.policy import store as policies
from app.policy.parse import read_folder
from app.routing import store as routing
from app.routing.check import Verdict
from app.routing.store_proposals import Proposal

RULES_FILE: Final = "rules.yaml"
POLICIES_FOLDER: Final = "policies"


@dataclass(frozen=True, slots=True)
class AppliedRules:
    """What is in force now, and what of it is new. ``policies`` are the new versions as (id, version).

    ``waits`` is set when the rules touch legal: they are not in force until a second person confirms them.
    """

    version: int
    rules_changed: bool
    policies: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    waits: Proposal | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was published."""
        return self.rules_changed or bool(self.policies)


def apply_rules(ports: Ports, asker: Asker, folder: Path | None = None, reason: str = "") -> AppliedRules:
    """Check ``rules.yaml`` and ``policies/`` of the folder (the desk's own by default), then publish both in one transaction.

    Rules that touch legal wait for a second person; the policies do not. Raises Invalid with every problem, and then nothing is
    published; Conflict when someone published at the same moment.
    A folder without ``policies/`` leaves them as they are.
    """
    asker.need("rules.edit")
    asker.need("policies.edit")
    folder = folder or ports.data.root
    text = read_rules(folder)
    written = read_folder(folder / POLICIES_FOLDER) if (folder / POLICIES_FOLDER).is_dir() else ()
    with ports.db.write() as tx:
        hold_names(tx, ["policies"])
        made = policies.activate(tx, written, asker.actor)
        verdict = examine(ports, tx.conn, text)  # after the policies, for the rules may name a new one
        if not verdict.ok:
            raise Invalid(f"{RULES_FILE}: {verdict.errors[0]}", errors=[p.as_error() for p in verdict.errors])
        for policy in made:
            tx.append(NewEvent("policy.activated", asker.actor, {"policy": policy.id, "version": policy.version}))
        version, active = routing.active(tx.conn)
        changed, waits = version == 0 or active != text, None
        if changed:
            reason = reason or f"{folder.name}/{RULES_FILE} applied"
            done = put_in_force(tx, asker, text, reason, expected=version)
            version, changed, waits = done.version, done.waits is None, done.waits
    return AppliedRules(version, changed, tuple((p.id, p.version) for p in made), _warnings(verdict), waits)


def read_rules(folder: Path) -> str:
    """The text of the folder's rules; Invalid when it cannot be read."""
    path = folder / RULES_FILE
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(f"{path} is not UTF-8 text: save it as UTF-8.") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read ({error.strerror or error}): name the folder that holds {RULES_FILE}.") from None


def _warnings(verdict: Verdict) -> tuple[str, ...]:
    return tuple(str(problem) for problem in verdict.problems if problem.severity == "warning")
