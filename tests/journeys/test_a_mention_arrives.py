"""A mention arrives: acknowledged after its commit, understood, and a row on the screens of those who work."""

from tests.journeys.conftest import Desk
from tests.support.server import until


def test_from_the_post_to_an_agents_screen(desk: Desk) -> None:
    with desk.served.signed_in(desk.agent) as ana, ana.live("inbox:view=all") as line:
        handle = desk.hear("@acme I am stranded at the airport with my child, my flight is cancelled and I need help right NOW!!")
        line.region("row-.*", handle)
        assert "</b>" in line.region("count-all")
        case = desk.case_of(handle)
        listed = ana.get("/inbox?view=all").text
        assert f'data-case="{case["id"]}"' in listed
        assert handle in listed
        assert case["priority"]["score"] == sum(t["points"] for t in case["priority"]["terms"])
        assert case["queue"]
        assert any(step["matched"] for step in case["trace"])
        assert {c["metric"] for c in case["clocks"]} == {"first_touch", "first_response", "resolution"}
        assert all(" left: due " in c["arithmetic"] for c in case["clocks"])


def test_redelivery_and_bad_ones_disturb_nothing(desk: Desk) -> None:
    handle = desk.hear("@acme where is my refund?", handle="twice")
    again = desk.ingest.post("/api/v1/mentions", json=[{"network": "x"}, {"text": 7}, None])
    assert again.json()["rejected"] == 3
    assert desk.case_of(handle)["mentions"][0]["text"] == "@acme where is my refund?"


def test_who_was_away_misses_nothing(desk: Desk) -> None:
    """A browser that comes back with its cursor is told what came meanwhile, once and in order."""
    with desk.served.signed_in(desk.agent) as ana:
        with ana.live("inbox:view=all") as line:
            desk.hear("@acme is anyone there?", handle="before")
            line.region("row-.*", "before")
            seen = max(frame["seq"] for frame in line.heard if frame["type"] == "patch")
        for number in range(5):
            desk.hear("@acme my parcel is lost, please help", handle=f"away{number}")
        last = desk.case_of("away4")
        with ana.live("inbox:view=all", since=seen) as line:
            until(lambda: any(r["id"] == f"row-{last['id']}" for r in line.next().get("regions", ())) or None, "the row of the last one")
            told = [r["id"] for frame in line.heard for r in frame.get("regions", ()) if r["id"].startswith("row-")]
            for number in range(5):
                assert f"row-{desk.case_of(f'away{number}')['id']}" in told
