"""How well it goes: response times, the final-stage scorecard, the workload. One definition serves these and the reports."""

from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.reading import Moment, Query, asker_of, in_thread, ports_of, query_of
from app.door.entry import Entry, needs
from app.measures.model import By, TimeKind
from app.queries.api_measures import ClocksReport, ResponseTimesReport, ResponseTimesWanted, Workload, clocks, response_times, workload
from app.queries.api_stage import StageRecord, api_stage
from app.queries.stage import LONGEST_HOURS, WINDOW_HOURS
from app.sla.model import ResponseMetric

_DEFAULT_SPAN: Final = timedelta(days=7)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no zone: write it like Europe/Berlin") from error
    return name


class SpanQuery(Query):
    """From ``from`` to ``to`` (not included); the last seven days by default."""

    model_config = ConfigDict(populate_by_name=False)

    since: Moment | None = Field(None, alias="from")
    until: Moment | None = Field(None, alias="to")

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Both ends, with the defaults filled in."""
        until = self.until or now
        try:
            return self.since or until - _DEFAULT_SPAN, until
        except OverflowError:
            return until, until


class ResponseTimesQuery(SpanQuery):
    """Answers given in the span."""

    by: By = "queue"
    calendar: TimeKind = "wall"
    tz: Annotated[str, AfterValidator(_zone)] = Field("UTC", max_length=60, description="Zone in which days are counted: Europe/Berlin.")
    metric: ResponseMetric = "first_response"

    def wanted(self, now: datetime) -> ResponseTimesWanted:
        """The span with its defaults filled in."""
        return ResponseTimesWanted(*self.span(now), self.by, self.calendar, self.tz, self.metric)


class StageQuery(Query):
    """The span judged, up to now."""

    hours: int = Field(WINDOW_HOURS, ge=1, le=LONGEST_HOURS)


async def times(request: Request) -> Response:
    """Response times of a span."""
    ports = ports_of(request)
    wanted = query_of(request, ResponseTimesQuery).wanted(ports.clock.now())
    report = await in_thread(response_times, ports, asker_of(request), wanted)
    return answer(report)


async def ended(request: Request) -> Response:
    """What became of clocks in a span."""
    ports = ports_of(request)
    since, until = query_of(request, SpanQuery).span(ports.clock.now())
    return answer(await in_thread(clocks, ports, asker_of(request), since, until))


async def scorecard(request: Request) -> Response:
    """The final-stage scorecard."""
    query = query_of(request, StageQuery)
    return answer(await in_thread(api_stage, ports_of(request), asker_of(request), query.hours))


async def load(request: Request) -> Response:
    """Who has how much to do."""
    return answer(await in_thread(workload, ports_of(request), asker_of(request)))


ENTRIES: Final = (
    Entry("GET", "/api/v1/measures/response-times", times, needs("measures.read"), query=ResponseTimesQuery, answer=ResponseTimesReport,
          summary="Response times: count, median, p90, p99, within target.", tag="Measures"),
    Entry("GET", "/api/v1/measures/clocks", ended, needs("measures.read"), query=SpanQuery, answer=ClocksReport,
          summary="Every clock metric: met, missed, median, p90.", tag="Measures"),
    Entry("GET", "/api/v1/measures/stage", scorecard, needs("measures.read"), query=StageQuery, answer=StageRecord,
          summary="The final-stage scorecard with its numbers.", tag="Measures"),
    Entry("GET", "/api/v1/measures/workload", load, needs("measures.read"), answer=Workload, summary="Open work by person and queue.",
          tag="Measures"),
)  # fmt: skip
