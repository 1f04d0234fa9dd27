"""A rule answers with an approved macro only where a person's answer would leave without anybody else; else it is offered as a draft."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.actions.add_note import add_note
from app.actions.cancel_reply import cancel_reply
from app.actions.claim_case import claim_case
from app.actions.escalate_case import escalate_case
from app.cases import outbox
from app.cases.model import BY_RULE
from app.channels.port import Failed, Sent
from app.core.clock import SetClock
from app.core.ids import CaseId
from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.policy import store as policies
from app.sla import store as sla
from tests.support.rule_text import obey
from tests.support.scene import ORDER, THREAT, Network, Scene

TEXT = "Thank you for writing to us. A colleague is looking into it and will answer you here."
THANKS = "id: thanks\ndo: {reply_with: thanks}"
MACRO = f"---\nid: thanks\ntitle: Thanks\napproved: true\nlanguages: [en]\n---\n{TEXT}\n"
OPEN_POLICY = "---\nid: public-reply\ntitle: Public reply\napplies: [public reply, direct reply]\n---\nBe kind.\n"


@pytest.fixture
def scene(ports: Ports, clock: SetClock, tmp_path: Path) -> Scene:
    """A desk with an approved macro, and a policy that asks nobody to tick anything."""
    folder = tmp_path / "rules"
    shutil.copytree(ports.data.root, folder)
    (folder / "macros" / "thanks.md").write_text(MACRO)
    (folder / "policies" / "public-reply.md").write_text(OPEN_POLICY)
    made = replace(ports, data=DataFolder(folder))
    scene = Scene(made, clock)
    with made.db.write() as tx:
        policies.sync_from_folder(tx, folder / "policies", scene.sue.actor)
    return scene


def offered(scene: Scene, case: str) -> str | None:
    with scene.ports.db.read() as conn:
        draft = outbox.draft(conn, CaseId(case), BY_RULE)
    return draft.text if draft else None


def why_not(scene: Scene, case: str) -> list[str]:
    return [e.data["why"] for e in scene.events(case, kind="rules.stopped")]


def running(scene: Scene, case: str) -> list[str]:
    with scene.ports.db.read() as conn:
        return [c.state for c in sla.for_cases(conn, [CaseId(case)])[CaseId(case)] if c.metric == "first_response"]


def test_it_goes_the_way_of_a_persons_answer_and_counts_as_nobodys_chatwoot_6618(scene: Scene) -> None:
    """CW#6618: a rule's own reply counted as the first human reply, and asked the rule again."""
    obey(scene.ports, THANKS, "id: echo\non: [reply.sent]\nwhen: {actor: rule}\ndo: {tags: [thanked]}")
    case = scene.hear()
    (reply,) = scene.replies(case.id)
    assert (reply.state, reply.text, reply.by_id, reply.by_name) == ("queued", TEXT, BY_RULE, "Rules v2")
    assert scene.case(case.id).state == "open"
    assert running(scene, case.id) == ["running"], "its clock does not rest for it"
    network = Network(lambda _: Sent("ext1", None))
    scene.deliver(network)
    assert [p.text for p in network.posts] == [TEXT]
    after = scene.case(case.id)
    assert (after.state, after.reply_count, after.last_reply_at, after.waiting_since) == ("open", 0, None, case.waiting_since)
    assert running(scene, case.id) == ["running"]
    assert not scene.events(case.id, kind="clock.met")
    (sent,) = scene.events(case.id, kind="reply.sent")
    assert (sent.actor.kind, sent.data["response_seconds"]) == ("rule", None)
    assert "thanked" in after.tags
    scene.send(scene.ana, case.id)
    scene.deliver()
    assert running(scene, case.id) == ["met"]


def test_never_twice_in_one_case(scene: Scene, clock: SetClock) -> None:
    obey(scene.ports, THANKS)
    case = scene.hear(id="post1")
    scene.deliver()
    clock.move(minutes=1)
    scene.hear("@acme ok, but when will it arrive?", in_reply_to="post1")
    assert len(scene.replies(case.id)) == 1
    assert why_not(scene, case.id) == ["The rule thanks did not answer with thanks: rules have answered in this case before."]


@pytest.mark.parametrize("kind", ["comment", "answer to our own post"])
def test_never_in_a_conversation_that_we_began_chatwoot_9224(scene: Scene, clock: SetClock, kind: str) -> None:
    """CW#9224: an automatic reply to the desk's own outreach."""
    obey(scene.ports, "id: thanks\nwhen: {wants_answer: true}\ndo: {reply_with: thanks}")
    if kind == "comment":
        case = scene.hear("@acme where is my order, please? Nobody answers me.", kind="comment", in_reply_to="campaign", thread="campaign")
    else:
        scene.hear("New boots in the shop from Monday.", handle="acme", id="campaign")
        case = scene.hear("@acme where is my order, please? Nobody answers me.", kind="reply", in_reply_to="campaign", handle="jo")
    assert scene.replies(case.id) == ()
    assert offered(scene, case.id) is None
    assert why_not(scene, case.id) == ["The rule thanks did not answer with thanks: we began this conversation."]


