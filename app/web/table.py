"""The pages' part of the route table: every page's entries, one after the other."""

from typing import Final

from app.door.entry import Entry
from app.web.live import socket
from app.web.pages import case, inbox, replies, sign_in

WEB_ENTRIES: Final[tuple[Entry, ...]] = (*inbox.ENTRIES, *sign_in.ENTRIES, *replies.ENTRIES, *case.ENTRIES, *socket.ENTRIES)
