"""Roles and what each may do. Deny by default: a permission not listed for a role is refused."""

from typing import Final, Literal

Role = Literal["agent", "trainee", "supervisor", "legal", "auditor", "admin"]
ROLES: Final[tuple[Role, ...]] = ("agent", "trainee", "supervisor", "legal", "auditor", "admin")

Permission = Literal[
    "cases.read",  # see cases, their threads and customers
    "cases.work",  # claim, release, snooze, tag, note, close
    "cases.assign",  # give a case to another person
    "replies.draft",  # write and submit a reply
    "replies.send",  # let a reply out without a second person, where policy allows
    "replies.approve",  # approve a trainee's reply
    "matters.decide",  # legal: approve, change, reject, lift or keep a hold
    "customers.read",
    "customers.edit",
    "customers.erase",
    "rules.read",
    "rules.edit",
    "rules.confirm",  # be the second person of a rule set that touches legal
    "policies.read",
    "policies.edit",
    "measures.read",
    "people.read",
    "people.edit",  # create, disable, sign out, change presence of others
    "channels.edit",
    "intake.repair",  # see parked mentions and run them again
    "audit.read",
    "settings.edit",
    "ingest",  # POST mentions (tokens only)
]

_WORK: Final[frozenset[Permission]] = frozenset(
    {"cases.read", "cases.work", "replies.draft", "customers.read", "rules.read", "policies.read", "people.read"}
)
_AGENT: Final[frozenset[Permission]] = _WORK | {"replies.send", "customers.edit", "measures.read"}
_SUPERVISOR: Final[frozenset[Permission]] = _AGENT | {
    "cases.assign", "replies.approve", "rules.edit", "rules.confirm", "policies.edit", "people.edit", "channels.edit", "audit.read",
}  # fmt: skip
_LEGAL: Final[frozenset[Permission]] = frozenset(
    {
        "cases.read",
        "customers.read",
        "rules.read",
        "rules.confirm",
        "policies.read",
        "people.read",
        "matters.decide",
        "replies.draft",
        "audit.read",
        "measures.read",
    }
)

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "agent": _AGENT,
    "trainee": _WORK,
    "supervisor": _SUPERVISOR,
    "legal": _LEGAL,
    "auditor": frozenset({"cases.read", "customers.read", "rules.read", "policies.read", "measures.read", "people.read", "audit.read"}),
    "admin": _SUPERVISOR | {"customers.erase", "intake.repair", "settings.edit"},
}

Scope = Literal["ingest", "read", "agent", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("ingest", "read", "agent", "admin")
SCOPE_PERMISSIONS: Final[dict[Scope, frozenset[Permission]]] = {
    "ingest": frozenset({"ingest"}),
    "read": PERMISSIONS["auditor"] - {"audit.read"},
    "agent": _AGENT,
    # An admin token made for a person of legal may do what that person may: a token never exceeds its person.
    "admin": PERMISSIONS["admin"] | {"ingest", "matters.decide"},
}


def may(role: Role, permission: Permission) -> bool:
    """Whether a person of this role has the permission."""
    return permission in PERMISSIONS[role]
