"""A package of open data: what its `datapackage.json` (Data Package v2) and its DCAT record (JSON-LD, for CKAN portals) say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.reports.anonymity import BLANK, CLOSED, DEGREES, Combination, Released
from bot.reports.cells import EMPTY, REFUSED, SKIPPED, Cell, main, plain
from bot.reports.layout import OTHER, Layout, Question
from bot.reports.open_table import HEADER, HIDDEN
from bot.reports.themes.columns import Theming
from bot.reports.wide import Latest, labels_of

LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

FREQUENCY = "http://publications.europa.eu/resource/authority/frequency"
"""How often a data set changes, in the vocabulary of the European Union."""

_NOWHERE = frozenset({"", BLANK, *EMPTY.values()})


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a package. `method` is in the language of the reader; `first` and `last` are days of conversations.

    `theming` are the columns of themes, behind all others: of questions whose text is published. `running`: answers may still
    come. `page` is the address where people find the results, `download` that of this package as a zip; empty for none.
    """

    layout: Layout
    released: Released
    language: str
    method: str
    publisher: str
    made: datetime
    first: date | None
    last: date | None
    labels: Mapping[str, str]
    theming: Theming | None = None
    other: str = OTHER
    running: bool = False
    page: str = ""
    download: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of the package: its name without ending, its title, how many bytes and their sha256 (hex), and its fields."""

    name: str
    title: str
    size: int
    sha256: str
    fields: Sequence[Mapping[str, object]]

    @property
    def path(self) -> str:
        """Returns its path in the package."""
        return f"{self.name}.csv"


class OpenRows:
    """Makes the rows that are published. `hide` returns a text without what is personal in it, even a released one."""

    def __init__(self, released: Released, hide: Callable[[str], str]) -> None:
        self._released = released
        self._hide = hide
        self.header = [name for question in released.quasi for name in _names(question, whole=True)]
        self.header += [name for question in released.open for name in _names(question)]

    def row(self, latest: Latest, shown: Combination) -> list[Cell]:
        """Returns the cells of a conversation; `shown` is what is published of its identifying answers."""
        cells: list[Cell] = []
        for question, told in zip(self._released.quasi, shown, strict=True):
            if question.type == "geopoint":
                cells += [float(one) for one in told.split(" ")] if told not in _NOWHERE else [told or None] * 2
            else:
                cells.append(told if told in EMPTY.values() else plain(told))
        for question in self._released.open:
            cells += self._open(question, latest)
        return cells

    def _open(self, question: Question, latest: Latest) -> list[Cell]:
        answer = latest.get((question.step, ()))
        names = _names(question)
        if answer is None or answer.type != question.type or answer.empty is not None:
            return [_why(question, latest)] * len(names)
        match answer.value:
            case list() as chosen if question.type == "select_multiple":
                return [int(code in chosen) for code in question.codes]
            case str() as day if question.type == "date":
                return [day[:7]]
            case str() as text if question.type not in CLOSED:
                return [plain(self._hide(text))]
        return [main(answer)]


def fields(described: Described) -> list[dict[str, object]]:
    """Returns the fields of the rows' table."""
    labels = labels_of(described.layout, described.language, described.other)
    found: list[dict[str, object]] = []
    for question in (*described.released.quasi, *described.released.open):
        title = _title(question, described.language)
        named = labels.get((question.step, question.type), {})
        whole = question in described.released.quasi
        found += [_field(question, name, title, named, banded=whole) for name in _names(question, whole=whole)]
    theming = described.theming
    asked = {(one.step, one.type): one for one in described.released.open}
    for (step, kind, _), name in theming.names.items() if theming is not None else ():
        assert theming is not None  # or there would be no name
        question_of = asked.get((step, kind))
        of = step if question_of is None else _title(question_of, described.language)
        found.append(
            {
                "name": name,
                "title": f"{described.labels['themes']} – {of}",
                "type": "string",
                "description": theming.meaning(described.language),
            }
        )
    return found


def count_fields(described: Described) -> list[dict[str, object]]:
    """Returns the fields of the table of counts."""
    types = {"count": "integer", "base": "integer"}
    return [{"name": name, "type": types.get(name, "string"), "title": described.labels[name]} for name in HEADER]


