"""What `minga results`, `report` and `export` are asked alike: which conversations are looked at, weighed by what."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.reports.layout import Layout
    from bot.reports.margins import Margins as Weighing
    from bot.reports.rows import Selection
    from storage.findings import Question

FlowName = Annotated[str, typer.Argument(metavar="flow")]
WithPartial = Annotated[bool, typer.Option("--with-partial")]
WithTest = Annotated[bool, typer.Option("--with-test")]
Where = Annotated[list[str] | None, typer.Option("--where", metavar="question=value")]
Since = Annotated[str, typer.Option("--from", metavar="day")]
Until = Annotated[str, typer.Option("--to", metavar="day")]
Channels = Annotated[list[str] | None, typer.Option("--channel", metavar="channel")]
Languages = Annotated[list[str] | None, typer.Option("--language", metavar="language")]

Margins = Annotated[Path | None, typer.Option("--margins", metavar="file")]
Cap = Annotated[float, typer.Option("--cap", metavar="number")]
MinCell = Annotated[int, typer.Option("--min-cell", metavar="number")]
NoWeights = Annotated[bool, typer.Option("--no-weights")]


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


def asked(context: typer.Context, zone: tzinfo, **more: Any) -> Question:
    """Returns what the options of a command ask of a flow's answers; `more` are further fields.

    Raises AnswersRefused and FilterError.
    """
    from bot.clock import RealClock
    from storage.findings import Question

    given = context.params
    if not given["cap"] > 1:
        raise AnswersRefused("results.cap", value=given["cap"])
    days, spoken = (given["since"], given["until"]), given["lang"]
    selection = selected(zone, *days, given["channel"], spoken, partial=given["with_partial"], test=given["with_test"])
    reader = None if given["margins"] is None else _margins_reader(given["margins"])
    return Question(
        given["flow"],
        selection,
        RealClock(zone).now(),
        where=tuple(given["where"] or ()),
        margins=reader,
        cap=given["cap"],
        least=given["min_cell"],
        stored=not given["no_weights"],
        **more,
    )


def _margins_reader(file: Path) -> Callable[[Layout], Weighing]:
    """Returns what reads that file of margins. Raises AnswersRefused "results.margins_unreadable"."""
    from bot.reports.margins import read_margins

    try:
        content = file.read_bytes()
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise AnswersRefused("results.margins_unreadable", file=file, error=why) from error
    sha256 = hashlib.sha256(content).hexdigest()
    return lambda layout: read_margins(text, yaml_file=file.suffix.lower() != ".csv", sha256=sha256, layout=layout)
