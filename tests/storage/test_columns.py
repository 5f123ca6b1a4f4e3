"""The light tables say what the tables say."""

from __future__ import annotations

from sqlalchemy import TableClause

from storage import columns
from storage.schema import metadata


def test_every_light_table_has_the_columns_and_types_of_the_table() -> None:
    light = [value for value in vars(columns).values() if isinstance(value, TableClause)]
    assert len(light) > 5
    for one in light:
        said = [(column.name, type(column.type)) for column in one.columns]
        assert said == [(column.name, type(column.type)) for column in metadata.tables[one.name].columns], one.name
