"""How fast is this machine at this moment? A fixed loop of plain Python, and a fixed write to the disk.

Absolute figures of two runs may only be compared where these are the same in both.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from statistics import median

_ROUNDS = 20_000


def loop() -> float:
    """Returns the CPU microseconds of one round: a dictionary, a string, a hash, as an interpreter's day has them."""
    times = []
    for _ in range(5):
        begun = time.process_time()
        held: dict[str, str] = {}
        for number in range(_ROUNDS):
            name = f"step_{number & 63}"
            held[name] = hashlib.sha256(held.get(name, name).encode()).hexdigest().upper()
        times.append((time.process_time() - begun) / _ROUNDS * 1e6)
    return median(times)


def sync(folder: Path | None) -> float:
    """Returns the microseconds of writing 4 kB to the disk for good (fdatasync): what a commit costs at least.

    A few microseconds mean that the folder lies in memory, and then all figures of commits are worth nothing.
    """
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        block = b"m" * 4096
        for _ in range(100):
            file.write(block)
            begun = time.perf_counter()
            getattr(os, "fdatasync", os.fsync)(file.fileno())
            times.append((time.perf_counter() - begun) * 1e6)
    return median(times)
