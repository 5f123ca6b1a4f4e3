"""What a file is, told by its first bytes and never by its name: only kinds that no browser or office runs as a program. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Literal

LARGEST = 8 * 1024 * 1024
"""Bytes of the largest file that is taken."""

Kind = Literal["image", "audio", "video", "file"]

_OOXML = {
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ppt/": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"),
}
_ODF = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.presentation": "odp",
}
_PROGRAMS = (
    ".exe", ".dll", ".com", ".scr", ".msi", ".bat", ".cmd", ".ps1", ".vbs", ".vbe", ".js", ".jse", ".wsf", ".hta", ".jar", ".apk",
    ".lnk", ".url", ".reg", ".sh", ".py", ".docm", ".xlsm", ".pptm", ".dotm", ".xlam", ".html", ".htm", ".svg", ".xhtml",
    ".iso", ".img", ".vhd", ".zip", ".rar", ".7z",
)  # fmt: skip
"""Ends of names that a ZIP may not hold: what would run, and what could hide such a thing one level deeper."""

_MOST_NAMES = 2000


@dataclass(frozen=True, slots=True)
class Sort:
    """What a file is: its content type, what its name should end in, and how a chat shows it."""

    content_type: str
    ending: str
    kind: Kind = "file"


_HEADS = (
    (b"%PDF-", Sort("application/pdf", "pdf")),
    (b"\x89PNG\r\n\x1a\n", Sort("image/png", "png", "image")),
    (b"\xff\xd8\xff", Sort("image/jpeg", "jpg", "image")),
    (b"GIF87a", Sort("image/gif", "gif", "image")),
    (b"GIF89a", Sort("image/gif", "gif", "image")),
    (b"OggS", Sort("audio/ogg", "ogg", "audio")),
    (b"ID3", Sort("audio/mpeg", "mp3", "audio")),
)


def sort_of(content: bytes) -> Sort | None:
    """Returns what that is; None for an empty file and for every kind that is not taken."""
    for head, sort in _HEADS:
        if content.startswith(head):
            return sort
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Sort("image/webp", "webp", "image")
    if content[4:8] == b"ftyp" and content[8:12] in {b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V "}:
        return Sort("video/mp4", "mp4", "video")
    if content[4:8] == b"ftyp" and content[8:11] == b"M4A":
        return Sort("audio/mp4", "m4a", "audio")
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    return _written(content)


def _packed(content: bytes) -> Sort | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            names = [entry.filename for entry in entries]
            if len(names) > _MOST_NAMES or any(entry.flag_bits & 1 for entry in entries):
                return None  # encrypted: nobody could see what is in it
            told = _told(packed, entries)
            if told in _ODF:
                macros = any(name.startswith(("Basic/", "Scripts/")) for name in names)
                return None if macros else Sort(told, _ODF[told])
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return None
    if "[Content_Types].xml" in names:
        if any("vbaproject" in name.lower() for name in names):
            return None
        return next((Sort(*sort) for folder, sort in _OOXML.items() if any(name.startswith(folder) for name in names)), None)
    if any(name.lower().endswith(_PROGRAMS) for name in names):
        return None
    return Sort("application/zip", "zip")


def _told(packed: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    """Returns what an OpenDocument file says that it is; its first entry does, uncompressed."""
    first = entries[0] if entries else None
    if first is None or first.filename != "mimetype" or first.file_size > 100:
        return ""
    return packed.read(first).decode("ascii", "replace").strip()


def _written(content: bytes) -> Sort | None:
    """Plain text and tables: letters alone, and nothing that a browser would take for a page."""
    if not content.strip():
        return None
    text = ""
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        return None
    if re.search(r"[\x00-\x08\x0e-\x1f]", text) or text.lstrip()[:1] == "<" or text.startswith(("MZ", "#!", "PK")):
        return None
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    for mark in (";", ",", "\t"):
        counts = {line.count(mark) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            return Sort("text/csv", "csv")
    return Sort("text/plain", "txt")


def named(name: str, sort: Sort) -> str:
    """Returns the file's name as it is kept: no path, no control letters, and the ending that its content has."""
    last = name.replace("\\", "/").rpartition("/")[2]
    bare = " ".join(re.sub(r"[\x00-\x1f\x7f\"<>|:*?]", " ", last).split()).strip(" .")
    stem, dot, ending = bare.rpartition(".")
    same = {"jpeg": "jpg", "tsv": "csv"}
    if dot and same.get(ending.lower(), ending.lower()) == sort.ending:
        return f"{stem[:120] or 'archivo'}.{ending.lower()}"
    if bare.lower().endswith(_PROGRAMS):
        bare = stem
    return f"{bare[:120] or 'archivo'}.{sort.ending}"
