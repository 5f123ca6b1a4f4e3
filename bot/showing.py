"""Files that flows show: where each lies, and the public path at which a provider that takes no file fetches it.

A path bears the first part of the file's own hash: nobody guesses it, whoever keeps a copy keeps the right one, and a file that
was replaced has another path.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from bot.engine.catalogue import Catalogue
from bot.engine.flow import Step

PUBLIC = "/media"

_LENGTH = 24
"""Hexadecimal digits of a file's hash in its path: 96 bits."""


class Showing:
    """The files that open flows show, in these folders: of several the last that has it. Whatever else lies there is nowhere."""

    def __init__(self, folders: Sequence[Path], catalogue: Callable[[], Catalogue]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._catalogue = catalogue
        self._hashes: dict[Path, tuple[tuple[int, int], str]] = {}

    def find(self, name: str) -> Path | None:
        """Returns where a file lies that a flow shows which is open now, in whichever of its versions somebody is on."""
        if not self._shown(name):
            return None
        for folder in reversed(self._folders):
            file = (folder / name).resolve()
            if file.is_relative_to(folder) and file.is_file():
                return file
        return None

    def path(self, name: str) -> str | None:
        """Returns the public path of that file, None where `find` finds none or it cannot be read."""
        file = self.find(name)
        version = None if file is None else self._version(file)
        return None if version is None else f"{PUBLIC}/{version}/{quote(name)}"

    def at(self, version: str, name: str) -> Path | None:
        """Returns the file of a public path, None for what is at no such path (now)."""
        file = self.find(name)
        present = None if file is None else self._version(file)
        return file if present is not None and hmac.compare_digest(present.encode(), version.encode()) else None

    def _shown(self, name: str) -> bool:
        catalogue = self._catalogue()
        return any(
            isinstance(node, Step) and name in node.media.values()
            for flow in catalogue.flows.values()
            if flow.flow in catalogue.open
            for node in flow.program
        )

    def _version(self, file: Path) -> str | None:
        """Returns the file's hash, reckoned again only when the file changed."""
        try:
            about = file.stat()
            mark = (about.st_mtime_ns, about.st_size)
            kept = self._hashes.get(file)
            if kept is None or kept[0] != mark:
                with file.open("rb") as content:
                    kept = (mark, hashlib.file_digest(content, "sha256").hexdigest()[:_LENGTH])
                self._hashes[file] = kept
        except OSError:
            return None
        return kept[1]
