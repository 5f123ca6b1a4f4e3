"""What `minga results` and `minga export` are asked alike: which conversations are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.rows import Selection

FlowName = Annotated[str, typer.Argument(metavar="flow")]
WithPartial = Annotated[bool, typer.Option("--with-partial")]
WithTest = Annotated[bool, typer.Option("--with-test")]
Where = Annotated[list[str] | None, typer.Option("--where", metavar="question=value")]
Since = Annotated[str, typer.Option("--from", metavar="day")]
Until = Annotated[str, typer.Option("--to", metavar="day")]
Channels = Annotated[list[str] | None, typer.Option("--channel", metavar="channel")]
Languages = Annotated[list[str] | None, typer.Option("--language", metavar="language")]


class AnswersRefused(Refused):
    """Options that do not go together, or that do not fit the flow."""


@contextmanager
def fitting(**places: object) -> Iterator[None]:
    """Turns what the reports refuse into a line on the terminal; `places` are added to those of the text."""
    from bot.reports.filters import FilterError

    try:
        yield
    except FilterError as error:
        raise AnswersRefused(error.key, **(places | dict(error.places))) from error


def selected(
    zone: tzinfo,
    since: str,
    until: str,
    channel: Sequence[str] | None,
    language: Sequence[str] | None,
    *,
    partial: bool,
    test: bool,
) -> Selection:
    """Returns the selection of these options; its conditions on answers wait for the flow. Raises FilterError."""
    from bot.reports.filters import CHANNELS, days, known
    from bot.reports.rows import Filter, Selection

    begin, end = days(since, until, zone)
    channels = known(channel or (), CHANNELS, "filter.channel")
    # any language of the flow's: one that nobody spoke is an empty table, and says so
    languages = tuple(word.strip().lower() for text in language or () for word in text.split(",") if word.strip())
    return Selection(partial=partial, test=test, only=Filter((), begin, end, channels, languages))
