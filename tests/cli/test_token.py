"""Tokens from the command line: alone on stdout, kept by their hash."""

from app.engine import log
from app.engine.ports import Ports
from app.people import store as people
from tests.cli.conftest import Earshot


def test_the_token_stands_alone_on_stdout_and_opens_the_desk(earshot: Earshot, ports: Ports) -> None:
    ran = earshot("token", "create", "crm export", "--scope", "ingest")
    assert ran.code == 0
    secret = ran.out.removesuffix("\n")
    assert secret.startswith("earshot_")
    assert secret.split() == [secret]
    with ports.db.read() as conn:
        found = people.token_and_person(conn, secret)
        events = [e for e in log.read_since(conn, 0) if e.kind == "token.created"]
    assert found is not None
    token, _ = found
    assert (token.name, token.scope, token.person_id) == ("crm export", "ingest", None)
    assert [e.data for e in events] == [{"token": token.id, "scope": "ingest", "person": None}]


def test_as_a_person(earshot: Earshot, ports: Ports) -> None:
    earshot("user", "add", "joe@shop.example", "--role", "agent", "--name", "Joe")
    secret = earshot("token", "create", "bot", "--scope", "agent", "--as", "joe@shop.example").out.strip()
    with ports.db.read() as conn:
        found = people.token_and_person(conn, secret)
        joe = people.by_email(conn, "joe@shop.example")
    assert found is not None
    assert joe is not None
    assert found[0].person_id == joe[0].id


def test_what_is_wrong_is_named_and_nothing_is_printed(earshot: Earshot) -> None:
    earshot("user", "add", "ada@shop.example", "--role", "admin", "--name", "Ada")
    earshot("user", "add", "joe@shop.example", "--role", "agent", "--name", "Joe")
    earshot("user", "disable", "joe@shop.example")
    for words, code, named in (
        (["x", "--scope", "root"], 2, "scope: 'root' is no scope: use one of ingest, read, agent, admin."),
        (["", "--scope", "read"], 2, "name"),
        (["x", "--scope", "agent", "--as", "nobody@shop.example"], 2, "nobody@shop.example"),
        (["x", "--scope", "agent", "--as", "joe@shop.example"], 1, "disabled"),
    ):
        ran = earshot("token", "create", *words)
        assert (ran.code, ran.out) == (code, "")
        assert named in ran.err
