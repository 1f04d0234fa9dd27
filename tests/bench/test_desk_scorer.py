"""The scorer behind the benchmark ranks real mentions by how bad they were, on days nothing was tuned on."""

import gzip
import json
from pathlib import Path
from statistics import mean

from app.priority import score
from tests.bench.desk_scorer import WEIGHTS, DeskScorer, facts_of

HELD_OUT_FROM = "2015-02-21"
NOBODY = {"followers": 300, "verified": False}


def test_worse_mentions_score_higher_on_held_out_days(real_data: Path) -> None:
    by_severity: dict[int, list[int]] = {}
    with gzip.open(real_data / "stream_airline.jsonl.gz", "rt", encoding="utf-8") as stream:
        for line in stream:
            mention = json.loads(line)
            if mention["created_at"] >= HELD_OUT_FROM:
                by_severity.setdefault(mention["labels"]["severity"], []).append(score.of(facts_of(mention, None, NOBODY), WEIGHTS).score)
    means = [mean(by_severity[severity]) for severity in range(4)]
    assert means == sorted(means)
    assert means[3] - means[1] > 15


def test_priority_rises_with_age() -> None:
    scorer = DeskScorer()
    mention = {"text": "my flight was cancelled", "lang": "en", "platform": "x", "author_handle": "a", "created_at": "2026-01-01T00:00:00Z"}
    patience = scorer.prepare(mention, None, NOBODY)
    assert scorer.priority(patience, 60) > scorer.priority(patience, 0)
