"""Which value tier a customer is in: from the CRM's tier word, else from the lifetime value. Thresholds are data.

The mapping is section ``tiers:`` of ``routing_rules/priority.yaml``; amounts are in the workspace's one currency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from app.core import sheets
from app.core.errors import Invalid
from app.customers.model import VALUE_TIERS, ValueTier

DEFAULT_FLOORS: Final[dict[ValueTier, float]] = {"platinum": 5000.0, "gold": 1500.0, "silver": 400.0, "standard": 0.0}
# The words CRMs use for these four ranks; a word not listed says nothing and the amount decides.
DEFAULT_WORDS: Final[dict[str, ValueTier]] = {
    "platinum": "platinum", "vip": "platinum", "diamond": "platinum", "black": "platinum", "elite": "platinum",
    "gold": "gold", "premium": "gold",
    "silver": "silver", "plus": "silver",
    "bronze": "standard", "standard": "standard", "basic": "standard", "regular": "standard",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least lifetime value of each tier, and the CRM's words for tiers (folded)."""

    floors: Mapping[ValueTier, float] = field(default_factory=lambda: dict(DEFAULT_FLOORS))
    words: Mapping[str, ValueTier] = field(default_factory=lambda: dict(DEFAULT_WORDS))


class _Sheet(BaseModel):
    """The one section of the sheet that matters here; the rest is the score's."""

    model_config = ConfigDict(extra="ignore")
    tiers: dict[str, Any] = {}


def load(path: Path) -> Thresholds:
    """The thresholds in section ``tiers:`` of the sheet at ``path``; raises Invalid naming file, line and entry."""
    return thresholds_from(sheets.read(_Sheet, path).tiers)


def thresholds_from(section: Mapping[str, Any]) -> Thresholds:
    """Thresholds from a plain mapping ``{platinum: 5000, ..., words: {vip: platinum}}``; what it leaves out takes its default.

    A tier may also be a mapping with ``min_value:`` and a list ``words:``. Raises Invalid that names the wrong entry.
    """
    floors, words = dict(DEFAULT_FLOORS), dict(DEFAULT_WORDS)
    errors: list[dict[str, Any]] = []
    for entry, value in section.items():
        if entry == "words":
            _read_words(value, words, errors)
            continue
        tier = _tier(entry)
        amount = value.get("min_value", DEFAULT_FLOORS[tier] if tier else 0) if isinstance(value, Mapping) else value
        if tier is None:
            errors.append({"loc": ["tiers", entry], "msg": f"unknown tier: use {', '.join(VALUE_TIERS)} or words"})
        elif isinstance(amount, bool) or not isinstance(amount, int | float):
            errors.append({"loc": ["tiers", entry], "msg": "must be an amount, such as 1500"})
        else:
            floors[tier] = float(amount)
        if tier is not None and isinstance(value, Mapping):
            words |= {str(word).strip().casefold(): tier for word in value.get("words") or ()}
    amounts = [floors[t] for t in VALUE_TIERS]
    if amounts != sorted(amounts, reverse=True):
        errors.append({"loc": ["tiers"], "msg": f"amounts must fall from {VALUE_TIERS[0]} to {VALUE_TIERS[-1]}"})
    if errors:
        raise Invalid(
            "The value tiers are wrong: " + "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in errors) + ".", errors=errors
        )
    return Thresholds(floors, words)


def tier_of(tier_word: str | None, lifetime_value: float | None, thresholds: Thresholds) -> ValueTier | None:
    """The value tier; the CRM's word wins over the amount, None when neither says anything."""
    by_word = thresholds.words.get((tier_word or "").strip().casefold())
    if by_word is not None or lifetime_value is None:
        return by_word
    # A value below every floor (refunds can make it negative) is still a customer's.
    return next((t for t in VALUE_TIERS if lifetime_value >= thresholds.floors[t]), VALUE_TIERS[-1])


def _read_words(value: Any, words: dict[str, ValueTier], errors: list[dict[str, Any]]) -> None:
    if not isinstance(value, Mapping):
        errors.append({"loc": ["tiers", "words"], "msg": "must map each word to a tier, such as vip: platinum"})
        return
    for word, name in value.items():
        tier = _tier(name)
        if tier is None:
            errors.append({"loc": ["tiers", "words", str(word)], "msg": f"must be one of {', '.join(VALUE_TIERS)}"})
        else:
            words[str(word).strip().casefold()] = tier


def _tier(name: Any) -> ValueTier | None:
    return next((t for t in VALUE_TIERS if t == name), None)
