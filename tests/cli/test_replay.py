"""A replay against a desk that really serves: accepted, then duplicates; refusals in one sentence."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import select

from app.core.clock import parse_rfc3339
from app.engine.intake_queue import INTAKE
from app.engine.ports import Ports
from app.main import Parts, build_app
from tests.cli.conftest import Earshot
from tests.support.desk import mention


@pytest.fixture
def served(ports: Ports) -> Iterator[str]:
    """The address of a web process without jobs. The port listens before the server starts, so nobody waits for it."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(build_app(ports, Parts(jobs=False)), log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "stream.jsonl"
    posts = [mention(str(i), f"hello {i}") | {"created_at": f"2015-02-17T0{i}:00:00Z"} for i in (3, 1, 2)]
    path.write_text("".join(json.dumps(post) + "\n" for post in posts) + "{broken\n")
    return path


def test_a_stream_arrives_in_order_with_the_times_of_sending(earshot: Earshot, ports: Ports, served: str, recorded: Path) -> None:
    token = earshot("token", "create", "replay", "--scope", "ingest").out.strip()
    words = ["replay", recorded, "--to", served, "--token", token, "--speed", "max"]
    ran = earshot(*words)
    assert (ran.code, ran.out) == (0, "")
    assert "3 accepted, 0 duplicates, 0 rejected" in ran.err
    assert "1 rows could not be sent" in ran.err
    with ports.db.read() as conn:
        bodies = [row.body for row in conn.execute(select(INTAKE).order_by(INTAKE.c.id))]
    assert [b["external_id"] for b in bodies] == ["1", "2", "3"]
    assert all(parse_rfc3339(b["created_at"]).year > 2015 for b in bodies)
    assert "0 accepted, 3 duplicates" in earshot(*words).err


def test_a_part_of_the_stream_with_its_own_times(earshot: Earshot, ports: Ports, served: str, recorded: Path) -> None:
    token = earshot("token", "create", "replay", "--scope", "ingest").out.strip()
    part = ["--from-time", "2015-02-17T02:00:00Z", "--to-time", "2015-02-17T03:00:00Z", "--keep-times"]
    ran = earshot("replay", recorded, "--to", served, "--token", token, "--speed", "max", *part)
    assert "1 accepted" in ran.err
    with ports.db.read() as conn:
        (row,) = conn.execute(select(INTAKE))
    assert parse_rfc3339(row.body["created_at"]) == parse_rfc3339("2015-02-17T02:00:00Z")


def test_a_token_that_may_not_is_refused_in_one_sentence(earshot: Earshot, served: str, recorded: Path) -> None:
    reader = earshot("token", "create", "reader", "--scope", "read").out.strip()
    for token in ("nonsense", reader):
        ran = earshot("replay", recorded, "--to", served, "--token", token, "--speed", "max")
        assert (ran.code, ran.out) == (1, "")
        assert "refused the token" in ran.err


def test_wrong_options_end_with_2(earshot: Earshot, recorded: Path) -> None:
    good = {"--to": "http://127.0.0.1:1", "--token": "t", "--speed": "max"}
    for wrong in ({"--to": "desk"}, {"--speed": "fast"}, {"--from-time": "noon"}, {"--format": "xml"}):
        words = [word for pair in (good | wrong).items() for word in pair]
        ran = earshot("replay", recorded, *words)
        assert (ran.code, ran.out) == (2, "")
        assert next(iter(wrong)) in ran.err
