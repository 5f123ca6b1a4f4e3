"""What `make bench ARGS="…"` may ask for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How thoroughly to measure. `conversations` is how many are stored for the growth, `folder` where databases are made."""

    runs: int
    seconds: float
    conversations: int
    rows: int
    folder: Path | None
    only: tuple[str, ...]


def read(arguments: Sequence[str], questions: Sequence[str]) -> Options:
    """Returns what these arguments ask for; ends the process with a word of help where they are none of ours."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measures Minga; see bench/README.md.")
    parser.add_argument("--full", action="store_true", help="1,000,000 conversations with 8,000,000 answers; five runs")
    parser.add_argument("--runs", type=int, help="interleaved runs of which the median is told (3; with --full 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one run measures (2)")
    parser.add_argument("--conversations", type=int, help="conversations stored for the growth (50,000)")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the outbox (100,000)")
    parser.add_argument("--folder", type=Path, help="where databases are made: choose the disk that will hold yours")
    parser.add_argument("--only", default="", help="some questions alone: " + ",".join(questions))
    asked = parser.parse_args(arguments)
    only = tuple(filter(None, asked.only.split(",")))
    if unknown := sorted(set(only) - set(questions)):
        parser.error(f"no such question: {', '.join(unknown)}; there are {', '.join(questions)}")
    return Options(
        runs=asked.runs or (5 if asked.full else 3),
        seconds=asked.seconds,
        conversations=asked.conversations or (1_000_000 if asked.full else 50_000),
        rows=asked.rows,
        folder=asked.folder,
        only=only or tuple(questions),
    )
