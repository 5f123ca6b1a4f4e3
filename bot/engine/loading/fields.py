"""The kinds of value in the written form, as pydantic reads them and as the JSON Schema tells an editor.

A schema is looser than the reader: an editor reads YAML with types (`yes`, `3`), the loader reads texts.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from bot.engine.loading import written as w

KINDS = ("survey", "consultation", "vote", "request", "course", "event")
"""What a flow may be."""

STEPS: dict[str, Any] = {"type": "array", "items": {"x-definition": "step"}, "minItems": 1}
"""The schema of a `survey`."""

_TEXT: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}
_ONE_OR_MORE: list[dict[str, Any]] = [_TEXT, {"type": "array", "items": _TEXT}]
_DURATION: dict[str, Any] = {"type": "string", "pattern": r"^\d+\s*[smhd]$"}
_MOMENT: dict[str, Any] = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:00)?)?$"}
_CHOICE: dict[str, Any] = {"anyOf": [_TEXT, {"x-definition": "choice"}, _TEXTS]}
CHOICES: dict[str, Any] = {"type": "object", "minProperties": 1, "additionalProperties": _CHOICE}
"""The schema of choices that are written out."""


def _as(schema: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema(schema)


Scalar = Annotated[str, PlainValidator(w.scalar), _as(_TEXT)]
Name = Annotated[str, PlainValidator(w.scalar), _as({"type": "string", "pattern": f"^{w.IDENTIFIER.pattern}$"})]
FlowName = Annotated[
    str,
    PlainValidator(w.matching(w.FLOW_NAME, "flow_name")),
    _as({"type": "string", "pattern": f"^{w.FLOW_NAME.pattern}$"}),
]
Kind = Annotated[str, PlainValidator(w.one_of(*KINDS)), _as({"enum": list(KINDS)})]
Truth = Annotated[bool, PlainValidator(w.truth), _as({"enum": [True, False, "yes", "no", "si", "sí"]})]
Needed = Annotated[bool | str, PlainValidator(w.truth_or_expression), _as({"type": ["boolean", "string"]})]
Number = Annotated[int | float, PlainValidator(w.number), _as({"type": ["number", "string"]})]
Band = Annotated[int | float, PlainValidator(w.positive), _as({"type": ["number", "string"]})]
Times = Annotated[int, PlainValidator(w.whole(0, 20)), _as({"type": ["integer", "string"]})]
Top = Annotated[int, PlainValidator(w.whole(1, 1_000)), _as({"type": ["integer", "string"]})]
Days = Annotated[int, PlainValidator(w.whole(0, 36_500)), _as({"type": ["integer", "string"]})]
WayOut = Annotated[str, PlainValidator(w.one_of("skip", "end", "staff")), _as({"enum": ["skip", "end", "staff"]})]
Order = Annotated[str, PlainValidator(w.one_of("random", "written")), _as({"enum": ["random", "written"]})]
Edit = Annotated[str, PlainValidator(w.one_of("no", "until_close")), _as({"enum": ["no", "until_close", False]})]
Accepted = Annotated[list[str], PlainValidator(w.accepted), _as({"type": "array", "items": {"enum": list(w.ACCEPTED)}})]
Seconds = Annotated[int, PlainValidator(w.seconds), _as(_DURATION)]
Pause = Annotated[int, PlainValidator(w.pause), _as({"anyOf": [_DURATION, {"type": "integer", "minimum": 0}]})]
Durations = Annotated[list[int], PlainValidator(w.several_seconds), _as({"type": "array", "items": _DURATION})]
Begins = Annotated[str, PlainValidator(w.begins), _as(_MOMENT)]
Ends = Annotated[str, PlainValidator(w.ends), _as(_MOMENT)]
Quiet = Annotated[str, PlainValidator(w.quiet), _as({"anyOf": [{"type": "string"}, {"const": False}]})]
Text = Annotated[str | dict[str, str], PlainValidator(w.text), _as({"anyOf": [_TEXT, _TEXTS]})]
Words = Annotated[
    list[str] | dict[str, list[str]],
    PlainValidator(w.words),
    _as({"anyOf": [*_ONE_OR_MORE, {"type": "object", "additionalProperties": {"anyOf": _ONE_OR_MORE}}]}),
]
WordList = Annotated[list[str], PlainValidator(w.word_list), _as({"anyOf": _ONE_OR_MORE})]
Mapped = Annotated[dict[str, Any], PlainValidator(w.mapping), _as({"type": "object"})]
Links = Annotated[
    dict[str, dict[str, str]],
    PlainValidator(w.links),
    _as({"type": "object", "additionalProperties": {"type": ["object", "null"], "additionalProperties": _TEXT}}),
]
Reasons = Annotated[
    dict[str, str],
    PlainValidator(w.reasons),
    _as({"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}),
]
FileName = Annotated[str, PlainValidator(w.file_name), _as({"type": "string"})]
Choices = Annotated[str | dict[str, Any], PlainValidator(w.choices), _as({"anyOf": [{"type": "string"}, CHOICES]})]
Lists = Annotated[Any, _as({"type": "object", "additionalProperties": CHOICES})]
Steps = Annotated[Any, _as(STEPS)]
