"""A survey in two versions with every kind of answer, and conversations in which all happens that an export must tell apart."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.engine.flow import Flow
from bot.engine.language import Language
from bot.engine.source import load
from bot.reports.layout import Layout, lay_out
from bot.reports.rows import AnswerRow, Group, ResultRow, Seen, Status
from bot.translations import load_languages
from bot.vocabulary import Empty, Instance, Value

ECUADOR = ZoneInfo("America/Guayaquil")
NOW = datetime(2026, 11, 30, 18, 0, tzinfo=ECUADOR)
BEGAN = round(datetime(2026, 11, 20, 10, 0, tzinfo=ECUADOR).timestamp() * 1_000)

FIRST = """
flow: barrio
kind: survey
title: {es: Mi barrio, en: My neighbourhood}
languages: [es, en]
survey:
  - type: select_one
    name: canton
    label: {es: ¿En qué cantón vives?, en: Which canton?}
    choices: {puyo: {label: {es: Puyo, en: Puyo}}, ibarra: {label: {es: Ibarra, en: Ibarra}}}
    other: true
  - {type: text, name: edad, label: {es: ¿Tu edad?, en: Your age?}, required: false}
  - {type: text, name: antes, label: {es: Solo en la primera, en: Only in the first}, required: false}
  - type: text
    name: idea
    label: {es: "¿Qué cambiarías en ${canton}?", en: "What in ${canton}?"}
    accept: [text, audio]
    required: false
"""

SECOND = """
flow: barrio
kind: survey
title: {es: Mi barrio, en: My neighbourhood}
languages: [es, en]
survey:
  - type: select_one
    name: canton
    label: {es: ¿En qué cantón vives?, en: Which canton?}
    choices: {puyo: {label: {es: Puyo, en: Puyo}}, loja: {label: {es: Loja, en: Loja}}}
    other: true
  - {type: integer, name: edad, label: {es: ¿Tu edad?, en: Your age?}, required: false}
  - type: text
    name: idea
    label: {es: "¿Qué cambiarías en ${canton}?", en: "What in ${canton}?"}
    accept: [text, audio]
    required: false
  - type: group
    name: mas
    relevant: "${canton} != 'loja'"
    survey:
      - type: select_multiple
        name: temas
        label: {es: ¿Qué te importa?, en: What matters?}
        relevant: "${edad} != ''"
        required: false
        choices: {agua: {label: {es: Agua, en: Water}}, luz: {label: {es: Luz, en: Light}}}
        other: true
      - type: rank
        name: obras
        label: {es: Ordena, en: Order}
        required: false
        choices: {parque: {label: {es: Parque, en: Park}}, via: {label: {es: Vía, en: Road}}, luz: {label: {es: Luz, en: Light}}}
  - {type: range, name: nota, label: {es: ¿Qué nota le pones?, en: Mark?}, start: "0", end: "5", step: "1", required: false}
  - {type: date, name: desde, label: {es: ¿Desde cuándo?, en: Since when?}, required: false}
  - {type: geopoint, name: lugar, label: {es: ¿Dónde?, en: Where?}, required: false}
  - {type: image, name: foto, label: {es: Una foto, en: A picture}, accept: [text], required: false}
  - type: group
    name: hogar
    repeat_count: "2"
    survey:
      - {type: integer, name: anios, label: {es: ¿Cuántos años tiene?, en: How old?}, required: false}
  - {type: text, name: nombre, label: {es: ¿Cómo te llamas?, en: Your name?}, personal: true, required: false}
  - {type: text, name: zona, label: {es: ¿Barrio?, en: Which part?}, personal: true, quasi: {coarsen: canton}, required: false}
  - {type: phone, name: celular, label: {es: ¿Tu celular?, en: Your phone?}, required: false}
  - {type: calculate, name: saludo, calculation: "concat('Hola ', ${nombre})"}
  - {type: calculate, name: grupo, calculation: "if(${edad} < 30, 'joven', 'adulto')"}
  - {type: acknowledge, name: acepto, label: {es: ¿De acuerdo?, en: Agreed?}, required: false}
  - {type: note, label: {es: Gracias, en: Thanks}}
"""


@functools.cache
def languages() -> Mapping[str, Language]:
    """The product's own languages."""
    return load_languages(Path(__file__).parent.parent.parent / "locales")


@functools.cache
def flow(text: str) -> Flow:
    """A flow of this text, which must be without mistakes."""
    loaded = load(text, "barrio.yaml")
    assert loaded.flow is not None, loaded.problems
    return loaded.flow


