"""A backup's file: a .tar.gz with the database, the attachments and, last, a manifest that proves each of them.

    database.sqlite          the whole database, if it was SQLite
    tables/NAME.copy         else each table's rows as PostgreSQL's COPY writes them (text format)
    attachments/AA/…         the files that people sent, each under its reference
    manifest.json            format, when, which revision, rows and columns of each table, size and sha256 of each file

Writing and reading know nothing of databases.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import orjson

from storage.refusal import ArchiveBroken

MANIFEST = "manifest.json"
DATABASE = "database.sqlite"

_FORMAT = 1
_NAMES = re.compile(r"manifest\.json|database\.sqlite|tables/[a-z_]{1,63}\.copy|attachments/[0-9a-f]{2}/[0-9a-f]{32}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was backed up: how many rows, and its columns in their order, each with its type ("bigint", "bytea" …)."""

    rows: int
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds. `taken_at` is in milliseconds since the epoch; `files` is (bytes, sha256) by member."""

    taken_at: int
    database: str
    revision: str
    tables: Mapping[str, Table]
    files: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(table.rows for table in self.tables.values())

    @property
    def attachments(self) -> int:
        """How many attachments there are."""
        return sum(name.startswith("attachments/") for name in self.files)


class ArchiveWriter:
    """Writes an archive, member by member, into an open file; `finish` adds the manifest."""

    def __init__(self, stream: IO[bytes]) -> None:
        # level 3: most of it is text, which is then small enough; what is sealed does not shrink at any level
        self._tar = tarfile.open(fileobj=stream, mode="w:gz", compresslevel=3)  # noqa: SIM115 because `finish` closes it
        self._files: dict[str, tuple[int, str]] = {}

    def add(self, name: str, file: Path) -> bool:
        """Adds a file and returns True, or False if it is not there (any more). Raises OSError."""
        try:
            source = file.open("rb")
        except FileNotFoundError:
            return False
        with source:
            counting = _Hashing(source)
            member = _member(name, os.fstat(source.fileno()).st_size)
            self._tar.addfile(member, counting)
            self._files[name] = (member.size, counting.sha256.hexdigest())
        return True

    def finish(self, manifest: Manifest) -> Manifest:
        """Adds the manifest, completed with the files, ends the archive and returns the manifest. Raises OSError."""
        whole = Manifest(manifest.taken_at, manifest.database, manifest.revision, manifest.tables, self._files)
        content = orjson.dumps(
            {
                "format": _FORMAT,
                "taken_at": whole.taken_at,
                "database": whole.database,
                "revision": whole.revision,
                "tables": {name: {"rows": table.rows, "columns": table.columns} for name, table in whole.tables.items()},
                "files": {name: {"size": size, "sha256": sha256} for name, (size, sha256) in whole.files.items()},
            },
            option=orjson.OPT_INDENT_2,
        )
        self._tar.addfile(_member(MANIFEST, len(content)), io.BytesIO(content))
        self._tar.close()
        return whole


def unpack(file: Path, folder: Path | None) -> Manifest:
    """Reads an archive to its end, proves every member by the manifest and, unless `folder` is None, puts them there.

    Raises ArchiveBroken "restore.no_archive" (places: file), "restore.broken" (places: file, member) or "restore.newer_format",
    and OSError where the disk fails. What had been unpacked by then is of no use.
    """
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    member = "?"
    try:
        with tarfile.open(file, "r|gz") as tar:
            for entry in tar:
                member = entry.name
                if not entry.isfile() or not _NAMES.fullmatch(member) or member in found:
                    raise ArchiveBroken("restore.no_archive", file=file)
                source = tar.extractfile(entry)
                assert source is not None
                if member == MANIFEST:
                    manifest = _read_manifest(file, source.read())
                else:
                    found[member] = _take(source, None if folder is None else folder / member)
        with gzip.open(file, "rb") as whole:  # tarfile stops before the end, where the check sum of everything stands
            while whole.read(_CHUNK):
                pass
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ArchiveBroken("restore.no_archive" if member == "?" else "restore.broken", file=file, member=member) from error
    if manifest is None:
        raise ArchiveBroken("restore.broken", file=file, member=MANIFEST)
    for name in sorted(manifest.files.keys() | found.keys()):
        if manifest.files.get(name) != found.get(name):
            raise ArchiveBroken("restore.broken", file=file, member=name)
    return manifest


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        """Reads on."""
        piece = self._source.read(size)
        self.sha256.update(piece)
        return piece

    def __enter__(self) -> Self:
        return self


def _member(name: str, size: int) -> tarfile.TarInfo:
    # no owner, no time, no mode of this machine: the content is what counts
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    return member


def _take(source: IO[bytes], target: Path | None) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.devnull if target is None else target, "wb") as out:  # noqa: PTH123 because the null device is no Path of ours
        for piece in _pieces(source):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return size, digest.hexdigest()


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(_CHUNK):
        yield piece


def _read_manifest(file: Path, content: bytes) -> Manifest:
    read: Any = orjson.loads(content)
    if read["format"] != _FORMAT:
        raise ArchiveBroken("restore.newer_format", file=file, format=read["format"])
    tables = {
        name: Table(int(table["rows"]), tuple((str(column), str(kind)) for column, kind in table["columns"]))
        for name, table in read["tables"].items()
    }
    files = {name: (int(entry["size"]), str(entry["sha256"])) for name, entry in read["files"].items()}
    return Manifest(int(read["taken_at"]), str(read["database"]), str(read["revision"]), tables, files)
