"""Texts with places for answers."""

from __future__ import annotations

import pytest

from bot.engine.expressions import ExpressionError, fill, parse_template
from tests.engine.expressions_world import World


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("Hola ${nombre}", "Hola <Ana>"),
        ("${nombre}, de ${canton}: ${nombre}", "<Ana>, de <puyo>: <Ana>"),
        ("${nunca}", "<None>"),
        ("", ""),
        ("Cuesta 5 $ o $5 {nombre} $nombre }", "Cuesta 5 $ o $5 {nombre} $nombre }"),
        (r"\${nombre}", r"\<Ana>"),
        ("$${nombre}}", "$<Ana>}"),
        ("«${año_2.b-c}»", "«<2026>»"),
    ],
)
def test_only_references_are_replaced(source: str, filled: str) -> None:
    world = World(answers={"nombre": "Ana", "canton": "puyo", "año_2.b-c": 2026})
    assert fill(parse_template(source), world) == filled


def test_what_a_resident_wrote_is_never_read_again() -> None:
    world = World(answers={"nombre": "${canton} {0} %s", "canton": "secreto"})
    assert fill(parse_template("Hola ${nombre}."), world) == "Hola <${canton} {0} %s>."


def test_what_a_text_shows_is_known() -> None:
    template = parse_template("Hola ${nombre}, de ${canton} ${nombre}")
    assert template.names == {"nombre", "canton"}
    assert template.constant is False
    assert parse_template("Hola").constant is True
    assert template == parse_template("Hola ${nombre}, de ${canton} ${nombre}")
    assert len({template, parse_template("Hola")}) == 2


@pytest.mark.parametrize(
    ("source", "position", "detail"),
    [
        ("Hola ${a b}", 5, "${a b}"),
        ("${}", 0, "${}"),
        ("Hola ${nombre", 5, "${nombre"),
        ("${a} ${ b }", 5, "${ b }"),
        ("${1a}", 0, "${1a}"),
        ("${a + 1} y mucho texto más", 0, "${a + 1} y mucho tex…"),
    ],
)
def test_a_place_without_a_name_is_an_error(source: str, position: int, detail: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(source)
    error = caught.value
    assert (error.code, error.reason, error.position, error.detail) == ("syntax", "reference", position, detail)
