"""The legal desk: reading a held threat with its words marked, and each way of deciding it."""

import hashlib
import json
import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.actions.claim_case import claim_case
from app.actions.escalate_case import escalate_case
from app.engine.ports import Ports
from app.escalation import store as escalation
from app.escalation.tables import MATTER
from app.web.live.feed import Feed
from tests.support.people import Signed, hire, signed_in
from tests.support.scene import ANSWER, THREAT, Scene
from tests.support.screen import Screen


@pytest.fixture
def held(scene: Scene) -> str:
    """A case that a threat put on hold."""
    scene.hear("@acme thank you for the lovely boots!", handle="fan")
    return str(scene.hear(THREAT, url="https://x.example/1").id)


def show(client: TestClient, who: Signed, path: str, status: int = 200) -> str:
    answer = client.get(path, headers=who.headers)
    assert answer.status_code == status, answer.text
    return answer.text


def send(client: TestClient, who: Signed, path: str, status: int = 303, **form: Any) -> str:
    answer = client.post(path, data=form | {"csrf": who.visitor.csrf}, headers=who.headers)
    assert answer.status_code == status, answer.text
    return answer.headers["location"] if status == 303 else unescape(answer.text)


def test_the_threat_is_found_held_with_its_words_marked(scene: Scene, client: TestClient, held: str) -> None:
    leo = signed_in(scene.ports, scene.leo)
    page = show(client, leo, "/legal")
    matter = scene.matter(held)
    assert f'id="matter-{matter.id}"' in page
    assert page.count('class="matter"') == 1
    for words in ("Held", 'class="mark mark-legal" title="Legal">lawyer', "the customer speaks of legal steps", "Rules v1"):
        assert words in page
    one = show(client, leo, f"/legal/{matter.id}")
    for words in ("Nobody has proposed an answer", "risk-legal", matter.frozen_hash, "Intact", "Release: lift the hold", "Open the post"):
        assert words in one
    assert "jo_harker" in one


def test_the_frozen_copy_downloads_as_the_very_bytes_that_were_hashed(scene: Scene, client: TestClient, held: str) -> None:
    matter = scene.matter(held)
    answer = client.get(f"/legal/{matter.id}/frozen", headers=signed_in(scene.ports, scene.leo).headers)
    assert hashlib.sha256(answer.content).hexdigest() == matter.frozen_hash
    assert "attachment" in answer.headers["content-disposition"]


def test_a_changed_copy_is_called_changed(scene: Scene, client: TestClient, held: str) -> None:
    matter = scene.matter(held)
    with scene.ports.db.write() as tx:
        frozen = json.dumps(tx.conn.execute(select(MATTER.c.frozen)).scalar_one())
        tx.conn.execute(update(MATTER).values(frozen=json.loads(frozen.replace("lawyer", "lawmaker"))))
    assert "Changed!" in show(client, signed_in(scene.ports, scene.leo), f"/legal/{matter.id}")


def test_a_plain_answer_is_refused_while_held_and_a_proposal_waits_for_legal(scene: Scene, client: TestClient, held: str) -> None:
    ana, leo = signed_in(scene.ports, scene.ana), signed_in(scene.ports, scene.leo)
    form = scene.form(held)
    plain = {"text": ANSWER, "seen_version": form.seen_version, "tick": list(form.checklist or {})}
    assert "Propose your answer" in send(client, ana, f"/cases/{held}/replies", 423, **plain)
    send(client, ana, f"/cases/{held}/replies", **plain, propose="1")
    (reply,) = scene.replies(held)
    assert reply.state == "pending_approval"
    one = show(client, leo, f"/legal/{scene.matter(held).id}")
    for words in (
        "The proposed answer",
        ANSWER,
        "Approve and lift the hold",
        "Approve with edits",
        "legal-risk v1",
        "The text checks find nothing.",
    ):
        assert words in one
    assert "Approve and lift the hold" not in show(client, ana, f"/legal/{scene.matter(held).id}")


