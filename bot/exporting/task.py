"""One export of the desk from beginning to end: files made, packed into one where they are several, put in place, told of."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.clock import moment
from bot.engine.language import Language
from bot.exporting import making
from bot.exporting.asked import SCRATCH, Task, Told, Trouble
from bot.exporting.making import Made
from bot.reports.filters import FilterError
from bot.reports.order import read_order
from bot.reports.weights import Unweighted, Weighting
from storage.attachments import FOLDER, Attachments
from storage.database import Database
from storage.export import ExportedFile
from storage.export_jobs import Finished
from storage.identity_export import write_identity
from storage.refusal import Refused
from storage.vault import Vault

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def run(
    task: Task, database: Database, vault: Vault | None, languages: Mapping[str, Language], tell: Callable[[Told], None]
) -> Finished | Trouble:
    """Makes the file and returns what it is; or why it cannot be. Nothing is left behind but a file that is whole.

    `vault` is needed for names alone. `tell` may raise, which ends it: nobody wants it any more.
    """
    try:
        task.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=SCRATCH + task.name, dir=task.folder, ignore_cleanup_errors=True) as scratch:
            now = moment(task.now, ZoneInfo(task.zone))
            made = _made(task, database, vault, languages, tell, Path(scratch), now)
            return _placed(task, made)
    except FilterError as error:
        return Trouble(error.key, {name: str(value) for name, value in error.places.items()})
    except Refused as error:
        cause = error.__cause__
        if isinstance(cause, OSError):
            return _of_disk(cause)
        return Trouble(error.key, {name: str(value) for name, value in error.places.items()})
    except OSError as error:
        return _of_disk(error)


def _made(
    task: Task,
    database: Database,
    vault: Vault | None,
    languages: Mapping[str, Language],
    tell: Callable[[Told], None],
    scratch: Path,
    now: datetime,
) -> Made:
    order = read_order(task.wanted)
    language = languages.get(task.language) or next(iter(languages.values()))
    wanted = making.wanted(order, task.flow, scratch, now, language, languages, force=False)

    def work(connection: Connection) -> Made:
        total = making.total(connection, wanted)
        tell(Told(0, total))

        def progress(written: int) -> None:
            tell(Told(written, total))

        if task.kind == "identity":
            assert vault is not None, "names are sealed"
            return Made(write_identity(connection, replace(wanted, progress=progress), vault))
        attachments = Attachments(task.data / FOLDER)
        who, where = task.publisher, task.public_url
        return making.make(connection, order, wanted, attachments=attachments, publisher=who, public_url=where, progress=progress)

    return database.read_now(work)


def _placed(task: Task, made: Made) -> Finished:
    files = made.exported.files
    path = files[0].path
    if len(files) > 1:
        path = path.with_name("all.zip")
        _packed(path, files)
    path.chmod(0o600)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    target = task.folder / task.name
    path.replace(target)
    left = made.exported.left_out
    told: dict[str, Any] = {
        "files": [{"name": one.path.name, "rows": dict(one.rows), "sha256": one.sha256} for one in files],
        "suffix": "zip" if len(files) > 1 else files[0].path.suffix.lstrip("."),
        "taken": left.taken,
        "test": left.test,
        "by_status": {str(status): count for status, count in left.by_status.items()},
        "cut": made.exported.cut,
    }
    match made.exported.weights:
        case Weighting(margins=margins):
            told["weights"] = {"source": margins.source, "date": margins.date.isoformat()}
        case Unweighted(key, places):
            told["unweighted"] = {"key": key, "places": {name: str(value) for name, value in places.items()}}
        case None:
            pass
    if made.people is not None:
        told |= {"people": made.people, "held": list(made.held), "rows": made.rows}
    return Finished(task.name, size, sha256, told)


def _packed(path: Path, files: tuple[ExportedFile, ...]) -> None:
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for one in files:
            info = zipfile.ZipInfo(one.path.name)
            info.compress_type = zipfile.ZIP_DEFLATED
            with one.path.open("rb") as source, archive.open(info, "w", force_zip64=True) as sink:
                shutil.copyfileobj(source, sink, 1 << 20)


def _of_disk(error: OSError) -> Trouble:
    if error.errno in FULL:
        return Trouble("exports.failed.full", {})
    return Trouble("exports.failed.disk", {"error": error.strerror or type(error).__name__})
