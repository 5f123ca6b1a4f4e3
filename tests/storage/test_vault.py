"""Sealing, opening and finding."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.vocabulary import Address
from storage.keys import make_ring
from storage.vault import SealBroken, Vault

VAULT = Vault(make_ring(["a secret"]), b"l" * 32, b"d" * 32)
OTHER = Vault(make_ring(["another secret"]), b"L" * 32, b"D" * 32)


@given(st.binary(max_size=2_000), st.text(max_size=40))
def test_what_is_sealed_opens(content: bytes, context: str) -> None:
    sealed = VAULT.seal(content, context)
    assert len(sealed) == len(content) + 29
    assert sealed[:1] == b"\x01"
    assert VAULT.open(sealed, context) == content


@given(st.text(max_size=200))
def test_identities_open(text: str) -> None:
    assert VAULT.open_identity(VAULT.seal_identity(text)) == text


def test_equal_texts_are_sealed_differently() -> None:
    assert len({VAULT.seal(b"si", "inbox.raw") for _ in range(100)}) == 100
    assert len({VAULT.seal_identity("593991234567") for _ in range(10)}) == 10


SEALED = VAULT.seal(b"my number is 593991234567", "inbox.raw")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: OTHER.open(SEALED, "inbox.raw"),
        lambda: VAULT.open(SEALED, "outbox.payload"),
        lambda: VAULT.open(b"\x02" + SEALED[1:], "inbox.raw"),
        lambda: VAULT.open(SEALED[:-1], "inbox.raw"),
        lambda: VAULT.open(SEALED[:20], "inbox.raw"),
        lambda: VAULT.open(b"", "inbox.raw"),
        lambda: VAULT.open(SEALED[:30] + bytes([SEALED[30] ^ 1]) + SEALED[31:], "inbox.raw"),
        lambda: OTHER.open_identity(VAULT.seal_identity("593991234567")),
        lambda: VAULT.open_identity(b"593991234567"),
    ],
)
def test_what_does_not_open_says_so_and_tells_nothing(attempt: Callable[[], object]) -> None:
    with pytest.raises(SealBroken) as broken:
        attempt()
    assert "593991234567" not in str(broken.value)


def test_an_address_is_found_by_its_three_parts_and_key() -> None:
    address = Address("telegram", "1234567", "bot1")
    key = VAULT.find_key(address)
    # HMAC-SHA256, whichever way it is made: databases that exist are searched by it
    assert key == hmac.digest(b"l" * 32, b"telegram\nbot1\n1234567", "sha256")
    assert len(key) == 32
    assert VAULT.find_key(Address("telegram", "1234567", "bot1")) == key
    others = {
        VAULT.find_key(Address("whatsapp", "1234567", "bot1")),
        VAULT.find_key(Address("telegram", "1234567", "bot2")),
        VAULT.find_key(Address("telegram", "1234568", "bot1")),
        VAULT.find_key(Address("telegram", "bot1\n1234567", "")),
        OTHER.find_key(address),
    }
    assert len(others) == 5
    assert key not in others


def test_one_vault_serves_many_threads() -> None:
    """Every worker and reader shares it; a cipher that kept state between calls would mix their texts."""
    broken: list[object] = []

    def work(number: int) -> None:
        for turn in range(2_000):
            content = f"{number} {turn}".encode() * (number + 1)
            if VAULT.open(VAULT.seal(content, "c"), "c") != content:
                broken.append((number, turn))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken
