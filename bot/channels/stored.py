"""Files that the town hall sends by itself: stored attachments, as a message names them, "stored:<reference>/<name>"."""

from __future__ import annotations

from pathlib import PurePosixPath

PREFIX = "stored:"


def stored(reference: str, name: str) -> str:
    """Returns how a message names the stored attachment of that reference, which people know by that name."""
    return f"{PREFIX}{reference}/{name.replace('/', '_') or reference}"


def reference_of(name: str) -> str:
    """Returns the reference of what a message names so; "" where it is a file of a flow."""
    return name.removeprefix(PREFIX).partition("/")[0] if name.startswith(PREFIX) else ""


def file_name(name: str) -> str:
    """Returns what people know that file as."""
    return PurePosixPath(name).name
