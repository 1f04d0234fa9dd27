"""Logs (structlog, to stderr) and metrics (Prometheus). Texts of customers and secrets never go into either."""

import logging
import sys
from types import ModuleType
from typing import Final, Literal, TextIO, cast

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# structlog paints tracebacks with rich where it finds it, and the command line brings it: a hundred modules and five megabytes that a
# server never shows. It is told that there is none while it is read itself.
_hidden: Final = "rich" not in sys.modules
if _hidden:
    sys.modules["rich"] = cast("ModuleType", None)
import structlog  # noqa: E402

if _hidden:
    del sys.modules["rich"]

REGISTRY: Final = CollectorRegistry()
MENTIONS_ACCEPTED: Final = Counter("earshot_mentions_accepted", "Mentions acknowledged after their commit", registry=REGISTRY)
MENTIONS_PROCESSED: Final = Counter("earshot_mentions_processed", "Mentions that went through the pipeline", registry=REGISTRY)
MENTIONS_PARKED: Final = Counter("earshot_mentions_parked", "Mentions parked with an error", registry=REGISTRY)
INTAKE_WAITING: Final = Gauge("earshot_intake_waiting", "Mentions accepted and not yet processed", registry=REGISTRY)
PIPELINE_SECONDS: Final = Histogram("earshot_pipeline_batch_seconds", "Time of one pipeline batch", registry=REGISTRY)
REPLIES: Final = Counter("earshot_replies", "Replies by outcome", ["outcome"], registry=REGISTRY)
WEBHOOK_CALLS: Final = Counter("earshot_webhook_calls", "Attempts at webhooks of rules, by what came of them", ["state"], registry=REGISTRY)
TIMERS_FIRED: Final = Counter("earshot_timers_fired", "Timers that were due and acted on", registry=REGISTRY)
TICK_AGE: Final = Gauge("earshot_tick_timestamp_seconds", "When the tick last ran, unix time", registry=REGISTRY)
TIMERS_LATE: Final = Gauge("earshot_timers_late_seconds", "How long ago the oldest timer was due that had not fired", registry=REGISTRY)
SEAL_AGE: Final = Gauge("earshot_seal_timestamp_seconds", "When the log was last sealed here, unix time", registry=REGISTRY)
LOOP_LAG: Final = Histogram(
    "earshot_loop_lag_seconds", "How late the event loop comes to what is due", registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)  # fmt: skip
LIVE_CONNECTIONS: Final = Gauge("earshot_live_connections", "Open live connections", registry=REGISTRY)
LIVE_DROPPED: Final = Counter("earshot_live_dropped", "Live connections dropped because they were too slow", registry=REGISTRY)


class _Stderr:
    """Whatever stderr is when a line is written: loggers are made once, and whoever runs a command inside a program exchanges it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def start_logs(form: Literal["text", "json"]) -> None:
    """Send structlog and the standard library's logs to stderr in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True)


log = structlog.get_logger("earshot")
