"""YAML text to the values ruamel makes of it, with their lines; in a twentieth of the time where the text is plain enough.

Maps and lists are ruamel's own, so that ``.lc`` says where each part stands; comments are left out. A value whose meaning takes
more than a glance (a date, ``0o17``, ``1_000``, ``.inf``, a key written twice) leaves the whole text to ruamel.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.resolver import implicit_resolvers

from app.core.yaml_events import quick_events

_TAG: Final = "tag:yaml.org,2002:"
_VERSION: Final = (1, 2)
_INT: Final = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_DATE: Final = "timestamp"


def _by_first_sign() -> dict[str, list[tuple[str, Any]]]:
    """The forms that ruamel looks for in a plain scalar, in its order, by the sign the scalar begins with."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for versions, tag, form, first in implicit_resolvers:
        if _VERSION in versions:
            for sign in first:
                found.setdefault(sign, []).append((tag.removeprefix(_TAG), form))
    return found


_FORMS: Final = _by_first_sign()


def load(text: str, slow: Callable[[], YAML], *, dates_as_text: bool = False) -> Any:
    """What ``slow().load(text)`` gives, a reader of the round-trip kind; raises what that raises.

    ``dates_as_text`` where that reader leaves dates as they are written.
    """
    events = quick_events(text)
    if events is not None:
        try:
            return _Building(events, dates_as_text).whole()
        except _Aside:
            pass
    return slow().load(text)


class _Aside(Exception):  # no error: the text is ruamel's to read
    """There is something here whose meaning is not plain."""


class _Building:
    def __init__(self, events: Iterator[Any], dates_as_text: bool) -> None:
        self._events = events
        self._dates_as_text = dates_as_text

    def whole(self) -> Any:
        for event in self._events:
            if type(event).__name__ not in ("StreamStartEvent", "DocumentStartEvent"):
                return self._node(event)
        raise _Aside

    def _node(self, event: Any) -> Any:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return event.value if event.style else self._plain(event.value)
        if kind == "SequenceStartEvent":
            return self._list(event)
        if kind == "MappingStartEvent":
            return self._map(event)
        raise _Aside

    def _list(self, start: Any) -> CommentedSeq:
        made = CommentedSeq()
        made._yaml_set_line_col(start.start_mark.line, start.start_mark.column)
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                return made
            made._yaml_set_idx_line_col(len(made), [event.start_mark.line, event.start_mark.column])
            made.append(self._node(event))
        raise _Aside

    def _map(self, start: Any) -> CommentedMap:
        made = CommentedMap()
        made._yaml_set_line_col(start.start_mark.line, start.start_mark.column)
        for event in self._events:
            kind = type(event).__name__
            if kind == "MappingEndEvent":
                return made
            if kind != "ScalarEvent":
                raise _Aside
            key, at = self._node(event), event.start_mark
            value = next(self._events)
            if key in made:
                raise _Aside
            made._yaml_set_kv_line_col(key, [at.line, at.column, value.start_mark.line, value.start_mark.column])
            made[key] = self._node(value)
        raise _Aside

    def _plain(self, text: str) -> Any:
        tag = next((tag for tag, form in _FORMS.get(text[0], ()) if form.match(text)), "str")
        if tag == "str" or (tag == _DATE and self._dates_as_text):
            return text
        if tag == "bool":
            return text.lower() == "true"
        if tag == "null":
            return None
        if tag == "int" and _INT.fullmatch(text):
            return int(text)
        if tag == "float" and _FLOAT.fullmatch(text):
            return float(text)
        raise _Aside
