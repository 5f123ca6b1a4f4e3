"""`minga documents load|list|search|forget`: what is published already, so that residents find it before they ask for it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs it here
    from collections.abc import Sequence

    from bot.assembly import House
    from bot.documents import Found
    from storage.documents import Document
    from storage.statements import Transaction

_BATCH = 200
"""Documents of one transaction: a server that runs meanwhile waits no longer than for these."""


class DocumentsRefused(Refused):
    """That source cannot be read, or there is nothing of it."""


def load(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="folder|file")],
    base: Annotated[str, typer.Option("--base", metavar="url")] = "",
    name: Annotated[str, typer.Option("--name", metavar="name")] = "",
    fetch: Annotated[bool, typer.Option("--fetch")] = False,
) -> int:
    """Loads the documents of a folder, a file or a list, in place of those that came from there before."""
    from bot.assembly import open_house
    from bot.documents import read
    from bot.documents.found import is_link
    from bot.settings import read as read_settings

    terminal = terminal_of(context)
    if base and not is_link(base):
        raise DocumentsRefused("documents.refused.base", base=base)
    if not source.exists():
        raise DocumentsRefused("documents.refused.missing", source=source)
    try:
        found = read(source, base=base)
    except OSError as error:
        raise DocumentsRefused("documents.refused.unreadable", source=source, error=error.strerror or "") from error
    for problem in found.problems:
        terminal.note(f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
    if found.fatal:
        terminal.note(terminal.say("documents.nothing_changed", source=source))
        return FAILED
    documents: Sequence[Found] = found.found
    if fetch:
        documents = _fetched(documents, source, terminal)
    with open_house(read_settings()) as house:
        dropped = _keep(house, documents, name or str(source.resolve()))
    terminal.tell(terminal.say("documents.loaded", count=len(documents), source=name or source, dropped=dropped))
    if found.skipped:
        terminal.note(terminal.say("documents.skipped", count=found.skipped))
    if unlinked := sum(not one.link for one in documents):
        terminal.note(terminal.say("documents.unlinked", count=unlinked))
    return 0


def _fetched(documents: Sequence[Found], source: Path, terminal: Terminal) -> Sequence[Found]:
    from bot.documents.fetching import fetch

    wanted = sum(bool(one.link) and not one.text for one in documents)
    fetched, missed = asyncio.run(fetch(documents))
    for one in missed:
        why = terminal.say(f"documents.missed.{one.why}", detail=one.detail)
        terminal.note(f"{one.document.file}:{one.document.line}: {one.document.link}: {why}")
    if wanted and len(missed) == wanted and all(one.why in ("unreachable", "slow") for one in missed):
        raise DocumentsRefused("documents.refused.offline", source=source)
    return fetched


def _keep(house: House, documents: Sequence[Found], source: str) -> int:
    from bot.clock import milliseconds
    from storage.documents import Document, drop_others

    now, new = milliseconds(house.clock.now()), house.database.identifiers.next
    for begin in range(0, len(documents), _BATCH):
        rows = [
            # a document is the same one as before where its source and its place there are
            (new(), Document(f"{source}\n{one.place}", one.title, one.text or one.title, one.link, one.date, source))
            for one in documents[begin : begin + _BATCH]
        ]
        house.database.transaction_now(partial(_put, rows=rows, now=now))
    return house.database.transaction_now(lambda tx: drop_others(tx, source, before=now))


def _put(tx: Transaction, *, rows: Sequence[tuple[int, Document]], now: int) -> None:
    from storage.documents import put

    for identifier, document in rows:
        put(tx, identifier, document, now=now)


def list_documents(context: typer.Context) -> None:
    """Lists the sources, with how many documents each has and when it was loaded."""
    from bot.assembly import open_database
    from bot.cli.tables import table
    from bot.clock import moment
    from bot.settings import read
    from storage.documents import sources
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    settings = read()
    with open_database(settings) as database:
        found = database.read_now(lambda connection: sources(Snapshot(connection)))
    if not found:
        terminal.tell(terminal.say("documents.none"))
        return
    head = [terminal.say(f"documents.column.{name}") for name in ("source", "loaded", "count")]
    rows = [(one.source, f"{moment(one.loaded_at, settings.zone):%Y-%m-%d %H:%M}", str(one.documents)) for one in found]
    for line in table(head, rows, left=2):
        terminal.tell(line)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="words")],
    limit: Annotated[int, typer.Option("--limit", metavar="number", min=1, max=100)] = 10,
) -> int:
    """Searches as a resident's request would."""
    from bot.assembly import open_database
    from bot.settings import read
    from storage import documents
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    with open_database(read()) as database:
        hits = database.read_now(lambda connection: documents.search(Snapshot(connection), " ".join(words), limit=limit))
    if not hits:
        terminal.tell(terminal.say("documents.no_hit"))
        return FAILED
    for hit in hits:
        terminal.tell(hit.title)
        terminal.tell(f"    {hit.excerpt}")
        if hit.link:
            terminal.tell(f"    {hit.link}")
    return 0


def forget(context: typer.Context, source: Annotated[str, typer.Argument(metavar="source")]) -> None:
    """Takes a whole source out, as `documents list` names it."""
    from bot.assembly import open_database
    from bot.settings import read
    from storage import documents

    terminal = terminal_of(context)
    with open_database(read()) as database:
        names = {source, str(Path(source).resolve())}
        dropped = database.transaction_now(lambda tx: sum(documents.forget(tx, name) for name in names))
    if not dropped:
        raise DocumentsRefused("documents.refused.unknown", source=source)
    terminal.tell(terminal.say("documents.forgotten", count=dropped, source=source))
