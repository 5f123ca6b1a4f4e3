"""A package of open data as one zip: rows that nobody can be found in, counts without small cells, and what both mean."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import orjson
from sqlalchemy import Connection, text

from bot.reports.anonymity import Combination, blanked, released
from bot.reports.categories import grouping
from bot.reports.cells import Cell
from bot.reports.csv_table import CsvTable
from bot.reports.filters import FilterError
from bot.reports.layout import Layout
from bot.reports.open_table import HEADER, OpenCounts
from bot.reports.package import Described, OpenRows, Resource, count_fields, datapackage, dcat, fields
from bot.reports.rows import left_out
from bot.reports.suppression import K
from bot.requests.redaction import redact
from storage import results
from storage.coded import themed
from storage.export import Exported, ExportedFile, ExportRefused, Wanted, judged, put_in_place, read_layout, watched

_STATE = text("SELECT state FROM flow WHERE id = :flow")


@dataclass(frozen=True, slots=True)
class Publishing:
    """How a package is made. `k`: nobody in a group, and no cell, of fewer people. `by` is the question counts are told by.

    `texts` are the steps whose free text somebody read and released; its themes go along. `rows`: also rows, where the flow says
    what identifies people; else counts alone. `publisher` is who publishes. `page` is the address where people
    find the results, `download` that of this very package; empty where there is none.
    """

    publisher: str
    k: int = K
    by: str = ""
    texts: tuple[str, ...] = ()
    rows: bool = True
    page: str = ""
    download: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """What was written. `people` are published of all; `held` questions have too few answers; `rows`: rows are in it."""

    exported: Exported
    people: int
    held: tuple[str, ...]
    rows: bool


def write_package(connection: Connection, wanted: Wanted, publishing: Publishing) -> Published:
    """Writes a package of what this connection sees, which should be one snapshot. With tests in it, it says so first of all.

    Rows are published only of a flow that declares with `quasi` what others may know of a person; a flow that declares nothing
    has not been thought through for it. Raises as `write_export` does, FilterError for a question that cannot be told by, and
    ExportRefused "export.not_released" for a text that is no question of the flow's or must not be published, "export.too_few".
    """
    selection = judged(connection, wanted.flow, wanted.selection, wanted.where)
    layout = read_layout(connection, wanted.flow, selection)
    open_ = released(layout, publishing.texts)
    _judge(layout, publishing, [one.step for one in open_.open])
    with_rows = publishing.rows and any(step.quasi for one in layout.questions for step in one.steps.values())
    combinations: Counter[Combination] = Counter()
    days: list[date] = []
    for result in results.stream(connection, wanted.flow, selection):
        combinations[open_.combination(result.latest())] += 1
        day = datetime.fromtimestamp(result.started_at / 1_000, wanted.now.tzinfo).date()
        days = [min([*days[:1], day]), max([*days[1:], day])]
    shown: Mapping[Combination, Combination | None] = {one: one for one in combinations}
    if with_rows:
        shown = blanked(combinations.items(), publishing.k)
    people = sum(count for one, count in combinations.items() if shown[one] is not None)
    if people < publishing.k:
        raise ExportRefused("export.too_few", people=people, k=publishing.k)
    counts, rows, lines = OpenCounts(open_, publishing.by, publishing.k), OpenRows(open_, lambda said: redact(said).text), []
    coded = themed(connection, wanted.flow, layout) if with_rows and publishing.texts else None
    theming = None if coded is None else coded.only(publishing.texts)
    for result in watched(results.stream(connection, wanted.flow, selection), wanted.progress):
        latest = result.latest()
        told = shown[open_.combination(latest)]
        if told is None:
            continue
        counts.add(latest, told)
        if with_rows:
            lines.append(_line(rows.row(latest, told) + ([] if theming is None else theming.cells(result, latest))))
    # the order in which people answered is nobody's business
    lines.sort()
    made = list(counts.rows())
    language = wanted.language
    code = language.code if language.code in layout.languages else layout.languages[0]
    method = "export.package.method_rows" if with_rows else "export.package.method_counts"
    described = Described(
        layout,
        open_,
        code,
        (language.say("export.package.test") + " " if selection.test else "")
        + language.say(method, k=publishing.k, people=people, all=combinations.total()),
        publishing.publisher or language.say("export.package.nobody"),
        wanted.now,
        days[0] if days else None,
        days[1] if days else None,
        {name: language.say(f"export.package.{name}") for name in (*HEADER, "themes")},
        theming,
        wanted.languages.get(code, language).say("engine.other"),
        connection.execute(_STATE, {"flow": wanted.flow}).scalar() in ("open", "paused"),
        publishing.page,
        publishing.download,
    )
    contents = {"counts": _table(HEADER, [_line(row) for row in made])}
    if with_rows:
        header = rows.header + ([] if theming is None else list(theming.names.values()))
        contents = {"answers": _table(header, lines)} | contents
    resources = [
        Resource(
            name,
            language.say(f"export.package.title_{name}"),
            len(content),
            hashlib.sha256(content).hexdigest(),
            fields(described) if name == "answers" else count_fields(described),
        )
        for name, content in contents.items()
    ]
    files = {f"{name}.csv": content for name, content in contents.items()}
    files["datapackage.json"] = orjson.dumps(datapackage(described, resources), option=orjson.OPT_INDENT_2)
    files["dcat.jsonld"] = orjson.dumps(dcat(described, resources), option=orjson.OPT_INDENT_2)
    target = wanted.folder / f"{wanted.flow}-package.zip"
    _, hashes = put_in_place(wanted.folder, {"": target}, force=wanted.force, make=lambda paths, _: _pack(paths[""], files))
    left = left_out(results.groups(connection, wanted.flow, selection.only), selection)
    told_rows = {"wide": people} if with_rows else {"counts": len(made)}
    exported = Exported((ExportedFile(target, told_rows, hashes[""]),), left, 0)
    return Published(exported, people, tuple(one.question for one in counts.held), with_rows)


def _judge(layout: Layout, publishing: Publishing, open_: Collection[str]) -> None:
    for step in publishing.texts:
        if step not in open_:
            raise ExportRefused("export.not_released", name=step)
    if publishing.by:
        by = grouping(publishing.by, layout)
        steps = [step for one in by.questions for step in one.steps.values()]
        if by.several or not by.questions or any(step.sensitive for step in steps) or by.questions[0].type != "select_one":
            raise FilterError("filter.no_groups", name=publishing.by)


def _line(row: Sequence[Cell]) -> str:
    file = io.StringIO(newline="")
    CsvTable(file, []).write(row)
    return file.getvalue().partition("\r\n")[2]


def _table(header: Sequence[str], lines: Sequence[str]) -> bytes:
    return (_line(header) + "".join(lines)).encode()


def _pack(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
