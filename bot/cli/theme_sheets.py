"""`minga themes export|import`: free answers coded in a spreadsheet by somebody, and brought back."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.terminal import FAILED, terminal_of
from bot.cli.themes import FlowName, QuestionName, ThemesRefused, good, step_of, used_book, walked

if TYPE_CHECKING:  # heavy, and only mypy needs it here
    from sqlalchemy import Connection

    from bot.assembly import House
    from bot.reports.themes.sheet import Line
    from storage.staff import Person
    from storage.statements import Transaction
    from storage.themes import AnswerKey
    from storage.vault import Vault

_CONTEXT = "themes.answer"

_NAME = re.compile(r"\br[\w-]{40,}", re.ASCII)
_MARK = "r"
"""Before the sealed name of an answer, so that no spreadsheet takes it for a formula."""


def export(
    context: typer.Context,
    flow: FlowName,
    question: QuestionName,
    out: Annotated[Path, typer.Option("--out", metavar="file")],
    coder: Annotated[str, typer.Option("--coder", metavar="email")] = "",
    excel: Annotated[bool, typer.Option("--excel")] = False,
    force: Annotated[bool, typer.Option("--force")] = False,
) -> None:
    """Writes a question's answers into a sheet, to be coded there and brought back."""
    from bot.assembly import open_house
    from bot.reports.csv_table import EXCEL_DECIMAL_COMMA, PLAIN, CsvTable
    from bot.reports.themes.codebook import NONE
    from bot.reports.themes.sheet import HEADER
    from bot.reports.themes.suggest import suggester
    from bot.settings import read
    from storage import theme_lists
    from storage.reading import Snapshot

    terminal = terminal_of(context)
    settings = read()
    book = good(used_book(settings, flow))
    if out.exists() and not force:
        raise ThemesRefused("themes.exists", file=out)
    with open_house(settings) as house:
        person = house.database.transaction_now(lambda tx: _person(tx, coder)) if coder else None
        unfinished = out.with_name(f".{out.name}.part")

        def work(connection: Connection) -> int:
            step, count = step_of(connection, flow, question), 0
            tx = Snapshot(connection)
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                sheet = CsvTable(file, HEADER, EXCEL_DECIMAL_COMMA if excel else PLAIN)
                for listed in walked(connection, flow, step, which="all"):
                    text = listed.value if isinstance(listed.value, str) else f"[{terminal.say('themes.media.audio')}]"
                    own = None
                    if person is not None:
                        words = theme_lists.words_on(tx, [listed.answer])[listed.answer]
                        own = next((one.themes for one in words if one.coder == person.id and not one.settled), None)
                    sheet.write(
                        [
                            _sealed(house.vault, flow, step, listed.answer),
                            listed.language,
                            text,
                            "|".join(suggester(book).suggest(text)) if isinstance(listed.value, str) else "",
                            "" if own is None else "|".join(own) or NONE,
                        ]
                    )
                    count += 1
            return count

        try:
            count = house.database.read_now(work)
            unfinished.replace(out)
        except OSError as error:
            raise ThemesRefused("themes.unwritable", file=out, error=error.strerror or "") from error
        finally:
            unfinished.unlink(missing_ok=True)
    terminal.tell(terminal.say("themes.exported", count=count, file=out))
    terminal.note(terminal.say("themes.exported_text"))


def import_codings(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="file")],
    coder: Annotated[str, typer.Option("--coder", metavar="email")],
) -> int:
    """Takes in a sheet that somebody coded: all of it, or nothing where a line has a mistake."""
    from bot.assembly import open_house
    from bot.clock import milliseconds
    from bot.reports.themes.sheet import read_sheet
    from bot.settings import read
    from storage import audit, theme_lists, themes

    terminal = terminal_of(context)
    settings = read()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ThemesRefused("themes.unreadable", file=file, error=error.strerror or "") from error
    with open_house(settings) as house:
        person = house.database.transaction_now(lambda tx: _person(tx, coder))
        flow, step = _about(house, content, file)
        book = good(used_book(settings, flow))
        sheet = read_sheet(content, book)
        keys: dict[Line, AnswerKey] = {}
        faults = [(one.number, terminal.say(f"themes.sheet.{one.code}", **one.places)) for one in sheet.faults]
        for line in sheet.lines:
            opened = _opened(house.vault, line.answer)
            if opened is None or opened[:2] != (flow, step):
                faults.append((line.number, terminal.say("themes.sheet.not_ours")))
            else:
                keys[line] = opened[2]
        if faults:
            for number, text in sorted(faults):
                terminal.tell(f"{file}:{number}: {text}")
            terminal.note(terminal.say("themes.sheet.nothing_taken", count=len(faults)))
            return FAILED
        now = milliseconds(house.clock.now())

        def work(tx: Transaction) -> tuple[int, int, list[int]]:
            new = same = 0
            gone: list[int] = []
            for line, key in keys.items():
                if theme_lists.one(tx, flow, step, key) is None:
                    gone.append(line.number)
                    continue
                words = themes.words(tx, key)
                own = next((one.themes for one in words if one.coder == person.id and not one.settled), None)
                if own == line.themes:
                    same += 1
                    continue
                themes.code(
                    tx, house.database.identifiers, key, flow=flow, step=step, themes=line.themes, staff_id=person.id,
                    book=book, now=now,
                )  # fmt: skip
                new += 1
            if new:
                after = {"coder": person.id, "answers": new}
                identifier = house.database.identifiers.next()
                audit.write(
                    tx, identifier, at=now, staff_id=None, action="codings_imported", subject=f"{flow}/{step}", after=after
                )
            return new, same, gone

        new, same, gone = house.database.transaction_now(work)
    for number in gone:
        terminal.tell(f"{file}:{number}: {terminal.say('themes.sheet.gone')}")
    terminal.tell(terminal.say("themes.imported", new=new, same=same, empty=sheet.empty, gone=len(gone), name=person.name))
    return 0


def _about(house: House, content: bytes, file: Path) -> tuple[str, str]:
    """Returns which flow and question a sheet is about, by the first answer that it names as we did."""
    for word in _NAME.findall(content.decode("utf-8", errors="replace")):
        opened = _opened(house.vault, word)
        if opened is not None:
            return opened[:2]
    raise ThemesRefused("themes.sheet.whose", file=file)


def _sealed(vault: Vault, flow: str, step: str, answer: AnswerKey) -> str:
    """Returns a name of the answer that says nothing to anybody else: neither who wrote it nor when."""
    plain = f"{flow} {step} {answer.conversation} {answer.sequence}".encode()
    return _MARK + base64.urlsafe_b64encode(vault.seal(plain, _CONTEXT)).decode().rstrip("=")


def _opened(vault: Vault, name: str) -> tuple[str, str, AnswerKey] | None:
    from storage.themes import AnswerKey
    from storage.vault import SealBroken

    written = name.removeprefix(_MARK)
    try:
        plain = vault.open(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)), _CONTEXT).decode()
    except (SealBroken, binascii.Error, ValueError):
        return None
    flow, step, conversation, sequence = plain.split(" ")
    return flow, step, AnswerKey(int(conversation), int(sequence))


def _person(tx: Transaction, email: str) -> Person:
    from bot.web.desk import roles
    from storage import staff

    person = staff.by_email(tx, email)
    if person is None or not roles.may(person.role, "code_answers"):
        raise ThemesRefused("themes.no_coder", email=email)
    return person
