"""Histograms: columns side by side over the numbers they count."""

from __future__ import annotations

from dataclasses import dataclass

from bot.reports.chart_drawing import ACCENT, INK, MUTED, SIZE, Drawing, width_of

_SMALL = SIZE - 1


@dataclass(frozen=True, slots=True)
class Histogram:
    """Columns between `edges`, of which there is one more than there are `counts`; None is a count that is hidden."""

    edges: tuple[str, ...]
    counts: tuple[int | None, ...]


def draw(histogram: Histogram, key: str, width: int, title: str, alt: str) -> str:
    """Returns the chart, `width` units wide. Where labels would touch, only every so manieth is written."""
    drawing = Drawing(width)
    counts = histogram.counts
    most = max((count or 0 for count in counts), default=0) or 1
    margin = max(width_of(histogram.edges[0]), width_of(histogram.edges[-1])) / 2 + 1
    wide = (width - 2 * margin) / max(1, len(counts))
    high = 190.0 if width >= 520 else 150.0
    base = high + 20
    for place, count in enumerate(counts):
        left = margin + place * wide
        if count is None:
            drawing.text(left + wide / 2, base - 6, "·", anchor="middle", fill=MUTED)
            continue
        tall = high * count / most
        drawing.rect(left + 1, base - tall, wide - 2, tall, ACCENT, kind="bar")
        if width_of(str(count), _SMALL) <= wide:
            drawing.text(left + wide / 2, base - tall - 5, str(count), anchor="middle", size=_SMALL, bold=True)
    drawing.line(margin, base, width - margin, base, INK, 1.2)
    longest = max((width_of(edge, _SMALL) for edge in histogram.edges), default=0.0)
    every = max(1, -(-int(longest + 8) // max(1, int(wide))))
    for place, edge in enumerate(histogram.edges):
        if place % every == 0:
            drawing.line(margin + place * wide, base, margin + place * wide, base + 4, INK, 1.2)
            drawing.text(margin + place * wide, base + 18, edge, anchor="middle", size=_SMALL, fill=MUTED)
    return drawing.svg(key, base + 24, title, alt)
