"""The gazetteer: the shipped file is whole, and a broken one says where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from bot.engine.answers import AskBack, Choosable, Gazetteer, Question, Sure, fold, gazetteer, understand
from bot.engine.language import Language
from bot.translations import load_places


def test_the_shipped_places_are_the_country(places: Gazetteer) -> None:
    kinds = Counter(place.kind for place in places.places.values())
    assert kinds == {"province": 24, "canton": 222, "parish": 458}
    assert all(place.within in places.places for place in places.places.values() if place.kind == "canton")
    per_province = Counter(place.within for place in places.places.values() if place.within)
    assert (per_province["guayas"], per_province["manabi"], per_province["galapagos"]) == (25, 22, 3)
    assert per_province["morona_santiago"] == 13


def test_every_place_is_known_by_what_is_said_back(places: Gazetteer, languages: Mapping[str, Language], now: datetime) -> None:
    """Whoever is asked "Olmedo, Cayambe, Pichincha?" may copy it; cantons of their province's name are the canton then."""
    off = []
    for place in places.places.values():
        outer = places.places.get(place.within)
        further = places.places.get(outer.within) if outer else None
        said = ", ".join(one.name for one in (place, outer, further) if one)
        reading = understand(Question("geopoint"), said, [languages["es"]], now, places)
        value: dict[str, object] = {"lat": None, "lon": None, "accuracy": None, "place": said}
        if reading != Sure(value) and not (isinstance(reading, AskBack) and value in [c.value for c in reading.candidates]):
            off.append((said, reading))
    assert off == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cumbayá", "Cumbayá, Quito, Pichincha"),
        ("vivo en tumvaco", "Tumbaco, Quito, Pichincha"),
        ("Salinas de Guaranda", "Salinas, Guaranda, Bolívar"),
        ("Ricaurte", ["Ricaurte, Cuenca, Azuay"]),
        ("Sucre", ["Sucre, Manabí", "Sucre, Cuenca, Azuay", "Sucre, Patate, Tungurahua", "Sucre, Loja, Loja"]),
        ("Ricaurte, Cuenca", "Ricaurte, Cuenca, Azuay"),
        ("Salinas", ["Salinas, Santa Elena", "Salinas, Ibarra, Imbabura", "Salinas, Guaranda, Bolívar"]),
        ("Ambato, por el parque Montalvo", ["Montalvo, Ambato, Tungurahua"]),
        ("a una hora de Quito", ["Quito, Pichincha"]),
        ("Sto. Domingo de los Colorados", "Santo Domingo, Santo Domingo de los Tsáchilas"),
        ("porto viejo", "Portoviejo, Manabí"),
        ("Sevilla Don Bosco", "Sevilla Don Bosco, Morona Santiago"),
        ("Puerto Ayora", "Santa Cruz, Galápagos"),
    ],
)
def test_places_as_people_write_them(
    text: str, expected: str | list[str], places: Gazetteer, languages: Mapping[str, Language], now: datetime
) -> None:
    reading = understand(Question("geopoint"), text, [languages["es"]], now, places)
    match reading:
        case Sure(value=dict() as value):
            assert value["place"] == expected
        case AskBack(candidates=candidates):
            assert [candidate.label for candidate in candidates] == expected
        case _:
            pytest.fail(f"not understood: {text}")


def test_what_is_said_back_is_understood(places: Gazetteer) -> None:
    cantons = [place for place in places.places.values() if place.kind == "canton"]
    said = [f"{place.name}, {places.places[place.within].name}" for place in cantons]
    assert [text for text in said if fold(text) not in places.named] == []


def test_an_entry_without_a_name_is_told() -> None:
    with pytest.raises(ValueError, match=r"canton\.x: a name is expected"):
        gazetteer({"canton": {"x": {"within": "y"}}})


def test_a_folder_without_places_knows_none(tmp_path: Path) -> None:
    assert load_places(tmp_path).places == {}


def test_a_parish_that_was_added_is_found(languages: Mapping[str, Language], now: datetime) -> None:
    known = gazetteer(
        {
            "province": {"p": "Pastaza"},
            "canton": {"m": {"name": "Mera", "within": "p"}},
            "parish": {"s": {"name": "Shell", "within": "m", "words": ["la shell"]}},
        }
    )
    reading = understand(Question("geopoint"), "vivo en la Shell", [languages["es"]], now, known)
    assert reading == Sure({"lat": None, "lon": None, "accuracy": None, "place": "Shell, Mera, Pastaza"})


def test_options_shown_in_another_order_count_as_shown(languages: Mapping[str, Language], now: datetime) -> None:
    shown = Question("select_multiple", (Choosable("b", "Beta"), Choosable("a", "Alfa")))
    assert understand(shown, "2, 1", [languages["es"]], now) == Sure(["b", "a"])
