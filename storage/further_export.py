"""Exports for other programs than spreadsheets: SPSS, Stata, Parquet, maps, and the attachments themselves.

A file for statistics is made of columns, so its table is held in memory whole: some 400 MB for a hundred thousand conversations.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection

from bot.reports.export import WEIGHT, Weighing, weighed_by
from bot.reports.geojson import Features
from bot.reports.guard import guard
from bot.reports.layout import COMMENT, META, PLACE, Layout
from bot.reports.rows import ResultRow, left_out
from bot.reports.typed import REFUSE, SKIP, Column, Typed, short_names
from bot.reports.weights import Weighting
from storage import results
from storage.attachments import Attachments
from storage.export import Exported, ExportedFile, ExportRefused, Wanted, judged, put_in_place, read_layout, watched, weights_of

Further = Literal["sav", "dta", "parquet", "geojson", "media"]

FILES: Mapping[Further, str] = {
    "sav": "{flow}.sav",
    "dta": "{flow}.dta",
    "parquet": "{flow}.parquet",
    "geojson": "{flow}.geojson",
    "media": "{flow}-media.zip",
}
EXTRA: Mapping[Further, str] = {"sav": "stats", "dta": "stats", "parquet": "analytics"}
"""Which extra a format needs."""

VALUE_BYTES = 120
LABEL_BYTES: Mapping[str, int] = {"sav": 256, "dta": 80}
"""What SPSS and Stata hold of the label of a value, and of a variable, in bytes of UTF-8."""

STATA: Mapping[int, str] = {SKIP: "a", REFUSE: "b"}
"""Stata's own missing values .a and .b."""

NAMED = (*META, WEIGHT, *PLACE, COMMENT, "file", "sha256", "text")
"""What stands in words where a column is no question's, or a part of one's."""

CUT = "…"

_TAKEN = {"image": "jpg", "audio": "ogg", "video": "mp4"}
"""What a file's name ends with where its type does not say."""


def write_further(connection: Connection, wanted: Wanted, form: Further, attachments: Attachments | None = None) -> Exported:
    """Writes one file of that form of what this connection sees, which should be one snapshot.

    `attachments` are where the files of "media" lie. `cut` of what is returned counts labels that were too long, and attachments
    that are no longer there or changed. Raises as `write_export` does, and ExportRefused "export.needs_extra".
    """
    wanted = replace(wanted, selection=judged(connection, wanted.flow, wanted.selection, wanted.where))
    layout = read_layout(connection, wanted.flow, wanted.selection)
    if wanted.style.labels and form in LABEL_BYTES and wanted.style.labels not in layout.languages:
        raise ExportRefused("export.no_language", language=wanted.style.labels, known=", ".join(layout.languages))
    target = wanted.folder / FILES[form].format(flow=wanted.flow)
    kept = weights_of(connection, wanted, layout) if form in EXTRA else None
    weighing = weighed_by(layout, kept.of) if isinstance(kept, Weighting) else None

    def make(paths: Mapping[str, Path], _: Path) -> tuple[int, int]:
        rows = iter(watched(results.stream(connection, wanted.flow, wanted.selection), wanted.progress))
        match form:
            case "geojson":
                return _map(rows, layout, wanted, paths[""])
            case "media":
                assert attachments is not None, "attachments lie somewhere"
                return _media(rows, layout, attachments, paths[""])
            case _:
                return _columns(rows, layout, wanted, form, weighing, paths[""])

    (count, cut), hashes = put_in_place(wanted.folder, {"": target}, force=wanted.force, make=make)
    left = left_out(results.groups(connection, wanted.flow, wanted.selection.only), wanted.selection)
    kind = {"geojson": "points", "media": "media"}.get(form, "wide")
    return Exported((ExportedFile(target, {kind: count}, hashes[""]),), left, cut, kept)


