"""What it costs to seal, open and find, and what of a turn that is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from statistics import median

from options import Options
from table import Row
from town import SECRET

from bot.vocabulary import Address
from storage.keys import make_ring
from storage.vault import Vault

_ROUNDS = 5_000


def measure(options: Options) -> list[Row]:
    """Returns the CPU microseconds of each."""
    vault = Vault(make_ring([SECRET]), os.urandom(32), os.urandom(32))
    content, address = os.urandom(400), Address("telegram", "500000001", "bot")
    sealed, identity = vault.seal(content, "inbox.raw"), vault.seal_identity(address.identifier)
    costs = {
        "seal 400 bytes": lambda: vault.seal(content, "inbox.raw"),
        "open them": lambda: vault.open(sealed, "inbox.raw"),
        "find an address": lambda: vault.find_key(address),
        "seal an identity": lambda: vault.seal_identity(address.identifier),
        "open it": lambda: vault.open_identity(identity),
    }
    told = [f"{name} {median([_cost(work) for _ in range(max(options.runs, 3))]):.1f}" for name, work in costs.items()]
    return [Row("vault", "µs CPU", beside=", ".join(told))]


def _cost(work: Callable[[], object]) -> float:
    begun = time.process_time()
    for _ in range(_ROUNDS):
        work()
    return (time.process_time() - begun) / _ROUNDS * 1e6
