"""Each fault, short, on each database it knows."""

from collections.abc import Iterator

import pytest

from faults import suite
from faults.model import BOTH, DatabaseName, Scale
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


@pytest.mark.parametrize("database", BOTH)
@pytest.mark.parametrize("id", suite.modules())
def test_fault(id: str, database: DatabaseName, server: Cluster | None) -> None:
    fault = suite.fault(id)
    if database not in fault.databases:
        pytest.skip(f"{id} is about {' and '.join(fault.databases)}")
    if database == "postgresql" and server is None:
        pytest.skip("no PostgreSQL server: scripts/test_tools.sh installs one")
    with suite.fresh_place(id, database, server) as place:
        row = suite.run(fault, place, Scale(short=True))
    if row.met is None:
        pytest.skip(row.goal)
    assert row.met, line(fault.title, row)


def test_ids_are_those_of_the_modules() -> None:
    assert [suite.fault(id).id for id in suite.modules()] == list(suite.modules())
