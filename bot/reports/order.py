"""What somebody wants of an export: the options of `minga export`, of the desk's form and of a saved profile, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from bot.reports.export import TABLES, Format
from bot.reports.wide import Multi

Form = Literal["csv", "xlsx", "jsonl", "sav", "dta", "parquet", "geojson", "media", "package"]

FORMS: tuple[Form, ...] = get_args(Form)
MULTI: tuple[Multi, ...] = get_args(Multi)

TABLED: Mapping[Form, Format] = {"csv": "csv", "xlsx": "xlsx", "jsonl": "jsonl"}
"""The forms that hold the tables wide, long and codebook."""

LABELLED: frozenset[Form] = frozenset({"csv", "xlsx"})
"""The forms in which labels may stand for codes."""

SPLIT: frozenset[Form] = LABELLED | {"sav", "dta", "parquet"}
"""The forms in which choices of several have the columns that are chosen."""

MEANT: Mapping[str, frozenset[Form]] = {
    "multi": SPLIT,
    "labels": LABELLED | {"sav", "dta"},
    "tables": frozenset(TABLED),
    "k": frozenset({"package"}),
    "by": frozenset({"package"}),
    "release": frozenset({"package"}),
}
"""The options that only some forms know; SPSS and Stata hold codes with their labels, whose language is chosen."""

K = 5
"""Nobody is published in a group of fewer people, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class Order:
    """An export that is wanted. The names are those of the options, since profiles keep them by these.

    `excel`: as Excel opens CSV by a double click. `where` to `lang` narrow it, as they were typed. `labels` is
    the language of labels, empty for codes. `k`, `by` and `release` are of a package: how many people hide one, the question that
    counts are told by, and the questions whose free text somebody read. `weights`: with each weight, where some are stored.
    """

    form: Form = "xlsx"
    excel: bool = False
    with_partial: bool = False
    with_test: bool = False
    where: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    channel: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    multi: Multi = "both"
    labels: str = ""
    tables: str = ",".join(TABLES)
    k: int = K
    by: str = ""
    release: tuple[str, ...] = ()
    weights: bool = True


NAMES = tuple(one.name for one in fields(Order))
"""The options that a profile keeps."""


def read_order(kept: Mapping[str, Any]) -> Order:
    """Returns the order that these options make. What is not there, or is of another kind than it should be, is the default."""
    found: dict[str, Any] = {}
    for one in fields(Order):
        default, value = getattr(_DEFAULT, one.name), kept.get(one.name)
        if isinstance(default, tuple):
            if isinstance(value, (list, tuple)):
                found[one.name] = tuple(str(word) for word in value)
        elif type(value) is type(default):
            found[one.name] = value
    order = replace(_DEFAULT, **found)
    return replace(
        order,
        form=order.form if order.form in FORMS else _DEFAULT.form,
        multi=order.multi if order.multi in MULTI else _DEFAULT.multi,
    )


def kept(order: Order) -> dict[str, Any]:
    """Returns the options of an order as a profile keeps them, and as JSON can hold them."""
    values = {name: getattr(order, name) for name in NAMES}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


_DEFAULT = Order()
