"""What can be chosen of an export, read from the form and told in words."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from multidict import MultiMapping
from sqlalchemy import Connection

from bot.engine.build import build
from bot.reports.export import TABLES
from bot.reports.filters import CHANNELS
from bot.reports.layout import Layout, lay_out
from bot.reports.order import FORMS, LABELLED, MEANT, MULTI, SPLIT, TABLED, Form, Order, read_order
from bot.reports.plain import left_out_line
from bot.reports.rows import LeftOut
from bot.web.desk.visit import Visit
from storage.export_jobs import Job

CHOICES: tuple[str, ...] = ("xlsx", "csv", "csv_excel", "jsonl", "sav", "dta", "parquet", "geojson", "media", "package")
"""The forms in the order they are shown; CSV as Excel opens it is one of its own here."""

MODULES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "sav": ("stats", ("pyreadstat", "polars")),
    "dta": ("stats", ("pyreadstat", "polars")),
    "parquet": ("analytics", ("polars",)),
}
"""Which extra a form needs, and by which modules it is told that it is there."""

MANY = 40
"""A question of more choices is not offered as a filter of its own: it is typed."""

ANSWER = "answer."
"""What the name of a field begins with that narrows by a question's choice."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """A question whose choices the form offers: its step, what it is called, and (code, label) of each."""

    step: str
    label: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """What the form offers for one flow. `texts` are the questions whose free text a package may hold, with their labels."""

    languages: tuple[str, ...]
    questions: tuple[Choosing, ...]
    steps: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    channels: tuple[str, ...] = CHANNELS
    tables: tuple[str, ...] = TABLES
    multi: tuple[str, ...] = MULTI
    forms: tuple[tuple[str, str], ...] = ()


def fields(connection: Connection, flow: str, language: str) -> Fields:
    """Returns what the form offers, in that language as far as the flow speaks it."""
    from storage import results  # loads much, which no server's start needs

    layout = lay_out({version: build(text) for version, text in results.versions(connection, flow).items()}, ())
    open_ = [one for one in layout.questions if not one.withheld]
    return Fields(
        layout.languages,
        tuple(
            Choosing(one.step, _label(layout, one.step, language), _choices(one.steps.values(), language))
            for one in open_
            if one.type == "select_one" and one.codes and len(one.codes) <= MANY
        ),
        tuple(dict.fromkeys(one.step for one in open_)),
        tuple((one.step, _label(layout, one.step, language)) for one in open_ if one.type == "text" and not one.other),
        forms=tuple((name, missing(name)) for name in CHOICES),
    )


def _label(layout: Layout, step: str, language: str) -> str:
    question = next(one for one in layout.questions if one.step == step)
    labels = next((one.label for one in reversed(tuple(question.steps.values())) if one.label), {})
    template = labels.get(language) or next(iter(labels.values()), None)
    return step if template is None else " ".join(template.source.split())


