"""The pages' part of the route table: every page's entries, one after the other."""

from typing import Final

from app.door.entry import Entry
from app.web import replies
from app.web.live import socket
from app.web.pages import (
    approvals,
    audit,
    case,
    channels,
    customer,
    customers,
    health,
    inbox,
    legal,
    people,
    policies,
    policy,
    reports,
    rule,
    rule_history,
    rules,
    rules_file,
    rules_publish,
    rules_try,
    rules_versions,
    rules_waiting,
    rules_why,
    settings,
    sign_in,
    wallboard,
)

WEB_ENTRIES: Final[tuple[Entry, ...]] = (
    *inbox.ENTRIES,
    *sign_in.ENTRIES,
    *replies.ENTRIES,
    *case.ENTRIES,
    *wallboard.ENTRIES,
    *reports.ENTRIES,
    *health.ENTRIES,
    *settings.ENTRIES,
    *channels.ENTRIES,
    *people.ENTRIES,
    *legal.ENTRIES,
    *approvals.ENTRIES,
    *customers.ENTRIES,
    *customer.ENTRIES,
    *audit.ENTRIES,
    *rules.ENTRIES,
    *rule.ENTRIES,
    *rule_history.ENTRIES,
    *rules_file.ENTRIES,
    *rules_try.ENTRIES,
    *rules_publish.ENTRIES,
    *rules_versions.ENTRIES,
    *rules_waiting.ENTRIES,
    *rules_why.ENTRIES,
    *policies.ENTRIES,
    *policy.ENTRIES,
    *socket.ENTRIES,
)
