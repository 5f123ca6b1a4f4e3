"""What hiding personal data costs: sealing and opening a message, finding an address, sealing and opening an identity.

Every message pays for one finding and two sealings (as it came in, as it goes out), every delivery for one opening.
"""

from __future__ import annotations

import os
import timeit
from collections.abc import Callable
from statistics import median

from options import Options
from table import Row, spread

from bot.vocabulary import Address
from storage.keys import make_ring, make_secret
from storage.vault import Vault

MESSAGE = 400
"""Bytes of a usual message."""


def measure(options: Options) -> list[Row]:
    """Returns the microseconds of each operation, with two secrets in the ring."""
    vault = Vault(make_ring([make_secret(), make_secret()]), os.urandom(32), os.urandom(32))
    address = Address("telegram", "1234567890", "7654321")
    message, sealed = os.urandom(MESSAGE), vault.seal(os.urandom(MESSAGE), "bench")
    identity = vault.seal_identity(address.identifier)
    operations: dict[str, Callable[[], object]] = {
        f"vault: seal {MESSAGE} bytes": lambda: vault.seal(message, "bench"),
        f"vault: open {MESSAGE} bytes": lambda: vault.open(sealed, "bench"),
        "vault: find an address": lambda: vault.find_key(address),
        "vault: seal an identity": lambda: vault.seal_identity(address.identifier),
        "vault: open an identity": lambda: vault.open_identity(identity),
    }
    rows = []
    for question, operation in operations.items():
        times = [timeit.timeit(operation, number=5_000) / 5_000 * 1e6 for _ in range(max(options.runs, 5))]
        rows.append(Row(question, f"{median(times):.1f} µs", beside=spread(times)))
    return rows
