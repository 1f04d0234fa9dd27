"""Password hashes: argon2id at OWASP's minimum (19 MiB, two passes, one lane), about 0.15 s on two cores.

Callers run these in a thread, at most ``AT_ONCE`` at a time, so that twenty sign-ins never stall the loop.
"""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE: Final = 2
SHORTEST: Final = 12
LONGEST: Final = 256
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when the person is unknown, so that the answer takes as long as for a known one.
_NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$fE0fcrx1xCiM6bmJ1pbZAjqYyPvKzuSFp9G6oFIzIyE"


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _HASHER.hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether the password is the one behind the hash; takes equally long when there is no hash."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None
