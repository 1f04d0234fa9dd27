"""Keep what a person is writing, so that no cut, crash or change of desk loses it. A draft is its own row: nobody else's act touches it."""

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Draft
from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.ports import Ports

LONGEST = 100_000


def save_draft(ports: Ports, asker: Asker, case_id: str, text: str, visibility: str = "public") -> Draft:
    """Keep it; each save has the next version. It makes no event: half-written words are nobody's news."""
    asker.need("replies.draft")
    if len(text) > LONGEST:
        raise Invalid(f"A draft has at most {LONGEST:,} characters.", errors=[{"loc": ["text"], "msg": "too long"}])
    with ports.db.write() as tx:
        case = cases.get(tx.conn, case_id)
        kept = visibility if visibility in ("public", "direct", "note") else "public"
        return outbox.save_draft(tx, case.id, asker.person(), text.replace("\x00", ""), kept)
