"""`minga serve` and `minga chat`: Minga at work."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import LOCALES, SHIPPED, Terminal, terminal_of

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from bot.flow_files import FlowFiles
    from bot.settings import Settings


def serve(context: typer.Context) -> None:
    """Serves residents until it is told to stop."""
    # all that is imported and built from here on stays: looking for garbage in it would be a tenth of the start
    gc.disable()
    from bot import logs, serving
    from bot.assembly import assemble, open_house
    from bot.settings import read
    from storage.lock import ServeLock

    terminal = terminal_of(context)
    settings = read()
    logs.configure(secrets=settings.secrets())
    with ExitStack() as opened:
        opened.enter_context(ServeLock(settings.data, shared=settings.server))
        door = opened.enter_context(serving.listen(settings.host, settings.port))
        house = opened.enter_context(open_house(settings, workers=4))
        engines = assemble(house)
        logs.configure(secrets=settings.secrets() | engines.providers.secrets)
        _warn(settings, engines.files, terminal)
        gc.freeze()
        gc.enable()
        serving.run(engines, door, lambda: _welcome(settings, terminal), lambda: terminal.note(terminal.say("serve.stopping")))


def _warn(settings: Settings, files: FlowFiles, terminal: Terminal) -> None:
    """Tells what does not keep a server from serving, but somebody should mend."""
    import structlog

    from bot.settings import unknown
    from storage.keys import read_secrets, weak

    log = structlog.get_logger("minga.serve")
    for name in unknown():
        log.warning("unknown_setting", name=name)
        terminal.note(terminal.say("settings.unknown", variable=name))
    if weak(read_secrets(settings.secret_key.get_secret_value())):
        log.warning("weak_secret")
    for problem in files.problems:
        if problem.severity == "error":
            log.error("broken_flow", file=problem.file, line=problem.line, code=problem.code)
            terminal.note(
                terminal.say("serve.broken_file", file=problem.file, line=problem.line, text=problem.tell(terminal.language))
            )


def _welcome(settings: Settings, terminal: Terminal) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    terminal.tell(terminal.say("serve.ready", url=url))
    terminal.tell(terminal.say("serve.simulator", url=f"{url}/") if settings.simulated else terminal.say("serve.no_simulator"))


def chat(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="flow")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    name: Annotated[str | None, typer.Option("--as", metavar="name")] = None,
    channel: Annotated[str, typer.Option("--channel", metavar="channel")] = "console",
    now: Annotated[str | None, typer.Option("--now", metavar="time")] = None,
    language: Annotated[str | None, typer.Option("--lang", metavar="language")] = None,
    record: Annotated[Path | None, typer.Option("--record", metavar="file")] = None,
) -> int:
    """Plays a flow in the terminal, or by JSON lines."""
    from bot import logs
    from bot.chat import Asked, House, play
    from bot.settings import read

    terminal = terminal_of(context)
    settings = read()
    logs.configure(secrets=settings.secrets(), stream=terminal.err)
    house = House(settings, LOCALES, SHIPPED, terminal.language, sys.stdin, terminal.out, terminal.err)
    return play(Asked(flow, as_json, name, channel, now, language, record), house)
