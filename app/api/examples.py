"""Examples of bodies for the API document, by method and path: each is a body its address takes."""

from typing import Any, Final

_MENTION: Final[dict[str, Any]] = {
    "network": "x",
    "account": "@acme_air",
    "external_id": "570306133677760513",
    "url": "https://x.com/cairdin/status/570306133677760513",
    "text": "@acme_air two hours on hold and my flight leaves at six. Can anyone help?",
    "created_at": "2026-02-24T19:35:52Z",
    "author": {"external_id": "4411", "handle": "cairdin", "name": "Cai", "followers": 312},
}
_RULES: Final = "rules:\n  - id: angry-gold\n    when: {all: [{tier: gold}, {sentiment: {below: -0.5}}]}\n    do: {queue: vip}\n"
_ID: Final = "0d2m5r8t1v4x7z0q3w6y"
_OTHER_ID: Final = "0d2m5r8t1v4x7z0q3w6z"

EXAMPLES: Final[dict[tuple[str, str], Any]] = {
    ("POST", "/api/v1/mentions"): _MENTION,
    ("POST", "/api/v1/cases/bulk"): {"verb": "close", "cases": [_ID, _OTHER_ID], "disposition": "spam", "reason": "a flood of one text"},
    ("POST", "/api/v1/cases/{id}/assign"): {"person": _ID},
    ("POST", "/api/v1/cases/{id}/snooze"): {"until": "2026-03-03T09:00:00Z"},
    ("POST", "/api/v1/cases/{id}/close"): {"disposition": "no_response_needed", "reason": "a joke between friends"},
    ("POST", "/api/v1/cases/{id}/note"): {"text": "Rang the airport: the bag is on the next flight."},
    ("POST", "/api/v1/cases/{id}/tag"): {"add": ["lost-bag"], "remove": []},
    ("POST", "/api/v1/cases/{id}/escalate"): {"to": "legal", "reason": "threatens to sue", "hold": True},
    ("POST", "/api/v1/cases/{id}/score"): {"score": 90, "hours": 2, "reason": "a journalist asks"},
    ("POST", "/api/v1/cases/{id}/replies"): {
        "text": "Sorry about the wait, Cai. Please send us your booking code in a direct message and we will call you.",
        "seen_version": 7,
        "checklist": {"read-thread": True, "no-personal-data": True},
        "visibility": "public",
    },
    ("POST", "/api/v1/replies/{id}/reject"): {"reason": "promises a refund"},
    ("PUT", "/api/v1/customers/by-ref/{ref}"): {
        "name": "Ana Souza", "email": "ana@shop.example", "tier": "gold", "lifetime_value": 12400, "currency": "EUR",
        "handles": {"x": "anasouza"},
    },
    ("POST", "/api/v1/customers/{id}/identities"): {"network": "mastodon", "handle": "ana", "instance": "social.example"},
    ("POST", "/api/v1/customers/merge"): {"source": _ID, "target": _OTHER_ID},
    ("PUT", "/api/v1/rules"): {"rules": _RULES, "reason": "gold customers first", "expected_version": 1},
    ("POST", "/api/v1/rules/check"): {"rules": _RULES},
    ("POST", "/api/v1/rules/backtest"): {"rules": _RULES, "last": 1000},
    ("POST", "/api/v1/rules/rollback"): {"version": 1, "reason": "too many cases in vip"},
    ("POST", "/api/v1/rules/waiting/{id}/decline"): {"reason": "legal wants to see it first"},
    ("POST", "/api/v1/people/{id}/presence"): {"presence": "away", "reason": "lunch"},
}  # fmt: skip
