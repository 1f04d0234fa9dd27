"""An admin lets a webhook's call that was given up be made again, under its old id. The second time nothing happens."""

from app.channels import calls
from app.core.asker import Asker
from app.core.errors import NotFound
from app.engine.ports import Ports


def retry_call(ports: Ports, asker: Asker, id: str) -> None:
    """All its tries anew, from now. NotFound for a call that there is not (any more)."""
    asker.need("settings.edit")
    with ports.db.write() as tx:
        if calls.get(tx.conn, id) is None:
            raise NotFound("No such call of a webhook.")
        calls.retry(tx, id)
