"""Which mentions belong to one thread. Pure."""

from collections.abc import Mapping


def thread_key(external_id: str, in_reply_to: str | None, thread: str | None, parents: Mapping[str, str]) -> str:
    """The key all posts of a public thread share.

    The network's own thread id when it names one; else the parent's thread when we know the parent (``parents`` maps an
    external id to its thread key); else the parent's id, so that a parent that arrives later joins; else the post's own id.
    """
    if thread:
        return thread
    if in_reply_to:
        return parents.get(in_reply_to, in_reply_to)
    return external_id
