"""A judgement survives storage."""

import json

from app.analysis.judge import judge
from app.analysis.model import Judgement
from app.analysis.words import Lexicon


def test_round_trip(lexicon: Lexicon) -> None:
    judged = judge("My flight was cancelled, I'll sue you! Can you help me right now?", hint_language="en", lexicon=lexicon)
    assert judged.marks
    assert Judgement.from_json(json.loads(json.dumps(judged.as_json()))) == judged


def test_an_older_map_still_reads() -> None:
    assert Judgement.from_json({"language": "en", "gone": 1}).intent == "chat"
