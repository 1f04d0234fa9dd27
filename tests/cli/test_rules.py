"""Rules from files: checked without a database, applied once, exported as published, tried on what came."""

import json
from pathlib import Path

import pytest

from app.actions.confirm_rules import confirm_rules
from app.actions.open_workspace import open_workspace
from app.engine import log
from app.engine.ports import Ports
from app.policy import store as policies
from app.routing import store as routing
from tests.cli.conftest import Earshot
from tests.support.desk import mention, take_in
from tests.support.people import hire

RULES = """\
engine: 1
rules:
  - id: everything
    name: Everything goes to care
    do: {queue: care, tags: [%s]}
"""
POLICY = """\
---
id: short
title: Short
applies: [public reply]
---
Be short.

- [ ] {short} It is short (required)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    (made / "policies").mkdir(parents=True)
    (made / "rules.yaml").write_text(RULES % "one", encoding="utf-8")
    (made / "policies" / "short.md").write_text(POLICY, encoding="utf-8")
    return made


def active(ports: Ports) -> tuple[int, str]:
    with ports.db.read() as conn:
        return routing.active(conn)


def test_a_macro_that_is_not_there_or_not_approved_is_found(bare: Earshot, folder: Path) -> None:
    (folder / "rules.yaml").write_text("rules:\n  - id: thank\n    repeat: once\n    do: {reply_with: thanks}\n", encoding="utf-8")
    (folder / "macros").mkdir()
    macro = "---\nid: thanks\ntitle: Thanks\napproved: %s\n---\nThank you.\n"
    for approved, code in (("false", 2), ("true", 0)):
        (folder / "macros" / "thanks.md").write_text(macro % approved, encoding="utf-8")
        ran = bare("rules", "check", str(folder))
        assert ran.code == code, ran.out
        assert ("no macro 'thanks'" in ran.out) is (code != 0)


def test_a_webhook_without_a_place_is_found(bare: Earshot, folder: Path) -> None:
    (folder / "rules.yaml").write_text("rules:\n  - id: tell\n    do: {webhooks: [crm]}\n", encoding="utf-8")
    for places, said, code in (
        ("[]", "no webhook 'crm'", 2),
        ("[{id: crm, url: 'https://crm.example/earshot'}]", "", 0),
        ("[{id: crm, url: nowhere}]", "crm needs a url", 2),
    ):
        (folder / "webhooks.yaml").write_text(f"webhooks: {places}\n", encoding="utf-8")
        ran = bare("rules", "check", str(folder))
        assert (ran.code, said in ran.out) == (code, True), ran.out


def test_an_editor_gets_the_schema_with_the_names_of_the_folder(bare: Earshot) -> None:
    ran = bare("rules", "schema")
    made = json.loads(ran.out)
    assert ran.code == 0
    assert "care" in made["$defs"]["actions"]["properties"]["queue"]["enum"]
    assert "public-reply" in made["$defs"]["actions"]["properties"]["checklist"]["enum"]


def test_the_default_rules_are_in_order(bare: Earshot) -> None:
    ran = bare("rules", "check")
    assert (ran.code, ran.out) == (0, "")
    assert "held" in ran.err


def test_every_problem_is_a_line_with_its_place(bare: Earshot, folder: Path) -> None:
    text = (RULES % "one").replace("queue: care", "queue: nowhere, colour: red")
    (folder / "rules.yaml").write_text(text)
    (folder / "queues.yaml").write_text("queues: [{id: care, title: Care}]")
    ran = bare("rules", "check", folder)
    assert ran.code == 2
    assert all(line.startswith("rules.yaml:5:") and ": error: " in line for line in ran.out.splitlines())
    assert "colour" in ran.out
    (folder / "queues.yaml").write_text("queues: []")
    (folder / "policies" / "short.md").write_text("no front matter")
    ran = bare("rules", "check", folder)
    assert ran.code == 2
    assert "queues.yaml:1:" in ran.out
    assert "policies: error: " in ran.out
    gone = bare("rules", "check", folder / "absent")
    assert (gone.code, "name the folder that holds rules.yaml" in gone.err) == (2, True)


def test_applying_publishes_once_and_says_when_nothing_changed(earshot: Earshot, ports: Ports, folder: Path) -> None:
    before, text = active(ports)
    (folder / "rules.yaml").write_text(text + "# one more line\n", encoding="utf-8")
    ran = earshot("rules", "apply", folder, "--reason", "spring")
    assert ran.code == 0
    assert ran.out == f"The policy short is now version 1.\nThe rules are now version {before + 1}.\n"
    assert active(ports) == (before + 1, text + "# one more line\n")
    again = earshot("rules", "apply", folder)
    assert (again.code, again.out) == (0, f"Nothing changed: version {before + 1} says the same.\n")
    with ports.db.read() as conn:
        assert routing.version(conn, before + 1).reason == "spring"
        assert policies.active(conn, "short").title == "Short"
        kinds = [e.kind for e in log.read_since(conn, 0)]
    assert kinds.count("rules.activated") == 2
    open_workspace(ports)
    assert active(ports)[0] == before + 1


def test_rules_that_touch_legal_wait_and_say_so(earshot: Earshot, ports: Ports, folder: Path) -> None:
    before, _ = active(ports)
    ran = earshot("rules", "apply", folder, "--reason", "spring")
    assert ran.code == 0
    assert "The rules are not in force: they touch legal, and wait for a second person (proposal " in ran.out
    assert "  risk-legal is deleted\n" in ran.out
    assert active(ports)[0] == before
    listed = earshot("rules", "waiting")
    assert f"Command line, against version {before}: spring" in listed.out
    proposal = listed.out.split()[0]
    leo = hire(ports, "Leo", "legal")
    assert confirm_rules(ports, leo, proposal) == before + 1
    assert active(ports) == (before + 1, RULES % "one")
    assert earshot("rules", "waiting").out == "Nothing waits.\n"
    assert earshot("rules", "decline", proposal, "--reason", "late").code == 1


def test_what_was_applied_can_be_taken_back(earshot: Earshot, ports: Ports, folder: Path) -> None:
    earshot("rules", "apply", folder)
    proposal = earshot("rules", "waiting").out.split()[0]
    ran = earshot("rules", "decline", proposal, "--reason", "a slip")
    assert ran.out.startswith("The proposal of Command line is withdrawn.")


def test_why_a_rule_did_not_fire_is_told(earshot: Earshot, ports: Ports) -> None:
    take_in(ports, mention("1", "My parcel is late", handle="h1"))
    with ports.db.read() as conn:
        [case] = [case for case, _, _ in routing.fired_lately(conn, 1)]
    ran = earshot("rules", "why", case, "vip")
    assert ran.code == 0
    assert "vip did not fire: " in ran.out
    assert "order fired" in earshot("rules", "why", case).out
    assert earshot("rules", "why", "nonsense").code != 0


def test_rules_with_an_error_are_refused_whole(earshot: Earshot, ports: Ports, folder: Path) -> None:
    before = active(ports)
    (folder / "rules.yaml").write_text((RULES % "one").replace("queue: care", "queue: nowhere, checklist: gone"))
    ran = earshot("rules", "apply", folder)
    assert ran.code == 2
    assert "nowhere" in ran.err
    assert "(and 1 more: `earshot rules check` lists them)" in ran.err
    assert active(ports) == before
    with ports.db.read() as conn:
        assert "short" not in {p.id for p in policies.all_active(conn)}


def test_rules_may_name_a_policy_that_comes_with_them(earshot: Earshot, ports: Ports, folder: Path) -> None:
    (folder / "rules.yaml").write_text((RULES % "one").replace("queue: care", "queue: care, checklist: short"))
    assert earshot("rules", "apply", folder).code == 0


def test_what_is_exported_is_what_was_published(earshot: Earshot, ports: Ports, folder: Path, tmp_path: Path) -> None:
    version, text = active(ports)
    ran = earshot("rules", "export", tmp_path / "out")
    assert ran.out == f"Version {version} of the rules is in {tmp_path / 'out' / 'rules.yaml'}.\n"
    assert (tmp_path / "out" / "rules.yaml").read_text() == text
    assert earshot("rules", "export", tmp_path / "out").code == 0
    refused = earshot("rules", "export", folder)
    assert (refused.code, "--force" in refused.err) == (1, True)
    assert (folder / "rules.yaml").read_text() == RULES % "one"
    assert earshot("rules", "export", folder, "--force").code == 0
    assert (folder / "rules.yaml").read_text() == text


def test_a_backtest_changes_nothing_and_tells_what_would(earshot: Earshot, ports: Ports, folder: Path) -> None:
    assert "No stored mentions yet" in earshot("rules", "backtest", folder).out
    take_in(ports, *[mention(str(i), "My parcel is late", handle=f"h{i}") for i in range(3)])
    before = active(ports)
    ran = earshot("rules", "backtest", folder, "--last", 2)
    assert ran.code == 0
    assert ran.out.startswith(f"Against version {before[0]}: 2 of the last 2 mentions would have been decided otherwise.\n")
    assert "tags: 2" in ran.out
    assert "My parcel is late" in ran.out
    assert active(ports) == before
