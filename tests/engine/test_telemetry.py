"""Logs go to whatever stderr is when a line is written, so that no thread dies for want of the stream it first met."""

import io
from contextlib import redirect_stderr

import structlog

from app.engine.telemetry import start_logs


def test_a_line_goes_to_the_stderr_of_its_moment() -> None:
    first, second = io.StringIO(), io.StringIO()
    with redirect_stderr(first):
        start_logs("json")
        logger = structlog.get_logger("earshot")
        logger.warning("before")
    first.close()
    with redirect_stderr(second):
        logger.warning("after")
    assert '"after"' in second.getvalue()
