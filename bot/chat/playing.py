"""The command itself: what was asked for is judged, the stage built, and the talk played in the terminal or by JSON lines."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TextIO

from bot.channels.abilities import LOOKS
from bot.channels.console import NAME
from bot.chat import lines
from bot.chat import terminal as typed
from bot.chat.recording import Recorded, Steady, head
from bot.chat.stage import Scene, in_database, in_memory
from bot.chat.talk import Talk
from bot.clock import RealClock
from bot.engine.language import Language
from bot.engine.source import Loaded
from bot.flow_files import FlowFiles, find, read
from bot.settings import Settings
from bot.translations import flow_texts, load_languages, load_places
from storage.refusal import Refused

FAILED = 1
"""The exit code where the flow cannot be played."""

_NAME = re.compile(r"[\w.-]{1,64}")


class ChatRefused(Refused):
    """The chat cannot be played as it was asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for. `flow` is an identifier or a file; `name` keeps the talk in the database under it;
    `record` is the file that a dialogue is kept in.
    """

    flow: str
    as_json: bool = False
    name: str | None = None
    channel: str = NAME
    now: str | None = None
    language: str | None = None
    record: Path | None = None


@dataclass(frozen=True, slots=True)
class House:
    """Where the command runs: settings, the folders of catalogues and shipped flows, and the official's language and streams."""

    settings: Settings
    locales: Path
    shipped: Path
    language: Language
    source: TextIO
    out: TextIO
    err: TextIO

    @property
    def folders(self) -> list[Path]:
        """Returns the folders of flows: those that ship, then the municipality's own."""
        return [self.shipped, self.settings.flows]

    def note(self, text: str) -> None:
        """Writes a line that is no part of the play."""
        self.err.write(text + "\n")


def play(asked: Asked, house: House) -> int:
    """Plays until the source ends; returns the exit code, 1 where the flow is unknown or has errors, which are told.

    Raises ChatRefused for a channel, language, name, time or recording that there cannot be, what opening the database
    refuses, and KeyboardInterrupt on Ctrl-C.
    """
    _tolerant(house, asked)
    settings = house.settings
    languages = load_languages(house.locales)
    # what is recorded must come out the same when it is played again, so its clock stands as a script's does
    scripted = asked.as_json or asked.record is not None or not house.source.isatty()
    scene = _scene(asked, languages, settings, scripted=scripted)
    files = _read(asked.flow, house, languages)
    if files is None:
        return FAILED
    loaded = _loaded(files, house)
    if loaded is None:
        return FAILED
    scene = replace(scene, consents=files.consents, places=load_places(house.locales))
    if asked.record is not None:
        scene = replace(scene, step=Steady())
    stage = in_memory(scene, loaded) if asked.name is None else in_database(scene, loaded, settings, asked.name)
    reader = languages[asked.language] if asked.language else house.language
    with asyncio.Runner() as runner, stage as parts:
        player = lines.play if asked.as_json else typed.play
        talk = Talk(parts)
        record = asked.record
        kept = talk if record is None else _recorded(talk, record, head(scene, Path(loaded.file), record))
        player(kept, house.source, house.out, reader, runner)
    if asked.record is not None:
        house.note(house.language.say("chat.recorded", file=asked.record))
    return 0


def _recorded(talk: Talk, record: Path, about: dict[str, str]) -> Recorded:
    """Returns the talk with its recording begun. Raises ChatRefused where the file is there already or cannot be written."""
    try:
        with record.open("x", encoding="utf-8"):
            pass
    except FileExistsError as error:
        raise ChatRefused("chat.record_exists", file=record) from error
    except OSError as error:
        raise ChatRefused("chat.record_unwritable", file=record, error=error.strerror or error) from error
    return Recorded(talk, record, about)


def _tolerant(house: House, asked: Asked) -> None:
    """Lets strange bytes through as replacement characters; between programs JSON is UTF-8 whatever the terminal speaks."""
    for stream in (house.source, house.out):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if asked.as_json else None, errors="replace")


def _scene(asked: Asked, languages: Mapping[str, Language], settings: Settings, *, scripted: bool) -> Scene:
    if asked.channel not in LOOKS:
        raise ChatRefused("chat.unknown_channel", channel=asked.channel, channels=", ".join(LOOKS))
    if asked.language is not None and asked.language not in languages:
        raise ChatRefused("chat.unknown_language", language=asked.language, languages=", ".join(languages))
    if asked.name is not None and asked.record is not None:
        raise ChatRefused("chat.record_kept")
    if asked.name is not None and not _NAME.fullmatch(asked.name):
        raise ChatRefused("chat.bad_name", name=asked.name)
    return Scene(
        languages,
        settings.zone,
        look=asked.channel,
        language=asked.language,
        now=_now(asked, settings, scripted=scripted),
        municipality=settings.municipality,
        contact=settings.contact,
    )


def _now(asked: Asked, settings: Settings, *, scripted: bool) -> datetime | None:
    """Returns the time at which the chat's own clock begins; None to let the real one run, for people at a terminal."""
    if asked.now is None:
        return RealClock(settings.zone).now().replace(second=0, microsecond=0) if scripted else None
    try:
        now = datetime.fromisoformat(asked.now)
    except ValueError:
        raise ChatRefused("chat.bad_now", value=asked.now) from None
    return now.replace(tzinfo=settings.zone) if now.tzinfo is None else now.astimezone(settings.zone)


def _read(flow: str, house: House, languages: Mapping[str, Language]) -> FlowFiles | None:
    """Returns what the flow's file says; tells which flows there are and returns None where there is none."""
    known = find(house.folders)
    path = Path(flow)
    file = path if path.suffix in (".yaml", ".yml") or path.is_file() else known.get(flow)
    if file is None:
        house.note(house.language.say("chat.unknown_flow", flow=flow, flows=", ".join(sorted(known))))
        return None
    return read([file], beside=[*house.folders, file.parent], languages=languages, translate=flow_texts(house.locales))


def _loaded(files: FlowFiles, house: House) -> Loaded | None:
    """Returns the flow, or tells what is wrong with it and returns None. Warnings are for whoever checks, not who plays."""
    if files.good:
        return next(iter(files.good.values()))
    for problem in files.problems:
        if problem.severity == "error":
            said = house.language.say("cli.check.error", text=problem.tell(house.language))
            house.note(f"{problem.file}:{problem.line}: {said}")
    return None
