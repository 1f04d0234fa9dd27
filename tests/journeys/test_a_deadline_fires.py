"""A deadline fires by itself: the case says so, the list says so, the rules decide again, and it is on the record once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from app.engine import log
from tests.journeys.conftest import Desk


def test_a_missed_target_is_told_and_decided(desk: Desk) -> None:
    with desk.served.signed_in(desk.supervisor) as sue, sue.live("inbox:view=risk") as line:
        two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
        handle = desk.hear("@acme I am stranded at the airport, my flight is cancelled and I need help right NOW!!", at=two_hours_ago)
        case = desk.case_of(handle, lambda c: c["clocks"][0]["state"] == "breached", "the breach")
        assert handle in line.region(f"row-{case['id']}", 'data-due-state="breached"')
        assert "late" in desk.case_of(handle, lambda c: "late" in c["tags"], "the rule's tag")["tags"]
        with desk.served.ports.db.read() as conn:
            said = [e for e in log.of_case(conn, case["id"]) if e.kind in ("clock.warned", "clock.breached")]
        told = Counter((e.kind, e.data["metric"]) for e in said)
        assert told["clock.breached", "first_response"] == told["clock.breached", "first_touch"] == 1
        assert max(told.values()) == 1
        assert handle in sue.get("/inbox?view=risk").text
