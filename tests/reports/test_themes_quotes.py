"""A quote holds the answer's own words and nothing else."""

from __future__ import annotations

import pytest

from bot.reports.themes.quotes import LONGEST, fault, tidy

MARK = "[dato personal]"
ANSWER = "Vivo en la Tarqui, soy Luz Grefa. El agua llega\nturbia;  y la calle está dañada desde hace dos años."


@pytest.mark.parametrize(
    ("quote", "wrong"),
    [
        ("El agua llega turbia", None),
        ("el agua llega turbia.", None),
        ("Vivo en la Tarqui, soy [dato personal]. El agua llega turbia", None),
        ("[…] agua llega turbia [...] la calle está dañada […]", None),
        ("La calle está dañada […] El agua llega turbia", "foreign"),
        ("El agua siempre llega turbia", "foreign"),
        ("El agua llega tur", "half"),
        ("El agua no llega turbia", "foreign"),
        ("[…]", "empty"),
        ("[dato personal]", "empty"),
        ("", "empty"),
        ("a" * (LONGEST + 1), "long"),
    ],
)
def test_what_is_and_is_not_a_quote(quote: str, wrong: str | None):
    assert fault(tidy(quote, MARK), ANSWER, MARK) == wrong


def test_a_quote_is_tidied():
    assert tidy("  […] El agua\r\nllega [ ... ] turbia […]", MARK) == "El agua llega […] turbia"


def test_whole_words_are_looked_for_first():
    assert fault("sal", "La salida no tiene sal", MARK) is None
