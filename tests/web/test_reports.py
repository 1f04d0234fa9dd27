"""Reports: the same numbers on the page and in the download, filters with sentences, evidence that pages."""

import csv
import io

from starlette.testclient import TestClient

from app.core.asker import Asker
from app.queries.reports_page import CLOCK_DEFINITIONS, DEFINITIONS
from app.sla.model import METRICS
from app.sla.words import NAMES
from tests.support.people import hire, signed_in
from tests.support.scene import Scene


def show(client: TestClient, scene: Scene, asker: Asker, path: str, status: int = 200) -> str:
    """A page as somebody sees it."""
    answer = client.get(path, headers=signed_in(scene.ports, asker).headers)
    assert answer.status_code == status, answer.text
    return answer.text


def answered(scene: Scene, asker: Asker, handle: str, minutes: int = 3) -> str:
    """A case that somebody answered after some minutes."""
    case = scene.hear(handle=handle).id
    scene.clock.move(minutes=minutes)
    scene.send(asker, case)
    scene.deliver()
    return case


def test_page_and_download_agree(scene: Scene, client: TestClient) -> None:
    for minutes, who in ((1, scene.ana), (3, scene.ana), (5, scene.ben)):
        answered(scene, who, f"author{minutes}", minutes)
    page = show(client, scene, scene.sue, "/reports?by=agent")
    for word, meaning in DEFINITIONS:
        assert word in page
        assert meaning.replace("'", "&#39;") in page
    sheet = client.get("/reports/response-times.csv?by=agent", headers=signed_in(scene.ports, scene.sue).headers)
    assert sheet.headers["content-type"].startswith("text/csv")
    assert "attachment" in sheet.headers["content-disposition"]
    rows = {row["agent"]: row for row in csv.DictReader(io.StringIO(sheet.text))}
    assert {name: row["count"] for name, row in rows.items()} == {"Ana": "2", "Ben": "1", "all": "3"}
    assert float(rows["Ben"]["median_seconds"]) == 5 * 60 + 11
    assert "Ana" in page
    assert "Workload now, and what was taken today" in page


def test_all_seven_clocks_stand_on_the_page_and_in_their_download(scene: Scene, client: TestClient) -> None:
    answered(scene, scene.ana, "author", 2)
    page = show(client, scene, scene.sue, "/reports")
    for words in (*NAMES.values(), *(part.replace("'", "&#39;") for both in CLOCK_DEFINITIONS for part in both)):
        assert words.replace("'", "&#39;") in page, words
    sheet = client.get("/reports/clocks.csv", headers=signed_in(scene.ports, scene.sue).headers)
    assert sheet.headers["content-disposition"].startswith('attachment; filename="earshot-clocks-2026-')
    rows = {row["metric"]: row for row in csv.DictReader(io.StringIO(sheet.text))}
    assert tuple(rows) == METRICS
    assert (rows["first_response"]["met"], rows["first_response"]["kept_share"]) == ("1", "1.000000")
    assert float(rows["first_response"]["median_seconds"]) == 2 * 60  # the time to take it back is a pause
    assert (rows["resolution"]["met"], rows["resolution"]["kept_share"], rows["resolution"]["p90_seconds"]) == ("0", "", "")
    assert show(client, scene, scene.sue, "/reports?from=2026-02-01&to=2026-02-02").count("word-good") == 0


def test_the_download_cannot_become_a_formula(scene: Scene, client: TestClient) -> None:
    sly = hire(scene.ports, "=HYPERLINK(1)")
    answered(scene, sly, "author")
    sheet = client.get("/reports/response-times.csv?by=agent", headers=signed_in(scene.ports, scene.sue).headers).text
    assert "\n'=HYPERLINK(1)," in sheet.replace("\r\n", "\n")


def test_filters_that_make_no_sense_say_so(scene: Scene, client: TestClient) -> None:
    for query, words in (
        ("by=mood", "by: must be one of"), ("from=yesterday", "is no day"), ("tz=Mars/Base", "no time zone"),
        ("from=2026-03-05&to=2026-03-01", "begins after"), ("from=2020-01-01&to=2026-01-01", "at most 400 days"),
        ("calendar=lunar", "must be one of"), ("evidence=luck", "must be one of"), ("evidence=real_time&part=authors", "must be one of"),
        ("evidence=real_time&hours=0", "must be 1 to"), ("evidence=real_time&hours=x", "whole number"),
        ("evidence=real_time&cursor=%25", "cursor"), ("to=9999-12-31", "is no day"),
    ):  # fmt: skip
        page = show(client, scene, scene.sue, f"/reports?{query}", 422)
        assert words in page.replace("&#39;", "'"), (query, page)


def test_evidence_lists_and_pages(scene: Scene, client: TestClient) -> None:
    cases = [answered(scene, scene.ana, f"author{n:02}", 1) for n in range(53)]
    for criterion, part in (
        ("engagement_model", "answers"),
        ("engagement_model", "mentions"),
        ("real_time", "responses"),
        ("social_data", "authors"),
    ):
        at = f"/reports?evidence={criterion}&part={part}"
        first = show(client, scene, scene.sue, at)
        assert "50 shown" in first
        rest = show(client, scene, scene.sue, first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
        assert "3 shown" in rest
        seen = first + rest
        if part != "authors":
            assert all(f'href="/cases/{case}"' in seen for case in cases)
        else:
            assert all(f">author{n:02}<" in seen for n in range(53))
            assert "Not in the CRM" in seen
    assert "Nothing speaks against it." in show(client, scene, scene.sue, "/reports?evidence=engagement_model&against=1")
    scene.hear("@acme I am stranded, my flight was cancelled, help me right now, urgent!!", handle="late")
    scene.pass_time(hours=6)
    late = show(client, scene, scene.sue, "/reports?evidence=real_time&part=overdue")
    assert ">late<" in late
    assert "Overdue, not answered" in late


def test_who_may_see_them(scene: Scene, client: TestClient) -> None:
    show(client, scene, scene.tim, "/reports", 403)
    show(client, scene, scene.tim, "/reports/response-times.csv", 403)
    show(client, scene, scene.tim, "/reports/clocks.csv", 403)
    show(client, scene, scene.leo, "/reports")
