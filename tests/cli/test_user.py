"""People from the command line: made with a password, listed, shut out."""

from app.engine import log
from app.engine.ports import Ports
from app.people import store as people
from app.people.passwords import matches
from tests.cli.conftest import Earshot


def test_a_made_password_is_printed_once_alone_and_signs_in(earshot: Earshot, ports: Ports) -> None:
    ran = earshot("user", "add", "Ada@shop.example", "--role", "admin", "--name", " Ada  L ")
    assert ran.code == 0
    password = ran.out.strip()
    assert len(password) >= 20
    with ports.db.read() as conn:
        found = people.by_email(conn, "ada@shop.example")
    assert found is not None
    assert (found[0].name, found[0].role) == ("Ada L", "admin")
    assert len(found[0].queues) >= 1
    assert matches(password, found[1])
    again = earshot("user", "add", "ada@shop.example", "--role", "agent", "--name", "Other")
    assert (again.code, again.out) == (1, "")
    assert "already" in again.err


def test_a_password_from_stdin_is_not_printed(earshot: Earshot, ports: Ports) -> None:
    ran = earshot(
        "user", "add", "joe@shop.example", "--role", "agent", "--name", "Joe", "--password-stdin", typed="correct horse battery\n"
    )
    assert (ran.code, ran.out) == (0, "")
    with ports.db.read() as conn:
        found = people.by_email(conn, "joe@shop.example")
    assert found is not None
    assert matches("correct horse battery", found[1])


def test_what_is_wrong_is_named_and_nobody_is_added(earshot: Earshot, ports: Ports) -> None:
    good = ["user", "add", "a@b.example", "--role", "agent", "--name", "A"]
    for words, typed, named in (
        (["user", "add", "no-address", "--role", "agent", "--name", "A"], "", "email"),
        (["user", "add", "a@b.example", "--role", "king", "--name", "A"], "", "role: 'king' is no role: use one of agent"),
        (["user", "add", "a@b.example", "--role", "agent", "--name", " "], "", "name"),
        ([*good, "--password-stdin"], "short\n", "password: a password has 12"),
        ([*good, "--queues", "nowhere"], "", "there is no queue 'nowhere'"),
        ([*good, "--languages", "english please"], "", "languages"),
        ([*good, "--capacity", "0"], "", "capacity"),
    ):
        ran = earshot(*words, typed=typed)
        assert ran.code == 2, words
        assert named in ran.err
        assert ran.err.count("\n") == 1
    with ports.db.read() as conn:
        assert people.everyone(conn) == ()


def test_list_shows_everyone_with_their_state(earshot: Earshot) -> None:
    earshot("user", "add", "ada@shop.example", "--role", "admin", "--name", "Ada")
    earshot("user", "add", "joe@shop.example", "--role", "agent", "--name", "Joe", "--languages", "en,es", "--skills", "refunds")
    earshot("user", "disable", "joe@shop.example")
    lines = earshot("user", "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["ada@shop.example", "admin", "away", "Ada"],
        ["joe@shop.example", "agent", "disabled", "Joe"],
    ]


def test_disabling_ends_every_session_and_says_so_in_the_log(earshot: Earshot, ports: Ports) -> None:
    earshot("user", "add", "ada@shop.example", "--role", "admin", "--name", "Ada")
    earshot("user", "add", "joe@shop.example", "--role", "agent", "--name", "Joe")
    with ports.db.write() as tx:
        joe = people.by_email(tx.conn, "joe@shop.example")
        assert joe is not None
        people.start_session(tx, joe[0].id, "cookie", 1)
    assert earshot("user", "disable", "JOE@shop.example").code == 0
    assert earshot("user", "disable", "joe@shop.example").code == 0
    assert "joe@shop.example) can sign in again" in earshot("user", "enable", "JOE@shop.example").err
    with ports.db.read() as conn:
        assert people.visit(conn, people.digest("cookie"), ports.clock.now()) is None
        ended = [e.data for e in log.read_since(conn, 0) if e.kind == "session.ended"]
    assert ended == [{"person": joe[0].id, "session": people.digest("cookie")}]


def test_the_last_admin_stays_and_an_unknown_person_is_named(earshot: Earshot) -> None:
    earshot("user", "add", "ada@shop.example", "--role", "admin", "--name", "Ada")
    last = earshot("user", "disable", "ada@shop.example")
    assert (last.code, "only admin" in last.err) == (1, True)
    nobody = earshot("user", "disable", "nobody@shop.example")
    assert (nobody.code, "no person 'nobody@shop.example'" in nobody.err) == (2, True)
    assert earshot("user", "enable", "nobody@shop.example").code == nobody.code
