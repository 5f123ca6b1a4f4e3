"""`minga backup`, `restore`, `keys rotate`, `settings`: for whoever keeps Minga running."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.terminal import terminal_of


def backup(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="file")] = Path(),
) -> None:
    """Backs everything up but the key; a server may run meanwhile."""
    from bot.clock import RealClock
    from bot.settings import read
    from storage.attachments import FOLDER
    from storage.backup import backup as back_up
    from storage.keys import KEY_FILE
    from storage.spool import FILE as SPOOL
    from storage.spool import waiting_in

    terminal = terminal_of(context)
    settings = read()
    # counted first: what is handled meanwhile is in the copy of the database, and is told of once too often at worst
    try:
        waiting, trouble = waiting_in(settings.data), ""
    except OSError as error:
        waiting, trouble = 0, error.strerror or type(error).__name__
    done = back_up(settings.database, out, attachments=settings.data / FOLDER, now=RealClock(settings.zone).now())
    rows = sum(table.rows for table in done.manifest.tables.values())
    terminal.tell(terminal.say("backup.done", file=done.file, size=f"{done.size / 1e6:.1f}", rows=rows))
    where = "MINGA_SECRET_KEY" if settings.secret_key.get_secret_value() else str(settings.data / KEY_FILE)
    if trouble:
        terminal.tell(terminal.say("spool.unreadable", file=settings.data / SPOOL, error=trouble))
    if waiting:  # not packed: once it is restored a line could bring back somebody who was erased since
        terminal.tell(terminal.say("backup.spool", count=waiting, file=settings.data / SPOOL))
    terminal.tell(terminal.say("backup.without_key", where=where))


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="file")],
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Puts a backup back; no server may run."""
    from bot.clock import RealClock
    from bot.settings import read
    from storage.attachments import FOLDER
    from storage.restore import restore as put_back

    terminal = terminal_of(context)
    settings = read()
    done = asyncio.run(
        put_back(
            file,
            database_url=settings.database,
            folder=settings.data,
            attachments=settings.data / FOLDER,
            secret_key=settings.secret_key.get_secret_value(),
            now=RealClock(settings.zone).now(),
            force=force,
        )
    )
    rows = sum(table.rows for table in done.manifest.tables.values())
    terminal.tell(terminal.say("restore.done", file=file, rows=rows, erased=done.erased))
    if done.aside is not None:
        terminal.tell(terminal.say("restore.aside", file=done.aside))
    if done.opens is not True:
        terminal.tell(terminal.say("restore.no_key" if done.opens is None else "restore.wrong_key"))


def rotate_keys(
    context: typer.Context,
    forget: Annotated[bool, typer.Option("--forget")] = False,
) -> None:
    """Moves all personal data under the newest secret."""
    from bot.assembly import open_database
    from bot.settings import read
    from storage.rotation import rotate_keys as rotate

    terminal = terminal_of(context)
    settings = read()
    key = settings.secret_key.get_secret_value()
    with open_database(settings) as database:
        done = asyncio.run(rotate(database, secret_key=key, folder=settings.data, server=settings.server, forget=forget))
    terminal.tell(terminal.say("keys.rotated", sealed=done.sealed, ready=done.ready))
    if key:
        terminal.tell(terminal.say("keys.retire"))


def settings(
    context: typer.Context,
    example: Annotated[bool, typer.Option("--example")] = False,
) -> None:
    """Shows the settings that hold now, or writes `.env.example`."""
    from pydantic import SecretStr

    from bot.settings import example as written
    from bot.settings import read, variable

    terminal = terminal_of(context)
    if example:
        terminal.tell(written(terminal.language.texts).rstrip("\n"))
        return
    found = read()
    for name in type(found).model_fields:
        value = getattr(found, name)
        if isinstance(value, SecretStr):
            value = terminal.say("cli.settings.hidden") if value.get_secret_value() else ""
        terminal.tell(f"{variable(name)}={value}")
