"""Which rules differ between two sets: in what they say, or in where they stand."""

from difflib import SequenceMatcher

from app.routing.model import Rule


def moved(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> frozenset[str]:
    """The rules that stand in another order; those around which they moved are not among them."""
    was, now = [rule.id for rule in before], [rule.id for rule in after]
    stayed = {
        one
        for block in SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
        for one in was[block.a : block.a + block.size]
    }
    return frozenset(now) & frozenset(was) - stayed


def changed_ids(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> list[str]:
    """The ids of the rules that are new, say something else, moved, or are gone."""
    was, now = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    moves = moved(before, after)
    return [*(id for id, rule in now.items() if was.get(id) != rule or id in moves), *(id for id in was if id not in now)]
