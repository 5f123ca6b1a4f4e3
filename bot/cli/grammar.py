"""How `minga` is spoken: its commands, its help and its usage errors, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from bot.cli import (
    answers,
    campaigning,
    care,
    checking,
    commitments,
    conflicts,
    doctor,
    documents,
    forms,
    law,
    letters,
    opening,
    outreach,
    publishing,
    rehearsing,
    requests,
    results,
    running,
    staff,
    theme_sheets,
    themes,
    weights,
)
from bot.cli.terminal import REFUSED, Terminal
from storage.refusal import Refused

if TYPE_CHECKING:  # typer carries its own click; only mypy needs its names
    from typer._click import Command, Context, Parameter

    from bot.settings import Invalid

COMMANDS: dict[str, Callable[..., Any]] = {
    "serve": running.serve,
    "chat": running.chat,
    "check": checking.check,
    "schema": checking.schema,
    "rehearse": rehearsing.rehearse,
    "import": forms.import_form,
    "export-form": forms.export_form,
    "flow open": opening.open_flow,
    "flow pause": opening.pause_flow,
    "flow close": opening.close_flow,
    "flow list": opening.list_flows,
    "flow conflicts": conflicts.conflicts,
    "export": answers.export,
    "results": results.results,
    "report": publishing.report,
    "weights set": weights.set_weights,
    "weights list": weights.list_weights,
    "weights remove": weights.remove_weights,
    "links": outreach.links,
    "campaign": campaigning.campaign,
    "telegram set-webhook": outreach.set_webhook,
    "outbox list": letters.list_letters,
    "outbox resend": letters.resend,
    "costs": letters.costs,
    "requests list": requests.list_requests,
    "requests show": requests.show,
    "requests report": requests.report,
    "documents load": documents.load,
    "documents list": documents.list_documents,
    "documents search": documents.search,
    "documents forget": documents.forget,
    "themes check": themes.check,
    "themes list": themes.list_themes,
    "themes suggest": themes.suggest,
    "themes export": theme_sheets.export,
    "themes import": theme_sheets.import_codings,
    "commitments list": commitments.list_commitments,
    "commitments update": commitments.update,
    "law check": law.check,
    "holidays list": law.list_days,
    "holidays add": law.add,
    "holidays remove": law.remove,
    "staff add": staff.add,
    "staff reset": staff.reset,
    "staff list": staff.list_staff,
    "staff deactivate": staff.deactivate,
    "backup": care.backup,
    "restore": care.restore,
    "keys rotate": care.rotate_keys,
    "doctor": doctor.doctor,
    "settings": care.settings,
}
"""Every command by its words, in the order of the help."""


def key_of(path: str) -> str:
    """Returns the key of a command's help: "minga flow open" → `cli.help.flow.open`, and of "minga" → `cli.help`."""
    return ".".join(["cli.help", *path.split()[1:]])


def help_keys() -> Iterator[str]:
    """Yields the key of every text that the help of the commands has: each command, each group, each argument and option."""
    for words, function in COMMANDS.items():
        *group, _ = words.split()
        yield from ("cli.help", *(f"cli.help.{name}" for name in group), key_of(f"minga {words}"))
        for name in list(signature(function).parameters)[1:]:  # the first is the context
            yield f"{key_of(f'minga {words}')}.{name}"


class _Command(TyperCommand):
    def get_help(self, ctx: Context) -> str:
        terminal: Terminal = ctx.find_root().obj
        rows = [
            (_shown(p), terminal.say(f"{key_of(ctx.command_path)}.{p.name}") + _default(p, terminal)) for p in _asked(self.params)
        ]
        return _page(terminal, ctx.command_path, " ".join(_usage(p) for p in _asked(self.params)), rows)


class _Group(TyperGroup):
    def get_command(self, ctx: Context, cmd_name: str) -> Command:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            raise Refused("cli.usage.no_command", name=f"{ctx.command_path} {cmd_name}")
        return found

    def get_help(self, ctx: Context) -> str:
        terminal: Terminal = ctx.find_root().obj
        prefix = ctx.command_path.split()[1:]
        words = [command.split() for command in COMMANDS]
        rows = [
            (" ".join(command[len(prefix) :]), terminal.say(".".join(["cli.help", *command])))
            for command in words
            if command[: len(prefix)] == prefix
        ]
        return _page(terminal, ctx.command_path, terminal.say("cli.usage.command"), rows)


