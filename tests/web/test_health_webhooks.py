"""Health shows the places that rules call: their secret, what was given up and why, and lets it be called again."""

from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.actions.call_webhook import queue_webhook
from app.channels import calls
from app.core.asker import Asker
from app.core.clock import SetClock
from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.jobs.call import call_due
from tests.support.people import hire, signed_in
from tests.web.test_legal import send, show


@pytest.fixture
def admin(ports: Ports) -> Asker:
    """Who may see how the desk is."""
    return hire(ports, "Ada", "admin")


def test_a_call_that_was_given_up_is_shown_with_its_error_and_made_again(
    ports: Ports, client: TestClient, clock: SetClock, admin: Asker, tmp_path: Path
) -> None:
    with ports.db.write() as tx:
        id = queue_webhook(tx, "crm", {"trigger": "clock.breached"})
    (tmp_path / "webhooks.yaml").write_text("webhooks: []\n", encoding="utf-8")
    call_due(replace(ports, data=DataFolder(tmp_path)))
    ada = signed_in(ports, admin)
    page = show(client, ada, "/health")
    assert "webhooks.yaml has no place" in page
    assert "not in the file" in page
    send(client, ada, f"/health/webhooks/{id}/again")
    with ports.db.read() as conn:
        call = calls.get(conn, id)
    assert call is not None
    assert (call.state, call.tries) == ("waiting", 0)
    send(client, ada, "/health/webhooks/0000/again", 404)
