"""Who takes the answers that leave by webhook, as the settings name them. Apart from the publisher, which brings an HTTP client."""

from dataclasses import dataclass, field
from typing import Final

from app.channels.port import Sureness
from app.channels.reach import Reach, ranges
from app.core.settings import Settings

KEY_PLACE: Final = "{key}"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who takes the answers, and what it offers against doubles. ``lookup_url`` has ``{key}`` in it, or is "" where it cannot be asked."""

    url: str
    secret: str
    honours_keys: bool = False
    lookup_url: str = ""
    timeout_seconds: float = 10.0
    settle_seconds: float = 60.0
    reach: Reach = field(default_factory=Reach)

    @property
    def sure(self) -> Sureness:
        """A key is the better proof of the two: it also holds against a sender that wakes late."""
        return "keyed" if self.honours_keys else "asked" if self.lookup_url else "never"


def receiver_of(settings: Settings) -> Receiver | None:
    """The receiver that the settings name; None when they name none."""
    if not settings.earshot_webhook_url:
        return None
    return Receiver(
        settings.earshot_webhook_url, settings.earshot_webhook_secret, settings.earshot_webhook_honours_keys,
        settings.earshot_webhook_lookup_url, settings.earshot_webhook_timeout_seconds, settings.earshot_webhook_settle_seconds,
        Reach(ranges(settings.earshot_webhook_private)),
    )  # fmt: skip
