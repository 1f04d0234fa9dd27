"""A threat is held, an agent proposes, legal approves, and only then it leaves; over real pages and sockets."""

from tests.journeys.conftest import Desk

ANSWER = "Thank you for writing. Our colleague Dana Lind takes care of this and will write to you today."
TICKS = ["no-admission", "no-argument", "safety-first", "contact"]


def test_threat_hold_proposal_approval_sent(desk: Desk) -> None:
    with desk.served.signed_in(desk.agent) as ana, desk.served.signed_in(desk.legal) as leo, leo.live("inbox:view=legal") as line:
        handle = desk.hear("@acme enough! I will sue you, my lawyer will write to you tomorrow.")
        line.region("row-.*", handle)
        case = desk.case_of(handle)
        assert case["hold"]
        assert (case["matter"]["kind"], case["matter"]["state"]) == ("legal", "open")
        at = f"/cases/{case['id']}"

        form = {"text": ANSWER, "seen_version": case["version"], "tick": TICKS, "csrf": ana.csrf}
        refused = ana.client.post(f"{at}/replies", data=form, headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (423, "hold")

        ana.post(f"{at}/replies", text=ANSWER, seen_version=case["version"], tick=TICKS, propose="1")
        waiting = desk.case_of(handle, lambda c: c["state"] == "pending")
        (reply,) = waiting["replies"]
        assert reply["state"] == "pending_approval"
        assert ANSWER in leo.get(at).text

        with ana.live(f"case:{case['id']}") as watched:
            leo.post(f"/replies/{reply['id']}/approve", reason="fine")
            watched.region("case-head", 'data-hold="no"')
            watched.region(f"item-{reply['id']}", "Sent")
        done = desk.case_of(handle, lambda c: c["replies"][0]["state"] == "sent", "the sent answer")
        assert not done["hold"]
        assert done["matter"] is None or done["matter"]["state"] == "closed"
        assert done["state"] == "waiting"
