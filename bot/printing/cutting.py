"""Charts that are higher than a page, cut between their rows: never through a bar or a letter, and all to one scale."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)" viewBox="0 0 [\d.]+ [\d.]+"')
_ELEMENT = re.compile(r"<(text|rect|circle|line)\b([^>]*?)(?:/>|>[^<]*</text>)")
_NUMBER = re.compile(r'\b([\w-]+)="(-?[\d.]+)"')


def size_of(svg: str) -> tuple[float, float]:
    """Returns how wide and how high a chart is, in its own units."""
    found = _SIZE.search(svg)
    assert found is not None, "a chart tells its size"
    return float(found[1]), float(found[2])


def cut(svg: str, limit: float) -> list[str]:
    """Returns the chart in pieces of at most that height, from above; as it is where no cut can be made."""
    width, height = size_of(svg)
    if height <= limit:
        return [svg]
    # what is as high as a page is no row, but what lies behind rows
    taken = [(low, high) for _, low, high in _drawn(svg) if high - low < limit / 2]
    pieces: list[str] = []
    top = 0.0
    while height - top > limit:
        ends = [high + 1 for _, high in taken if top + limit / 2 < high + 1 <= top + limit]
        free = [end for end in ends if not any(low < end < high for low, high in taken)]
        if not free:
            return [svg]
        pieces.append(_window(svg, width, top, max(free)))
        top = max(free)
    return [*pieces, _window(svg, width, top, height)]


def _drawn(svg: str) -> Iterator[tuple[re.Match[str], float, float]]:
    """Yields what is drawn, from which height to which."""
    for found in _ELEMENT.finditer(svg):
        at = {name: float(number) for name, number in _NUMBER.findall(found[2])}
        match found[1]:
            case "text":
                yield found, at["y"] - at["font-size"], at["y"] + 0.3 * at["font-size"]
            case "rect":
                yield found, at["y"], at["y"] + at["height"]
            case "circle":
                yield found, at["cy"] - at["r"], at["cy"] + at["r"]
            case _:
                yield found, min(at["y1"], at["y2"]), max(at["y1"], at["y2"])


def _window(svg: str, width: float, top: float, end: float) -> str:
    """Returns what of the chart lies between these heights; what lies elsewhere is not there, so nobody finds it twice."""
    kept: list[str] = []
    since = 0
    for found, low, high in _drawn(svg):
        kept.append(svg[since : found.start()])
        if high > top and low < end:
            kept.append(found[0])
        since = found.end()
    high = end - top
    size = f'width="{width:g}" height="{high:g}" viewBox="0 {top:g} {width:g} {high:g}"'
    return _SIZE.sub(size, "".join([*kept, svg[since:]]), count=1)