def test_a_rule_can_ask_who_began(scene: Scene) -> None:
    obey(scene.ports, "id: ours\nwhen: {initiator: us}\ndo: {tags: [campaign]}")
    scene.hear("New boots in the shop from Monday.", handle="acme", id="campaign")
    assert scene.case(scene.hear("@acme how much?", in_reply_to="campaign", handle="jo").id).tags == ["campaign"]
    assert scene.case(scene.hear("@acme hello?", handle="jim").id).tags == []


def test_what_needs_a_checklist_becomes_a_draft_for_the_agent_with_the_reason(scene: Scene) -> None:
    folder = scene.ports.data.root
    (folder / "policies" / "public-reply.md").write_text(OPEN_POLICY + "\n- [ ] {looked-up} The order was looked up (required)\n")
    with scene.ports.db.write() as tx:
        policies.sync_from_folder(tx, folder / "policies", scene.sue.actor)
    obey(scene.ports, THANKS)
    case = scene.hear()
    assert scene.replies(case.id) == ()
    assert offered(scene, case.id) == TEXT
    (told,) = scene.events(case.id, kind="reply.drafted")
    assert (told.actor.kind, told.data["macro"], told.data["why"]) == ("rule", "thanks", "Not ticked: The order was looked up")
    scene.send(scene.ana, case.id)
    scene.deliver()
    assert offered(scene, case.id) is None, "once a person has answered nothing is offered any more"


@pytest.mark.parametrize(
    ("said", "also", "why"),
    [(THREAT, "hold: it is a threat", "Legal holds the case."), (ORDER, "approval: supervisor", "supervisor must approve it first.")],
)
def test_a_hold_or_an_approval_is_never_gone_around(scene: Scene, said: str, also: str, why: str) -> None:
    obey(scene.ports, "id: strict\non: [mention.received]\ndo: {" + also + "}", "id: thanks\non: [case.opened]\ndo: {reply_with: thanks}")
    case = scene.hear(said)
    assert scene.replies(case.id) == ()
    assert offered(scene, case.id) == TEXT
    assert why in scene.events(case.id, kind="reply.drafted")[0].data["why"]


def test_a_hold_that_comes_while_it_waits_stops_it(scene: Scene) -> None:
    obey(scene.ports, THANKS)
    case = scene.hear()
    escalate_case(scene.ports, scene.ana, case.id, to="legal", reason="wait")
    network = Network(lambda _: Failed("never asked", fixable=False))
    scene.deliver(network)
    assert network.posts == []
    assert scene.replies(case.id)[0].state == "cancelled"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("approved: true", "approved: false"), "nobody has approved it"),
        (("[en]", "[es]"), "it is not in the language en"),
        (("languages: [en]", "networks: [mastodon]"), "it is not for x"),
    ],
)
def test_what_is_not_approved_or_does_not_fit_is_not_even_offered(scene: Scene, change: tuple[str, str], why: str) -> None:
    (scene.ports.data.root / "macros" / "thanks.md").write_text(MACRO.replace(*change) + " ")
    obey(scene.ports, THANKS)
    case = scene.hear()
    assert (scene.replies(case.id), offered(scene, case.id)) == ((), None)
    assert why_not(scene, case.id) == [f"The rule thanks did not answer with thanks: {why}."]


def test_a_person_takes_it_back_and_may_answer_at_once(scene: Scene) -> None:
    obey(scene.ports, THANKS)
    case = scene.hear()
    claim_case(scene.ports, scene.sue, case.id)
    cancel_reply(scene.ports, scene.sue, scene.replies(case.id)[0].id)
    assert running(scene, case.id) == ["running"]
    assert scene.case(case.id).state == "open"
    scene.send(scene.sue, case.id)
    scene.deliver()
    assert running(scene, case.id) == ["met"]


def test_a_rules_answer_that_fails_leaves_the_case_as_it_was(scene: Scene) -> None:
    obey(scene.ports, "id: thanks\non: [note.added]\ndo: {reply_with: thanks}")
    case = scene.hear()
    scene.send(scene.ana, case.id)
    scene.deliver()
    add_note(scene.ports, scene.ana, case.id, "go")
    scene.deliver(Network(lambda _: Failed("no", fixable=False)))
    after = scene.case(case.id)
    assert (after.state, after.reply_trouble, after.reply_count) == ("waiting", "failed", 1)
