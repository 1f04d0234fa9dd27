"""The anchor outside the database: a small file beside the embedded one that notes the newest seal.

Whoever cuts the tail off the database must also know of this file. Without it (PostgreSQL) an auditor notes the head that
``earshot audit verify`` prints and gives it back with ``--head``.
"""

import os
import re
from pathlib import Path
from typing import Final

from app.core.errors import Invalid
from app.core.settings import Settings
from app.engine.ledger import Anchor

_FORM: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


def anchor_path(settings: Settings) -> Path | None:
    """Where the anchor is kept: the database's own name with ``.ledger_head`` after it; None with PostgreSQL."""
    if not settings.embedded:
        return None
    database = Path(settings.database_url.removeprefix("sqlite:///"))
    return database.with_name(database.name + ".ledger_head")


def read_anchor(path: Path) -> Anchor | None:
    """The anchor in the file, None when there is no file; raises Invalid when it holds something else."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    return parse_anchor(text.strip(), path.name)


def parse_anchor(text: str, where: str) -> Anchor:
    """An anchor as it is printed, SEQ:HASH; raises Invalid naming ``where`` it stood."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise Invalid(f"{where} is no head of the ledger: it must read like 1234:0f3a… with 64 digits after the colon.")
    return Anchor(int(found[1]), found[2])


def keep_anchor(path: Path, anchor: Anchor) -> None:
    """Write the anchor so that a crash leaves either the old one or the new one, never half of it."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(f"{anchor}\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
