"""The score: an expected weight on a logarithmic scale, so that what would multiply adds up to points an agent can read.

A mention's weight is how bad it is, times how much this customer and this audience matter, over how long it takes to answer (the
c-mu rule of queueing: Cox and Smith, 1961). On the log scale the factors become terms: with the weights as shipped ten points make
a mention about one and a half times as pressing.
"""

import math
from typing import Final

from app.core.facts import Facts
from app.core.languages import LANGUAGE_NAMES
from app.priority.model import Floor, Override, Score, Term
from app.priority.weights import Weights

HIGHEST: Final = 100
SURE: Final = 0.8
LIKELY: Final = 0.5
OTHER_RISKS_SHARE: Final = 0.25  # A second risk class adds a quarter: two words for one threat are not two threats.

_LANGUAGES: Final = LANGUAGE_NAMES | {"und": "language unclear"}

Share = tuple[str, float, str]  # term, exact points, why


def of(facts: Facts, weights: Weights, *, by_rules: int = 0, floor: Floor | None = None, override: Override | None = None) -> Score:
    """The score of ``facts``: 0..100 with its terms. Rules add points (or take some), a floor raises it, an override replaces it, each as
    a term of its own."""
    shares = _shares(facts, weights)
    if by_rules:
        shares.append(("rules", float(by_rules), f"a rule {'adds' if by_rules > 0 else 'takes'} {abs(by_rules)}"))
    total = sum([points for _, points, _ in shares])
    held = min(max(total, 0.0), float(HIGHEST))
    if held != total:
        shares.append(("limit", held - total, f"{HIGHEST} is the top of the scale" if total > 0 else "0 is the bottom of the scale"))
    computed = score = round(held)
    terms = _rounded(shares, computed)
    if floor is not None and _within(floor.score) > score:
        terms.append(Term("floor", _within(floor.score) - score, floor.why))
        score = _within(floor.score)
    if override is not None:
        terms.append(Term("by hand", _within(override.score) - score, override.why))
        score = _within(override.score)
    return Score(score, weights.bands.of(score), tuple(terms), computed, floor, override)


def something_is_wrong(facts: Facts) -> bool:
    """Whether the mention reports trouble: then an audience makes it worse."""
    return bool(facts.risk) or facts.intent == "complaint" or facts.problem >= LIKELY


def _shares(facts: Facts, weights: Weights) -> list[Share]:
    shares = [("start", weights.start, "where every mention starts"), _sentiment(facts, weights)]
    for term, strength, points, why in (
        ("problem", facts.problem, weights.problem, "the service failed"),
        ("urgency", facts.urgency, weights.urgency, "time-critical"),
        ("complaint", facts.complaint, weights.complaint, "badly treated or disappointed"),
        ("praise", facts.praise, weights.praise, "words of praise"),
    ):
        if strength and points:
            how_sure = "clear words" if strength >= SURE else "likely" if strength >= LIKELY else "a hint"
            shares.append((term, strength * points, f"{why} ({how_sure})"))
    of_intent = getattr(weights.intent, facts.intent)
    if of_intent:
        shares.append(("intent", of_intent, f"reads as {facts.intent}"))
    if facts.wants_answer and weights.wants_answer:
        shares.append(("wants an answer", weights.wants_answer, "asks for an answer"))
    if facts.risk:
        shares.append(_risk(facts, weights))
    shares.append(_customer(facts, weights))
    shares += [share for share in (_reach(facts, weights), _cluster(facts, weights)) if share is not None]
    return shares


def _sentiment(facts: Facts, weights: Weights) -> Share:
    felt = facts.sentiment
    if felt is None:
        language = _LANGUAGES.get(facts.language, facts.language)
        return "sentiment", weights.sentiment.not_scored, f"not scored ({language})"
    points = -felt * weights.sentiment.negative if felt < 0 else felt * weights.sentiment.positive
    size = "very " if abs(felt) >= 0.6 else ""
    word = "neutral" if abs(felt) < 0.05 else f"{size}{'negative' if felt < 0 else 'positive'}"
    return "sentiment", points, f"{word} ({felt:+.2f})"


def _risk(facts: Facts, weights: Weights) -> Share:
    found = sorted(((weights.risk.get(name, 0.0), name) for name in facts.risk), reverse=True)  # type: ignore[call-overload]  # Facts.risk is plain text
    points = found[0][0] + OTHER_RISKS_SHARE * sum(each for each, _ in found[1:])
    return "risk", points, " and ".join(name for _, name in found) + " risk"


def _customer(facts: Facts, weights: Weights) -> Share:
    if not facts.customer_known:
        return "customer", weights.unknown_customer, "unknown customer"
    name = weights.tier(facts.tier, facts.value)
    if name is None:
        return "customer", 0.0, "customer without a tier"
    return "customer", weights.tiers[name].points, f"{name} customer"


def _reach(facts: Facts, weights: Weights) -> Share | None:
    followers, knob = facts.reach or 0, weights.reach
    if followers <= knob.from_followers:
        return None
    points = knob.points * math.log2(1 + math.log10(followers / knob.from_followers))
    wrong = something_is_wrong(facts)
    why = f"{followers:,} followers" if wrong else f"{followers:,} followers, nothing wrong"
    return "reach", points if wrong else points * knob.share_when_calm, why


def _cluster(facts: Facts, weights: Weights) -> Share | None:
    if facts.cluster_size <= 1 or not weights.cluster.per_doubling:
        return None
    points = min(weights.cluster.per_doubling * math.log2(facts.cluster_size), weights.cluster.most)
    return "cluster", points, f"{facts.cluster_size:,} say the same"


def _rounded(shares: list[Share], score: int) -> list[Term]:
    """Whole points that sum to ``score``: each rounded down, the points still missing go to the largest remainders."""
    whole = [math.floor(points) for _, points, _ in shares]
    missing = score - sum(whole)
    if missing > 0:
        remainders = [low - points for low, (_, points, _) in zip(whole, shares, strict=True)]
        for at in sorted(range(len(shares)), key=remainders.__getitem__)[:missing]:
            whole[at] += 1
    return [Term(term, points, why) for (term, _, why), points in zip(shares, whole, strict=True)]


def _within(score: int) -> int:
    return min(max(score, 0), HIGHEST)