def _page(terminal: Terminal, path: str, usage: str, rows: list[tuple[str, str]]) -> str:
    width = max((len(left) for left, _ in rows), default=0) + 3
    lines = [terminal.say(key_of(path)), "", f"{terminal.say('cli.usage.usage')} {path} {usage}".rstrip()]
    if rows:
        lines.append("")
        lines += [f"  {left:<{width}}{right}" for left, right in rows]
    return "\n".join(lines)


def _asked(params: Sequence[Parameter]) -> list[Parameter]:
    return [param for param in params if param.name != "help"]


def _shown(param: Parameter) -> str:
    if param.param_type_name == "argument":
        return _metavar(param)
    value = "" if getattr(param, "is_flag", False) else f" {_metavar(param)}"
    return ", ".join(param.opts) + value


def _metavar(param: Parameter) -> str:
    return (param.metavar or param.name or "").upper() + ("…" if param.nargs == -1 else "")


def _usage(param: Parameter) -> str:
    return _shown(param) if param.required else f"[{_shown(param)}]"


def _default(param: Parameter, terminal: Terminal) -> str:
    default = param.default
    if param.required or default is None or isinstance(default, bool) or default == "":
        return ""
    return f" {terminal.say('cli.usage.default', value=default)}"


def build(terminal: Terminal) -> Callable[[Sequence[str]], int]:
    """Returns the function that runs one command line (the words after `minga`) and returns its exit code."""
    root = typer.Typer(cls=_Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    root.callback(invoke_without_command=False)(_nothing)
    groups: dict[str, typer.Typer] = {}
    for words, function in COMMANDS.items():
        *group, name = words.split()
        place = root
        if group:
            if group[0] not in groups:
                groups[group[0]] = typer.Typer(cls=_Group, rich_markup_mode=None)
                groups[group[0]].callback()(_nothing)
                root.add_typer(groups[group[0]], name=group[0], no_args_is_help=True)
            place = groups[group[0]]
        place.command(name, cls=_Command)(function)
    command = typer.main.get_command(root)

    def run(arguments: Sequence[str]) -> int:
        try:
            result = command.main(list(arguments) or ["--help"], prog_name="minga", standalone_mode=False, obj=terminal)
        except TyperException as error:
            for line in _usage_error(error, terminal):
                terminal.note(line)
            return REFUSED
        return result if isinstance(result, int) else 0

    return run


def explain(refused: Refused, terminal: Terminal) -> list[str]:
    """Returns why something was refused and what to do, a line for each reason."""
    # SettingsRefused carries a list; its module is not imported for that, it would slow every command
    invalid: tuple[Invalid, ...] = getattr(refused, "invalid", ())
    if invalid:
        return [
            terminal.say(refused.key, variable=one.variable, expected=terminal.say(f"settings.{one.name}.expected"))
            for one in invalid
        ]
    return [terminal.say(refused.key, **refused.places)]


def _nothing() -> None:
    """A group does nothing by itself."""


def _usage_error(error: TyperException, terminal: Terminal) -> list[str]:
    """Returns what was wrong with the command line. typer's own sentences are English, so its errors are told by their kind."""
    context: Context | None = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "minga"
    param: Parameter | None = getattr(error, "param", None)
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        return [error.format_message()]
    match kind:
        case "MissingParameter" if param is not None:
            said = terminal.say("cli.usage.missing", name=_shown(param))
        case "NoSuchOption":
            said = terminal.say("cli.usage.no_option", name=getattr(error, "option_name", ""))
        case "BadParameter" if param is not None:
            # "'x' is not one of 'a', 'b'": the choices are told nowhere else
            known = error.message.partition(" is not one of ")[2].rstrip(".").replace("'", "")
            key = "cli.usage.bad_choice" if known else "cli.usage.bad_value"
            said = terminal.say(key, name=_shown(param), known=known)
        case _:
            said = terminal.say("cli.usage.other", reason=error.format_message())
    return [said, terminal.say("cli.usage.more", command=f"{path} --help")]
