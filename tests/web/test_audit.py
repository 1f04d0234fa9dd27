"""The ledger as a page: in words, filtered, verified, and as a sheet that no program runs."""

import csv
import io

from starlette.testclient import TestClient

from app.actions.claim_case import claim_case
from app.actions.release_case import release_case
from app.actions.seal_log import seal_log
from app.web.pages.audit import plain_cell
from tests.support.people import hire, signed_in
from tests.support.scene import Scene
from tests.web.test_legal import show


def test_each_row_in_words_with_its_seal(scene: Scene, client: TestClient) -> None:
    case = scene.hear().id
    claim_case(scene.ports, scene.ana, case)
    aud = signed_in(scene.ports, hire(scene.ports, "Aud", "auditor"))
    assert "waits" in show(client, aud, "/audit")
    seal_log(scene.ports)
    page = show(client, aud, "/audit")
    for words in ("Case taken", "Ana", "Rules v1 in force: the default rules", "mention.received", 'class="seal"'):
        assert words in page
    assert f'href="/cases/{case}"' in page


def test_filters_and_paging(scene: Scene, client: TestClient) -> None:
    case = scene.hear().id
    for _ in range(60):
        claim_case(scene.ports, scene.ana, case)
        release_case(scene.ports, scene.ana, case)
    aud = signed_in(scene.ports, hire(scene.ports, "Aud", "auditor"))
    first = show(client, aud, f"/audit?case={case}&actor=Ana")
    assert first.count("ledger-words") == 100
    second = show(client, aud, first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    assert second.count("ledger-words") == 21, "60 times taken, 60 times given back, and the target of a first touch met once"
    assert show(client, aud, "/audit?kind=rules").count("ledger-words") == 1
    assert show(client, aud, "/audit?actor=customer&kind=mention.received").count("ledger-words") == 1
    assert "Nothing matches" in show(client, aud, "/audit?actor=100%25")
    for query in ("kind=gossip", "cursor=%25"):
        show(client, aud, f"/audit?{query}", 422)


def test_the_verification_says_what_it_found(scene: Scene, client: TestClient) -> None:
    scene.hear()
    seal_log(scene.ports)
    aud = signed_in(scene.ports, hire(scene.ports, "Aud", "auditor"))
    assert "The ledger is intact." in show(client, aud, "/audit/verify")
    with scene.ports.db.write() as tx:
        tx.conn.exec_driver_sql("UPDATE event SET actor_name = 'Nobody' WHERE seq = 2")
    broken = show(client, aud, "/audit/verify")
    assert "The chain breaks at event 2" in broken
    assert "tampered" in broken


def test_the_sheet_holds_every_row_and_no_formula(scene: Scene, client: TestClient) -> None:
    evil = hire(scene.ports, "=HYPERLINK(1)")
    case = scene.hear().id
    claim_case(scene.ports, evil, case)
    aud = signed_in(scene.ports, hire(scene.ports, "Aud", "auditor"))
    text = client.get("/audit/export", headers=aud.headers).text
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(scene.events()) + 1
    assert rows[-1][4] == "'=HYPERLINK(1)"
    assert [plain_cell(v) for v in ("-1", "+1", "@x", "\tx", "ok", "")] == ["'-1", "'+1", "'@x", "'\tx", "ok", ""]


def test_only_those_who_may_read_it_do(scene: Scene, client: TestClient) -> None:
    for path in ("/audit", "/audit/verify", "/audit/export"):
        show(client, signed_in(scene.ports, scene.ana), path, 403)
