"""The desk's secret key: given in the environment, or made on first start and kept beside the embedded database."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from app.core.errors import Invalid
from app.core.settings import Settings

_KEY_BYTES: Final = 32


class Keys:
    """Signs and hashes with keys derived from the one secret, one key a purpose."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, purpose: str, text: str) -> str:
        """HMAC-SHA256 of the text under the purpose's own key, as hex."""
        key = hmac.digest(self._secret, purpose.encode(), "sha256")
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def verify(self, purpose: str, text: str, signature: str) -> bool:
        """Whether the signature is ours, compared in constant time."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode("utf-8", "replace"))


def load_keys(settings: Settings) -> Keys:
    """The keys of this desk.

    Raises Invalid when PostgreSQL is used without SECRET_KEY: several processes must share one.
    """
    if settings.secret_key:
        return Keys(settings.secret_key.encode())
    if not settings.embedded:
        raise Invalid("SECRET_KEY is not set: with PostgreSQL every process needs the same one. Put 64 random characters into SECRET_KEY.")
    path = settings.earshot_data_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two first starts one makes the key and the other reads it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Keys(Path(path).read_bytes())
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_hex(_KEY_BYTES).encode())
    return Keys(path.read_bytes())