def _map(rows: Iterator[ResultRow], layout: Layout, wanted: Wanted, path: Path) -> tuple[int, int]:
    zone = wanted.now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    features = Features(layout, zone)
    count = 0
    with path.open("xb", buffering=1 << 16) as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        for number, result in enumerate(rows, 1):
            for feature in features.features(number, result, result.latest()):
                file.write(b",\n" if count else b"\n")
                file.write(orjson.dumps(feature))
                count += 1
        file.write(b"\n]}\n")
    return count, 0


def _media(rows: Iterator[ResultRow], layout: Layout, attachments: Attachments, path: Path) -> tuple[int, int]:
    """Writes the files under their question's name and row; `index.csv` tells which is whose, with the sha256 of each."""
    shown = {(one.step, one.type): one for one in layout.questions if not one.withheld}
    index = io.StringIO(newline="")
    writer = csv.writer(index)
    writer.writerow(["file", "receipt", "row", "column", "content_type", "bytes", "sha256"])
    count = lost = 0
    with zipfile.ZipFile(path, "x", zipfile.ZIP_STORED) as archive:
        for number, result in enumerate(rows, 1):
            for (step, at), answer in result.latest().items():
                question, value = shown.get((step, answer.type)), answer.value
                if question is None or not isinstance(value, dict) or "reference" not in value:
                    continue
                content = _content(attachments, value)
                if content is None:
                    lost += 1
                    continue
                kind = str(value.get("content_type") or "")
                name = f"{question.name(at)}/{number:06}-{str(value['reference'])[:8]}.{_ending(kind, str(value.get('kind')))}"
                archive.writestr(zipfile.ZipInfo(name), content)
                cells = (name, result.receipt, number, question.name(at), kind, len(content), value.get("sha256"))
                writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in cells])
                count += 1
        archive.writestr(zipfile.ZipInfo("index.csv"), index.getvalue())
    return count, lost


def _content(attachments: Attachments, value: Mapping[str, object]) -> bytes | None:
    try:
        content = attachments.path(str(value["reference"])).read_bytes()
    except (OSError, ValueError):
        return None
    return content if hashlib.sha256(content).hexdigest() == value.get("sha256") else None


def _ending(content_type: str, kind: str) -> str:
    """Returns the ending of a file's name: of its type where that is plain letters and digits, else of its kind."""
    tail = content_type.partition("/")[2].partition(";")[0].strip().lower()
    tail = {"jpeg": "jpg", "mpeg": "mp3", "plain": "txt"}.get(tail, tail)
    return tail if tail.isascii() and tail.isalnum() and len(tail) <= 5 else _TAKEN.get(kind, "bin")


def _columns(
    rows: Iterator[ResultRow], layout: Layout, wanted: Wanted, form: Further, weighing: Weighing | None, path: Path
) -> tuple[int, int]:
    try:
        import polars as pl

        if form != "parquet":
            import pyreadstat
    except ImportError as error:
        raise ExportRefused("export.needs_extra", format=form, extra=EXTRA[form]) from error
    zone = wanted.now.tzinfo
    assert zone is not None, "the clock tells the municipality's time"
    code = wanted.style.labels or wanted.language.code
    speaks = wanted.languages.get(code, wanted.language)
    called = {name: speaks.say(f"export.short.{name}") for name in NAMED}
    other = speaks.say("engine.other")
    typed = Typed(layout, zone, code, weighing, other, wanted.style.multi, lambda name: called.get(name, name))
    held: list[list[Any]] = [[] for _ in typed.columns]
    count = 0
    for count, result in enumerate(rows, 1):
        for column, cell in zip(held, typed.row(count, result, result.latest()), strict=True):
            column.append(cell)
    if form == "parquet":
        pl.DataFrame([_exact(pl, *one, zone) for one in _plain(typed.columns, held)]).write_parquet(path)
        return count, 0
    names = short_names([column.name for column in typed.columns])
    stata = form == "dta"
    series = [
        _series(pl, name, column, values, stata=stata) for name, column, values in zip(names, typed.columns, held, strict=True)
    ]
    cuts: Counter[str] = Counter()
    labels: list[str | None] = [_fit(column.label, LABEL_BYTES[form], cuts) for column in typed.columns]
    empties: tuple[float | str, ...] = tuple(STATA.values()) if stata else (float(SKIP), float(REFUSE))
    values = {name: _values(column, empties, cuts) for name, column in zip(names, typed.columns, strict=True) if _numeric(column)}
    write = pyreadstat.write_dta if stata else pyreadstat.write_sav
    missing = {name: list(empties) for name in values}
    further: dict[str, Any] = {"missing_user_values": missing} if stata else {"missing_ranges": missing, "compress": True}
    write(pl.DataFrame(series), str(path), column_labels=labels, variable_value_labels=values, **further)
    return count, cuts.total()