def _choices(steps: Any, language: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for step in steps:
        for choice in step.choices:
            template = choice.label.get(language) or next(iter(choice.label.values()), None)
            found[choice.name] = choice.name if template is None else " ".join(template.source.split())
    return tuple(found.items())


def missing(form: str) -> str:
    """Returns the extra that this form needs and that is not installed; "" where nothing is missing."""
    extra, modules = MODULES.get(form, ("", ()))
    return extra if any(importlib.util.find_spec(module) is None for module in modules) else ""


def read(form: MultiMapping[Any]) -> Order:
    """Returns the order of a form that was sent; what it does not hold is as it is without being asked for."""

    def text(name: str) -> str:
        return str(form.get(name, "")).strip()

    def several(name: str) -> list[str]:
        return [str(value) for value in form.getall(name, [])]

    chosen = text("form")
    where = [f"{name.removeprefix(ANSWER)}={value}" for name, value in form.items() if name.startswith(ANSWER) and value]
    where += [line.strip() for line in text("where").splitlines() if line.strip()]
    k = text("k")
    name = cast("Form", "csv" if chosen == "csv_excel" else chosen)
    return read_order(
        {
            "form": name if name in FORMS else "xlsx",
            "excel": chosen == "csv_excel",
            "with_partial": text("with_partial") == "yes",
            "with_test": text("with_test") == "yes",
            "where": where,
            "since": text("since"),
            "until": text("until"),
            "channel": several("channel"),
            "lang": several("lang"),
            "multi": text("multi") if name in SPLIT else "",
            "labels": text("labels") if name in MEANT["labels"] else "",
            "tables": ",".join(several("tables")) or ",".join(TABLES),
            "k": int(k) if k.isascii() and k.isdecimal() and len(k) < 6 else 5,
            "by": text("by"),
            "release": several("release"),
            # where no margins are kept there is nothing to leave out, and a saved profile leaves nothing out later
            "weights": text("weights") == "yes" or text("weights_offered") != "yes",
        }
    )


def chosen(order: Order, offered: Fields) -> Mapping[str, Any]:
    """Returns what the form shows as chosen: the form by its name here, filters by their fields, the rest as lines."""
    answers: dict[str, str] = {}
    lines: list[str] = []
    known = {one.step: {code for code, _ in one.choices} for one in offered.questions}
    for typed in order.where:
        step, _, value = typed.partition("=")
        if value in known.get(step, ()) and step not in answers:
            answers[step] = value
        else:
            lines.append(typed)
    return {
        "form": "csv_excel" if order.excel else order.form,
        "answers": answers,
        "where": "\n".join(lines),
        "tables": [name.strip() for name in order.tables.split(",")],
        "filtered": bool(order.where or order.since or order.until or order.channel or order.lang),
    }


def told(visit: Visit, job: Job) -> str:
    """Returns what was asked for, in words."""
    if job.kind == "identity":
        return visit.say("exports.identity")
    order, say = read_order(job.wanted), visit.say
    parts = [say(f"exports.form.{'csv_excel' if order.excel else order.form}")]
    if order.form in TABLED and order.tables != Order().tables:
        parts.append(
            ", ".join(say(f"exports.table.{name.strip()}") for name in order.tables.split(",") if name.strip() in TABLES)
        )
    if order.form in SPLIT:
        parts.append(say(f"exports.multi.{order.multi}"))
    if order.form in MEANT["labels"] and order.labels:
        parts.append(say("exports.labels_in", language=order.labels))
    elif order.form in LABELLED:
        parts.append(say("exports.codes"))
    parts += order.where
    if order.since or order.until:
        parts.append(say("exports.span", since=order.since or "…", until=order.until or "…"))
    parts += [*order.channel, *order.lang]
    parts += [say("exports.with_partial")] * order.with_partial + [say("exports.with_test")] * order.with_test
    return " · ".join(parts)


def tables(visit: Visit, job: Job) -> list[tuple[str, str, str]]:
    """Returns name, rows in words, and sha256 of each file in what was made."""
    return [
        (
            str(one["name"]),
            " · ".join(visit.say(f"export.rows.{table}", count=count) for table, count in one["rows"].items()),
            str(one["sha256"]),
        )
        for one in job.told.get("files", ())
    ]


def left(visit: Visit, job: Job) -> str:
    """Returns the line that says how many conversations are in it, how many are not, and why."""
    if "taken" not in job.told:
        return ""
    return left_out_line(LeftOut(job.told["taken"], job.told["test"], job.told["by_status"]), visit.language, typed=False)


def notes(visit: Visit, job: Job) -> list[str]:
    """Returns what whoever opens the file should know."""
    form, told_, say = job.wanted.get("form"), job.told, visit.say
    found = []
    if cut := told_.get("cut"):
        key = "media_lost" if form == "media" else "labels_cut" if form in ("sav", "dta") else "cut"
        found.append(say(f"export.{key}", count=cut))
    if weights := told_.get("weights"):
        found.append(say("export.weighted", source=weights["source"], date=weights["date"]))
    if why := told_.get("unweighted"):
        found.append(say("weights.not_used", why=say(why["key"], **why["places"])))
    if "people" in told_:
        found.append(say("export.package_one"))
        found.append(say("export.package_done", people=told_["people"], all=told_["taken"]))
        if not told_["rows"]:
            found.append(say("export.package_counts_only"))
        if told_["held"]:
            found.append(say("export.package_held", questions=", ".join(told_["held"])))
    return found


def size(visit: Visit, of: int) -> str:
    """Returns how large a file is, with the reader's decimal sign."""
    for unit, bytes_ in (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)):
        if of >= bytes_:
            return f"{of / bytes_:.1f} {unit}".replace(".", visit.say("results.decimal"))
    return f"{of} B"
