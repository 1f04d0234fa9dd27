"""The table of commands, and how every command ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.app import COMMANDS
from tests.cli.conftest import Earshot

ROOT = Path(__file__).resolve().parents[2]


def test_help_names_every_command(bare: Earshot) -> None:
    ran = bare("--help")
    assert ran.code == 0
    for name, (_, words) in COMMANDS.items():
        assert name in ran.out
        assert words in ran.out


def test_help_loads_no_part_of_the_desk() -> None:
    heavy = "print([m for m in ('sqlalchemy', 'starlette', 'app.engine', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", f"import sys, app.cli.app; {heavy}"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_loads_and_has_help(bare: Earshot, name: str) -> None:
    if name == "bench":
        return  # its help is the suite's own
    ran = bare(name, "--help")
    assert ran.code == 0
    assert f"earshot {name}" in ran.out


def test_a_misspelt_command_is_told_what_was_meant(bare: Earshot) -> None:
    ran = bare("usr", "list")
    assert ran.code == 2
    assert "Did you mean 'user'" in ran.err


def test_wrong_usage_ends_with_2(bare: Earshot) -> None:
    assert bare("user", "add").code == 2
    assert bare("audit", "export").code == 2
    assert bare().code == 2


def test_a_database_without_its_schema_is_told_the_mend(bare: Earshot) -> None:
    ran = bare("user", "list")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "The database of sqlite:///data/earshot.db is not at the current schema: run `earshot migrate` first.\n"


@pytest.mark.parametrize("part", ["web", "worker"])
def test_a_process_on_an_empty_database_says_the_mend_and_ends(bare: Earshot, part: str) -> None:
    ran = bare(part)
    assert (ran.code, ran.err) == (1, "The database has no tables yet: run `earshot migrate` first.\n")


def test_migrate_brings_up_an_empty_database_and_then_does_nothing(bare: Earshot) -> None:
    assert "at the current schema now" in bare("migrate").out
    assert "was at the current schema" in bare("migrate").out
    ran = bare("user", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "earshot user add" in ran.err


def test_a_wrong_setting_is_named(bare: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_UNDO_SECONDS", "soon")
    ran = bare("user", "list")
    assert ran.code == 2
    assert ran.err.startswith("EARSHOT_UNDO_SECONDS: ")


def test_postgresql_without_a_secret_key_is_refused(bare: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:pass@127.0.0.1:1/desk")
    ran = bare("user", "list")
    assert ran.code == 2
    assert "SECRET_KEY" in ran.err


def test_a_database_that_is_away_is_one_sentence_without_its_password(bare: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:hush@127.0.0.1:1/desk")
    monkeypatch.setenv("SECRET_KEY", "k")
    ran = bare("user", "list")
    assert ran.code == 1
    assert "check DATABASE_URL" in ran.err
    assert "hush" not in ran.err


def test_a_file_that_is_no_database_is_one_sentence(bare: Earshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 100)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.db")
    ran = bare("user", "list")
    assert ran.code == 1
    assert "cannot be used" in ran.err
