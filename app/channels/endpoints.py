"""``webhooks.yaml``: the places that rules may call by name, each with the parts of the payload it gets.

A secret stands in no file: the desk makes one for each place from its own key, and Channels shows it to whoever sets the receiver up.
"""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from app.channels.model import Webhook
from app.core.errors import Invalid
from app.engine.data_folder import DataFolder
from app.engine.keys import Keys

FILE_NAME: Final = "webhooks.yaml"
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_KNOWN: Final = frozenset({"id", "title", "url", "fields", "secret_version", "enabled"})
_MOST: Final = 100


def load(path: Path) -> tuple[Webhook, ...]:
    """The places in the file. Raises Invalid with every fault in it."""
    return parse(path.read_text(encoding="utf-8"))


def places_of(data: DataFolder) -> tuple[Webhook, ...]:
    """The places of this desk; none where its folder has no such file."""
    return data.load(FILE_NAME, load) if (data.root / FILE_NAME).exists() else ()


def parse(text: str) -> tuple[Webhook, ...]:
    """The places written in this text; Invalid names what is wrong with which."""
    try:
        read = YAML(typ="safe").load(text)
    except YAMLError as error:
        raise Invalid(f"{FILE_NAME} is no YAML: {' '.join(str(error).split())[:300]}") from error
    rows = (read or {}).get("webhooks") if isinstance(read or {}, dict) else None
    if read and not isinstance(rows, list | type(None)):
        raise Invalid(f"{FILE_NAME}: write webhooks: with a list of places, each with id: and url:.")
    faults: list[str] = []
    found = [_one(row, number, faults) for number, row in enumerate((rows or [])[:_MOST], 1)]
    ids = [one.id for one in found]
    faults += [f"the id {id!r} stands twice" for id in sorted({id for id in ids if ids.count(id) > 1})]
    if faults:
        raise Invalid(f"{FILE_NAME}: {faults[0]}.", errors=[{"loc": ["webhooks"], "msg": fault} for fault in faults])
    return tuple(found)


def secret_of(keys: Keys, webhook: Webhook) -> str:
    """The secret of one place in the form of Standard Webhooks; raising its ``secret_version`` makes another."""
    made = bytes.fromhex(keys.sign("webhook", f"{webhook.id}\n{webhook.secret_version}"))
    return f"whsec_{b64encode(made).decode()}"


def _one(row: Any, number: int, faults: list[str]) -> Webhook:
    given = row if isinstance(row, dict) else {}
    id, url, fields = given.get("id"), given.get("url"), given.get("fields") or []
    who = f"place {number}" if not isinstance(id, str) else id
    if not isinstance(id, str) or not _ID.fullmatch(id):
        faults.append(f"{who} needs an id of small letters, digits and dashes, at most 60")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        faults.append(f"{who} needs a url that begins with https://")
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        faults.append(f"the fields of {who} are a list of names")
    version, enabled = given.get("secret_version", 1), given.get("enabled", True)
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(enabled, bool):
        faults.append(f"{who}: secret_version is a number, enabled is true or false")
    faults += [f"{who} has {name!r}, which means nothing here" for name in given if name not in _KNOWN]
    return Webhook(str(id or ""), str(url or ""), str(given.get("title") or ""), tuple(map(str, fields)), int(version or 1), bool(enabled))
