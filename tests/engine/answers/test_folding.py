from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.answers import fold
from bot.engine.answers.folding import soften, sound, squeeze, without_tilde

USUAL = "abñ1 '_+<>-.,?!()/&$=|~\n\tABÑáéíóúüÁÉÍÓÚÜ¿¡«»–—“”€"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  ¡Sí, CLARO!  ", "si claro"),
        ("año", "año"),
        ("ANO", "ano"),
        ("Ñandú", "ñandu"),
        ("n\u0303", "ñ"),
        ("2️⃣", "2"),
        ("🔟", "10"),
        ("①", "1"),
        ("👍🏽👍🏽", "👍"),
        ("sí👍", "si 👍"),
        ("la_2", "la 2"),
        ("don't I’m", "dont im"),
        ("1.500", "1 500"),
        ("+65", "+ 65"),
        ("<18", "< 18"),
        ("Parque–Norte", "parque norte"),
        ("\u200bhola\u200b", "hola"),
        ("...", ""),
        ("", ""),
        ("2ª", "2a"),
        ("A\tB\nC", "a b c"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=50))
def test_what_is_folded_stays_folded(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_marks_stay_where_numbers_are_read() -> None:
    assert soften("Más de 1.500,50 — «ñ»") == 'mas de 1.500,50 - "ñ"'


def test_what_is_only_heard_sounds_alike() -> None:
    alike = [
        ("bias", "vias"),
        ("guayakil", "guayaquil"),
        ("riobanba", "riobamba"),
        ("tayeres", "talleres"),
        ("ceguridad", "seguridad"),
        ("ay", "hay"),
    ]
    assert all(sound(heard) == sound(written) for heard, written in alike)
    assert sound("casa") != sound("cama")


def test_drawn_out_letters_are_written_once() -> None:
    assert (squeeze("siiii"), squeeze("ferrocarril"), squeeze("1000")) == ("si", "ferrocarril", "1000")


def test_the_tilde_goes_only_when_asked() -> None:
    assert without_tilde("año") == "ano"


@given(st.text(USUAL, max_size=20))
def test_the_short_way_of_usual_signs_reads_as_the_way_of_all_others(text: str) -> None:
    # ł is none of the usual signs, so what it stands in goes the long way
    assert fold(f"ł {text}") == f"ł {fold(text)}".strip()
