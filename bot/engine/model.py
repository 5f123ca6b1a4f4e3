"""The written form of a flow: every key that it may have, and what each takes. The JSON Schema for editors comes from here.

One record for each kind of step; keys of the wrong kind are unknown there. `needs` names the keys that must be given: they are
optional for pydantic, so that a step that lacks one still shows its other mistakes.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from bot.engine.loading import fields as f


class Form(BaseModel):
    """A mapping of the written form. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    needs: ClassVar[tuple[str, ...]] = ()


class Retries(Form):
    """How many failed tries after the first are borne, and the way out then."""

    times: f.Times | None = None
    then: f.WayOut | None = None


class Quasi(Form):
    """How an answer is coarsened when it is published."""

    band: f.Band | None = None
    coarsen: f.Scalar | None = None


class Media(Form):
    """Files of the flow's folder that are shown before the text."""

    image: f.FileName | None = None
    audio: f.FileName | None = None
    video: f.FileName | None = None


class Start(Form):
    """How a resident begins the flow."""

    words: f.WordList | None = None
    links: f.Links | None = None


class Choice(Form):
    """One choice of a question; every further key is a column for `choice_filter`."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)
    needs: ClassVar[tuple[str, ...]] = ("label",)
    label: f.Text | None = None
    words: f.Words | None = None


class Step(Form):
    """What every step has."""

    needs: ClassVar[tuple[str, ...]] = ("name",)
    type: f.Scalar | None = None
    name: f.Name | None = None
    relevant: f.Scalar | None = None
    accepted: f.Reasons | None = Field(None, alias="x-check")
    extra: f.Mapped | None = Field(None, alias="x-xlsform")


class Unknown(Step):
    """A step of no known type: what every step has is still looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)
    needs: ClassVar[tuple[str, ...]] = ()
    survey: f.Steps = None


class Marked(Step):
    """A step that has a value."""

    label: f.Text | None = None
    personal: f.Truth | None = None
    sensitive: f.Truth | None = None
    quasi: Quasi | None = None


class Note(Step):
    """A message from us."""

    needs: ClassVar[tuple[str, ...]] = ("label",)
    label: f.Text | None = None
    hint: f.Text | None = None
    media: Media | None = None


class Question(Marked):
    """A step that waits for an answer."""

    needs: ClassVar[tuple[str, ...]] = ("name", "label")
    hint: f.Text | None = None
    media: Media | None = None
    required: f.Needed | None = None
    required_message: f.Text | None = None
    constraint: f.Scalar | None = None
    constraint_message: f.Text | None = None
    not_understood: f.Text | None = None
    default: f.Scalar | None = None
    read_only: f.Truth | None = None
    retries: Retries | None = None
    accept: f.Accepted | None = None


class Free(Question):
    """A text; what is sent within `join` after it is a part of it."""

    join: f.Pause | None = None


class Listed(Question):
    """A question with choices."""

    needs: ClassVar[tuple[str, ...]] = ("name", "label", "choices")
    choices: f.Choices | None = None
    choice_filter: f.Scalar | None = None
    order: f.Order | None = None


class Select(Listed):
    """One or several of the choices."""

    other: f.Truth | None = None


class Rank(Listed):
    """The choices in an order; all of them unless `top`."""

    top: f.Top | None = None


class Range(Question):
    """A number between two others."""

    needs: ClassVar[tuple[str, ...]] = ("name", "label", "start", "end", "step")
    start: f.Number | None = None
    end: f.Number | None = None
    step: f.Number | None = None


class Calculate(Marked):
    """A value that is computed."""

    needs: ClassVar[tuple[str, ...]] = ("name", "calculation")
    calculation: f.Scalar | None = None


class Group(Step):
    """Steps that belong together; with a count or a condition they repeat."""

    needs: ClassVar[tuple[str, ...]] = ("name", "survey")
    label: f.Text | None = None
    repeat_count: f.Scalar | None = None
    repeat_while: f.Scalar | None = None
    survey: f.Steps = None


class Call(Step):
    """Another flow as a part of this one."""

    needs: ClassVar[tuple[str, ...]] = ("name", "flow")
    flow: f.Scalar | None = None


class Do(Step):
    """An effect of the product."""

    needs: ClassVar[tuple[str, ...]] = ("name", "effect")
    effect: f.Scalar | None = None
    given: f.Mapped | None = Field(None, alias="with")


class Flow(Form):
    """The whole file."""

    needs: ClassVar[tuple[str, ...]] = ("flow", "title", "survey")
    flow: f.FlowName | None = None
    kind: f.Kind | None = None
    title: f.Text | None = None
    languages: f.WordList | None = None
    start: Start | None = None
    opens: f.Begins | None = None
    closes: f.Ends | None = None
    consent: f.Scalar | None = None
    reminders: f.Durations | None = None
    quiet: f.Quiet | None = None
    expires: f.Seconds | None = None
    edit: f.Edit | None = None
    review: f.Truth | None = None
    anonymous: f.Truth | None = None
    choices: f.Lists = None
    survey: f.Steps = None
    accepted: f.Reasons | None = Field(None, alias="x-check")
    extra: f.Mapped | None = Field(None, alias="x-xlsform")


class Consent(Form):
    """One text of consents.yaml."""

    needs: ClassVar[tuple[str, ...]] = ("text", "version", "purpose", "days")
    text: f.Text | None = None
    version: f.Scalar | None = None
    purpose: f.Scalar | None = None
    days: f.Days | None = None


STEPS: dict[str, type[Step]] = {
    "note": Note,
    "text": Free,
    "integer": Question,
    "decimal": Question,
    "select_one": Select,
    "select_multiple": Select,
    "rank": Rank,
    "range": Range,
    "date": Question,
    "time": Question,
    "datetime": Question,
    "geopoint": Question,
    "image": Question,
    "audio": Question,
    "video": Question,
    "file": Question,
    "phone": Question,
    "email": Question,
    "acknowledge": Question,
    "calculate": Calculate,
    "group": Group,
    "call": Call,
    "do": Do,
}
"""What each `type` may have."""

SPELLINGS = {"dateTime": "datetime"}
"""Types that XLSForm spells otherwise."""

COUSINS = {
    "trigger": "acknowledge", "photo": "image", "string": "text", "int": "integer", "number": "integer", "float": "decimal",
    "select_many": "select_multiple", "select": "select_one", "select one": "select_one", "checkbox": "select_multiple",
    "location": "geopoint", "gps": "geopoint", "tel": "phone", "message": "note", "begin_group": "group", "begin_repeat": "group",
    "repeat": "group", "consent": "acknowledge", "rating": "range", "phonenumber": "phone", "hidden": "calculate",
    "numero": "integer", "texto": "text", "nota": "note", "fecha": "date",
}  # fmt: skip
"""Types that others call so, for the remedy."""
