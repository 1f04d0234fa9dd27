"""Which class of author a customer is, with the evidence in words.

The four classes come from the practice of social care: advocates speak for us, detractors against us, influencers are
heard by many, everyone else is a consumer.
"""

from dataclasses import dataclass
from typing import Final

from app.customers.model import AuthorClass

ENOUGH_PRAISE: Final = 3  # one kind word is manners, three are a habit
ENOUGH_COMPLAINTS: Final = 3
INFLUENCER_REACH: Final = 10_000  # followers
VERIFIED_INFLUENCER_REACH: Final = 2_000  # a network's tick stands for more readers than it counts


@dataclass(frozen=True, slots=True)
class Classified:
    """A class and the sentence that an agent reads beside it."""

    author_class: AuthorClass
    evidence: str


def classify(*, praise: int, complaints: int, reach: int | None, verified: bool) -> Classified:
    """The class from the record (counts of praising and complaining mentions) and the largest reach (followers).

    Detractor and advocate go before influencer: the reach is shown by itself anyway, the attitude is not. Where both counts
    are high the larger decides, and a tie leaves it to the reach.
    """
    if complaints >= ENOUGH_COMPLAINTS and complaints > praise:
        return Classified("detractor", f"{complaints} complaints or negative mentions against {praise} praising ones")
    if praise >= ENOUGH_PRAISE and praise > complaints:
        return Classified("advocate", f"{praise} praising mentions against {complaints} complaints")
    if reach is not None and reach >= INFLUENCER_REACH:
        return Classified("influencer", f"{reach:,} followers (from {INFLUENCER_REACH:,})")
    if verified and reach is not None and reach >= VERIFIED_INFLUENCER_REACH:
        return Classified("influencer", f"verified by the network with {reach:,} followers (from {VERIFIED_INFLUENCER_REACH:,})")
    heard = "reach not known" if reach is None else f"{reach:,} followers"
    return Classified("consumer", f"{praise} praising mentions, {complaints} complaints, {heard}")
