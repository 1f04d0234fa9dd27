"""The product's own judges behind the interface of the priority benchmark (``prepare`` and ``priority``). No logic of its own."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from app.analysis import words
from app.analysis.judge import judge
from app.core.facts import Facts
from app.priority import order, score, weights

RULES: Final = Path(__file__).parents[2] / "routing_rules"
LEXICON: Final = words.load(RULES / "words")
WEIGHTS: Final = weights.load(RULES / "priority.yaml")


def facts_of(mention: dict[str, Any], customer: dict[str, Any] | None, profile: dict[str, Any]) -> Facts:
    """One mention of the benchmark's stream as Facts."""
    judgement = judge(mention["text"], hint_language=mention.get("lang"), lexicon=LEXICON)
    return Facts(
        text=mention["text"],
        language=judgement.language,
        network=mention["platform"],
        handle=mention["author_handle"],
        sentiment=judgement.sentiment,
        urgency=judgement.urgency,
        problem=judgement.problem,
        complaint=judgement.complaint,
        praise=judgement.praise,
        risk=judgement.risk,
        intent=judgement.intent,
        wants_answer=judgement.wants_answer,
        customer_known=customer is not None,
        tier=(customer or {}).get("tier"),
        value=(customer or {}).get("spend_total"),
        reach=profile["followers"],
        verified=profile["verified"],
    )


class DeskScorer:
    """Ranks as the inbox does: the lowest virtual deadline first."""

    def prepare(self, mention: dict[str, Any], customer: dict[str, Any] | None, profile: dict[str, Any]) -> float:
        """The patience of a mention in seconds: its virtual deadline, counted from its arrival."""
        arrival = datetime.fromisoformat(mention["created_at"])
        judged = score.of(facts_of(mention, customer, profile), WEIGHTS)
        return order.rank_at(arrival, judged.score, WEIGHTS) - arrival.timestamp()

    def priority(self, patience_seconds: float, age_seconds: float) -> float:
        """Higher is answered first: how near the virtual deadline is."""
        return age_seconds - patience_seconds
