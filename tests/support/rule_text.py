"""Rules for a test in one line: the text of a file around them, and a desk that obeys it from its next event on."""

from textwrap import dedent, indent

from app.core.events import Actor
from app.engine.ports import Ports
from app.routing import store as routing

_SUE = Actor("agent", "sue", "Sue")


def rule_text(*rules: str) -> str:
    """A whole file with these rules, each written as the mapping that it is."""
    return "engine: 1\nrules:\n" + "".join(map(_item, rules))


def obey(ports: Ports, *rules: str) -> int:
    """Publish exactly these rules, unchecked against the desk's queues and people; the version's number."""
    with ports.db.write() as tx:
        return routing.publish(tx, rule_text(*rules), "a test", _SUE)


def obey_too(ports: Ports, *rules: str) -> int:
    """Publish these rules above those that are in force."""
    with ports.db.write() as tx:
        _, text = routing.active(tx.conn)
        return routing.publish(tx, text.replace("\nrules:\n", "\nrules:\n" + "".join(map(_item, rules)), 1), "a test", _SUE)


def _item(rule: str) -> str:
    return indent(dedent(rule).strip(), "    ").replace("    ", "  - ", 1) + "\n"
