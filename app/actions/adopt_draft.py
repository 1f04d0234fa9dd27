"""Go on with what a colleague had begun to write on a case that is no longer theirs. Their own draft stays as it is."""

from app.cases import outbox
from app.cases import store as cases
from app.cases.model import Draft
from app.core.asker import Asker
from app.core.errors import Conflict, NotFound
from app.engine.ports import Ports


def adopt_draft(ports: Ports, asker: Asker, case_id: str) -> Draft:
    """The asker's own draft from now on. A second time nothing changes.

    Raises NotFound when nobody left one, Conflict when the asker has written something else here.
    """
    asker.need("replies.draft")
    me = asker.person()
    with ports.db.write() as tx:
        case = cases.get(tx.conn, case_id)
        left = outbox.left_draft(tx.conn, case.id, {me, case.assignee_id or me})
        if left is None:
            raise NotFound("Nobody left a draft on this case.")
        own = outbox.draft(tx.conn, case.id, me)
        if own is not None and own.text == left.text:
            return own
        if own is not None and own.text:
            raise Conflict("You have begun an answer of your own here: empty it first, or copy what you need.")
        return outbox.save_draft(tx, case.id, me, left.text, left.visibility)
