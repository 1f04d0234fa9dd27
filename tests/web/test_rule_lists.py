"""What the form of a rule offers by title instead of by id: macros and webhooks; what is gone stays chosen and is marked."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from app.engine.data_folder import DataFolder
from app.engine.ports import Ports
from app.main import Parts, build_app
from app.routing import emit
from app.routing.store_drafts import draft_of
from tests.conftest import ROOT
from tests.support.people import signed_in
from tests.support.rule_pages import PARKING, send, show
from tests.support.scene import Scene

PLACES = """\
webhooks:
  - {id: crm, title: The customer database, url: "https://crm.example/x"}
  - {id: till, url: "https://till.example/x", enabled: false}
"""


def test_macros_and_webhooks_are_chosen_by_title_and_what_is_gone_is_kept_and_marked(scene: Scene, ports: Ports, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "routing_rules", folder)
    (folder / "webhooks.yaml").write_text(PLACES, encoding="utf-8")
    own = replace(ports, data=DataFolder(folder))
    sue = signed_in(own, scene.sue)
    with TestClient(build_app(own, Parts(jobs=False)), base_url=own.settings.base_url, follow_redirects=False) as client:
        page = show(client, sue, "/rules/new")
        assert '<option value="we-have-it">We have your message (English)</option>' in page
        assert '<input type="checkbox" name="webhooks" value="crm"><bdi>The customer database</bdi>' in page
        assert "till (switched off: its calls wait)" in page
        typed: dict[str, Any] = PARKING | {"webhooks": ["crm", "till"], "reply_with": "we-have-it"}
        send(client, sue, "/rules/new", **typed)
        with own.db.read() as conn:
            draft = draft_of(conn, scene.sue.person())
        assert draft is not None
        written = emit.plain_rule(draft.text, "parking")["do"]
        assert (list(written["webhooks"]), written["reply_with"]) == (["crm", "till"], "we-have-it")
        page = show(client, sue, "/rules/rule/parking")
        for words in (
            'name="webhooks" value="crm" checked',
            "is answered with the macro We have your message (English)",
            "is sent to The customer database, till",
        ):
            assert words in page, words

        (folder / "webhooks.yaml").write_text("webhooks: []\n", encoding="utf-8")
        (folder / "macros" / "we-have-it.md").unlink()
        page = show(client, sue, "/rules/rule/parking")
        assert 'value="crm" checked><bdi>crm (not known here)</bdi>' in page
        assert '<option value="we-have-it" selected>we-have-it (not known here)</option>' in page
        assert "no macro is approved yet" in page
        send(client, sue, "/rules/rule/parking", **typed | {"webhooks": [], "reply_with": "", "do": "save"})
        assert "None is set up yet" in show(client, sue, "/rules/rule/parking")
