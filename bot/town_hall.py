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
from bot.settings import Settings
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


def law_file(settings: Settings) -> Path:
    """Returns the law's file that counts: the municipality's own, else the one that ships."""
    own = settings.data / LAW
    return own if own.is_file() else SHIPPED / LAW


def load_law(settings: Settings) -> Law:
    """Returns what the law's file says. Raises LawRefused."""
    file = law_file(settings)
    law, problems = read_law(file.read_bytes(), str(file))
    if problems:
        raise LawRefused(problems)
    return law


def decrees() -> tuple[TableDay, ...]:
    """Returns the days off by decree that were known when this version was made."""
    document = read((SHIPPED / HOLIDAYS).read_bytes(), Problems(HOLIDAYS))
    lines = document.data if document is not None else []
    return tuple(
        TableDay(date.fromisoformat(line["day"]), line["place"], line["works"] in _YES, line["name"], line["reference"])
        for line in lines
    )


def build_office(
    settings: Settings,
    vault: Vault,
    identifiers: Identifiers,
    channels: Mapping[str, Channel],
    languages: Mapping[str, Language],
    zone: tzinfo,
) -> Office:
    """Returns the office. Raises LawRefused."""
    law = load_law(settings)
    return Office(
        vault,
        identifiers,
        channels,
        languages,
        law,
        zone,
        municipality=settings.municipality,
        contact=settings.contact,
        seat=law.seat,
        public_url=settings.public_url,
        decrees=decrees(),
    )
