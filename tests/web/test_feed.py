"""The feed over real sockets: who is sent what, who is sent away, and what becomes of a reader that takes nothing."""

import json
import socket as sockets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from app.actions.claim_case import claim_case
from app.actions.disable_person import disable_person
from app.actions.set_presence import set_presence
from app.actions.sign_in import sign_out
from app.core.clock import SetClock
from app.core.events import SYSTEM, NewEvent
from app.engine.cursor import newest
from app.engine.log import EVENT
from app.engine.ports import Ports
from app.engine.sockets import DirectSocket
from app.engine.telemetry import REGISTRY
from app.main import Parts, build_app
from app.people import store as people
from app.web.live import line
from app.web.live.audience import Audience
from app.web.live.edition import Editor, Wanted
from tests.api.server import serving_with
from tests.support.people import Signed, hire, signed_in
from tests.support.scene import Scene
from tests.support.server import until

LONG = 60.0


@pytest.fixture
def address(ports: Ports) -> Iterator[str]:
    """A real server of the desk, without jobs."""
    app = build_app(ports, Parts(jobs=False))
    with serving_with(uvicorn.Config(app, log_level="critical", ws=DirectSocket, ws_per_message_deflate=False)) as found:
        yield found


@pytest.fixture
def opened(address: str) -> Callable[..., Any]:
    """Opens the socket of a page as somebody."""

    @contextmanager
    def page(who: Signed, key: str = "inbox:view=all", since: str = "") -> Iterator[ClientConnection]:
        url = f"ws://{address}/live?page={key}" + (f"&since={since}" if since else "")
        with connect(url, additional_headers=who.headers, origin=Origin(f"http://{address}"), compression=None, close_timeout=1) as link:
            assert hear(link)["type"] == "hello"
            yield link

    return page


def hear(link: ClientConnection) -> dict[str, Any]:
    """The next frame."""
    told: dict[str, Any] = json.loads(link.recv(LONG))
    return told


def regions(link: ClientConnection, id: str) -> dict[str, Any]:
    """The first region pushed with this id."""
    while True:
        for region in hear(link).get("regions", ()):
            if region["id"] == id:
                return dict(region)


def ended(link: ClientConnection) -> tuple[int, str, list[str]]:
    """Code, reason, and the kinds of frames that came before the end."""
    kinds: list[str] = []
    with suppress(ConnectionClosed):
        while True:
            kinds.append(hear(link)["type"])
    return link.close_code or 0, link.close_reason or "", kinds


def test_a_new_row_is_told_and_a_changed_one_drawn(scene: Scene, opened: Any) -> None:
    with opened(signed_in(scene.ports, scene.ana)) as link:
        case = scene.hear(handle="newcomer")
        told = regions(link, f"row-{case.id}")
        assert (told["html"], told["band"], told["by"]) == (None, case.band, "newcomer")
        claim_case(scene.ports, scene.ben, case.id)
        assert "Ben" in regions(link, f"row-{case.id}")["html"]


def test_ones_own_count_is_told_to_nobody_else(scene: Scene, opened: Any) -> None:
    case = scene.hear()
    ana, ben = signed_in(scene.ports, scene.ana), signed_in(scene.ports, scene.ben)
    with opened(ana) as hers, opened(ben) as his:
        claim_case(scene.ports, scene.ana, case.id)
        while ">1<" not in regions(hers, "count-mine")["html"]:
            pass  # what she is told before is that she has none
        claim_case(scene.ports, scene.ben, scene.hear(handle="another").id)
        while ">1<" not in regions(his, "count-mine")["html"]:
            pass  # nor is he told of hers


def test_what_a_supervisor_says_of_one_stands_on_ones_own_page_and_on_nobody_elses(scene: Scene, opened: Any) -> None:
    with scene.ports.db.read() as conn:
        before = str(newest(conn))
    ana, ben = signed_in(scene.ports, scene.ana), signed_in(scene.ports, scene.ben)
    with opened(ana) as hers, opened(ben) as his:
        set_presence(scene.ports, scene.sue, "away", "ill <today>", scene.ana.person())
        assert 'data-presence="away"' in regions(hers, "own-presence")["html"]
        set_presence(scene.ports, scene.sue, "busy", "", scene.ben.person())
        assert 'data-presence="busy"' in regions(his, "own-presence")["html"], "hers was not told to him"
    with opened(ana, since=before) as late:
        assert "ill &lt;today&gt;" in regions(late, "own-presence-said")["html"], "who was away from the line is told on coming back"


@pytest.mark.parametrize("ends", ["sign out", "disabled", "role"])
def test_who_may_no_more_is_sent_away_at_once_and_told_nothing_after(ends: str, scene: Scene, opened: Any) -> None:
    ben = signed_in(scene.ports, scene.ben)
    with opened(ben) as link:
        if ends == "sign out":
            assert ben.visitor.session is not None
            sign_out(scene.ports, ben.visitor.session)
        elif ends == "disabled":
            disable_person(scene.ports, hire(scene.ports, "Kim", "admin"), "ben@desk.example")
        else:
            with scene.ports.db.write() as tx:
                people.change(tx, scene.ben.person(), role="auditor")
                tx.append(NewEvent("person.updated", SYSTEM, {"person": scene.ben.person()}))
        scene.hear(handle="after")
        code, reason, kinds = ended(link)
    assert (code, reason) == (1008, "rights_changed" if ends == "role" else "signed_out")
    assert kinds[-1] == reason
    assert "patch" not in kinds


