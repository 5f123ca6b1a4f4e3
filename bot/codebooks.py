"""Which book of themes a flow's answers are coded by: the municipality's own file, else the one that ships.

In order: `themes/FLOW.yaml` in MINGA_DATA, for that flow alone; `themes/municipal.yaml` there, for all of the municipality's; and
the `municipal.yaml` that ships. A file with mistakes is not passed over in silence: until it is mended nothing is coded by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.engine.problem import Problem
from bot.reports.themes.codebook import Codebook, read_codebook

SHIPPED = Path(__file__).resolve().parent.parent / "themes"
"""What ships with the program; it lies beside the packages in a clone and in an installed wheel alike."""

FOLDER = "themes"
"""The folder in MINGA_DATA."""

COMMON = "municipal"
"""The book for flows that have none of their own."""


@dataclass(frozen=True, slots=True)
class FoundBook:
    """A file and what it says: `book` is None where it has mistakes, or cannot be read, which `problems` tell."""

    file: Path
    book: Codebook | None
    problems: tuple[Problem, ...]
    own: bool = False

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Returns the mistakes for which there is no book."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def book_of(folder: Path | None, flow: str) -> FoundBook:
    """Returns the book for a flow; `folder` is MINGA_DATA, None for none."""
    own = [] if folder is None else [folder / FOLDER / f"{flow}.yaml", folder / FOLDER / f"{COMMON}.yaml"]
    for file in own:
        if file.is_file():
            return book_in(file, own=True)
    return book_in(SHIPPED / f"{COMMON}.yaml")


def book_in(file: Path, *, own: bool = False) -> FoundBook:
    """Returns the book of that file."""
    try:
        content = file.read_bytes()
    except OSError as error:
        why = {"error": error.strerror or type(error).__name__}
        return FoundBook(file, None, (Problem(str(file), 1, "error", "unreadable", why),), own)
    return FoundBook(file, *read_codebook(content, str(file)), own)


def all_books(folder: Path | None) -> list[FoundBook]:
    """Returns the municipality's own books by name, then those that ship."""
    own = [] if folder is None else sorted((folder / FOLDER).glob("*.yaml"))
    return [book_in(file, own=True) for file in own] + [book_in(file) for file in sorted(SHIPPED.glob("*.yaml"))]