def versions(*texts: str) -> dict[str, Flow]:
    """The versions of a flow, oldest first."""
    return {made.version: made for made in map(flow, texts or (FIRST, SECOND))}


def said(
    step: str,
    kind: str,
    value: Value = None,
    *,
    at: Instance = (),
    empty: Empty | None = None,
    comment: str = "",
    reason: str = "",
) -> AnswerRow:
    """A row of the journal."""
    return AnswerRow(step, at, kind, value, empty, reason, comment, BEGAN + 60_000)


def talk(
    version: Flow,
    *journal: AnswerRow,
    number: int = 1,
    status: Status = "completed",
    test: bool = False,
    channel: str = "telegram",
) -> ResultRow:
    """A conversation."""
    ended = None if status == "open" else BEGAN + 300_000
    receipt = f"RECEIPT{number:03}" if status == "completed" else ""
    return ResultRow(number, receipt, status, test, "es", channel, version.version, BEGAN, ended, journal)


def seen(results: Iterable[ResultRow]) -> list[Seen]:
    """What the journal of these conversations holds, as the database tells it."""
    found: dict[tuple[str, str, Instance], bool] = {}
    for result in results:
        for row in result.journal:
            key = (row.step, row.type, row.at)
            found[key] = found.get(key, False) or row.comment != ""
    return [Seen(*key, commented) for key, commented in sorted(found.items())]


def layout(results: Iterable[ResultRow], *texts: str) -> Layout:
    """The layout of the survey, or of flows of these texts."""
    return lay_out(versions(*texts), seen(results))


def counted(results: Iterable[ResultRow]) -> list[Group]:
    """How many conversations are alike."""
    return [Group(r.status, r.test, r.channel, r.language, 1) for r in results]


def conversations() -> list[ResultRow]:
    """Conversations in which everything happens that an export must tell apart."""
    old, new = flow(FIRST), flow(SECOND)
    voice = {
        "kind": "audio",
        "reference": "a" * 32,
        "content_type": "audio/ogg",
        "sha256": "b" * 64,
        "size": 9,
        "name": "María.ogg",
        "caption": "",
    }
    photo = {
        "kind": "image",
        "reference": "c" * 32,
        "content_type": "image/png",
        "sha256": "d" * 64,
        "size": 9,
        "name": "María.png",
        "caption": "mi calle",
    }
    return [
        talk(
            old,
            said("canton", "select_one", "ibarra"),
            said("edad", "text", "treinta"),
            said("antes", "text", "sí"),
            said("idea", "text", '=HYPERLINK("http://x")'),
            number=1,
        ),
        talk(
            new,
            said("canton", "select_one", "puyo", comment="vivo cerca del río"),
            said("edad", "integer", 34),
            said("idea", "text", 'Más árboles:\n- ñandú, "comillas"; fin'),
            said("temas", "select_multiple", ["agua", "other"]),
            said("temas_other", "text", "-2+3"),
            said("obras", "rank", ["via", "luz", "parque"]),
            said("nota", "range", 4),
            said("desde", "date", "2020-02-29"),
            said("lugar", "geopoint", {"lat": -1.49, "lon": -78.0, "accuracy": 12.5, "place": None}),
            said("foto", "image", photo, comment="mi calle"),
            said("anios", "integer", 5, at=(1,)),
            said("anios", "integer", -7, at=(2,)),
            said("nombre", "text", "María"),
            said("zona", "text", "La Merced"),
            said("celular", "phone", "+593991234567"),
            said("saludo", "calculate", "Hola María"),
            said("grupo", "calculate", "adulto"),
            said("acepto", "acknowledge", True),
            number=2,
        ),
        talk(
            new,
            said("canton", "select_one", "puyo"),
            said("canton", "select_one", "other"),
            said("canton_other", "text", "Tena"),
            said("edad", "integer", None, empty="refused"),
            said("idea", "text", voice),
            said("temas", "select_multiple", ["luz"]),
            said("temas", "select_multiple", None, empty="not_asked", reason="correction"),
            said("obras", "rank", None, empty="skipped", reason="not_understood"),
            said("lugar", "geopoint", {"lat": None, "lon": None, "accuracy": None, "place": "160150"}),
            said("foto", "image", "no tengo foto"),
            said("nombre", "text", None, empty="refused", reason="consent"),
            said("celular", "phone", None, empty="skipped"),
            said("saludo", "calculate", ""),
            number=3,
        ),
        talk(
            new,
            said("canton", "select_one", "loja"),
            said("edad", "integer", 20),
            said("temas", "select_multiple", []),
            said("idea", "text", "[skipped]"),
            number=4,
        ),
    ]
