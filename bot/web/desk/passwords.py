"""Passwords: which are refused, and how their hashes are made (argon2id, 19 MiB, two passes, one lane; RFC 9106, OWASP).

No list of millions is shipped. Of twelve letters and more, what people guess first is a common word with digits, a row of the
keyboard, a repetition, or the person's own name: those are recognized by their form.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

LEAST = 12
MOST = 1000
"""Letters beyond which nobody types a password: a body of megabytes would only be hashed for nothing."""

Weakness = Literal["short", "long", "repeated", "row", "common", "own"]

_LEET = str.maketrans("013457@$!|", "oieastasil")
_ROWS = (
    "0123456789012345678901234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiopasdfghjklñzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_COMMON = (
    "password passw contrasena contraseña clave claves secreto secreta admin administrador administradora administrator "
    "usuario user root bienvenido bienvenida bienvenidos welcome hola hello letmein entrar acceso access sistema "
    "sistemas system changeme cambiame temporal temporary prueba test testing municipio municipal municipalidad "
    "alcaldia alcalde canton gad gobierno ecuador ecuatoriano quito guayaquil cuenca loja ambato ibarra puyo "
    "riobamba barcelona emelec liga futbol minga seguro segura seguridad security te amo teamo iloveyou love amor "
    "familia jesus dios monkey dragon master sunshine princess princesa football baseball superman batman pokemon "
    "verano invierno enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes "
    "martes miercoles jueves viernes sabado domingo el la los las de del mi my the es una un y "
)
"""Words that alone, or one after the other, make no password."""


def weakness(password: str, own: Iterable[str] = ()) -> Weakness | None:
    """Returns why that password is refused, None if it is not. `own`: the person's e-mail, name and the like."""
    if len(password) < LEAST:
        return "short"
    if len(password) > MOST:
        return "long"
    letters = _folded(password)
    if len(set(letters)) < 5 or _repeats(letters):
        return "repeated"
    if _is_row(letters):
        return "row"
    bare = re.sub(r"[^a-zñ]", "", letters.translate(_LEET))
    plain = re.sub(r"[^a-zñ]", "", letters)
    mine = {part for text in own for part in re.split(r"[^a-zñ0-9]+", _folded(text)) if len(part) > 2}
    for left in (bare, plain):
        rest = left
        for part in sorted(mine, key=len, reverse=True):
            rest = rest.replace(part, "")
        if len(rest) < 4 and rest != left:
            return "own"
    return "common" if any(_made_of_words(text) for text in (bare, plain)) else None


def _folded(text: str) -> str:
    low = unicodedata.normalize("NFKD", text.lower().replace("ñ", "\0"))
    return "".join(letter for letter in low if not unicodedata.combining(letter)).replace("\0", "ñ")


def _repeats(letters: str) -> bool:
    """Tells whether it is one short piece again and again."""
    return any(letters == (letters[:size] * len(letters))[: len(letters)] for size in range(1, 7))


def _is_row(letters: str) -> bool:
    """Tells whether it is two pieces, at most, of rows of the keyboard, the alphabet or the digits, forwards or backwards."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]

    def inside(piece: str) -> bool:
        return len(piece) < 2 or any(piece in row for row in rows)

    return any(inside(letters[:cut]) and inside(letters[cut:]) for cut in range(len(letters)))


def _made_of_words(text: str) -> bool:
    """Tells whether nothing but common words is left of it (a few letters between them do not count)."""
    common = frozenset(_COMMON.split())
    best = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        best[end] = best[end - 1]
        for begin in range(max(0, end - 16), end):
            if text[begin:end] in common:
                best[end] = max(best[end], best[begin] + end - begin)
    return len(text) - best[-1] < 4


class Hasher:
    """Makes and checks hashes, in threads and a few at a time: each takes 19 MiB and some 60 ms."""

    def __init__(self, *, memory_kib: int = 19 * 1024, passes: int = 2, at_once: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._turns = asyncio.Semaphore(at_once)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Returns the hash to keep of that password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, hashed: str, password: str) -> bool:
        """Tells whether that is the password of that hash. With "" it takes as long, and it is not."""
        async with self._turns:
            if len(password) > MOST:
                return False
            if not self._nobody:
                self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody has this one")
            return await asyncio.to_thread(self._verify, hashed or self._nobody, password) and bool(hashed)

    def outdated(self, hashed: str) -> bool:
        """Tells whether a hash was made with less effort than is made today."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