def test_a_restore_under_open_pages_is_told_to_all_of_them(scene: Scene, opened: Any, clock: SetClock) -> None:
    scene.hear()
    with scene.ports.db.read() as conn:
        backed_up = newest(conn)
    scene.hear(handle="undone")
    with scene.ports.db.read() as conn:
        undone = newest(conn)
    with opened(signed_in(scene.ports, scene.ana)) as hers, opened(signed_in(scene.ports, scene.ben)) as his:
        with scene.ports.db.write() as tx:
            tx.conn.execute(EVENT.delete().where(EVENT.c.seq > backed_up.seq))
        clock.move(seconds=1)
        with scene.ports.db.write() as tx:
            for _ in range(100):
                tx.append(NewEvent("notice.sent", SYSTEM, {}))
        for link in (hers, his):
            while (told := hear(link)["type"]) != "reset":
                assert told == "patch", "figures that move with time may come before it"
    with opened(signed_in(scene.ports, scene.ana), since=str(undone)) as link:
        assert hear(link)["type"] == "reset"


def test_a_reader_that_takes_nothing_is_let_go_and_comes_back_to_everything(
    scene: Scene, opened: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PATIENCE_SECONDS", 0.5)
    before = REGISTRY.get_sample_value("earshot_live_dropped_total") or 0.0
    who = signed_in(scene.ports, scene.ana)
    with scene.ports.db.read() as conn:
        since = newest(conn)
    with opened(signed_in(scene.ports, scene.ben)) as quick, sockets.socket() as slow:
        slow.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 2_048)
        host, _, port = address.partition(":")
        slow.connect((host, int(port)))
        lines = (
            "GET /live?page=inbox%3Aview%3Dall HTTP/1.1", f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade",
            f"Origin: http://{address}", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            f"Cookie: {who.headers['Cookie']}", "", "",
        )  # fmt: skip
        slow.sendall("\r\n".join(lines).encode())
        assert b"101" in slow.recv(200)
        rows = []
        while (REGISTRY.get_sample_value("earshot_live_dropped_total") or 0.0) == before:
            case = scene.hear(handle=f"author{len(rows)}")
            rows.append(f"row-{case.id}")
            assert regions(quick, rows[-1]), "the others hear on"
            scene.clock.move(seconds=1)
    with opened(who, since=str(since)) as back:
        told = {region["id"] for region in hear(back)["regions"]}
    assert set(rows) <= told


def test_one_who_says_much_is_shown_the_door(scene: Scene, opened: Any) -> None:
    with opened(signed_in(scene.ports, scene.ana)) as link:
        with suppress(ConnectionClosed):
            for _ in range(400):
                link.send("{}")
        assert ended(link)[:2] == (1008, "too many frames")


def test_what_nobody_has_open_any_more_takes_no_room(ports: Ports, scene: Scene, opened: Any) -> None:
    with opened(signed_in(ports, scene.ana)), opened(signed_in(ports, scene.ben), "case:none"):
        assert (REGISTRY.get_sample_value("earshot_live_connections") or 0) >= 2
    until(lambda: REGISTRY.get_sample_value("earshot_live_connections") == 0, "the end of all connections")


async def test_what_a_failed_run_had_ready_is_made_again(scene: Scene) -> None:
    """The database goes away while a run is made: nothing of it was sent, so nothing of it may count as sent."""
    editor, case = Editor(scene.ports), scene.hear()
    with scene.ports.db.read() as conn:
        since = newest(conn)
    claim_case(scene.ports, scene.ana, case.id)
    audience = Audience(signed_in(scene.ports, scene.ben).visitor, "inbox", "view=all")
    wanted = Wanted(since, [audience], people=frozenset({scene.ana.person()}))
    first = editor.edition(wanted)
    assert (len(first.patches), len(first.own)) == (1, 1)
    assert editor.edition(wanted).patches == [], "it counts as sent"
    editor.forget([audience])
    again = editor.edition(wanted)
    assert (again.patches[0][1].text, again.own) == (first.patches[0][1].text, first.own)


def test_a_page_that_is_gone_is_told_once(scene: Scene) -> None:
    editor = Editor(scene.ports)
    with scene.ports.db.read() as conn:
        since = newest(conn)
    scene.hear()
    nobody = Audience(signed_in(scene.ports, hire(scene.ports, "Ivo", "trainee")).visitor, "wallboard", "")
    runs = [editor.edition(Wanted(since, [nobody], unticked=())) for _ in range(2)]
    assert [[json.loads(frame.text)["type"] for _, frame in made.patches] for made in runs] == [["reset"], []]
