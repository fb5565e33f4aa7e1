"""When an event may be published under the type it had: named checks, each with a sentence for whoever broke it.

Old records lie on the topics for ever and old consumers run beside new producers, so both directions count: what was published must be
readable today, and what is published today must be readable by whoever was written before. Only a field that may be left out can be added.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]

WORDS = {"title", "description", "examples"}
BOUNDS = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), 1),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), -1),
}
# What the checks below look at; whatever else a field says is held by the last of them.
NAMED = {"type", "anyOf", "enum", "const", "format", "pattern", "default", "items", "properties", "required", "x-key", "x-topic", *BOUNDS}


@dataclass(frozen=True)
class Pair:
    """One place of an event, as it was published and as it would be now."""

    place: str
    old: Schema
    new: Schema

    def differs(self, word: str) -> bool:
        return bool(self.old.get(word) != self.new.get(word))


def pairs(old: Schema, new: Schema) -> Iterator[Pair]:
    """Every place that both have: the event itself, its fields, what lists hold, what may stand in for each other."""
    yield from _below("", old, new, (old.get("$defs", {}), new.get("$defs", {})))


def _below(place: str, old: Schema, new: Schema, named: tuple[Schema, Schema]) -> Iterator[Pair]:
    old, new = _resolved(old, named[0]), _resolved(new, named[1])
    yield Pair(place, old, new)
    for field in _fields(old).keys() & _fields(new).keys():
        yield from _below(f"{place}.{field}".lstrip("."), _fields(old)[field], _fields(new)[field], named)
    if "items" in old and "items" in new:
        yield from _below(f"{place}[]", old["items"], new["items"], named)
    mine, theirs = _variants(old, named[0]), _variants(new, named[1])
    for kind in mine.keys() & theirs.keys():
        yield from _below(place, mine[kind], theirs[kind], named)


def _resolved(schema: Schema, named: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    return {**named[schema["$ref"].rpartition("/")[2]], **{name: value for name, value in schema.items() if name != "$ref"}}


def _fields(schema: Schema) -> dict[str, Schema]:
    return dict(schema.get("properties", {}))


def _variants(schema: Schema, named: Schema) -> dict[str, Schema]:
    found = [_resolved(variant, named) for variant in schema.get("anyOf", ())]
    return {str(variant.get("type")): variant for variant in found}


# ---------------------------------------------------------------- the checks


def no_topic_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("x-topic"):
        yield "it is told on another topic; who reads the old one would hear nothing more"


def no_key_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("x-key"):
        yield "its key is another field; facts of one aggregate would lose their order"


def no_field_is_removed(pair: Pair) -> Iterator[str]:
    for field in sorted(_fields(pair.old).keys() - _fields(pair.new).keys()):
        yield f"field {field} is gone; consumers that read it would park every event"


def no_new_field_is_required(pair: Pair) -> Iterator[str]:
    for field in sorted(_now_required(pair) - _fields(pair.old).keys()):
        yield f"new field {field} is required; events published before lack it"


def no_field_becomes_required(pair: Pair) -> Iterator[str]:
    for field in sorted(_now_required(pair) & _fields(pair.old).keys()):
        yield f"field {field} is required now; older events may lack it"


def no_field_becomes_optional(pair: Pair) -> Iterator[str]:
    for field in sorted((set(pair.old.get("required", ())) - set(pair.new.get("required", ()))) & _fields(pair.new).keys()):
        yield f"field {field} may be left out now; older consumers cannot do without it"


def _now_required(pair: Pair) -> set[str]:
    return set(pair.new.get("required", ())) - set(pair.old.get("required", ()))


def no_type_changes(pair: Pair) -> Iterator[str]:
    if not pair.place.endswith("[]") and pair.differs("type"):
        yield f"it was {_kind(pair.old)} and is {_kind(pair.new)}"


def no_list_holds_another_type(pair: Pair) -> Iterator[str]:
    if pair.place.endswith("[]") and pair.differs("type"):
        yield f"the list held {_kind(pair.old)} and holds {_kind(pair.new)}"


def _kind(schema: Schema) -> str:
    return str(schema.get("type") or ("one of several types" if "anyOf" in schema else "anything"))


def no_union_is_narrowed(pair: Pair) -> Iterator[str]:
    if gone := _choices(pair.old) - _choices(pair.new):
        yield f"it can no longer be {' or '.join(sorted(gone))}; older events may be"


def no_union_is_widened(pair: Pair) -> Iterator[str]:
    if more := _choices(pair.new) - _choices(pair.old):
        yield f"it can now be {' or '.join(sorted(more))} too; older consumers do not know that"


def _choices(schema: Schema) -> set[str]:
    return {str(variant.get("type", variant.get("$ref"))) for variant in schema.get("anyOf", ())}


def no_enum_is_narrowed(pair: Pair) -> Iterator[str]:
    if gone := _values(pair.old) - _values(pair.new):
        yield f"it can no longer be {', '.join(sorted(gone))}; older events are"


def no_enum_is_widened(pair: Pair) -> Iterator[str]:
    if "enum" in pair.old and (more := _values(pair.new) - _values(pair.old)):
        yield f"it can now be {', '.join(sorted(more))}; older consumers do not know these"


def _values(schema: Schema) -> set[str]:
    return {str(value) for value in schema.get("enum", ())}


def no_constant_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("const"):
        yield f"it always was {pair.old.get('const', 'anything')} and now is {pair.new.get('const', 'anything')}"


def no_format_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("format"):
        yield f"its format was {pair.old.get('format', 'free')} and is {pair.new.get('format', 'free')}"


def no_pattern_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("pattern"):
        yield "its pattern is another; values that one side writes would be refused by the other"


def no_default_changes(pair: Pair) -> Iterator[str]:
    if pair.differs("default") or ("default" in pair.old) != ("default" in pair.new):
        yield "what is meant when it is left out has changed; older events would mean something else"


def no_bound_is_tightened(pair: Pair) -> Iterator[str]:
    for word, tighter in BOUNDS.items():
        if word in pair.new and (word not in pair.old or (pair.new[word] - pair.old[word]) * tighter > 0):
            yield f"{word} is tighter than it was; older events may lie beyond it"


def no_bound_is_loosened(pair: Pair) -> Iterator[str]:
    for word, tighter in BOUNDS.items():
        if word in pair.old and (word not in pair.new or (pair.new[word] - pair.old[word]) * tighter < 0):
            yield f"{word} is looser than it was; older consumers would refuse what lies beyond it"


def nothing_else_changes(pair: Pair) -> Iterator[str]:
    ignored = NAMED | WORDS | {"$defs", "$ref"}
    for word in sorted((pair.old.keys() | pair.new.keys()) - ignored):
        if pair.differs(word):
            yield f"{word} has changed"


CHECKS: tuple[Callable[[Pair], Iterator[str]], ...] = (
    no_topic_changes,
    no_key_changes,
    no_field_is_removed,
    no_new_field_is_required,
    no_field_becomes_required,
    no_field_becomes_optional,
    no_type_changes,
    no_list_holds_another_type,
    no_union_is_narrowed,
    no_union_is_widened,
    no_enum_is_narrowed,
    no_enum_is_widened,
    no_constant_changes,
    no_format_changes,
    no_pattern_changes,
    no_default_changes,
    no_bound_is_tightened,
    no_bound_is_loosened,
    nothing_else_changes,
)


def breaches(event: str, old: Schema, new: Schema) -> list[str]:
    """Everything that forbids to publish `new` under the type that `old` has: event, field, what is wrong, and the rule's name."""
    return [
        f"{event}{f', field {pair.place}' if pair.place else ''}: {what} ({check.__name__}). Publish a .v2 beside it."
        for pair in pairs(old, new)
        for check in CHECKS
        for what in check(pair)
    ]
