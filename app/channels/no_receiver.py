"""The publisher of a desk that has no webhook: apart from the real one, which brings an HTTP client that such a desk never needs."""

from app.channels.port import Failed, Found, Outcome, Outgoing, Sent, Sureness


class NoReceiver:
    """Stands where a webhook is chosen and none is set: what should leave fails at once, with the words that mend it."""

    sure: Sureness = "keyed"
    longest_seconds = 5.0
    settle_seconds = 0.0

    def publish(self, out: Outgoing) -> Outcome:
        """Nothing leaves."""
        return Failed(
            "no webhook is set up: set EARSHOT_WEBHOOK_URL and EARSHOT_WEBHOOK_SECRET, or let the channel's answers leave otherwise",
            fixable=False,
        )

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """There is nobody to ask."""
        return "unsure"
