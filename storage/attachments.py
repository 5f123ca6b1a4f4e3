"""The files that people send: each under a reference of its own in the data folder, readable by this program's user only.

Two people who send the same picture have two files, so that erasing one person's never takes the other's.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.vocabulary import Media

FOLDER = "attachments"
"""The folder in MINGA_DATA."""

_REFERENCE = re.compile(r"[0-9a-f]{32}")


class Attachments:
    """The attachments under one folder. All methods block: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        """`folder` need not exist yet."""
        self._folder = folder

    def keep(self, content: bytes, media: Media) -> Media:
        """Returns the attachment as it is kept now: reference, size (bytes) and sha256 (hex) filled in. Raises OSError.

        When this returns the file is on the disk: a turn may refer to it. A file that no turn came to refer to is harmless.
        """
        reference = secrets.token_hex(16)
        file = self.path(reference)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = file.with_suffix(".part")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(file)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _sync(file.parent)
        return replace(media, reference=reference, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    def path(self, reference: str) -> Path:
        """Returns where the file of this reference lies, whether there is one or not.

        Raises ValueError for what `keep` never returned: a reference may come back to us from a page.
        """
        if not _REFERENCE.fullmatch(reference):
            raise ValueError("no reference of an attachment")
        return self._folder / reference[:2] / reference

    def older_than(self, moment: float) -> set[str]:
        """Returns the references of the files that were kept before that moment (seconds since the epoch). Raises OSError."""
        found = set()
        for file in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):  # another process has just deleted it
                if _REFERENCE.fullmatch(file.name) and file.stat().st_mtime < moment:
                    found.add(file.name)
        return found

    def drop(self, reference: str) -> None:
        """Deletes the file, if it is still there. Raises ValueError as `path` does, and OSError."""
        self.path(reference).unlink(missing_ok=True)


def is_reference(name: str) -> bool:
    """Tells whether that is a name that `Attachments.keep` gives."""
    return _REFERENCE.fullmatch(name) is not None


def _sync(folder: Path) -> None:
    """Makes the names in the folder durable too: a renamed file may otherwise be nameless after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
