"""YAML text to its events, by libyaml's scanner in C where that surely reads it as ruamel does, else by ruamel's own.

ruamel reads YAML 1.2, tells mistakes well and takes 150 ms for the default rules; libyaml takes 5. Its grammar is that of YAML 1.1, which
differs in corners: which signs end a line, documents and directives, tags, anchors, a value left empty. A text with any of these, or
with a mistake, is ruamel's. What a plain scalar means (``no``, ``1:30``, ``010``) is no scanner's business: both hand over its letters.
That the two agree on all that is left is tried on every file of the desk, and on made-up and mutilated ones.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml
from ruamel.yaml import YAML

_ODD: Final = re.compile(
    r"[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"  # tabs, other ends of lines, a mark of byte order
    r"|^(?:%|---|\.\.\.)"  # directives, and where documents begin and end
    r"|(?:^|[ \n\-\[{,])\?(?:[ \n]|\Z)",  # keys that are no single word
    re.MULTILINE,
)
_DEEPEST: Final = 64  # the C scanner looks at every open bracket for every word
_STARTS: Final = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def events(text: str) -> Iterator[Any]:
    """The events of a text. ``style`` of a plain scalar is None or empty, and ends have only their line in common.

    Raises what ruamel raises, while it is iterated.
    """
    quick = quick_events(text)
    return quick if quick is not None else ruamels_events(text)


def ruamels_events(text: str) -> Iterator[Any]:
    """The same by ruamel alone, however long it takes."""
    for event in YAML(typ="rt", pure=True).parse(text):
        if getattr(event, "style", None) == ">":  # it marks the folds in the words, for whoever writes them back
            event.value = event.value.replace("\a", "")
        yield event


def quick_events(text: str) -> Iterator[Any] | None:
    """The same by the C scanner; None where it is not there, or not surely right about this text."""
    if not yaml.__with_libyaml__ or not text.endswith("\n") or _ODD.search(text):
        return None
    try:
        # Looked through once before: a second look costs less than to hold all of it.
        return _scanned(text) if _is_plain(text) else None
    except (yaml.YAMLError, ValueError):  # ruamel says what is wrong with it
        return None


def _is_plain(text: str) -> bool:
    """Whether nothing stands in it that the two might read differently. Raises what the C scanner raises."""
    depth = 0
    for event in _scanned(text):
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor or event.tag or not (event.value or event.style):
                return False
        elif isinstance(event, _STARTS):
            depth += 1
            if event.anchor or event.tag or depth > _DEEPEST:
                return False
        elif isinstance(event, _ENDS):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            return False
    return True


def _scanned(text: str) -> Iterator[Any]:
    parser = yaml.CLoader(text)
    try:
        while parser.check_event():
            yield parser.get_event()
    finally:
        parser.dispose()
