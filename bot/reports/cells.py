"""From an answer to cells: numbers stay numbers, everything else is text, and a few codes say what an empty cell can't.

A code stands in square brackets, so that it is no number, no date and no formula. An answer that reads exactly like one gets a
leading apostrophe: what stands there without one was never written by a person.
"""

from __future__ import annotations

from bot.reports.rows import AnswerRow
from bot.vocabulary import Value

Cell = str | int | float | None
"""Text, number or nothing. Nothing means: not asked."""

SKIPPED = "[skipped]"
REFUSED = "[refused]"
NONE = "[none]"
WITHHELD = "[withheld]"
TEXT = "[text]"
AUDIO, IMAGE, VIDEO, FILE = "[audio]", "[image]", "[video]", "[file]"

CODES = (SKIPPED, REFUSED, NONE, WITHHELD, TEXT, AUDIO, IMAGE, VIDEO, FILE)
"""Every code, in the order of the codebook; what each means stands in the catalogues under `export.code.<word>`."""

EMPTY = {"skipped": SKIPPED, "refused": REFUSED}
"""The codes of the two kinds of asking without an answer."""

MEDIA = frozenset({"image", "audio", "video", "file"})

_MEDIA = {"image": IMAGE, "audio": AUDIO, "video": VIDEO, "file": FILE}
_RESERVED = frozenset(CODES)


def plain(text: str) -> str | None:
    """Returns what a person wrote, as a cell: unmistakable for a code, nothing for nothing."""
    if text in _RESERVED:
        return f"'{text}"
    return text or None


def main(answer: AnswerRow) -> Cell:
    """Returns the one cell that every answer has: its value, or the code that says why there is none."""
    if answer.empty is not None:
        return EMPTY[answer.empty]
    value = answer.value
    match value:
        case str():
            return plain(value) if answer.type not in MEDIA else TEXT
        case bool():
            return int(value)
        case int() | float():
            return value
        case list():
            return joined(value)
        case dict():
            if "reference" in value:
                return str(value["reference"]) if answer.type in MEDIA else _MEDIA.get(str(value.get("kind")), FILE)
            return where(value)
        case None:
            return None


def joined(names: list[str]) -> str:
    """Returns the names of choices joined by spaces, which no name holds; a code for an empty list, which is an answer too."""
    return plain(" ".join(names)) or NONE


def where(place: dict[str, object]) -> str | None:
    """Returns a place as a geo URI (RFC 5870: latitude, longitude in degrees, uncertainty in metres), else its place's name."""
    latitude, longitude = place.get("lat"), place.get("lon")
    if latitude is None or longitude is None:
        return plain(str(place.get("place") or ""))
    accuracy = place.get("accuracy")
    return f"geo:{latitude},{longitude}" + (f";u={accuracy}" if accuracy is not None else "")


def open_value(value: Value) -> Value:
    """Returns a value as data (for JSON), without the name and caption of an attachment: a person wrote both."""
    if isinstance(value, dict):
        return {key: part for key, part in value.items() if key not in ("name", "caption")}
    return value