def datapackage(described: Described, resources: Sequence[Resource]) -> dict[str, object]:
    """Returns the content of datapackage.json."""
    flow = described.layout.newest
    return {
        "$schema": PROFILE,
        "name": flow.flow.replace("_", "-"),
        "title": _flow_title(described),
        "description": described.method,
        "created": described.made.isoformat(timespec="seconds"),
        "version": flow.version[:12],
        "licenses": [LICENCE],
        "contributors": [{"title": described.publisher, "roles": ["publisher"]}],
        "sources": [{"title": _flow_title(described), "version": flow.version}],
        "resources": [
            {
                "name": one.name,
                "type": "table",
                "path": one.path,
                "title": one.title,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": one.size,
                "hash": f"sha256:{one.sha256}",
                "schema": {
                    "fields": list(one.fields),
                    "missingValues": ["", SKIPPED, REFUSED, HIDDEN, BLANK],
                },
            }
            for one in resources
        ],
    }


def dcat(described: Described, resources: Sequence[Resource]) -> dict[str, object]:
    """Returns the dataset as DCAT 2 in JSON-LD, with the properties that CKAN reads."""
    flow, language = described.layout.newest, described.language
    record: dict[str, object] = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@type": "dcat:Dataset",
        "dct:identifier": f"{flow.flow}-{flow.version[:12]}",
        "dct:title": {"@value": _flow_title(described), "@language": language},
        "dct:description": {"@value": described.method, "@language": language},
        "dct:language": language,
        "dcat:keyword": [flow.kind, flow.flow],
        "dct:issued": {"@value": described.made.date().isoformat(), "@type": "xsd:date"},
        "dct:modified": {"@value": described.made.date().isoformat(), "@type": "xsd:date"},
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": described.publisher},
        "dct:license": {"@id": LICENCE["path"]},
        "dct:accrualPeriodicity": {"@id": f"{FREQUENCY}/{'IRREG' if described.running else 'NEVER'}"},
        "dcat:distribution": [_distribution(one, described) for one in resources],
    }
    if described.page:
        record["dcat:landingPage"] = {"@id": described.page}
    if described.first is not None and described.last is not None:
        record["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": described.first.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": described.last.isoformat(), "@type": "xsd:date"},
        }
    return record


def _distribution(one: Resource, described: Described) -> dict[str, object]:
    there: dict[str, object] = {}
    if described.page:
        there["dcat:accessURL"] = {"@id": described.page}
    if described.download:
        # the file lies in the zip under its identifier
        there |= {
            "dcat:downloadURL": {"@id": described.download},
            "dcat:packageFormat": {"@id": "https://www.iana.org/assignments/media-types/application/zip"},
        }
    return there | {
        "@type": "dcat:Distribution",
        "dct:title": one.title,
        "dct:identifier": one.path,
        "dct:format": "CSV",
        "dcat:mediaType": "text/csv",
        "dcat:byteSize": one.size,
        "dct:license": {"@id": LICENCE["path"]},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": one.sha256,
        },
    }


def _field(question: Question, name: str, title: str, named: Mapping[str, str], *, banded: bool) -> dict[str, object]:
    field: dict[str, object] = {"name": name, "title": title}
    match question.type:
        case "select_one":
            codes = list(question.codes)
            return field | {
                "type": "string",
                "constraints": {"enum": codes},
                "categories": [{"value": code, "label": named.get(code, code)} for code in codes],
            }
        case "select_multiple" if not banded:
            code = name.removeprefix(f"{question.column}/")
            return field | {"type": "integer", "constraints": {"enum": [0, 1]}, "title": f"{named.get(code, code)} – {title}"}
        case "geopoint":
            return field | {"type": "number", "description": f"WGS 84, {DEGREES} decimals"}
        case "integer" | "decimal" | "range" if not banded:
            return field | {"type": "number"}
        case "acknowledge":
            return field | {"type": "integer", "constraints": {"enum": [0, 1]}}
    return field | {"type": "string"}


def _names(question: Question, *, whole: bool = False) -> list[str]:
    """Returns a question's columns; `whole`: of several choices one, as others may know of them only together."""
    if question.type == "geopoint":
        return [f"{question.column}/lat", f"{question.column}/lon"]
    if question.type == "select_multiple" and not whole:
        return [f"{question.column}/{code}" for code in question.codes]
    return [question.column]


def _why(question: Question, latest: Latest) -> Cell:
    answer = latest.get((question.step, ()))
    return main(answer) if answer is not None and answer.type == question.type and answer.empty is not None else None


def _title(question: Question, language: str) -> str:
    for step in reversed(tuple(question.steps.values())):
        template = step.label.get(language) or next(iter(step.label.values()), None)
        if template is not None and not question.other:
            return " ".join(template.source.split())
    return question.column


def _flow_title(described: Described) -> str:
    flow = described.layout.newest
    return flow.title.get(described.language) or next(iter(flow.title.values()), flow.flow)
