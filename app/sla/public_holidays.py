"""The public holidays of one country, by the holidays package, of which only that country is read.

The package reads all 250 countries when it is asked for one: 280 modules, 8 MiB, a tenth of a second of every start. So the one is
imported as if the list of countries were empty, which each of its modules allows.
"""

import sys
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, Final

import holidays
from holidays.registry import COUNTRIES

_PACKAGE: Final = "holidays.countries"
_SHORTEST, _LONGEST = 2, 3  # letters of a country's code
_ONE_AT_A_TIME: Final = Lock()


def is_country(code: str) -> bool:
    """Whether the package knows the country, by its code of two or three letters."""
    return code in _codes()


@lru_cache(maxsize=256)  # as many as there are countries
def parts_of(code: str) -> tuple[str, ...]:
    """The codes of its parts that have holidays of their own. KeyError for a country that is not known."""
    return tuple(_country(code).subdivisions)


def of_year(code: str, part: str, year: int) -> Mapping[date, str]:
    """Days and their names; ``part`` may be empty. KeyError for a country that is not known."""
    found: Mapping[date, str] = _country(code)(subdiv=part or None, years=year)
    return found


@lru_cache(maxsize=1)
def _codes() -> dict[str, tuple[str, str]]:
    """Module and class of each country by its codes."""
    return {code: (module, names[0]) for module, names in COUNTRIES.items() for code in names[1:] if _SHORTEST <= len(code) <= _LONGEST}


@lru_cache(maxsize=256)
def _country(code: str) -> Any:
    module, name = _codes()[code]
    with _ONE_AT_A_TIME:
        alone = _PACKAGE not in sys.modules
        if alone:
            empty = ModuleType(_PACKAGE)
            empty.__path__ = [str(Path(str(holidays.__file__)).parent / "countries")]
            sys.modules[_PACKAGE] = empty
        try:
            return getattr(import_module(f"{_PACKAGE}.{module}"), name)
        finally:
            if alone:  # whoever asks for the whole list gets the whole list
                del sys.modules[_PACKAGE]
