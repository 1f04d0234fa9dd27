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
_MOST_EVENTS: Final = 150_000  # they are all held at once here; ruamel's come one by one, and whoever counts them can stop
_MARKED: Final = (yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)
_STARTS: Final = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def events(text: str) -> Iterator[Any]:
    """The events of a text. ``style`` of a plain scalar is None or empty, and ends have only their line in common.

    Raises what ruamel raises, while it is iterated.
    """
    quick = quick_events(text)
    return iter(quick) if quick is not None else ruamels_events(text)


def ruamels_events(text: str) -> Iterator[Any]:
    """The same by ruamel alone, however long it takes."""
    for event in YAML(typ="rt", pure=True).parse(text):
        if getattr(event, "style", None) == ">":  # it marks the folds in the words, for whoever writes them back
            event.value = event.value.replace("\a", "")
        yield event


def quick_events(text: str) -> list[Any] | None:
    """The same by the C scanner; None where it is not there, or not surely right about this text."""
    if not yaml.__with_libyaml__ or not text.endswith("\n") or _ODD.search(text):
        return None
    try:
        return _scanned(text)
    except (yaml.YAMLError, ValueError):  # ruamel says what is wrong with it
        return None


def _scanned(text: str) -> list[Any] | None:
    parser = yaml.CLoader(text)
    found, depth = [], 0
    try:
        while parser.check_event():
            event = parser.get_event()
            if isinstance(event, _MARKED):
                if event.anchor or event.tag:
                    return None
                depth += isinstance(event, _STARTS)
                if depth > _DEEPEST or (isinstance(event, yaml.ScalarEvent) and not event.value and not event.style):
                    return None
            elif isinstance(event, _ENDS):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                return None
            found.append(event)
            if len(found) > _MOST_EVENTS:
                return None
    finally:
        parser.dispose()
    return found
