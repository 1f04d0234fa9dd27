"""One matcher per language: every word, phrase and pair of its lists found in one pass over the tokens.

A vocabulary map sends a token to the list items it can be ("cancelled" is itself and "cancel*"), a trie over those items finds
phrases, and pairs ("flight" near "cancel*") are joined from the places of their two sides. No regular expression is built from a
list, so no list can make matching hang: the work is bounded by tokens times the longest phrase.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from app.analysis.tokens import Token, fold, split
from app.core.records import quick

STEM_SHORTEST: Final = 3  # "ab*" would match half a dictionary.
NUMBER: Final = "#"  # In a list it stands for any number: "# hours".
CACHE_BOUND: Final = 50_000  # Words remembered with their items; at the bound the memory starts anew.
_STOPS: Final = frozenset(".!?,;:\n")  # what ends the reach of a negation


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a list says: ``kind`` ("problem", "risk", "neutral" …), ``of`` the risk class or "", ``weight`` 0..1."""

    kind: str
    weight: float = 1.0
    of: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two word groups that mean ``entry`` when they stand within ``near`` words of each other, in either order."""

    entry: Entry
    words: tuple[str, ...]
    partners: tuple[str, ...]
    near: int


@quick
@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found at tokens ``first`` to ``last`` (inclusive)."""

    entry: Entry
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    entries: list[tuple[tuple[str, str], Entry]] = field(default_factory=list)  # each with its kind and class, by which hits are one
    sides: list[tuple[int, int]] = field(default_factory=list)
    next: dict[str, "_Node"] = field(default_factory=dict)


def items_of(phrase: str) -> list[str]:
    """The folded vocabulary items of a phrase as written in a list; raises ValueError with the mend when it has none."""
    items: list[str] = []
    for part in phrase.split():
        stem = part.endswith("*")
        tokens = [NUMBER] if part == NUMBER else [t.word for t in split(part.rstrip("*"))]
        if not tokens:
            raise ValueError(f"{phrase!r}: {part!r} has no letter or number")
        if stem:
            if len(tokens[-1]) < STEM_SHORTEST:
                raise ValueError(f"{phrase!r}: a stem needs at least {STEM_SHORTEST} letters before its *")
            tokens[-1] += "*"
        items += tokens
    if not items:
        raise ValueError("an entry is empty: write a word or remove it")
    return items


def _nearest(left: list[int], right: list[int], near: int) -> tuple[int, int] | None:
    """The closest two places, one from each ascending list, no further apart than ``near`` and not the same; lower first."""
    best: tuple[int, int, int] | None = None
    for a in left:
        at = bisect_left(right, a)
        for b in right[max(at - 1, 0) : at + 2]:
            if a != b and abs(a - b) <= near and (best is None or abs(a - b) < best[0]):
                best = (abs(a - b), min(a, b), max(a, b))
    return best[1:] if best else None