def _numeric(column: Column) -> bool:
    return column.kind == "code" or (column.kind == "number" and column.asked)


def _series(pl: Any, name: str, column: Column, values: list[Any], *, stata: bool) -> Any:
    """Returns a column as it is written. Stata has letters for what is missing; as numbers it would reckon with them."""
    if stata and _numeric(column):
        told = [STATA.get(value) or (None if value is None else float(value)) for value in values]
        return pl.Series(name, told, dtype=pl.Object)
    return pl.Series(name, values, dtype=pl.String if column.kind == "text" else pl.Float64)


def _values(column: Column, empties: Sequence[float | str], cuts: Counter[str]) -> dict[Any, str]:
    own: dict[Any, str] = {float(number): _fit(label, VALUE_BYTES, cuts) for number, label in enumerate(column.labels, 1)}
    return own | dict(zip(empties, ("[skipped]", "[refused]"), strict=True))


def _fit(text: str, most: int, cuts: Counter[str]) -> str:
    """Returns the text in at most so many bytes of UTF-8, cut where no letter is halved."""
    if len(text.encode()) <= most:
        return text
    cuts["cut"] += 1
    return text.encode()[: most - len(CUT.encode())].decode(errors="ignore") + CUT


def _plain(columns: tuple[Column, ...], held: list[list[Any]]) -> Iterator[tuple[str, str, list[Any]]]:
    """Yields what Parquet holds: names for choices, numbers, and beside these why there is none, where that is so."""
    empties = {SKIP: "skipped", REFUSE: "refused"}
    for column, values in zip(columns, held, strict=True):
        if column.exact in _READ:
            read = [_read(column.exact, value) for value in values]
            yield column.name, column.exact, read
            said = zip(values, read, strict=True)
            why = [None if value is None or told is not None else value.strip("[]") for value, told in said]
            if any(why):
                yield f"{column.name}__empty", "text", why
            continue
        if column.kind == "text":
            yield column.name, "text", values
            continue
        shown = [None if value in empties else value for value in values]
        if column.kind == "code":
            yield column.name, "text", [None if value is None else column.codes[value - 1] for value in shown]
        else:
            whole = column.exact == "whole" and all(value is None or float(value).is_integer() for value in shown)
            yield column.name, *(("whole", [None if one is None else int(one) for one in shown]) if whole else ("number", shown))
        if any(value in empties for value in values):
            yield f"{column.name}__empty", "text", [empties.get(value) for value in values]


_READ: Mapping[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
    "moment": lambda told: datetime.fromisoformat(told).astimezone(UTC).replace(tzinfo=None),
}


def _read(exact: str, told: str | None) -> Any:
    """Returns the day or time that a cell tells; None where it tells none."""
    try:
        return None if told is None else _READ[exact](told)
    except ValueError:
        return None


def _exact(pl: Any, name: str, kind: str, values: list[Any], zone: tzinfo) -> Any:
    """Returns a column of Parquet in the type of what it holds."""
    if kind == "moment":
        told = pl.Series(name, values, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")
        return told.dt.convert_time_zone(zone.key) if isinstance(zone, ZoneInfo) else told
    types = {"text": pl.String, "whole": pl.Int64, "date": pl.Date, "time": pl.Time, "datetime": pl.Datetime("us")}
    return pl.Series(name, values, dtype=types.get(kind, pl.Float64))
