"""The networks Earshot knows, as one table of data: names, text limits, whether a program may answer, forms of addresses.

A slug that is not in the table is a generic network: its mentions are taken and answered like all others, with no
limit of its own and no links. Adding a network is adding a row here.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import quote

CanReply = Literal["yes", "by_hand"]
TextRule = Literal["x", "bluesky", "mastodon", "plain"]

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Network:
    """What the desk knows of one network.

    ``limit`` counts in the units of ``rule`` (see ``app.policy.text_length``). ``can_reply`` says whether the network lets a
    program answer at all; ``by_hand`` networks have no such interface or gave none to this product yet. ``chat`` networks
    are live conversations. ``profile`` and ``permalink`` are forms with {instance}, {handle} and {id}; "" where no form exists.
    """

    slug: str
    title: str
    mark: str
    rule: TextRule
    limit: int
    can_reply: CanReply = "yes"
    chat: bool = False
    ids_per_instance: bool = False
    profile: str = ""
    permalink: str = ""

    def undo_seconds(self, visibility: str, default: int) -> int:
        """How long an answer waits for second thoughts: 0 in direct messages and live chat, where waiting would look like silence."""
        return 0 if self.chat or visibility == "direct" else default


_TABLE: Final = (
    Network("x", "X", "X", "x", 280, profile="https://x.com/{handle}", permalink="https://x.com/i/status/{id}"),
    Network(
        "mastodon", "Mastodon", "Ma", "mastodon", 500,
        ids_per_instance=True, profile="https://{instance}/@{handle}", permalink="https://{instance}/@{handle}/{id}",
    ),
    Network("bluesky", "Bluesky", "Bs", "bluesky", 300, profile="https://bsky.app/profile/{handle}"),
    Network("threads", "Threads", "Th", "plain", 500, profile="https://www.threads.net/@{handle}"),
    Network("facebook", "Facebook", "Fb", "plain", 8_000, permalink="https://www.facebook.com/{id}"),
    Network("instagram", "Instagram", "Ig", "plain", 2_200, profile="https://www.instagram.com/{handle}/"),
    Network("linkedin", "LinkedIn", "Li", "plain", 1_250),
    Network("tiktok", "TikTok", "Tk", "plain", 150, can_reply="by_hand", profile="https://www.tiktok.com/@{handle}"),
    Network("youtube", "YouTube", "Yt", "plain", 10_000, profile="https://www.youtube.com/@{handle}"),
    Network("reddit", "Reddit", "Re", "plain", 10_000, profile="https://www.reddit.com/user/{handle}"),
    Network("telegram", "Telegram", "Tg", "plain", 4_096, chat=True, profile="https://t.me/{handle}"),
    Network("whatsapp", "WhatsApp", "Wa", "plain", 4_096, chat=True),
    Network("discord", "Discord", "Dc", "plain", 2_000, chat=True, ids_per_instance=True),
    Network(
        "discourse", "Discourse", "Fo", "plain", 32_000,
        ids_per_instance=True, profile="https://{instance}/u/{handle}", permalink="https://{instance}/p/{id}",
    ),
    Network("nodebb", "NodeBB", "Nb", "plain", 32_767, ids_per_instance=True, permalink="https://{instance}/post/{id}"),
    Network("forum", "Forum", "Fo", "plain", 32_000, can_reply="by_hand", ids_per_instance=True),
    Network("reviews", "Reviews", "Rv", "plain", 4_000, can_reply="by_hand", ids_per_instance=True),
    Network("blog", "Blog", "Bl", "plain", 10_000, ids_per_instance=True),
    Network("email", "Email", "Em", "plain", 100_000),
    Network(
        "hn", "Hacker News", "Hn", "plain", 10_000,
        can_reply="by_hand", profile="https://news.ycombinator.com/user?id={handle}", permalink="https://news.ycombinator.com/item?id={id}",
    ),
)  # fmt: skip

NETWORKS: Final[dict[str, Network]] = {n.slug: n for n in _TABLE}
_OTHER_NAMES: Final = {"twitter": "x", "fediverse": "mastodon", "hackernews": "hn", "wordpress": "blog", "bsky": "bluesky"}
_GENERIC: Final = Network("generic", "Other network", "··", "plain", 10_000, ids_per_instance=True)


def network(slug: str) -> Network:
    """The network of a slug; an unknown slug gives a generic network with that slug, its title made from the slug."""
    known = NETWORKS.get(_OTHER_NAMES.get(slug, slug))
    if known is not None:
        return known
    title = slug.replace("-", " ").replace("_", " ").strip().capitalize()
    return replace(_GENERIC, slug=slug, title=title or _GENERIC.title, mark=title[:2] or _GENERIC.mark)


def profile_link(slug: str, instance: str, handle: str) -> str | None:
    """Where an author's page should be, None where the network has no such form or a part is missing."""
    return _fill(network(slug).profile, instance, handle, "")


def permalink(slug: str, instance: str, handle: str, external_id: str) -> str | None:
    """Where a post should be, None where the network has no such form or a part is missing."""
    return _fill(network(slug).permalink, instance, handle, external_id)


def _fill(form: str, instance: str, handle: str, external_id: str) -> str | None:
    parts = {"instance": instance, "handle": handle, "id": external_id}
    if not form or any(f"{{{name}}}" in form and not value for name, value in parts.items()):
        return None
    if "{instance}" in form and not _HOST.fullmatch(instance):
        return None  # an instance that is a page name, not a host, has no address of this form
    return form.format(instance=instance, handle=quote(handle, safe="@."), id=quote(external_id, safe=""))
