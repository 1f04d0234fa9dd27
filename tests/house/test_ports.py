"""Time comes from the clock port and chance from the id port, so that every judgement can be replayed."""

import ast
from collections.abc import Iterable
from typing import Final

from tests.house.source import Source, at, dotted, imports_of, python_files

CLOCK_CALLS: Final = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today", "func.now", "func.current_timestamp",
}  # fmt: skip
PORTS: Final = {
    "app/core/clock.py": "is the clock port",
}


def past_the_ports(files: Iterable[Source]) -> list[str]:
    """Readings of the machine's clock and uses of ``random`` outside the ports."""
    found = []
    for source in files:
        if source.path in PORTS:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and dotted(node.func) in CLOCK_CALLS:
                found.append(at(source, node, f"{dotted(node.func)}() reads the machine's clock: use the clock port or tx.now"))
        found += [
            at(source, node, "random is not replayable: use tx.new_id() or secrets")
            for node, name in imports_of(source.tree)
            if name == "random"
        ]
    return found


def test_time_and_chance_come_from_ports() -> None:
    assert not (found := past_the_ports(python_files("app"))), "\n".join(found)


def test_the_check_can_fail() -> None:
    assert past_the_ports([Source("app/sla/late.py", "from datetime import datetime\nat = datetime.now()\n")])
    assert past_the_ports([Source("app/sla/late.py", "import random\n")])
    assert past_the_ports([Source("app/cases/store.py", "from sqlalchemy import func\nx = func.now()\n")])
    assert not past_the_ports([Source("app/core/clock.py", "from datetime import datetime\nat = datetime.now()\n")])
