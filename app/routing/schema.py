"""The JSON Schema of a rule file, made from the same tables the parser reads, for editors that complete and underline."""

from typing import Any, Final

from app.routing.decide import MAX_TERM_POINTS
from app.routing.fields import CUSTOM_PREFIX, FIELDS, TRIGGERS, Field
from app.routing.model import DESKS, DISPOSITIONS, ENGINE, MAX_TIER, REPEATS
from app.routing.operators import Operator, operators_for
from app.routing.parse import FILE_KEYS, RULE_KEYS
from app.routing.parse_actions import (
    ACTION_KEYS,
    APPROVERS,
    AUDIENCES,
    LAST_AGENT,
    LEAST_LOADED,
    MAX_SENTENCE_CHARACTERS,
    MAX_SNOOZE_MINUTES,
    MAX_TIMERS,
    PERSON,
    SKILL,
    TIMER_KEYS,
)  # fmt: skip
from app.routing.parse_examples import EXAMPLE_KEYS, EXPECT_KEYS
from app.routing.reading import SLUG

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": ["string", "number"]}
_NAME: Final[Schema] = {"type": "string", "minLength": 1}
_SAID: Final[Schema] = {"type": ["string", "boolean"], "maxLength": MAX_SENTENCE_CHARACTERS}


def schema(queues: tuple[str, ...] = (), policies: tuple[str, ...] = ()) -> Schema:
    """JSON Schema 2020-12. With the names of queues and policies given, others are underlined."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Earshot rules",
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": dict(
            zip(FILE_KEYS, (_engine(), _lists(), _list_of({"$ref": "#/$defs/rule"}), _list_of({"$ref": "#/$defs/example"})), strict=True)
        ),
        "$defs": {
            "rule": _rule(),
            "condition": _condition(),
            "actions": _actions(queues, policies),
            "example": _example(),
            **{f"field_{name}": _field(field) for name, field in FIELDS.items()},
            "field_custom": _field(Field("custom", "text", "a field of the customer", optional=True, numbers=True)),
        },
    }


def _engine() -> Schema:
    return {"const": ENGINE, "description": "Version of the rule language."}


def _lists() -> Schema:
    words = {"type": "object", "propertyNames": {"pattern": f"^{SLUG.pattern}$"}, "additionalProperties": _one_or_more(_TEXT)}
    return {**words, "type": ["object", "null"], "description": "Named lists of words, for in_list."}


def _list_of(items: Schema, least: int = 0) -> Schema:
    return {"type": ["array", "null"] if not least else "array", "items": items, "minItems": least}


def _one_or_more(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _rule() -> Schema:
    parts: Schema = {
        "id": {"type": "string", "pattern": f"^{SLUG.pattern}$", "description": "Names the rule for ever."},
        "name": _NAME,
        "note": _NAME,
        "enabled": {"type": "boolean"},
        "on": {
            **_one_or_more({"enum": list(TRIGGERS)}),
            "description": "What asks this rule; a mention that arrives or is edited when left out.",
        },
        "repeat": {
            "enum": list(REPEATS),
            "description": "How often it may fire on one case: always when left out, once, or again only after its state has changed.",
        },
        "when": {"$ref": "#/$defs/condition"},
        "do": {"$ref": "#/$defs/actions"},
        "stop": {"type": "boolean", "description": "When it fires, no rule after it is asked."},
    }
    return {"type": "object", "additionalProperties": False, "required": ["id"], "properties": {key: parts[key] for key in RULE_KEYS}}


def _condition() -> Schema:
    inner: Schema = {"$ref": "#/$defs/condition"}
    group = {"anyOf": [inner, _list_of(inner, 1)]}
    fields = {name: {"$ref": f"#/$defs/field_{name}"} for name in FIELDS}
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {"all": group, "any": group, "not": inner, **fields},
        "patternProperties": {f"^{CUSTOM_PREFIX.replace('.', '[.]')}.+$": {"$ref": "#/$defs/field_custom"}},
    }


def _field(field: Field) -> Schema:
    operators = {one.name: _operand(field, one) for one in operators_for(field)}
    value = _value(field)
    tests = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": operators}
    choices: list[Schema] = [value, tests, {"type": "null"}]
    if field.type != "flag":
        choices.append({"type": "array", "items": value, "minItems": 1})
    return {"description": field.words[:1].upper() + field.words[1:], "anyOf": choices}


def _value(field: Field) -> Schema:
    if field.type == "flag":
        return {"type": "boolean"}
    if field.type == "number":
        bounds = {"minimum": field.low, "maximum": field.high}
        return {"type": "number", **{key: bound for key, bound in bounds.items() if bound is not None}}
    return {"enum": list(field.values)} if field.values else _TEXT


def _operand(field: Field, operator: Operator) -> Schema:
    value = _value(field)
    number = value if field.type == "number" else {"type": "number"}
    match operator.takes:
        case "yes":
            return {"type": "boolean"}
        case "many" | "words":
            return _one_or_more(value)
        case "pair":
            return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        case "number":
            return number
        case "pattern":
            return {"type": "string", "minLength": 1}
        case "lists":
            return _one_or_more({"type": "string", "pattern": f"^{SLUG.pattern}$"})
        case "step":
            return {"type": "number", "exclusiveMinimum": 0}
        case _:
            return value


def _actions(queues: tuple[str, ...], policies: tuple[str, ...]) -> Schema:
    person: Schema = {"type": "string", "pattern": f"^({PERSON.pattern})$"}
    desk: Schema = {"enum": list(DESKS)}
    tier: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_TIER}
    matter: Schema = {"type": "object", "additionalProperties": False, "required": ["to"], "properties": {"to": desk, "tier": tier}}
    minutes: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_SNOOZE_MINUTES}
    slug: Schema = {"type": "string", "pattern": f"^{SLUG.pattern}$"}
    about_timer = dict(zip(TIMER_KEYS, (slug, minutes, {"type": "boolean"}, {"type": "boolean"}), strict=True))
    timer: Schema = {"type": "object", "additionalProperties": False, "required": ["name", "minutes"], "properties": about_timer}
    parts: Schema = {
        "queue": {"enum": list(queues)} if queues else _NAME,
        "assign": {"anyOf": [{"enum": [LEAST_LOADED, LAST_AGENT]}, {"type": "string", "pattern": f"^{SKILL.pattern}$"}, person]},
        "tags": _one_or_more(_TEXT),
        "floor": {"type": "integer", "minimum": 0, "maximum": 100, "description": "The least score the case may have."},
        "checklist": {"enum": list(policies)} if policies else _NAME,
        "hold": {**_SAID, "description": "Nothing goes out until it is lifted; give the reason."},
        "escalate": _one_or_more({"anyOf": [desk, matter]}),
        "notify": _one_or_more({"anyOf": [{"enum": list(AUDIENCES)}, person]}),
        "no_response_needed": _SAID,
        "snooze_minutes": minutes,
        "approval": {"enum": list(APPROVERS)},
        "untag": _one_or_more(_TEXT),
        "term": {
            "type": "integer", "minimum": -MAX_TERM_POINTS, "maximum": MAX_TERM_POINTS, "description": "Points added to the score.",
        },
        "close": {"enum": list(DISPOSITIONS), "description": "Closes the case, with this as the reason why it is done."},
        "community_minutes": {**minutes, "description": "Leaves it to the community for so long; then the case wakes."},
        "note": {"type": "string", "minLength": 1, "maxLength": MAX_SENTENCE_CHARACTERS},
        "start_timers": _one_or_more(timer) | {"description": f"At most {MAX_TIMERS}; timer.due asks the rules when one is due."},
        "stop_timers": _one_or_more(slug),
        "webhooks": {**_one_or_more(slug), "description": "Endpoints of webhooks.yaml that are told."},
        "reply_with": {**_NAME, "description": "An approved macro, sent where policy lets it go without a person."},
    }  # fmt: skip
    return {"type": "object", "additionalProperties": False, "properties": {key: parts[key] for key in ACTION_KEYS}}


def _example() -> Schema:
    facts: Schema = {name: {} for name in (*FIELDS, "custom", "previous")}
    parts: Schema = {
        "name": _NAME,
        "facts": {"type": "object", "additionalProperties": False, "properties": facts},
        "expect": {"type": "object", "additionalProperties": False, "properties": {key: {} for key in EXPECT_KEYS}},
    }
    required = ["name", "expect"]
    return {"type": "object", "additionalProperties": False, "required": required, "properties": {key: parts[key] for key in EXAMPLE_KEYS}}
