"""Requests as open data: a row each, without anybody in it; what each column means, and what the whole is.

Three files, as the monthly publication wants them ("tres estrellas"): the data, its dictionary, its metadata. The names of
columns are Spanish and stay, whatever language the program speaks: they are data.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.requests.annual import Fact

FIELDS: dict[str, str] = {
    "numero": "texto",
    "fecha_recepcion": "fecha",
    "mes_recepcion": "texto",
    "via": "texto",
    "canal": "texto",
    "forma_pedida": "texto",
    "estado_portal": "texto",
    "resultado": "texto",
    "motivo_negativa": "texto",
    "fecha_vencimiento": "fecha",
    "prorroga": "si/no",
    "fecha_respuesta": "fecha",
    "dias_corridos": "entero",
    "en_termino": "si/no",
    "insistencias_por_calidad": "entero",
    "insistencias_por_silencio": "entero",
    "gestion_oficiosa": "si/no",
    "solicitud_publica": "texto",
}
"""Column → type. What each means is `report.field.<column>`."""


def row(fact: Fact) -> list[str | int | None]:
    """Returns the row of a request, in the order of `FIELDS`."""
    return [
        fact.number,
        fact.received.isoformat(),
        f"{fact.received:%Y-%m}",
        fact.source,
        fact.channel or None,
        fact.form,
        fact.state,
        fact.outcome,
        fact.reason or None,
        fact.due.isoformat(),
        _yes(fact.extended),
        fact.answered.isoformat() if fact.answered else None,
        fact.days,
        None if fact.in_term is None else _yes(fact.in_term),
        fact.quality,
        fact.silence,
        _yes(fact.escalated),
        fact.public_text or None,
    ]


def of_month(facts: Sequence[Fact], month: int) -> list[Fact]:
    """Returns the requests received in that month (1 to 12)."""
    return [fact for fact in facts if fact.received.month == month]


def _yes(truth: bool) -> str:
    return "si" if truth else "no"
