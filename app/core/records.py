"""Frozen records where a mention passes: made and copied as fast as ordinary objects, and as frozen as any.

Facts and cases have fifty to seventy fields. A frozen dataclass sets each through ``object.__setattr__``, and
``dataclasses.replace`` asks each for its definition besides; that was a tenth of what a mention costs. Here a record is filled while it is
an instance of its *mould*, a class with the same slots that lets itself be written to, and then becomes what it is. Only for
records with slots; what has a ``__post_init__`` is made this way but not copied, because a copy would skip it.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any, TypeVar

Record = TypeVar("Record")


def quick(kind: type[Record]) -> type[Record]:
    """Class decorator above ``@dataclass(frozen=True, slots=True)``: the same class with an ``__init__`` that takes a third of the time."""
    mould = _mould(kind)  # type: ignore[arg-type]  # every class is hashable
    names: dict[str, Any] = {"become": object.__setattr__, "Mould": mould, "Kind": kind, "MISSING": MISSING}
    head, body = ["self"], []
    for field in fields(kind):  # type: ignore[arg-type]  # a dataclass, as the decorator below it made it
        value = field.name
        if field.default_factory is not MISSING:
            names[f"make_{field.name}"] = field.default_factory
            head.append(f"{field.name}=MISSING")
            value = f"make_{field.name}() if {field.name} is MISSING else {field.name}"
        elif field.default is not MISSING:
            names[f"default_{field.name}"] = field.default
            head.append(f"{field.name}=default_{field.name}")
        else:
            head.append(field.name)
        body.append(f"self.{field.name} = {value}")
    checked = ("self.__post_init__()",) if hasattr(kind, "__post_init__") else ()
    lines = [f"def __init__({', '.join(head)}):", "become(self, '__class__', Mould)", *body, "self.__class__ = Kind", *checked]
    made = _written("\n    ".join(lines), names, "__init__")
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    kind.__init__ = made  # type: ignore[method-assign]  # replaced on purpose, with the same signature
    return kind


def with_values(record: Record, **values: Any) -> Record:
    """A copy with these fields set to these values; TypeError for a name that is no field of it."""
    kind: Any = type(record)
    copy: Record = _copier(kind)(record)
    for name, value in values.items():
        try:
            setattr(copy, name, value)
        except AttributeError:
            raise TypeError(f"{kind.__name__} has no field {name!r}") from None
    copy.__class__ = kind
    return copy


def unusual(kind: type[Record]) -> Callable[[Record], dict[str, Any]]:
    """Writes out a function that gives what of a record is not as it is by default, by name; every field must have a default."""
    usual: Any = kind()
    names: dict[str, Any] = {f"usual_{field.name}": getattr(usual, field.name) for field in fields(kind)}  # type: ignore[arg-type]  # as above
    lines = ["def told(record):", "told = {}"]
    for field in fields(kind):  # type: ignore[arg-type]  # as above
        lines.append(f"value = record.{field.name}")  # by far the most are the very same object
        lines.append(f"if value is not usual_{field.name} and value != usual_{field.name}: told[{field.name!r}] = value")
    told: Callable[[Record], dict[str, Any]] = _written("\n    ".join([*lines, "return told"]), names, "told")
    return told


@lru_cache(maxsize=64)  # kinds of records
def _copier(kind: Any) -> Callable[[Any], Any]:
    """Writes out a function that puts a record's values into its mould."""
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} checks itself when it is made: use dataclasses.replace")
    mould = _mould(kind)
    lines = ["def copied(record):", "copy = new(Mould)", *(f"copy.{name} = record.{name}" for name in kind.__slots__), "return copy"]
    copied: Callable[[Any], Any] = _written("\n    ".join(lines), {"new": object.__new__, "Mould": mould}, "copied")
    return copied


@lru_cache(maxsize=64)
def _mould(kind: Any) -> Any:
    return type(f"{kind.__name__}Mould", (), {"__slots__": kind.__slots__})


def _written(source: str, names: dict[str, Any], name: str) -> Any:
    """The function of that name in a source made of field names alone."""
    exec(compile(source, f"<{name} of a record>", "exec"), names)  # noqa: S102  # nothing a person wrote is in it
    return names[name]
