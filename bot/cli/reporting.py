"""The reports about requests as a terminal, a spreadsheet and a program read them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from bot.cli.terminal import Terminal
from bot.reports.csv_table import CsvTable
from bot.requests.annual import Counts, Fact, counts
from bot.requests.open_data import FIELDS, of_month, row
from bot.settings import Settings

Line = tuple[str, str, int | float | None]
"""Section, item, value: the key of each text is `report.<section>` and what stands in the item."""

_BY_HAND = ("reserved_index", "sanctions", "outreach")
"""What the annual report asks for and nobody enters here: it is named, so that nobody takes silence for a nought."""


def year(
    facts: Sequence[Fact],
    which: int,
    tests: int,
    settings: Settings,
    terminal: Terminal,
    *,
    form: str,
    out: Path | None,
) -> None:
    """Tells the annual counts, or writes them into the file `out`. Raises OSError."""
    counted = counts(facts, tests=tests)
    match form:
        case "json":
            text = json.dumps(_data(counted, which, settings), ensure_ascii=False, indent=2)
        case "csv":
            text = _table(counted, which, terminal)
        case _:
            text = "\n".join(_text(counted, which, settings, terminal))
    if out is None:
        terminal.tell(text.rstrip("\n"))
        return
    out.write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="")
    terminal.tell(terminal.say("report.year_written", file=out))


def month(facts: Sequence[Fact], which: date, settings: Settings, terminal: Terminal, *, out: Path, now: datetime) -> None:
    """Writes a month's data, dictionary and metadata into the folder `out`. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    rows = of_month(facts, which.month)
    name = f"solicitudes-{which:%Y-%m}"
    data = _csv(list(FIELDS), [row(one) for one in rows])
    _write(out / f"{name}.csv", data)
    meaning = [[field, kind, *(_meant(field, code) for code in ("es", "en"))] for field, kind in FIELDS.items()]
    _write(out / f"{name}-diccionario.csv", _csv(["campo", "tipo", "descripcion_es", "descripcion_en"], meaning))
    about = {
        "institucion": settings.municipality,
        "titulo": f"Solicitudes de acceso a la información pública, {which:%m/%Y}",
        "descripcion": "Solicitudes recibidas en el mes, con su estado al momento de generar el archivo; sin datos personales",
        "base_legal": "LOTAIP, arts. 19 y 34",
        "periodo": f"{which:%Y-%m}",
        "fecha_generacion": now.isoformat(timespec="seconds"),
        "frecuencia": "mensual",
        "filas": str(len(rows)),
        "formato": "CSV (RFC 4180), UTF-8, separado por comas",
        "archivo": f"{name}.csv",
        "diccionario": f"{name}-diccionario.csv",
        "sha256": hashlib.sha256(data.encode()).hexdigest(),
        "contacto": settings.contact,
    }
    _write(out / f"{name}-metadatos.csv", _csv(["propiedad", "valor"], [list(pair) for pair in about.items()]))
    terminal.tell(terminal.say("report.month", count=len(rows), folder=out, name=name))


def _meant(field: str, code: str) -> str:
    from bot.cli.terminal import LOCALES
    from bot.translations import load_languages

    return load_languages(LOCALES, only={code})[code].say(f"report.field.{field}")


def _text(counted: Counts, which: int, settings: Settings, terminal: Terminal) -> Iterator[str]:
    yield terminal.say("report.heading", year=which, municipality=settings.municipality or "—")
    section = ""
    lines = list(_lines(counted, terminal))
    width = max(len(item) for _, item, _ in lines)
    for under, item, value in lines:
        if under != section:
            section = under
            yield ""
            yield terminal.say(f"report.{section}")
        yield f"  {item:<{width}} {_number(value):>7}"
    yield ""
    yield terminal.say("report.by_hand")
    for name in _BY_HAND:
        yield f"  {terminal.say(f'report.by_hand.{name}')}"
    if counted.tests:
        yield ""
        yield terminal.say("report.tests", count=counted.tests)


def _lines(counted: Counts, terminal: Terminal) -> Iterator[Line]:
    yield "received", terminal.say("report.total"), counted.received
    for name, count in zip(terminal.say("report.months").split(), counted.months, strict=True):
        yield "received", name, count
    yield "ways", terminal.say("report.portal"), 0
    yield "ways", terminal.say("report.not_portal"), counted.received
    for source, count in counted.sources.items():
        yield "ways", f"  {terminal.say(f'desk.source.{source}')}", count
    yield "answers", terminal.say("report.answered"), counted.answered
    yield "answers", terminal.say("report.in_term"), counted.in_term
    yield "answers", terminal.say("report.late"), counted.late
    yield "answers", terminal.say("report.unanswered_in_term"), counted.unanswered_in_term
    yield "answers", terminal.say("report.unanswered_late"), counted.unanswered_late
    yield "answers", terminal.say("report.withdrawn"), counted.withdrawn
    yield "answers", terminal.say("report.duplicate"), counted.duplicate
    yield "answers", terminal.say("report.extended"), counted.extended
    yield "answers", terminal.say("report.median"), counted.median_days
    for outcome, count in counted.outcomes.items():
        yield "outcomes", terminal.say(f"desk.outcome.{outcome}"), count
    for reason, count in counted.reasons.items():
        yield "reasons", reason, count
    yield "quality", terminal.say("report.quality.answer"), counted.quality
    yield "quality", terminal.say("report.quality.silence"), counted.silence
    yield "quality", terminal.say("report.quality.escalated"), counted.escalated
    for state, count in counted.states.items():
        yield "states", state, count


def _table(counted: Counts, which: int, terminal: Terminal) -> str:
    rows = [[which, terminal.say(f"report.{section}"), item.strip(), value] for section, item, value in _lines(counted, terminal)]
    rows += [[which, terminal.say("report.by_hand"), terminal.say(f"report.by_hand.{name}"), None] for name in _BY_HAND]
    return _csv([terminal.say(f"report.column.{name}") for name in ("year", "section", "item", "value")], rows)


def _data(counted: Counts, which: int, settings: Settings) -> dict[str, object]:
    return {
        "year": which,
        "municipality": settings.municipality,
        "received": {"total": counted.received, "months": list(counted.months)},
        "through_portal": 0,
        "not_through_portal": {"total": counted.received, "by_source": dict(counted.sources)},
        "answered": counted.answered,
        "answered_in_term": counted.in_term,
        "answered_late": counted.late,
        "unanswered_in_term": counted.unanswered_in_term,
        "unanswered_late": counted.unanswered_late,
        "withdrawn": counted.withdrawn,
        "duplicate": counted.duplicate,
        "extended": counted.extended,
        "median_days": counted.median_days,
        "outcomes": dict(counted.outcomes),
        "refusal_reasons": dict(counted.reasons),
        "insistences_on_answers": counted.quality,
        "insistences_on_silence": counted.silence,
        "escalated": counted.escalated,
        "portal_states": dict(counted.states),
        "tests_left_out": counted.tests,
        "not_recorded": list(_BY_HAND),
    }


def _csv(head: Sequence[str], rows: Sequence[Sequence[str | int | float | None]]) -> str:
    out = io.StringIO(newline="")
    table = CsvTable(out, head)
    for one in rows:
        table.write(one)
    return out.getvalue()


def _write(file: Path, text: str) -> None:
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(file)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:g}"
