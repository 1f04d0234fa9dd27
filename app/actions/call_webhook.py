"""A rule calls a webhook: the call is a row of the transaction that decided it, and leaves when that has committed.

``queue_webhook`` is for whoever carries a decision out. The payload holds ids and the desk's own words, never what a customer
wrote or is called: who receives it asks the API for that, with a token of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.cases.model import Case
from app.channels import calls
from app.core.ids import CaseId
from app.engine.database import Transaction


def queue_webhook(tx: Transaction, name: str, payload: Mapping[str, Any], *, case: CaseId | None = None) -> str:
    """Queue one call of the webhook of that name in ``webhooks.yaml``; returns the call's id, by which its receiver knows it again.

    A name that the file does not have is no error here: the call is parked with that sentence where an admin sees it.
    """
    return calls.add(tx, name, payload, case)


def payload_of(case: Case, trigger: str, fired: Sequence[str], version: int, **more: Any) -> dict[str, Any]:
    """What a webhook is told of a case: what happened, which rules called it, and how the case stands now."""
    return {
        "trigger": trigger, "rules": list(fired), "rules_version": version, "case": case.id, "customer": case.customer_id,
        "mention": case.last_mention_id, "network": case.network, "account": case.account, "visibility": case.visibility,
        "language": case.language, "state": case.state, "disposition": case.disposition, "queue": case.queue,
        "assignee": case.assignee_id, "hold": case.hold, "band": case.band, "score": case.score, "tier": case.tier,
        "risk": list(case.risk), "tags": list(case.tags), "due_state": case.due_state, **more,
    }  # fmt: skip
