"""Each fault, short, on one database; where it knows both they take turns. On both of them: ``make faults ARGS=--short``."""

from collections.abc import Iterator

import pytest

from faults import suite
from faults.model import DatabaseName, Scale
from faults.table import line
from rig.cluster import Cluster, NoPostgres, cluster


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster | None]:
    """One PostgreSQL for all faults; None where the machine has none."""
    try:
        with cluster(tmp_path_factory.mktemp("postgresql"), durable=True) as made:
            yield made
    except NoPostgres:
        yield None


def turns() -> list[tuple[str, DatabaseName]]:
    """A database for each fault: every start of the desk takes seconds, and twice as many would be half the time of all tests."""
    known = ((id, suite.fault(id).databases) for id in suite.modules())
    return [(id, databases[at % len(databases)]) for at, (id, databases) in enumerate(known)]


@pytest.mark.parametrize(("id", "database"), turns())
def test_fault(id: str, database: DatabaseName, server: Cluster | None) -> None:
    fault = suite.fault(id)
    if database == "postgresql" and server is None:
        pytest.skip("no PostgreSQL server: scripts/test_tools.sh installs one")
    with suite.fresh_place(id, database, server) as place:
        row = suite.run(fault, place, Scale(short=True))
    if row.met is None:
        pytest.skip(row.goal)
    assert row.met, line(fault.title, row)


def test_ids_are_those_of_the_modules() -> None:
    assert [suite.fault(id).id for id in suite.modules()] == list(suite.modules())
