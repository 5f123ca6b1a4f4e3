"""`minga themes check|list|suggest`: books of themes, how far a flow is coded, what words suggest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from sqlalchemy import Connection

    from bot.codebooks import FoundBook
    from bot.reports.themes.codebook import Codebook
    from bot.settings import Settings
    from storage.theme_lists import Listed, Which

FlowName = Annotated[str, typer.Argument(metavar="flow")]
QuestionName = Annotated[str, typer.Argument(metavar="question")]

_ROWS = 500


class ThemesRefused(Refused):
    """There is no such book, flow, question or person, or a file cannot be read, written or taken as it is."""


def check(context: typer.Context, file: Annotated[Path | None, typer.Argument(metavar="file")] = None) -> int:
    """Judges books of themes: that file, or all that are used here."""
    from bot.codebooks import all_books, book_in
    from bot.settings import read

    terminal = terminal_of(context)
    books = all_books(read().data) if file is None else [book_in(file, own=True)]
    errors = 0
    for found in books:
        for problem in found.problems:
            said = terminal.say(f"cli.check.{problem.severity}", text=problem.tell(terminal.language))
            terminal.tell(f"{problem.file}:{problem.line}: {said}")
        errors += len(found.errors)
        if found.book is not None:
            told = {"file": found.file, "name": found.book.name, "count": len(found.book.themes)}
            terminal.tell(terminal.say("themes.book_good", **told, version=found.book.version[:12]))
    return FAILED if errors else 0


def list_themes(context: typer.Context, flow: FlowName) -> None:
    """Prints how far a flow's free questions are coded, and their themes."""
    from bot.assembly import open_database
    from bot.clock import RealClock
    from bot.reports.plain import Page
    from bot.reports.plain_coded import told_coded
    from bot.reports.rows import Selection
    from bot.reports.themes.coded import codeable
    from bot.settings import read
    from storage.findings import Question, find

    terminal = terminal_of(context)
    settings = read()
    found = used_book(settings, flow)
    terminal.tell(terminal.say("themes.coded_by", file=found.file))
    with open_database(settings) as database:
        asked = Question(flow, Selection(), RealClock(settings.zone).now())
        findings = database.read_now(lambda connection: find(connection, asked))
    for question in codeable(findings.summary.layout):
        coded = findings.coded.get(question.column)
        answered = next(one.answered for one in findings.summary.questions if one.question is question)
        terminal.tell("")
        terminal.tell(f"{question.column}: {terminal.say('themes.answers', count=answered)}")
        if coded is None:
            terminal.tell(f"   {terminal.say('themes.nobody_coded')}")
            continue
        for line in told_coded(coded, Page(terminal.language, 80, blocks=False)):
            terminal.tell(line)


def suggest(context: typer.Context, flow: FlowName, question: QuestionName) -> None:
    """Prints which themes the words of the answers suggest that nobody coded yet. A help, no finding."""
    from bot.assembly import open_database
    from bot.cli.tables import table
    from bot.reports.themes.suggest import suggester
    from bot.settings import read

    terminal = terminal_of(context)
    settings = read()
    book = good(used_book(settings, flow))
    with open_database(settings) as database:
        counts: Counter[str] = Counter()
        answers = none = 0

        def work(connection: Connection) -> None:
            nonlocal answers, none
            step = step_of(connection, flow, question)
            for listed in walked(connection, flow, step, which="new"):
                if isinstance(listed.value, str):
                    found = suggester(book).suggest(listed.value)
                    answers += 1
                    none += not found
                    counts.update(found)

        database.read_now(work)
    labels = {theme.code: theme.told(terminal.language.code) for theme in book.themes}
    rows = [(code, labels[code], str(count)) for code, count in counts.most_common()]
    head = [terminal.say(f"themes.column.{name}") for name in ("code", "theme", "answers")]
    for line in table(head, rows, left=2):
        terminal.tell(line)
    terminal.note(terminal.say("themes.suggested", count=answers - none, answers=answers))


def walked(connection: Connection, flow: str, step: str, *, which: Which) -> Iterator[Listed]:
    """Yields the answers of that list, page by page."""
    from storage import theme_lists
    from storage.reading import Snapshot

    tx, after = Snapshot(connection), theme_lists.FIRST
    while rows := theme_lists.page(tx, flow, step, which=which, staff_id=0, after=after, limit=_ROWS):
        yield from rows
        after = rows[-1].place


def step_of(connection: Connection, flow: str, name: str) -> str:
    """Returns the step of that question, whose answers are coded. Raises ThemesRefused."""
    from bot.engine.build import build
    from bot.reports.layout import lay_out
    from bot.reports.themes.coded import codeable
    from storage.results import versions

    known = versions(connection, flow)
    if not known:
        raise ThemesRefused("export.no_flow", flow=flow)
    questions = codeable(lay_out({version: build(content) for version, content in known.items()}, ()))
    found = next((one.step for one in questions if name in (one.step, one.column)), None)
    if found is None:
        raise ThemesRefused("themes.no_question", name=name, known=", ".join(one.step for one in questions) or "–")
    return found


def used_book(settings: Settings, flow: str) -> FoundBook:
    """Returns the book that a flow is coded by here."""
    from bot.codebooks import book_of

    return book_of(settings.data, flow)


def good(found: FoundBook) -> Codebook:
    """Returns the book that was found. Raises ThemesRefused where it has mistakes."""
    if found.book is None:
        raise ThemesRefused("themes.book_has_mistakes", file=found.file, count=len(found.errors))
    return found.book
