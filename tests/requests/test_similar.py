"""Requests that ask the same, and requests that only sound alike: the pairs that the threshold was chosen on."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.engine.answers.stemming import stems
from bot.requests.similar import THRESHOLD, closest, likeness

SAME = [
    ("Contrato de la obra del Parque Central", "Quiero el contrato del parque central, la obra"),
    ("Copia del contrato del puente sobre el río Pastaza con sus anexos", "Solicito el contrato del puente del rio Pastaza"),
    ("Presupuesto aprobado de 2025 para la parroquia Tarqui", "presupuesto 2025 parroquia tarqui"),
    ("Actas de las sesiones del concejo de marzo de 2026", "Necesito las actas de sesión del concejo, marzo 2026"),
    ("Lista de proveedores contratados para la feria", "la lista de los proveedores que contrataron para la feria"),
    ("Permiso de construcción del edificio de la calle Ceslao Marín", "permisos de construcción edificio Ceslao Marin"),
    ("¿Cuánto se gastó en las fiestas de Puyo 2026?", "gastos de las fiestas de Puyo 2026"),
    ("Ordenanza de tasas de agua potable", "La ordenanza que fija las tasas del agua potable"),
]
DIFFERENT = [
    ("Contrato de la obra del Parque Central", "Presupuesto aprobado de 2025 para la parroquia Tarqui"),
    ("Presupuesto aprobado de 2024", "Presupuesto aprobado de 2025"),
    ("Contrato de la obra del Parque Central", "Contrato de alquiler de la bodega municipal"),
    ("Actas de las sesiones del concejo de marzo de 2026", "Actas de entrega de la bodega"),
    ("Ordenanza de tasas de agua potable", "Ordenanza de uso del suelo"),
    ("Lista de proveedores contratados para la feria", "Lista de beneficiarios del bono de la feria de vivienda rural"),
    (
        "Permiso de construcción del edificio de la calle Ceslao Marín",
        "Permiso de funcionamiento de un bar en la calle Atahualpa",
    ),
    ("Información", "Quiero saber del alcantarillado"),
]


@dataclass(frozen=True)
class Asked:
    text: str


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_asks_the_same_is_above(one, other):
    assert likeness(stems(one), stems(other)) >= THRESHOLD
    assert likeness(stems(other), stems(one)) == likeness(stems(one), stems(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_only_sounds_alike_is_below(one, other):
    assert likeness(stems(one), stems(other)) < THRESHOLD


def test_the_most_alike_comes_first_and_few_are_suggested():
    others = [
        Asked(f"Contrato de la obra del Parque Central etapa {word}")
        for word in ["uno", "dos", "tres", "cuatro", "cinco", "seis"]
    ]
    others.append(Asked("Contrato de la obra del Parque Central"))
    found = closest(stems("Contrato de la obra del parque central"), [(one, stems(one.text)) for one in others], most=3)
    assert len(found) == 3
    assert found[0][0].text == "Contrato de la obra del Parque Central" and found[0][1] == pytest.approx(100)
    assert closest([], [(others[0], stems(others[0].text))]) == []
