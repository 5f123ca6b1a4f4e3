from __future__ import annotations

import asyncio

import pytest

from bot.web.desk.passwords import LEAST, MOST, Hasher, weakness

OWN = ("maria.perez", "María Pérez Tanguila", "Municipio de Pastaza")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "short"),
        ("once letras", "short"),
        ("x" * (MOST + 1), "long"),
        ("aaaaaaaaaaaa", "repeated"),
        ("abcabcabcabc", "repeated"),
        ("ana1ana1ana1ana1", "repeated"),
        ("1234567890123", "row"),
        ("0987654321098", "row"),
        ("qwertyuiop123", "row"),
        ("1q2w3e4r5t6y", "row"),
        ("Password1234!", "common"),
        ("contraseña2026", "common"),
        ("C0ntr4s3ñ4-2026", "common"),
        ("Bienvenidos.2026", "common"),
        ("mi clave secreta", "common"),
        ("municipal2026!!", "common"),
        ("maria.perez.2026", "own"),
        ("PerezTanguila1", "own"),
        ("pastaza 2026 pastaza", "own"),
    ],
)
def test_what_is_guessed_first_is_refused(password, why):
    assert weakness(password, OWN) == why


@pytest.mark.parametrize(
    "password",
    [
        "mangos de la finca azul",
        "Xk29-fulgor-tres",
        "correcto caballo batería grapa",
        "ñandú que baila solo",
        "7Hq!vTz2Lm#s",
        "d" * 3 + "óse" * 2 + "kilo",
    ],
)
def test_what_is_not_is_taken(password):
    assert len(password) >= LEAST
    assert weakness(password, OWN) is None


async def test_hashes_are_argon2id_of_the_agreed_effort_and_made_in_threads():
    hasher = Hasher()
    hashed = await hasher.hash("mangos de la finca azul")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(tick())
    assert await hasher.verify(hashed, "mangos de la finca azul")
    ticking.cancel()
    assert ticks > 2  # the loop went on while it was looked at
    assert not await hasher.verify(hashed, "mangos de la finca verde")


async def test_nobody_has_no_password_and_too_long_ones_are_not_hashed():
    hasher = Hasher(memory_kib=64, passes=1)
    assert not await hasher.verify("", "nobody has this one")
    assert not await hasher.verify("no hash at all", "x")
    hashed = await hasher.hash("x" * MOST)
    assert await hasher.verify(hashed, "x" * MOST)
    assert not await hasher.verify(hashed, "x" * (MOST + 1))
    assert not hasher.outdated(hashed)
    assert Hasher().outdated(hashed)
