"""The publisher of networks that no program may answer on: it hands the text and the place to a person."""

from app.channels.networks import permalink
from app.channels.port import ByHand, Found, Outcome, Outgoing, Sent, Sureness


class ByHandPublisher:
    """Publishes nothing; the agent posts the text and marks it sent."""

    sure: Sureness = "keyed"  # handing the text over twice hands it over once
    longest_seconds = 5.0
    settle_seconds = 0.0

    def publish(self, out: Outgoing) -> Outcome:
        """Where to post it: the mention's own address, else the network's form of it."""
        return ByHand(out.in_reply_to_url or permalink(out.network, out.instance, out.author_handle, out.in_reply_to))

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """Only the agent knows."""
        return "unsure"
