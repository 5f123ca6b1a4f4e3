"""What the desk needs of the flow files: what lies there, what opening would mean, and how people begin. Built elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.engine.flow import Flow
from bot.engine.problem import Problem
from bot.engine.source import Loaded
from bot.links import Ways
from storage.statements import Transaction


@dataclass(frozen=True, slots=True)
class OnFile:
    """A flow's file: its name, what it holds (None where it has errors), and everything that `check` finds in it."""

    name: str
    loaded: Loaded | None
    problems: tuple[Problem, ...]


class Shelf(Protocol):
    """The flow files of this server. Everything here but `ways` reads files or a database of its own, and may block."""

    def files(self) -> Mapping[str, OnFile]:
        """Returns every flow file, by its flow (or its file's name where it tells none)."""

    def clashes(self, loaded: Loaded, running: Sequence[Flow]) -> tuple[Problem, ...]:
        """Returns the errors that keep it from being open beside those that run."""

    def stranded(self, loaded: Loaded) -> tuple[Problem, ...]:
        """Returns what opening it means for whoever is in another version."""

    def ways(self, tx: Transaction) -> Ways:
        """Returns how people can reach us."""
