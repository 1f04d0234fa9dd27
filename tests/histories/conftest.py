"""Desks for histories, on a SQLite file or a database of the tests' own PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest

from app.engine.data_folder import DataFolder
from tests.histories.desks import Desks, postgresql_desks, sqlite_desks
from tests.support.databases import DATABASES


@pytest.fixture(params=DATABASES)
def desks(request: Any, tmp_path: Path, data_folder: DataFolder) -> Desks:
    """Fresh desks on each database."""
    if request.param == "sqlite":
        return sqlite_desks(tmp_path, data_folder)
    return postgresql_desks(request.getfixturevalue("shelf").server, tmp_path, data_folder)
