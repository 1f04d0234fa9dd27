"""What cannot wait in a queue, by its words alone."""

import pytest

from app.analysis.triage import cannot_wait
from app.analysis.words import Lexicon


@pytest.mark.parametrize(
    "text",
    [
        "@acme the charger caught fire in my bedroom",
        "my lawyer will be in touch with you tomorrow",
        "Ich gehe damit zu meinem Anwalt",
        "voy a denunciar a su empresa",
    ],
)
def test_what_cannot_wait(text: str, lexicon: Lexicon) -> None:
    assert cannot_wait(text, lexicon)


@pytest.mark.parametrize(
    "text", ["", "@acme thank you, lovely", "where is my parcel, it was due on Monday", "how do I change my address?", "#a " * 30_000]
)
def test_what_can_wait(text: str, lexicon: Lexicon) -> None:
    assert not cannot_wait(text, lexicon)
