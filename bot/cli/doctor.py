"""`minga doctor`: looks over an installation, changes nothing, and says what to mend."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer

from bot.cli.terminal import FAILED, LOCALES, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.settings import Settings

LEAST_FREE = 500_000_000
"""Bytes free on the data folder's disk below which a warning is due: a canton's answers fit many times, a backup may not."""


class Finding(NamedTuple):
    """One line: how it is, and what is said about it."""

    state: Literal["good", "weak", "bad"]
    text: str


def doctor(context: typer.Context) -> int:
    """Looks over the installation."""
    from bot.settings import read

    terminal = terminal_of(context)
    settings = read()
    looks = (_settings, _folder, _clock, _key, _database, _spool, _flows, _requests, _words, _twilio, _channels)
    findings = [finding for look in looks for finding in look(settings, terminal)]
    for finding in findings:
        terminal.tell(f"{terminal.say(f'doctor.{finding.state}')} {finding.text}")
    bad = sum(finding.state == "bad" for finding in findings)
    terminal.tell(terminal.say("doctor.summary", bad=bad, weak=sum(finding.state == "weak" for finding in findings)))
    return FAILED if bad else 0


def _settings(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.settings import unknown

    names = unknown()
    for name in names:
        yield Finding("weak", terminal.say("settings.unknown", variable=name))
    if not names:
        yield Finding("good", terminal.say("doctor.settings"))
    if settings.simulated and not settings.loopback:
        yield Finding("weak", terminal.say("doctor.open_simulator", host=settings.host))


def _folder(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    folder = settings.data
    there = next(place for place in (folder, *folder.resolve().parents) if place.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Finding("bad", terminal.say("doctor.unwritable", folder=there))
        return
    free = shutil.disk_usage(there).free
    places = {"folder": folder, "free": f"{free / 1e9:.1f}"}
    yield (
        Finding("weak", terminal.say("doctor.disk_low", **places))
        if free < LEAST_FREE
        else Finding("good", terminal.say("doctor.disk", **places))
    )


def _clock(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.clock import RealClock

    now = RealClock(settings.zone).now()
    places = {"now": f"{now:%d/%m/%Y %H:%M}", "zone": settings.timezone}
    # no clock of the network is asked: but a machine that is older than the program it runs is surely wrong
    wrong = now.timestamp() < Path(__file__).stat().st_mtime
    yield Finding("bad" if wrong else "good", terminal.say("doctor.clock_wrong" if wrong else "doctor.clock", **places))


def _words(_settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.engine.answers.words import unreviewed
    from bot.translations import load_languages

    if names := unreviewed(load_languages(LOCALES).values()):
        yield Finding("weak", terminal.say("doctor.words_unreviewed", languages=", ".join(names)))


def _key(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from storage.keys import KEY_FILE, read_key_file, read_secrets, weak

    given = settings.secret_key.get_secret_value()
    file = settings.data / KEY_FILE
    try:
        secrets = read_secrets(given) if given else (read_key_file(settings.data) or ())
    except Refused as refused:
        yield Finding("bad", terminal.say(refused.key, **refused.places))
        return
    if weak(secrets):
        yield Finding("weak", terminal.say("doctor.weak_secret"))
    elif given:
        yield Finding("good", terminal.say("doctor.secret"))
    elif secrets and file.stat().st_mode & 0o077:
        yield Finding("weak", terminal.say("doctor.key_file_open", file=file))
    elif secrets:
        yield Finding("good", terminal.say("doctor.key_file", file=file))
    elif settings.server:
        yield Finding("bad", terminal.say("keys.server"))


def _database(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.assembly import shown
    from storage import migrations

    try:
        found = migrations.revision(settings.database)
        if found is None:
            yield Finding("good", terminal.say("doctor.no_database", database=shown(settings)))
        elif found != migrations.HEAD:
            yield Finding("weak", terminal.say("doctor.old_tables", found=found, known=migrations.HEAD))
        else:
            _open(settings)
            yield Finding("good", terminal.say("doctor.database", database=shown(settings)))
    except ModuleNotFoundError:
        yield Finding("bad", terminal.say("database.no_driver"))
    except Refused as refused:
        yield Finding("bad", terminal.say(refused.key, **refused.places))


def _open(settings: Settings) -> None:
    """Opens the vault if it has keys yet. Raises KeyRefused."""
    from bot.assembly import open_database
    from bot.clock import RealClock, milliseconds
    from storage.statements import Statement
    from storage.vault import open_vault

    key, now = settings.secret_key.get_secret_value(), milliseconds(RealClock(settings.zone).now())
    with open_database(settings) as database:
        if database.transaction_now(lambda tx: tx.one(Statement("SELECT 1 FROM secret"))):
            database.transaction_now(lambda tx: open_vault(tx, secret_key=key, folder=settings.data, now_ms=now))


def _spool(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from storage.spool import FILE, waiting_in

    file = settings.data / FILE
    try:
        count = waiting_in(settings.data)
    except OSError as error:
        yield Finding("bad", terminal.say("spool.unreadable", file=file, error=error.strerror or type(error).__name__))
        return
    if count:
        yield Finding("weak", terminal.say("doctor.spool", count=count, file=file))


def _twilio(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.inbound.doors import OVERRIDES, TWILIO

    if not settings.twilio_auth_token.get_secret_value():
        return
    if not settings.twilio_account_sid:
        yield Finding("bad", terminal.say("settings.no_account_sid"))
    if settings.public_url:
        yield Finding("good", terminal.say("doctor.twilio_webhook", url=settings.public_url + TWILIO + OVERRIDES))
    else:
        yield Finding("bad", terminal.say("doctor.twilio_no_public_url"))


def _channels(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    import asyncio

    from bot.cli.channels import look

    yield from asyncio.run(look(settings, terminal))


def _requests(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.cli.requests_health import look

    yield from look(settings, terminal)


def _flows(settings: Settings, terminal: Terminal) -> Iterator[Finding]:
    from bot.assembly import flow_files

    files = flow_files(settings)
    errors = [problem for problem in files.problems if problem.severity == "error"]
    for problem in errors:
        yield Finding("bad", f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
    if not errors:
        yield Finding("good", terminal.say("doctor.flows", count=len(files.good)))
