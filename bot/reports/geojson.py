"""Answers that are points as GeoJSON (RFC 7946): a feature for each, with what else was answered by choice, number or date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from bot.reports.layout import META, Layout
from bot.reports.rows import ResultRow
from bot.reports.wide import Latest, Wide

_TOLD = frozenset({"select_one", "select_multiple", "rank", "integer", "decimal", "range", "date", "acknowledge"})


class Features:
    """Makes features of conversations. A place without coordinates makes none; what tells who somebody is never does."""

    def __init__(self, layout: Layout, zone: tzinfo) -> None:
        self._wide = Wide(layout, zone)
        self._told = [one.column for one in layout.questions if one.type in _TOLD and not one.withheld and one.instances == ((),)]
        self._points = {(one.step, one.type): one for one in layout.questions if one.type == "geopoint" and not one.withheld}

    def features(self, number: int, result: ResultRow, latest: Latest) -> Iterator[dict[str, object]]:
        """Yields the features of the number-th conversation (from 1)."""
        whole: dict[str, object] | None = None
        for (step, at), answer in latest.items():
            question = self._points.get((step, answer.type))
            place = answer.value
            if question is None or not isinstance(place, dict):
                continue
            latitude, longitude = place.get("lat"), place.get("lon")
            if not isinstance(latitude, (int, float)) or not isinstance(longitude, (int, float)):
                continue
            if whole is None:
                document = self._wide.document(number, result, latest)
                answers = document["answers"]
                assert isinstance(answers, dict)
                whole = {name: document[name] for name in META} | {one: answers[one] for one in self._told if one in answers}
            yield {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
                "properties": {
                    "question": question.name(at),
                    "accuracy": place.get("accuracy"),
                    "place": place.get("place"),
                    **whole,
                },
            }
