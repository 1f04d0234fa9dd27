"""Sealing as a worker does it, while another is at it as well."""

import pytest
from sqlalchemy import Connection

from app.actions.seal_log import seal_log
from app.engine import ledger
from app.engine.keys import Keys
from app.engine.ledger import Links
from app.engine.ports import Ports
from tests.support.desk import mention, take_in


def test_who_is_overtaken_by_one_who_sealed_less_seals_the_rest(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(ports, mention("1", "@acme where is my refund?"))
    ahead = 2
    made = ledger.next_links

    def overtaken(conn: Connection, keys: Keys, limit: int) -> Links:
        monkeypatch.setattr(ledger, "next_links", made)
        late = made(conn, keys, limit)
        with ports.db.write() as tx:
            assert ledger.add_links(tx, made(tx.conn, keys, ahead))
        return late

    with ports.db.read() as conn:
        waiting = ledger.unsealed(conn)
    monkeypatch.setattr(ledger, "next_links", overtaken)
    assert seal_log(ports) == waiting - ahead > 0
    with ports.db.read() as conn:
        assert ledger.unsealed(conn) == 0
