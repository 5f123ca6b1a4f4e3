"""From an order to files: the same for whoever types `minga export` and for whoever asks at the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from sqlalchemy import Connection

from bot.engine.language import Language
from bot.links import results as results_page
from bot.reports.csv_table import EXCEL, EXCEL_DECIMAL_COMMA, PLAIN, Dialect
from bot.reports.export import TABLES
from bot.reports.filters import CHANNELS, days, known
from bot.reports.order import TABLED, Order
from bot.reports.rows import Filter, Selection, left_out
from bot.reports.wide import Style
from storage import results
from storage.attachments import Attachments
from storage.export import Exported, Wanted, judged, write_export
from storage.refusal import Refused

LEAST_K = 3
"""A group of two hides nobody from the other."""


class OrderRefused(Refused):
    """Options that do not go together."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was written. Of a package: how many `people` are in it, the questions `held` back, whether `rows` are in it."""

    exported: Exported
    people: int | None = None
    held: tuple[str, ...] = ()
    rows: bool = True


def selected(order: Order, zone: tzinfo) -> Selection:
    """Returns the selection of an order; its conditions on answers wait for the flow. Raises FilterError."""
    begin, end = days(order.since, order.until, zone)
    channels = known(order.channel, CHANNELS, "filter.channel")
    # any language of the flow's: one that nobody spoke is an empty table, and says so
    languages = tuple(word.strip().lower() for text in order.lang for word in text.split(",") if word.strip())
    only = Filter((), begin, end, channels, languages)
    return Selection(partial=order.with_partial, test=order.with_test, only=only)


def wanted(
    order: Order, flow: str, folder: Path, now: datetime, language: Language, languages: Mapping[str, Language], *, force: bool
) -> Wanted:
    """Returns what this order wants. `now` is aware, in the municipality's zone; `language` is the reader's.

    Raises OrderRefused "export.excel_is_for_csv" and "export.k", FilterError for a table or a filter that there is not.
    """
    if order.excel and order.form != "csv":
        raise OrderRefused("export.excel_is_for_csv", format=order.form)
    if order.form == "package" and order.k < LEAST_K:
        raise OrderRefused("export.k", value=order.k)
    named = known([order.tables], TABLES, "export.no_table")
    zone = now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    return Wanted(
        flow,
        TABLED.get(order.form, "csv"),
        folder,
        selected(order, zone),
        now,
        language,
        languages,
        dialect(language) if order.excel else PLAIN,
        force,
        order.where,
        tuple(table for table in TABLES if table in named) or TABLES,
        Style(order.multi, order.labels, languages.get(order.labels, language).say("engine.other")),
        weights=order.weights,
    )


def dialect(language: Language) -> Dialect:
    """Returns how Excel in that language wants its CSV: with the decimal comma of Spanish goes a semicolon."""
    return EXCEL_DECIMAL_COMMA if language.say("results.decimal") == "," else EXCEL


def total(connection: Connection, wanted: Wanted) -> int:
    """Returns how many conversations there are to write. Raises ExportRefused "export.no_flow", FilterError."""
    selection = judged(connection, wanted.flow, wanted.selection, wanted.where)
    return left_out(results.groups(connection, wanted.flow, selection.only), selection).taken


def make(
    connection: Connection,
    order: Order,
    wanted: Wanted,
    *,
    attachments: Attachments,
    publisher: str,
    public_url: str = "",
    progress: Callable[[int], None] | None = None,
) -> Made:
    """Writes what is wanted, of what this connection sees, which should be one snapshot. `publisher` is who publishes a package,
    `public_url` where people find this town's Minga.

    Raises what `write_export`, `write_further` and `write_package` raise.
    """
    wanted = replace(wanted, progress=progress)
    if order.form == "csv" or order.form == "xlsx" or order.form == "jsonl":  # noqa: PLR1714 because mypy narrows a Literal only so
        return Made(write_export(connection, wanted))
    if order.form == "package":
        from storage.open_data import Publishing, write_package

        page = results_page(public_url, wanted.flow) if public_url else ""
        publishing = Publishing(publisher, order.k, order.by, order.release, page=page)
        done = write_package(connection, wanted, publishing)
        return Made(done.exported, done.people, done.held, done.rows)
    from storage.further_export import write_further

    return Made(write_further(connection, wanted, order.form, attachments))