@pytest.mark.parametrize(("text", "decision"), [(None, "approved"), (ANSWER + " Ms Lee writes to you.", "approved_with_edits")])
def test_approval_lifts_the_hold_and_the_answer_leaves(
    scene: Scene, client: TestClient, held: str, text: str | None, decision: str
) -> None:
    reply = scene.send(scene.ana, held, propose=True)
    matter = scene.matter(held)
    form = {"next": "/legal"} | ({"text": text} if text else {})
    assert send(client, signed_in(scene.ports, scene.leo), f"/replies/{reply.id}/approve", **form) == "/legal"
    assert not scene.case(held).hold
    (decided,) = scene.events(held, kind="matter.decided")
    assert decided.data["decision"] == decision
    scene.deliver()
    assert (scene.reply(reply.id).state, scene.reply(reply.id).text) == ("sent", text or ANSWER)
    assert "This matter is closed" in show(client, signed_in(scene.ports, scene.leo), f"/legal/{matter.id}")


def test_edits_that_break_the_policy_are_refused_and_nothing_moves(scene: Scene, client: TestClient, held: str) -> None:
    reply = scene.send(scene.ana, held, propose=True)
    leo = signed_in(scene.ports, scene.leo)
    said = send(client, leo, f"/replies/{reply.id}/approve", 422, text="Write to ana@private.example", next="/legal")
    assert "breaks the policy" in said
    assert "needs the changed text" in send(client, leo, f"/replies/{reply.id}/approve", 409, text="", next="/legal")
    assert scene.reply(reply.id).state == "pending_approval"
    assert scene.case(held).hold


def test_a_rejection_needs_its_reason_keeps_the_hold_and_gives_the_text_back(scene: Scene, client: TestClient, held: str) -> None:
    reply = scene.send(scene.ana, held, propose=True)
    leo = signed_in(scene.ports, scene.leo)
    assert "Say why" in send(client, leo, f"/replies/{reply.id}/reject", 422, reason=" ")
    send(client, leo, f"/replies/{reply.id}/reject", reason="It argues.", next="/legal")
    assert scene.case(held).hold
    assert scene.reply(reply.id).state == "cancelled"
    assert scene.draft(held, scene.ana) == ANSWER


def test_release_and_keep_need_a_reason(scene: Scene, client: TestClient, held: str) -> None:
    leo, matter = signed_in(scene.ports, scene.leo), scene.matter(held).id
    for verb in ("release", "keep"):
        assert "Give the reason" in send(client, leo, f"/legal/{matter}/{verb}", 422, reason="")
    send(client, leo, f"/legal/{matter}/acknowledge")
    assert "Seen by Leo" in show(client, leo, "/legal")
    assert send(client, leo, f"/legal/{matter}/keep", reason="Their letter first").startswith("/legal?notice=")
    assert scene.case(held).hold
    assert "Hold kept" in show(client, leo, "/legal")
    send(client, leo, f"/legal/{matter}/release", reason="They took it back")
    assert not scene.case(held).hold
    assert f"matter-{matter}" not in show(client, leo, "/legal")


def test_of_two_deciders_one_wins_and_the_other_is_told_who(scene: Scene, client: TestClient, held: str) -> None:
    lea, leo = signed_in(scene.ports, hire(scene.ports, "Lea", "legal")), signed_in(scene.ports, scene.leo)
    matter = scene.matter(held).id
    send(client, lea, f"/legal/{matter}/release", reason="settled")
    assert "Lea decided this matter before you: released." in send(client, leo, f"/legal/{matter}/keep", 409, reason="wait")
    other = scene.hear(THREAT, handle="other").id
    reply = scene.send(scene.ana, other, propose=True)
    send(client, leo, f"/replies/{reply.id}/approve", next="/legal")
    assert "Leo decided this answer already" in send(client, lea, f"/replies/{reply.id}/reject", 409, reason="no")


