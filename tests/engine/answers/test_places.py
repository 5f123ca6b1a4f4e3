"""The gazetteer: the shipped file is whole, and a broken one says where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from bot.engine.answers import Choosable, Gazetteer, Question, Sure, fold, gazetteer, understand
from bot.engine.language import Language
from bot.translations import load_places


def test_the_shipped_places_are_the_country(places: Gazetteer) -> None:
    kinds = Counter(place.kind for place in places.places.values())
    assert kinds == {"province": 24, "canton": 221}
    assert all(place.within in places.places for place in places.places.values() if place.kind == "canton")
    per_province = Counter(place.within for place in places.places.values() if place.within)
    assert (per_province["guayas"], per_province["manabi"], per_province["galapagos"]) == (25, 22, 3)


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
    assert reading == Sure({"lat": None, "lon": None, "accuracy": None, "place": "Shell, Mera"})


def test_options_shown_in_another_order_count_as_shown(languages: Mapping[str, Language], now: datetime) -> None:
    shown = Question("select_multiple", (Choosable("b", "Beta"), Choosable("a", "Alfa")))
    assert understand(shown, "2, 1", [languages["es"]], now) == Sure(["b", "a"])
