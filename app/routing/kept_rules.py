"""Compiled rules by the hash of their text, so that YAML is read once per text and process, never per mention."""

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Final

from app.core.errors import Invalid
from app.routing.compile import Compiled, compile_rules
from app.routing.parse import parse

KEPT: Final = 16
"""Sets kept: the active one, drafts under trial, versions whose traces are being read. At the bound the one unused longest goes."""


def hash_of(text: str) -> str:
    """SHA-256 of a rule text as hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class KeptRules:
    """A bounded map from hash to compiled rules, safe between threads. Two threads may compile one text twice; one stays."""

    def __init__(self, bound: int = KEPT) -> None:
        self._bound = bound
        self._sets: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, digest: str) -> Compiled | None:
        """The rules of that hash, None when they are not kept."""
        with self._lock:
            found = self._sets.get(digest)
            if found is not None:
                self._sets.move_to_end(digest)
            return found

    def of_text(self, text: str) -> Compiled:
        """The rules of a text, compiled now unless they are kept; version 0.

        Raises Invalid with every problem when the text does not parse: a broken rule set is shown, never taken for no rules.
        """
        digest = hash_of(text)
        found = self.get(digest)
        if found is None:
            parsed = parse(text)
            if isinstance(parsed, list):
                raise Invalid(f"The rules cannot be read: {parsed[0]}", errors=[problem.as_error() for problem in parsed])
            found = compile_rules(parsed)
            with self._lock:
                self._sets[digest] = found
                while len(self._sets) > self._bound:
                    self._sets.popitem(last=False)
        return found


_KEPT: Final = KeptRules()


def compiled(text: str) -> Compiled:
    """A rule text compiled as a draft (version 0), once per hash in this process; raises Invalid as ``KeptRules.of_text``."""
    return _KEPT.of_text(text)


def kept(digest: str) -> Compiled | None:
    """The compiled rules of a hash when this process has them."""
    return _KEPT.get(digest)
