"""A new queue in the text of the queues: the rest stays, and what cannot be done safely is refused."""

import pytest

from app.core.errors import Conflict, Invalid
from app.routing.queue_text import with_queue
from app.routing.queues import parse_queues
from tests.conftest import ROOT

DEFAULT = (ROOT / "routing_rules" / "queues.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("title", ["Ana's queue", 'Ana "the" queue: #1', "صف آنا", "{a}"])
@pytest.mark.parametrize(
    "text", [DEFAULT, "queues:\n- id: care\n  title: Care\n  # its own comment\n", "queues:\n  - {id: care}\nskip_reasons: [x]\n"]
)
def test_it_is_the_last_and_nothing_else_changed(text: str, title: str) -> None:
    made = with_queue(text, "ana", title, "ana@shop.example")
    before, after = parse_queues(text), parse_queues(made)
    assert not isinstance(before, list)
    assert not isinstance(after, list)
    assert after[:-1] == before
    assert (after[-1].id, after[-1].title, after[-1].lead) == ("ana", title, "ana@shop.example")
    assert [line for line in made.split("\n") if "id: ana" not in line] == text.split("\n")


def test_what_is_taken_or_written_otherwise_is_refused() -> None:
    with pytest.raises(Conflict):
        with_queue(DEFAULT, "vip", "Very important")
    with pytest.raises(Invalid, match="by hand"):
        with_queue("queues: [{id: care}]\n", "ana", "Ana")
    with pytest.raises(Invalid):
        with_queue("queues: 3\n", "ana", "Ana")
