"""A social network outside the desk: it keeps what was posted to it, and misbehaves as it is told."""

from collections import Counter
from typing import Final, Literal

from app.channels.port import Failed, Found, Outcome, Outgoing, RetryAfter, Sent, Sureness, Unknown

Mood = Literal["ok", "refuses", "busy", "silent", "lost", "dies before", "dies after"]
MOODS: Final[tuple[Mood, ...]] = ("ok", "refuses", "busy", "silent", "lost", "dies before", "dies after")
BUSY_SECONDS: Final = 30.0


class Died(BaseException):
    """The sending process ended in mid-call: nothing of the desk catches this."""


class Outside:
    """``posts`` counts what stands there by reply. ``sure``: it honours keys, can be asked about a post of ours, or neither."""

    longest_seconds = 10.0
    settle_seconds = 60.0

    def __init__(self, sure: Sureness) -> None:
        self.sure = sure
        self.mood: Mood = "ok"
        self.posts: Counter[str] = Counter()

    def publish(self, out: Outgoing) -> Outcome:
        """One call, in the present mood."""
        if self.mood == "dies before":
            raise Died
        if self.mood == "refuses":
            return Failed("the post is gone", fixable=False)
        if self.mood == "busy":
            return RetryAfter(BUSY_SECONDS, "too many requests")
        if self.mood == "lost":
            return Unknown("the line broke")
        if not (self.sure == "keyed" and self.posts[out.reply_id]):
            self.posts[out.reply_id] += 1
        if self.mood == "dies after":
            raise Died
        return Unknown("no answer came") if self.mood == "silent" else Sent(f"n-{out.reply_id}", "https://x.example/n")

    def reconcile(self, out: Outgoing) -> Sent | Found:
        """What stands there, if it can be asked."""
        if self.sure != "asked":
            return "unsure"
        return Sent(f"n-{out.reply_id}", "https://x.example/n") if self.posts[out.reply_id] else "absent"
