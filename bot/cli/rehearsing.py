"""`minga rehearse`: a consultation played with simulated residents before anybody is written to."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, LOCALES, SHIPPED, Terminal, terminal_of
from storage.refusal import Refused

if TYPE_CHECKING:  # only mypy needs them here
    from bot.flow_files import FlowFiles
    from bot.prices import Prices
    from bot.rehearsal.crowd import Plan
    from bot.rehearsal.findings import Findings
    from bot.rehearsal.mix import Mix
    from bot.settings import Settings

_MONDAY = 7
_HOUR = 9


class RehearsalRefused(Refused):
    """It cannot be rehearsed as it was asked for."""


def rehearse(
    context: typer.Context,
    flow: Annotated[str, typer.Argument(metavar="flow")],
    people: Annotated[int, typer.Option("--people", metavar="number", min=1, max=20_000)] = 500,
    channel: Annotated[str | None, typer.Option("--channel", metavar="channel")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="number")] = 1,
    now: Annotated[str | None, typer.Option("--now", metavar="time")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Plays a consultation with simulated residents, in a database that is gone afterwards. Nothing is sent."""
    from bot import logs
    from bot.cli.costing import prices_of
    from bot.cli.rehearsal_report import as_dict, tell
    from bot.rehearsal.advice import advise
    from bot.rehearsal.crowd import Plan
    from bot.settings import read
    from bot.translations import load_languages

    terminal = terminal_of(context)
    settings = read()
    logs.configure(secrets=settings.secrets(), stream=terminal.err)
    files = _flow(flow, settings, terminal)
    if files is None:
        return FAILED
    loaded = next(iter(files.good.values()))
    assert loaded.flow is not None
    mix = _mix(channel, loaded.flow.languages, settings, terminal)
    prices, wrong = prices_of(settings)
    for problem in wrong:
        terminal.note(f"{problem.file}:{problem.line}: {problem.tell(terminal.language)}")
    if mix is None or wrong:
        return FAILED
    plan = Plan(
        loaded,
        people,
        seed,
        mix,
        _begins(now, settings),
        languages=load_languages(LOCALES),
        consents=files.consents,
        municipality=settings.municipality,
        contact=settings.contact,
        plained=settings.plained,
        openings=settings.openings,
        paces={"telegram": settings.telegram_pace, "whatsapp": settings.whatsapp_pace, "sms": settings.sms_pace},
        person_pace=settings.person_pace,
    )
    found = _played(plan, prices)
    advice = advise(found, loaded.flow, opens=bool(settings.openings))
    if as_json:
        terminal.tell(json.dumps(as_dict(plan, found, advice, terminal), ensure_ascii=False, indent=2))
    else:
        tell(plan, found, advice, prices, terminal)
    return 0


def _played(plan: Plan, prices: Prices) -> Findings:
    from bot.rehearsal.crowd import play, staged
    from bot.rehearsal.findings import findings
    from storage.played import played

    with staged(plan) as stage:
        asyncio.run(play(stage))
        rows = stage.database.transaction_now(played)
        return findings(rows, plan.flow, stage.vault, plan.languages, prices)


def _flow(flow: str, settings: Settings, terminal: Terminal) -> FlowFiles | None:
    """Returns what the flow's file says; tells what is wrong with it and returns None. Raises RehearsalRefused."""
    from bot.flow_files import find, read
    from bot.translations import flow_texts, load_languages

    folders = [SHIPPED, settings.flows]
    known = find(folders)
    path = Path(flow)
    file = path if path.suffix in {".yaml", ".yml"} or path.is_file() else known.get(flow)
    if file is None:
        raise RehearsalRefused("rehearse.unknown_flow", flow=flow, known=", ".join(sorted(known)))
    found = read([file], beside=[*folders, file.parent], languages=load_languages(LOCALES), translate=flow_texts(LOCALES))
    if found.good:
        return found
    for problem in found.problems:
        if problem.severity == "error":
            said = terminal.say("cli.check.error", text=problem.tell(terminal.language))
            terminal.note(f"{problem.file}:{problem.line}: {said}")
    return None


def _mix(channel: str | None, spoken: tuple[str, ...], settings: Settings, terminal: Terminal) -> Mix | None:
    """Returns who takes part; tells what is wrong with their file and returns None. Raises RehearsalRefused."""
    from dataclasses import replace

    from bot.rehearsal.mix import CHANNELS, Mix, load_mix, only

    if channel is None:
        mix = Mix()
        if not settings.sms_two_way:
            mix = replace(mix, channels={name: share for name, share in mix.channels.items() if name != "sms"})
            terminal.note(terminal.say("rehearse.without_sms"))
        return mix
    if channel in CHANNELS:
        mix = only(channel)
    else:
        try:
            content = Path(channel).read_bytes()
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise RehearsalRefused("rehearse.no_mix", channel=channel, channels=", ".join(CHANNELS), error=why) from error
        mix, problems = load_mix(content, channel)
        for problem in problems:
            said = terminal.say("cli.check.error", text=problem.tell(terminal.language))
            terminal.note(f"{problem.file}:{problem.line}: {said}")
        if problems:
            return None
    foreign = [code for code in mix.languages if code not in spoken]
    if foreign:
        raise RehearsalRefused("rehearse.language", languages=", ".join(foreign), spoken=", ".join(spoken))
    if mix.channels.get("sms") and not settings.sms_two_way:
        raise RehearsalRefused("rehearse.one_way")
    return mix


def _begins(now: str | None, settings: Settings) -> datetime:
    """Returns when it begins: as told, else on the coming Monday at nine. Raises RehearsalRefused for what is no time."""
    from bot.clock import RealClock

    if now is None:
        today = RealClock(settings.zone).now().replace(hour=_HOUR, minute=0, second=0, microsecond=0)
        return today + timedelta(days=_MONDAY - today.weekday())
    try:
        moment = datetime.fromisoformat(now)
    except ValueError as error:
        raise RehearsalRefused("rehearse.bad_now", value=now) from error
    return moment.replace(tzinfo=settings.zone) if moment.tzinfo is None else moment.astimezone(settings.zone)
