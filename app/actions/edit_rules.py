"""Edit a person's own working copy of the rules. Nothing of it holds until it is published, so it leaves no event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.asker import Asker
from app.core.errors import Invalid
from app.engine.database import Transaction
from app.engine.ports import Ports
from app.routing import emit, store
from app.routing.condition_form import split
from app.routing.condition_pairs import Pairs
from app.routing.emit_lists import change_list, drop_list
from app.routing.example_blocks import adapt_example, drop_example
from app.routing.rule_edits import deleted, doubled, filled, placed, plain_text, shifted, written_in
from app.routing.rule_form import form_from, pairs_of, reshaped
from app.routing.store_drafts import Draft, Pending, draft_of, drop_draft, keep_draft


@dataclass(frozen=True, slots=True)
class Switch:
    """Turn a rule on or off."""

    rule: str
    on: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """Move a rule by one place; -1 is up."""

    rule: str
    by: int


@dataclass(frozen=True, slots=True)
class Place:
    """Put a rule right above the rule ``before``, or right below ``after``; one of them is "". The second time nothing changes."""

    rule: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Put a switched-off copy of a rule below it."""

    rule: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a rule out."""

    rule: str


@dataclass(frozen=True, slots=True)
class DropExample:
    """Take an example out that shall not hold any more."""

    name: str


@dataclass(frozen=True, slots=True)
class AdaptExample:
    """Let an example that does not hold expect what is decided now."""

    name: str


@dataclass(frozen=True, slots=True)
class PutList:
    """Make or change a named word list: ``words`` as typed, ``seen`` as they were shown. What others added meanwhile stays."""

    name: str
    words: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class DropList:
    """Take a word list out that no rule asks for."""

    name: str


@dataclass(frozen=True, slots=True)
class FillIn:
    """Keep a form as typed, changed by one of its buttons, without making it the rule; ``rule`` is NEW for one that is none yet."""

    rule: str
    pairs: Pairs
    command: str = ""


@dataclass(frozen=True, slots=True)
class TypeIn:
    """Keep the YAML of a rule as typed, without making it the rule yet."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Fill:
    """Make the form the rule; a faulty one is kept as typed and Invalid says what is wrong."""

    rule: str
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Write:
    """Make the YAML the rule; a faulty one is kept as typed and Invalid says what is wrong."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class WriteAll:
    """Take this as the whole text, however wrong it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Forget what was typed for a rule and not made part of the text."""

    rule: str


@dataclass(frozen=True, slots=True)
class StandOn:
    """Say that the active version was looked at: the copy may be published in its place."""

    version: int


@dataclass(frozen=True, slots=True)
class Discard:
    """Throw the working copy away."""


Edit = (
    Switch
    | Shift
    | Place
    | Duplicate
    | Delete
    | DropExample
    | AdaptExample
    | PutList
    | DropList
    | FillIn
    | TypeIn
    | Fill
    | Write
    | WriteAll
    | Leave
    | StandOn
    | Discard
)


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of it: the rule that was made or touched, "" for none."""

    rule: str = ""


def edit_rules(ports: Ports, asker: Asker, edit: Edit) -> Edited:
    """Carry one edit out on the asker's working copy, which begins as the active version. The same edit again changes nothing more,
    but Shift and Duplicate, which act each time.

    Invalid when the text or the rule cannot be like that, NotFound for a rule that is not in it.
    """
    asker.need("rules.edit")
    person = asker.person()
    refused: Invalid | None = None
    rule = ""
    with ports.db.write() as tx:
        if isinstance(edit, Discard):
            drop_draft(tx, person)
            return Edited()
        begun = draft_of(tx.conn, person)
        draft = begun or _begun(tx)
        try:
            after, rule = _edited(tx, draft, edit) if isinstance(edit, _InTheText) else _typed_in(draft, edit)
        except Invalid as error:
            kept = _pending(edit, error.detail)
            if kept is None:
                raise
            after, refused = replace(draft, pending={**_besides(draft.pending, kept[0]), kept[0]: kept[1]}), error
        if begun is not None or after != draft:  # looking into a rule begins no copy
            keep_draft(tx, person, after)
    if refused is not None:  # after the commit: what was typed is kept
        raise refused
    return Edited(rule)


def _begun(tx: Transaction) -> Draft:
    version, text = store.active(tx.conn)
    return Draft(text, version, tx.now)


_InTheText = Switch | Shift | Place | Duplicate | Delete | DropExample | AdaptExample | PutList | DropList | StandOn


def _edited(tx: Transaction, draft: Draft, edit: _InTheText) -> tuple[Draft, str]:
    text = draft.text
    match edit:
        case Switch(rule, on):
            return replace(draft, text=emit.set_enabled(text, rule, on)), rule
        case Shift(rule, by):
            return replace(draft, text=shifted(text, rule, by)), rule
        case Place(rule, before, after):
            return replace(draft, text=placed(text, rule, before, after)), rule
        case Duplicate(rule):
            text, made = doubled(text, rule)
            return replace(draft, text=text), made
        case Delete(rule):
            return replace(draft, text=deleted(text, rule), pending=_besides(draft.pending, rule)), ""
        case DropExample(name):
            return replace(draft, text=drop_example(text, name)), ""
        case AdaptExample(name):
            return replace(draft, text=adapt_example(text, name)), ""
        case PutList(name, words, seen):
            return replace(draft, text=change_list(text, name, split(words), split(seen))), ""
        case DropList(name):
            return replace(draft, text=drop_list(text, name)), ""
        case StandOn(version):
            if version != store.active_version(tx.conn):
                raise Invalid("Another version was published since: look at its changes first.")
            return replace(draft, base=version), ""


def _typed_in(draft: Draft, edit: FillIn | TypeIn | Fill | Write | WriteAll | Leave) -> tuple[Draft, str]:
    match edit:
        case FillIn(rule, pairs, command):
            typed = Pending("form", pairs_of(reshaped(form_from(pairs), command)))
            return replace(draft, pending={**_besides(draft.pending, rule), rule: typed}), rule
        case TypeIn(rule, written):
            return replace(draft, pending={**_besides(draft.pending, rule), rule: Pending("yaml", text=plain_text(written))}), rule
        case Fill(rule, pairs):
            text, made = filled(draft.text, rule, form_from(pairs))
            return replace(draft, text=text, pending=_besides(draft.pending, rule)), made
        case Write(rule, written):
            text, made = written_in(draft.text, rule, written)
            return replace(draft, text=text, pending=_besides(draft.pending, rule)), made
        case WriteAll(written):
            return replace(draft, text=plain_text(written)), ""
        case Leave(rule):
            return replace(draft, pending=_besides(draft.pending, rule)), rule


def _pending(edit: Edit, said: str) -> tuple[str, Pending] | None:
    """What a refused edit must not lose."""
    match edit:
        case Fill(rule, pairs):
            return rule, Pending("form", pairs_of(form_from(pairs)), said=said)
        case Write(rule, text):
            return rule, Pending("yaml", text=plain_text(text), said=said)
        case _:
            return None


def _besides(pending: Mapping[str, Pending], rule: str) -> dict[str, Pending]:
    return {name: one for name, one in pending.items() if name != rule}
