"""Builds the office that casework needs: the law's file, the days off that are known, and where the body has its seat."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from pathlib import Path

from bot.casework.office import Office
from bot.channels.channel import Channel
from bot.engine.language import Language
from bot.engine.loading.document import read
from bot.engine.problem import Problem, Problems
from bot.requests.calendar import TableDay
from bot.requests.law import Law, read_law
from storage.identifiers import Identifiers
from storage.refusal import Refused
from storage.vault import Vault

SHIPPED = Path(__file__).resolve().parent.parent / "law"
"""What ships with the program; a municipality's own law.yaml in MINGA_DATA goes before it."""

LAW = "law.yaml"
HOLIDAYS = "holidays.yaml"

_YES = frozenset({"yes", "si", "sí", "true"})


class LawRefused(Refused):
    """The municipality's law.yaml has mistakes, which must not be passed over in silence: `problems` has each with its line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__("law.mistakes", file=first.file, line=first.line, count=len(problems))
        self.problems = problems


def law_file(folder: Path | None) -> Path:
    """Returns the law's file that counts: the municipality's own in that folder, else the one that ships."""
    own = None if folder is None else folder / LAW
    return own if own is not None and own.is_file() else SHIPPED / LAW


def load_law(folder: Path | None) -> Law:
    """Returns what the law's file says. Raises LawRefused."""
    file = law_file(folder)
    law, problems = read_law(file.read_bytes(), str(file))
    if problems:
        raise LawRefused(problems)
    return law


def decrees() -> tuple[TableDay, ...]:
    """Returns the days off by decree that were known when this version was made."""
    document = read((SHIPPED / HOLIDAYS).read_bytes(), Problems(HOLIDAYS))
    assert document is not None  # it ships with the program, and a test reads it
    return tuple(
        TableDay(date.fromisoformat(line["day"]), line["place"], line["works"] in _YES, line["name"], line["reference"])
        for line in document.data["days"]
    )


def build_office(
    vault: Vault,
    identifiers: Identifiers,
    channels: Mapping[str, Channel],
    languages: Mapping[str, Language],
    zone: tzinfo,
    *,
    folder: Path | None = None,
    municipality: str = "",
    contact: str = "",
    public_url: str = "",
) -> Office:
    """Returns the office. `identifiers` are the database's own; `folder` is MINGA_DATA, where the municipality's own law.yaml may
    lie. Raises LawRefused.
    """
    law = load_law(folder)
    return Office(
        vault,
        identifiers,
        channels,
        languages,
        law,
        zone,
        municipality=municipality,
        contact=contact,
        seat=law.seat,
        public_url=public_url,
        decrees=decrees(),
    )