def test_legal_takes_over_and_a_supervisor_lets_it_out(scene: Scene, client: TestClient, held: str) -> None:
    claim_case(scene.ports, scene.ana, held)
    leo, sue = signed_in(scene.ports, scene.leo), signed_in(scene.ports, scene.sue)
    matter, form = scene.matter(held).id, scene.form(held)
    values = {"text": ANSWER, "seen_version": form.seen_version, "visibility": "public"}
    assert "Not ticked" in send(client, leo, f"/legal/{matter}/answer", 422, **values)
    send(client, leo, f"/legal/{matter}/answer", **values, tick=list(form.checklist or {}))
    (reply,) = scene.replies(held)
    assert "another person decides it" in show(client, leo, f"/legal/{matter}")
    assert "You asked for this approval" in send(client, leo, f"/replies/{reply.id}/approve", 409)
    send(client, sue, f"/replies/{reply.id}/approve", next="/approvals")
    assert not scene.case(held).hold
    scene.deliver()
    assert scene.reply(reply.id).state == "sent"


def test_others_read_and_do_not_decide(scene: Scene, client: TestClient, held: str) -> None:
    matter = scene.matter(held).id
    for asker in (scene.ana, scene.tim, hire(scene.ports, "Aud", "auditor")):
        who = signed_in(scene.ports, asker)
        assert "You may read it" in show(client, who, f"/legal/{matter}")
        for verb in ("release", "keep", "acknowledge"):
            assert "Only legal" in send(client, who, f"/legal/{matter}/{verb}", 403, reason="x")
    assert "/legal/" not in show(client, signed_in(scene.ports, scene.sue), "/legal").split("<main")[1]
    assert scene.case(held).hold


def test_an_open_page_stays_true(scene: Scene, client: TestClient, ports: Ports, held: str) -> None:
    feed, leo = Feed(ports), signed_in(ports, scene.leo)
    matter = scene.matter(held).id
    index, one = Screen(client, ports, leo, "/legal", feed), Screen(client, ports, leo, f"/legal/{matter}", feed)
    scene.clock.move(minutes=1)
    reply = scene.send(scene.ana, held, propose=True)
    for screen in (index, one):
        screen.catch_up()
    assert not index.differences()
    assert "Ana proposes an answer" in index.page.plain()
    assert "Ana has proposed an answer." in one.page.plain()
    assert not [line for line in one.differences() if line.startswith("#") and line != "#matter-news:"]
    send(client, leo, f"/replies/{reply.id}/approve", next="/legal")
    index.catch_up()
    assert not index.differences()
    assert "Nothing waits" in index.page.plain()


def test_every_reason_goes_by_its_name(scene: Scene, client: TestClient, held: str) -> None:
    matter, leo = scene.matter(held).id, signed_in(scene.ports, scene.leo)
    reason = re.compile('<textarea [^>]*name="reason"')  # the menu of one's own presence has an input of that name too
    assert len(reason.findall(show(client, leo, f"/legal/{matter}"))) == 2
    scene.send(scene.ana, held, propose=True)
    assert len(reason.findall(show(client, leo, f"/legal/{matter}"))) == 2


def test_what_a_supervisor_closes_never_lifts_what_legal_keeps(scene: Scene, client: TestClient, held: str) -> None:
    for desk in ("supervisor", "pr"):
        escalate_case(scene.ports, scene.ana, held, to=desk, reason="please look")
    with scene.ports.db.read() as conn:
        ids = {m.kind: m.id for m in escalation.for_case(conn, scene.case(held).id)}
    leo, sue = signed_in(scene.ports, scene.leo), signed_in(scene.ports, scene.sue)
    assert "Another desk keeps the hold" in show(client, sue, f"/legal/{ids['supervisor']}")
    assert "Only legal" in send(client, sue, f"/legal/{ids['legal']}/release", 403, reason="x")
    for kind in ("supervisor", "pr"):
        send(client, sue, f"/legal/{ids[kind]}/release", reason="done")
        assert scene.case(held).hold
    send(client, leo, f"/legal/{ids['legal']}/release", reason="done")
    assert not scene.case(held).hold