class Matcher:
    """A compiled set of lists. Immutable apart from a bounded memory of seen words."""

    def __init__(
        self, phrases: Mapping[str, Iterable[Entry]], pairs: Iterable[Pair], negations: Iterable[str], fillers: Iterable[str]
    ) -> None:
        self._root = _Node()
        self._vocabulary: set[str] = set()
        self._memory: dict[str, _Seen] = {}
        self._negations = frozenset(fold(w) for w in negations)
        self._fillers = frozenset(fold(w) for w in fillers)
        self._pairs = tuple(pairs)
        for phrase, entries in phrases.items():
            self._add(phrase, entries)
        for number, pair in enumerate(self._pairs):
            for word, side in (*product(pair.words, (0,)), *product(pair.partners, (1,))):
                self._add(word, [(number, side)])
        stems = [item[:-1] for item in self._vocabulary if item.endswith("*")]
        self._stems = tuple((n, frozenset(s for s in stems if len(s) == n)) for n in sorted({len(s) for s in stems}))

    def find(self, tokens: list[Token]) -> list[Hit]:
        """Every hit, longest first come per kind; overlapping hits of one kind and class count once."""
        memory = self._memory
        seen = [memory.get(token[0]) or self._seen(token[0]) for token in tokens]
        hits: list[Hit] = []
        reached: dict[tuple[str, str], int] = {}
        left = right = 0
        for at, word in enumerate(seen):
            if not word.nodes:
                continue
            left |= word.left
            right |= word.right
            found: Sequence[tuple[tuple[str, str], int, Entry]]
            if word.follows and at + 1 < len(seen) and not word.follows.isdisjoint(seen[at + 1].items):
                found = self._longest(seen, at)
            else:
                found = word.alone
            for key, last, entry in found:
                if reached.get(key, -1) < at:
                    end = reached[key] = max(at, last)
                    hits.append(Hit(entry, at, end))
        return hits + self._pairs_in(seen, left & right) if left & right else hits

    def negated(self, tokens: list[Token], hit: Hit, text: str) -> bool:
        """Whether a negation stands just before the hit, fillers ("not a very …") stepped over, within the same sentence."""
        at = hit.first - 1
        while at >= 0 and hit.first - at <= 3:
            word, _, end = tokens[at]
            negates = word in self._negations
            if not negates and word not in self._fillers:
                return False
            if not _STOPS.isdisjoint(text[end : tokens[at + 1].start]):
                return False
            if negates:
                return True
            at -= 1
        return False

    def _add(self, phrase: str, ends: Iterable[Entry | tuple[int, int]]) -> None:
        node = self._root
        for item in items_of(phrase):
            self._vocabulary.add(item)
            node = node.next.setdefault(item, _Node())
        for end in ends:
            if isinstance(end, Entry):
                node.entries.append(((end.kind, end.of), end))
            else:
                node.sides.append(end)

    def _seen(self, word: str) -> "_Seen":
        vocabulary, root, length = self._vocabulary, self._root.next, len(word)
        found = [word] if word in vocabulary else []
        found += [f"{word[:n]}*" for n, stems in self._stems if n <= length and word[:n] in stems]
        if NUMBER in vocabulary and word.isdecimal():
            found.append(NUMBER)
        seen = self._of_items(tuple(found), root) if found else _UNKNOWN
        if len(self._memory) >= CACHE_BOUND:
            self._memory.clear()
        self._memory[word] = seen
        return seen

    def _of_items(self, items: tuple[str, ...], root: Mapping[str, _Node]) -> "_Seen":
        nodes = tuple(root[item] for item in items if item in root)
        sides = [side for node in nodes for side in _sides_from(node)]
        best: dict[tuple[str, str], Entry] = {}
        for node in nodes:
            for key, entry in node.entries:
                if key not in best or best[key].weight < entry.weight:
                    best[key] = entry
        return _Seen(
            items,
            nodes,
            tuple((key, -1, entry) for key, entry in best.items()),
            frozenset(item for node in nodes for item in node.next),
            _mask(number for number, side in sides if side == 0),
            _mask(number for number, side in sides if side == 1),
        )

    def _longest(self, seen: Sequence["_Seen"], at: int) -> list[tuple[tuple[str, str], int, Entry]]:
        """The best entry of each kind and class that begins at ``at``: the longest, of equal ones the weightiest."""
        found: dict[tuple[str, str], tuple[int, Entry]] = {}
        for node, last in _walk(seen, at):
            for key, entry in node.entries:
                best = found.get(key)
                if best is None or (best[0], best[1].weight) < (last, entry.weight):
                    found[key] = (last, entry)
        return [(key, last, entry) for key, (last, entry) in found.items()]

    def _pairs_in(self, seen: Sequence["_Seen"], wanted: int) -> list[Hit]:
        """The hits of pairs, looked for only where a side of one of those ``wanted`` can begin: at a few words of a text."""
        sides: dict[int, tuple[list[int], list[int]]] = {}
        for at, word in enumerate(seen):
            if not (word.left | word.right) & wanted:
                continue
            for node, _ in _walk(seen, at):
                for number, side in node.sides:
                    places = sides.setdefault(number, ([], []))[side]
                    if not places or places[-1] != at:
                        places.append(at)
        hits = []
        for number, (left, right) in sides.items():
            pair = self._pairs[number]
            place = _nearest(left, right, pair.near)
            if place is not None:
                hits.append(Hit(pair.entry, *place))
        return hits


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a matcher knows of one word, worked out when it is first met.

    ``alone`` is what the word says when no phrase goes on after it (the -1 stands for its own place), ``follows`` the items a phrase
    may go on with. ``left`` and ``right`` are the pairs, as bits, one of whose sides begins here: where no pair can have
    both its sides in a text, which is nearly always, none is looked for.
    """

    items: tuple[str, ...]
    nodes: tuple[_Node, ...]
    alone: tuple[tuple[tuple[str, str], int, Entry], ...]
    follows: frozenset[str]
    left: int
    right: int


_UNKNOWN: Final = _Seen((), (), (), frozenset(), 0, 0)


def _walk(seen: Sequence[_Seen], at: int) -> Iterator[tuple[_Node, int]]:
    """Every node that the words from ``at`` on lead to, with the place of its last word."""
    for first in seen[at].nodes:
        waiting = [(first, at)]
        while waiting:
            node, last = waiting.pop()
            yield node, last
            if node.next and last + 1 < len(seen):
                for item in seen[last + 1].items:
                    following = node.next.get(item)
                    if following is not None:
                        waiting.append((following, last + 1))


def _sides_from(node: _Node) -> Iterator[tuple[int, int]]:
    yield from node.sides
    for following in node.next.values():
        yield from _sides_from(following)


def _mask(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask
