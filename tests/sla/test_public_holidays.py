"""One country read alone says what the whole package says, and leaves the package whole."""

import subprocess
import sys

import holidays
import pytest

from app.sla import public_holidays


def test_every_country_and_its_parts_are_those_of_the_package() -> None:
    whole = holidays.list_supported_countries()
    assert {code: list(public_holidays.parts_of(code)) for code in whole} == whole
    assert not public_holidays.is_country("XX")
    with pytest.raises(KeyError):
        public_holidays.of_year("XX", "", 2026)


@pytest.mark.parametrize(("code", "part"), [("DE", "BE"), ("DE", ""), ("US", "CA"), ("ES", "MD"), ("JP", ""), ("GB", "SCT"), ("PR", "")])
def test_the_days_are_those_of_the_package(code: str, part: str) -> None:
    assert dict(public_holidays.of_year(code, part, 2026)) == dict(holidays.country_holidays(code, subdiv=part or None, years=2026))


def test_only_the_one_country_is_read() -> None:
    said = (
        "import sys; from app.sla.public_holidays import of_year; days = of_year('DE', 'BE', 2026); "
        "print(len(days), len([m for m in sys.modules if m.startswith('holidays.countries')])); "
        "import holidays; print(len(holidays.country_holidays('FR', years=2026)) > 0)"
    )
    found = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert found.stdout.split() == ["10", "1", "True"]
