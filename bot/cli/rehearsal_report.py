"""What a rehearsal showed, for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.cli.costing import NAMES, money, sources
from bot.cli.tables import bar, table
from bot.cli.terminal import Terminal

if TYPE_CHECKING:  # only mypy needs them here
    from bot.prices import Prices
    from bot.rehearsal.advice import Advice
    from bot.rehearsal.crowd import Plan
    from bot.rehearsal.findings import Findings, Question, Traffic

_OUTCOMES = ("completed", "partial", "open", "stopped", "refused")


def tell(plan: Plan, found: Findings, advice: Sequence[Advice], prices: Prices, terminal: Terminal) -> None:
    """Writes the report: outcomes, questions, channels, time, and what to do about it."""
    say = terminal.say
    title = plan.flow.title.get(plan.flow.languages[0], plan.flow.flow)
    terminal.tell(say("rehearse.title", title=title, people=found.people, seed=plan.seed, begins=f"{plan.begins:%Y-%m-%d %H:%M}"))
    terminal.tell()
    _outcomes(found, terminal)
    terminal.tell()
    _questions(found, terminal)
    terminal.tell()
    _channels(found, terminal)
    terminal.tell()
    for line in _facts(found, terminal):
        terminal.tell(f"  {line}")
    terminal.tell()
    terminal.tell(say("rehearse.advice"))
    for number, (key, places) in enumerate(advice, 1):
        terminal.tell(f"  {number}. {say(key, **_named(places))}")
    for line in sources({one.channel for one in found.traffic}, prices, terminal):
        terminal.note(line)
    terminal.note(say("rehearse.assumed"))


def as_dict(plan: Plan, found: Findings, advice: Sequence[Advice], terminal: Terminal) -> dict[str, Any]:
    """Returns the report as JSON holds it: durations in seconds, costs as numbers, null where there is no price."""
    told: dict[str, Any] = {
        "flow": plan.flow.flow,
        "version": plan.flow.version,
        "seed": plan.seed,
        "begins": plan.begins.isoformat(),
        "paces": dict(plan.paces),
    }
    told |= {key: _plain(value) for key, value in asdict(found).items()}
    told["advice"] = [{"code": key.rpartition(".")[2], "message": terminal.say(key, **_named(places))} for key, places in advice]
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 3)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return float(value) if type(value).__name__ == "Decimal" else value


def _named(places: dict[str, object]) -> dict[str, object]:
    """Returns the places of an advice with the channel called as people call it."""
    channel = places.get("channel")
    return {**places, "channel": NAMES.get(channel, channel)} if isinstance(channel, str) else places


def _outcomes(found: Findings, terminal: Terminal) -> None:
    rows: list[tuple[str, str, str, str]] = []
    for outcome in _OUTCOMES:
        count = found.outcomes.get(outcome, 0)
        if count or outcome == "completed":
            share = count / max(found.conversations, 1)
            rows.append((terminal.say(f"rehearse.outcome.{outcome}"), str(count), f"{share:.0%}", bar(share)))
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for name, number, part, drawn in rows:
        terminal.tell(f"  {name:<{widths[0]}}  {number:>{widths[1]}}  {part:>{widths[2]}}  {drawn}".rstrip())


def _questions(found: Findings, terminal: Terminal) -> None:
    names = ("question", "met", "answered", "skipped", "refused", "not_understood", "asked_back", "left")
    head = [*(terminal.say(f"rehearse.{name}") for name in names), ""]
    most = max((one.left / one.met for one in found.questions if one.met), default=0.0)
    lines = table(head, [_question(one, most, terminal) for one in found.questions], indent="  ", drawn=True)
    for line in lines:
        terminal.tell(line)


def _question(one: Question, most: float, terminal: Terminal) -> list[str]:
    own = f"rehearse.question.{one.step}"
    name = terminal.say(own) if own in terminal.language.texts else one.step
    share = one.left / one.met if one.met else 0.0
    counts = [one.met, one.answered, one.skipped, one.refused, one.not_understood, one.asked_back]
    left = f"{one.left} ({share:.1%})" if one.left else "·"
    return [name, *(str(count) if count else "·" for count in counts), left, bar(share / most if most else 0, 8)]


def _channels(found: Findings, terminal: Terminal) -> None:
    names = ("channel", "people", "completed", "sent", "units", "received", "reminders", "waiting")
    head = [*(terminal.say(f"rehearse.{name}") for name in names), terminal.say("cli.costs.cost", currency=found.currency)]
    head.append(terminal.say("rehearse.each"))
    for line in table(head, [_channel(one, terminal) for one in found.traffic], indent="  "):
        terminal.tell(line)


def _channel(one: Traffic, terminal: Terminal) -> list[str]:
    units = str(one.sent_units) if one.channel == "sms" else "·"
    counts = [one.people, one.completed, one.sent]
    each = None if one.cost is None or not one.completed else one.cost / one.completed
    return [
        NAMES[one.channel],
        *(str(count) for count in counts),
        units,
        str(one.received_units if one.channel == "sms" else one.received),
        str(one.reminders or "·"),
        str(one.waiting + one.failed or "·"),
        money(one.cost, terminal),
        money(each, terminal) if each is not None else "·",
    ]


def _facts(found: Findings, terminal: Terminal) -> list[str]:
    say = terminal.say
    lines = []
    if found.typical is not None and found.slow is not None:
        lines.append(say("rehearse.duration", typical=spell(found.typical), slow=spell(found.slow)))
    lines.append(say("rehearse.calendar", calendar=spell(found.calendar)))
    slowest = max((one.slowest for one in found.traffic), default=timedelta(0))
    if slowest >= timedelta(seconds=10):
        lines.append(say("rehearse.queue", slowest=spell(slowest)))
    if found.reminded:
        lines.append(say("rehearse.reminded", count=found.reminders, people=found.reminded, back=found.back))
    if found.consent_asked:
        lines.append(say("rehearse.consent", asked=found.consent_asked, given=found.consent_given))
    if len(found.languages) > 1:
        spoken = ", ".join(f"{code} {count}" for code, count in sorted(found.languages.items()))
        lines.append(say("rehearse.languages", languages=spoken))
    if found.conversations != found.people:
        lines.append(say("rehearse.conversations", conversations=found.conversations, people=found.people))
    if found.repeats:
        lines.append(say("rehearse.repeats"))
    if found.anonymous:
        lines.append(say("rehearse.anonymous"))
    return lines


def spell(duration: timedelta) -> str:
    """Returns a duration in its two largest units: 40 s, 6 min, 2 h 5 min, 3 d 4 h."""
    seconds = round(duration.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86_400
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next(place for place, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
