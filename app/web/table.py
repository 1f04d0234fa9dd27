"""The pages' part of the route table: every page's entries, one after the other."""

from typing import Final

from app.door.entry import Entry
from app.web.live import socket
from app.web.pages import approvals, audit, case, customer, customers, inbox, legal, replies, sign_in, wallboard

WEB_ENTRIES: Final[tuple[Entry, ...]] = (
    *inbox.ENTRIES,
    *sign_in.ENTRIES,
    *replies.ENTRIES,
    *case.ENTRIES,
    *wallboard.ENTRIES,
    *legal.ENTRIES,
    *approvals.ENTRIES,
    *customers.ENTRIES,
    *customer.ENTRIES,
    *audit.ENTRIES,
    *socket.ENTRIES,
)
