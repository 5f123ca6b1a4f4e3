"""A table in a terminal: columns side by side, numbers at the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, indent: str = "", drawn: bool = False
) -> Iterator[str]:
    """Yields the lines: the head, a rule, the rows. The first `left` columns stand at the left, the others at the right.

    `drawn`: the last column holds bars, which begin at the left and have no rule.
    """
    last = len(head) - 1 if drawn else len(head)
    widths = [max(_width(row[place]) for row in [head, *rows]) for place in range(len(head))]
    for number, row in enumerate([head, *rows]):
        cells = [_padded(cell, widths[place], right=left <= place < last) for place, cell in enumerate(row)]
        yield (indent + "  ".join(cells)).rstrip()
        if number == 0:
            yield indent + "  ".join("─" * width for width in widths[:last])


def bar(share: float, width: int = 20) -> str:
    """Returns a bar for a share between 0 and 1, to an eighth of a character."""
    eighths = round(max(0.0, min(share, 1.0)) * width * 8)
    return "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
